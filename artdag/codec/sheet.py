"""The part of a layer that a base shows, cut out plane by plane so that both can be worked on together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import halved
from artdag.codec.frame import IS_RGB, SUBSAMPLED, Frame, Plane
from artdag.codec.rescale import alpha_of, colours_of

_Window = tuple[slice, slice]
"""Rows and columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What of a layer lies within a base, plane by plane as the base has them; in 4:2:0 from even to even pixels."""

    left: int
    top: int
    """Where it lies in the base, in pixels."""
    colours: tuple[Plane, ...]
    alphas: tuple[Plane | None, ...]
    """Opacity beside each plane of colour; None where all is opaque."""

    @classmethod
    def of(cls, layer: Frame, x: int, y: int, base: Frame) -> Self | None:
        """Return the part of *layer* that *base* shows when its corner is at (x, y); None where there is none.

        The layer is in one of the formats that ``layer_format`` names, or an RGB one in any case.
        """
        place = _Place.of(layer, x, y, base)
        if place is None:
            return None
        own = alpha_of(layer)
        alpha = None if own is None else own[place.window]
        if place.has_margins:
            alpha = place.padded(np.full(place.inner, 255, np.uint8) if alpha is None else alpha, "constant")
        colours = colours_of(layer)
        if not place.subsampled or layer.pixel_format in IS_RGB:
            planes = [place.padded(plane[place.window]) for plane in colours]
            return cls(left=place.left, top=place.top, colours=tuple(planes), alphas=(alpha,) * 3)
        planes = [place.padded(colours[0][place.window])]
        for plane in colours[1:]:
            if layer.pixel_format not in SUBSAMPLED:
                planes.append(_weighed_mean(place.padded(plane[place.window]), alpha))
            elif x % 2 or y % 2:  # its chroma samples lie astride those of the base
                whole = plane.repeat(2, 0).repeat(2, 1)
                planes.append(_weighed_mean(place.padded(whole[place.window]), alpha))
            else:
                planes.append(plane[_halved_window(place.window)])
        half = None if alpha is None else halved(alpha)
        return cls(left=place.left, top=place.top, colours=tuple(planes), alphas=(alpha, half, half))

    def under(self, base: Frame) -> tuple[list[Plane], list[Plane | None]]:
        """Return what of *base* lies under it: its colours, and its opacity beside each."""
        subsampled = base.pixel_format in SUBSAMPLED
        height, width = self.colours[0].shape
        window = np.s_[self.top : self.top + height, self.left : self.left + width]
        half_window = _halved_window(window) if subsampled else window
        luma, *chroma = colours_of(base)
        colours = [luma[window], *(plane[half_window] for plane in chroma)]
        alpha = alpha_of(base)
        if alpha is None:
            return colours, [None] * 3
        alpha = alpha[window]
        half = halved(alpha) if subsampled else alpha
        return colours, [alpha, half, half]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """How a layer and its base overlap."""

    left: int
    top: int
    window: _Window
    """What is seen of the layer: rows, columns."""
    inner: tuple[int, int]
    """Its height and width."""
    margins: tuple[tuple[int, int], tuple[int, int]]
    """Rows above and below, columns left and right, of the base alone: up to even ones in 4:2:0."""
    subsampled: bool

    @classmethod
    def of(cls, layer: Frame, x: int, y: int, base: Frame) -> Self | None:
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + layer.width, base.width), min(y + layer.height, base.height)
        if left >= right or top >= bottom:
            return None
        step = 2 if base.pixel_format in SUBSAMPLED else 1
        margins = (
            (top % step, min(-bottom % step, base.height - bottom)),
            (left % step, min(-right % step, base.width - right)),
        )
        return cls(
            left=left - margins[1][0],
            top=top - margins[0][0],
            window=(slice(top - y, bottom - y), slice(left - x, right - x)),
            inner=(bottom - top, right - left),
            margins=margins,
            subsampled=step == 2,
        )

    @property
    def has_margins(self) -> bool:
        return any(map(any, self.margins))

    def padded(self, plane: Plane, border: Literal["edge", "constant"] = "edge") -> Plane:
        return np.pad(plane, self.margins, mode=border) if self.has_margins else plane


def _halved_window(window: _Window) -> _Window:
    """Return where the chroma samples of a window of luma are, when it begins at even pixels."""
    rows, columns = window
    return slice(rows.start // 2, (rows.stop + 1) // 2), slice(columns.start // 2, (columns.stop + 1) // 2)


def _weighed_mean(colour: Plane, alpha: Plane | None) -> Plane:
    """Return the mean of every two by two pixels, each as weighty as it is opaque."""
    if alpha is None:
        return halved(colour)
    total = np.maximum(_sums(alpha.astype(np.uint32)), 1)
    products = _sums(colour.astype(np.uint32) * alpha)
    mean: Plane = ((products + total // 2) // total).astype(np.uint8)
    return mean


def _sums(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    height, width = values.shape
    if height % 2 or width % 2:
        values = np.pad(values, ((0, height % 2), (0, width % 2)), mode="edge")
    rows = values[::2] + values[1::2]
    return rows[:, ::2] + rows[:, 1::2]
