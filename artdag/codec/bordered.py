"""Planes with something around them, and planes of half the size: what fetching pixels from other places needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import yuv_of
from artdag.codec.frame import IS_RGB, Plane
from artdag.params import Color


@dataclass(frozen=True, slots=True)
class Border:
    """What is put around each plane of a picture."""

    margin: int = 0
    """Pixels on each side."""
    edge: Literal["repeat", "mirror"] = "mirror"
    fill: tuple[int, ...] | None = None
    """One colour instead: the value of each plane, or channel."""


def color_values(color: Color, pixel_format: str) -> tuple[int, int, int, int]:
    """Return what *color*, opaque, is in the planes or channels of a format."""
    values = (*color.rgb, 255)
    if pixel_format in IS_RGB:
        return values
    y, u, v = (round(float(value)) for value in yuv_of(np.array(color.rgb) / 255))
    return y, u, v, 255


def bordered(plane: Plane, margin: int, edge: Literal["repeat", "mirror"], fill: int | None = None) -> Plane:
    """Return *plane* with *margin* samples on each side, and one more on the right and below.

    ``repeat`` repeats the border, ``mirror`` turns the plane over at it, as often as it takes (the border itself is
    seen twice); *fill* is one value for all that lies outside.
    """
    height, width = plane.shape
    result = np.empty((height + 2 * margin + 1, width + 2 * margin + 1), np.uint8)
    inner = slice(margin, margin + height), slice(margin, margin + width)
    if fill is not None:
        result[...] = fill
        result[inner] = plane
        return result
    result[inner] = plane
    for outside in (slice(0, margin), slice(margin + width, None)):
        result[inner[0], outside] = plane[:, _inside(result.shape[1], outside, margin, width, edge)]
    for outside in (slice(0, margin), slice(margin + height, None)):
        result[outside] = result[margin + _inside(result.shape[0], outside, margin, height, edge)]
    return result


def _inside(total: int, outside: slice, margin: int, length: int, edge: str) -> NDArray[np.intp]:
    index = np.arange(total)[outside] - margin
    if edge == "repeat":
        return np.clip(index, 0, length - 1)
    index = index % (2 * length)
    return np.minimum(index, 2 * length - 1 - index)


def halved_along(plane: Plane, axis: int) -> Plane:
    """Return the means of pairs of samples along *axis*, half up; the last of an odd number stays itself."""
    along = np.moveaxis(plane, axis, 0)
    first = along[::2].astype(np.uint16)
    second = along[1::2]
    first[: len(second)] += second
    first[len(second) :] *= 2
    first += 1
    first >>= 1
    return np.moveaxis(first.astype(np.uint8), 0, axis)
