"""Push the picture about by the light and dark of another one.

Where the map, the second picture, is white, the picture is seen moved right by *x* and down by *y* pixels; where it is
black, the other way; half way between (luma 125.5) it stays: the pixel at p comes from p - (x, y) (Y - 125.5) / 109.5.
The map is scaled to the picture's size, a shorter clip begins again, and its colours and opacity do not matter. It is
blurred first by a Gaussian with a standard deviation of half of *softness*, so that the picture bends as behind glass
and is not torn. Beyond its sides the picture is turned over. Fetched linearly between samples 1/256 apart. Opacity
moves along.

A frame of 1280 × 720 takes some 11 ms, up to 16 where it moves far: every place is worked out anew for each frame, and
more of the picture is laid ready around it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.bordered import Border
from artdag.codec.frame import Frame, Moment, Plane
from artdag.codec.remap import ONE, Field, Fixed, Lattice, fixed, lattices, remapped
from artdag.codec.softness import averaged, softened
from artdag.effect import YUV_FORMATS, Effect, Input
from artdag.media import VideoShape
from artdag.params import Range

Light = NDArray[np.int32]
FINER = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    x: Annotated[float, Range(-500, 500, "px"), "How far white moves the picture to the right."] = 24.0
    y: Annotated[float, Range(-500, 500, "px"), "How far white moves the picture down."] = 24.0
    softness: Annotated[float, Range(0, 200, "px"), "How far the map is smoothed; 0 leaves hard edges."] = 16.0


def fit(params: Params, shapes: Sequence[VideoShape]) -> Sequence[tuple[int, int]]:
    return [(shapes[0].width, shapes[0].height)] * 2


def field(params: Params, lattice: Lattice, light: Light) -> Field:
    # light / 219 of the way, in 1/256 sample; light comes in 1/64, and 13 bits more are dropped at the end
    across, down = (
        np.int32(round(-way * ONE * 8192 / (219 * span * FINER)))
        for way, span in ((params.x, lattice.across), (params.y, lattice.down))
    )
    base_x = fixed(lattice.x, lattice.across)

    def places(rows: slice) -> tuple[Fixed, Fixed]:
        push = light[rows]
        x = _rounded(push * across)
        y = x.copy() if across == down else _rounded(push * down)
        x += base_x
        y += fixed(lattice.y(rows), lattice.down)
        return x, y

    return places


def _rounded(value: Light) -> Light:
    value += 4096
    value >>= 13
    return value


def frame(picture: Frame, other: Frame, params: Params, moment: Moment) -> Frame:
    luma, chroma = lattices(picture.width, picture.height, picture.pixel_format)
    light = light_of(other.planes[0], params.softness)
    coarse = light if luma == chroma else np.rint(averaged(light, 2)).astype(np.int32)
    fields = field(params, luma, light), field(params, chroma, coarse)
    # a map may be lighter than white and darker than black
    return remapped(picture, fields, border=Border(math.ceil(1.2 * max(abs(params.x), abs(params.y))) + 1))


def light_of(plane: Plane, softness: float) -> Light:
    """Return 2 Y - 251 in 1/64, smoothed: 0 is half way between black and white."""
    if softness == 0:
        return plane * np.int32(2 * FINER) - np.int32(251 * FINER)
    smooth = softened(plane, softness)
    smooth *= 2 * FINER
    smooth -= 251 * FINER
    return np.rint(smooth, out=smooth).astype(np.int32)


def same_as(params: Params) -> str | None:
    return "input" if params.x == params.y == 0 else None


EFFECT = Effect(
    name="displace",
    group="geometry",
    params=Params,
    inputs=(Input("input"), Input("map")),
    pixel_formats=YUV_FORMATS,
    frame=frame,
    fit=fit,
    same_as=same_as,
)
