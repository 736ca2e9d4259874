"""Show the picture on an old television tube: bent glass, scan lines, a shadow mask.

With u and v in -1..1 from the middle, a place of the screen shows the picture at u (1 + b v²), v (1 + b u²), where
b = 0.22 × *bend*; beyond the picture the screen is black, with rounded corners. Light is multiplied by
1 - *lines* (1 - cos(2π y / *spacing*)) / 2 along the rows of the bent picture, by 1 - *mask* (1 - cos(2π x / 3)) / 2
along the columns of the screen, and by 1 - *vignette* (u² + v²)² / 4. What lines and mask take on average is given
back, so that bright parts fill up as they do on a tube. Opacity moves along; the black around is opaque.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.bordered import Border, color_values
from artdag.codec.frame import SUBSAMPLED, Frame, Moment, Plane
from artdag.codec.lookup import bands, by_bands
from artdag.codec.remap import Field, Lattice, Places, bent, remapped
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Color, Range

BENT = 0.22
CORNER = 0.1
"""Radius of the corners at full bend, in shorter sides of the picture."""
MARGIN = 4
"""Black around the picture, in pixels, for places at its very edge."""
TRIAD = 3
"""Columns of one red, green and blue stripe together; in 4:2:0 they differ in lightness only."""
ONE = 256
BLACK = Color("#000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    bend: Annotated[float, Range(0, 1), "How bent the glass is."] = 0.4
    lines: Annotated[float, Range(0, 1), "How dark it is between the scan lines."] = 0.45
    spacing: Annotated[float, Range(2, 50, "px"), "From one scan line to the next."] = 4.0
    mask: Annotated[float, Range(0, 1), "How dark it is between the stripes of the shadow mask."] = 0.2
    vignette: Annotated[float, Range(0, 1), "How much darker the corners are."] = 0.4


@lru_cache(maxsize=4)
def fields(width: int, height: int, pixel_format: str, bend: float) -> tuple[Field, Field]:
    def curve(x: Places, y: Places) -> tuple[Places, Places]:
        u, v = curved(x, y, width, height, bend)
        return (u + 1) * (width / 2), (v + 1) * (height / 2)

    return bent(width, height, pixel_format, curve, edge="background")


def curved(x: Places, y: Places, width: int, height: int, bend: float) -> tuple[Places, Places]:
    """Return the place of the picture, -1..1, that pixel (x, y) of the screen shows."""
    u, v = x * (2 / width) - 1, y * (2 / height) - 1
    return u * (1 + BENT * bend * v * v), v * (1 + BENT * bend * u * u)


Light = Callable[[slice], NDArray[np.uint16]]
"""Rows of a plane -> what each sample is multiplied by, in 1/256."""


@lru_cache(maxsize=4)
def lights(width: int, height: int, pixel_format: str, params: Params) -> tuple[Light, Light]:
    """Return the light of luma and of chroma."""

    def light(rows: slice) -> NDArray[np.uint16]:
        x, y = Lattice(width, height).x, (np.arange(rows.start, rows.stop) + 0.5)[:, None]
        u, v = curved(x, y, width, height, params.bend)
        row = (v + 1) * (height / 2)
        weights = 1 - params.lines * (1 - np.cos(2 * np.pi * (row - 0.5) / params.spacing)) / 2
        weights = weights * (1 - params.mask * (1 - np.cos(2 * np.pi * (x - 0.5) / TRIAD)) / 2)
        weights /= (1 - params.lines / 2) * (1 - params.mask / 2)
        weights *= 1 - params.vignette * (u * u + v * v).clip(0, 2) ** 2 / 4
        if params.bend > 0:
            weights *= inside(u, v, width, height, params.bend * CORNER * min(width, height))
        shares: NDArray[np.uint16] = np.rint(ONE * weights - 1e-6).astype(np.uint16)
        return shares

    def halved_light(rows: slice) -> NDArray[np.uint16]:
        weights = light(slice(2 * rows.start, min(height, 2 * rows.stop)))
        weights = np.pad(weights, ((0, len(weights) % 2), (0, width % 2)), mode="edge")
        weights = weights[::2] + weights[1::2]
        mean: NDArray[np.uint16] = (weights[:, ::2] + weights[:, 1::2] + np.uint16(2)) >> np.uint16(2)
        return mean

    whole = by_bands(width, height, light)
    if pixel_format not in SUBSAMPLED:
        return whole, whole
    return whole, by_bands((width + 1) // 2, (height + 1) // 2, halved_light)


def inside(u: Places, v: Places, width: int, height: int, radius: float) -> Places:
    """Return 1 inside of the picture with rounded corners, 0 outside, with an edge of one pixel."""
    across = np.abs(u) * (width / 2) - width / 2 + radius
    down = np.abs(v) * (height / 2) - height / 2 + radius
    beyond = np.sqrt(np.maximum(across, 0) ** 2 + np.maximum(down, 0) ** 2)
    distance = beyond + np.minimum(np.maximum(across, down), 0) - radius
    edge: Places = np.clip(0.5 - distance, 0, 1)
    return edge


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    width, height, pixel_format = picture.width, picture.height, picture.pixel_format
    border = Border(MARGIN, fill=color_values(BLACK, pixel_format))
    result = remapped(picture, fields(width, height, pixel_format, params.bend), border=border)
    for number, plane in enumerate(result.planes[:3]):
        light = lights(width, height, pixel_format, params)[min(number, 1)]
        lit(plane, light, 128 if number else 16, 240 if number else 235)
    return result


def lit(plane: Plane, light: Light, black: int, high: int) -> None:
    """Multiply what differs from *black* by *light*, within 16..*high*."""
    for rows in bands(len(plane)):
        value = plane[rows].astype(np.int32)
        value -= black
        value *= light(rows)
        value += ONE // 2
        value >>= 8
        value += black
        plane[rows] = np.clip(value, 16, high, out=value)


def same_as(params: Params) -> str | None:
    return "input" if params.bend == params.lines == params.mask == params.vignette == 0 else None


EFFECT = Effect(name="crt", group="look", params=Params, pixel_formats=YUV_FORMATS, frame=frame, same_as=same_as)
