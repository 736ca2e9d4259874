"""Reflect one wedge of the picture around a centre, as in a kaleidoscope.

The plane is cut into *segments* equal wedges about (x W, y H), each symmetrical in itself, the first one upright. All
show the same half wedge of the picture: the one that begins in the direction *degrees* (0 is the right, 90 below) and
opens clockwise. Distances from the centre stay, and beyond its sides the picture is turned over. Fetched linearly
between samples 1/256 apart. Opacity moves along.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from artdag.codec.frame import Frame, Moment
from artdag.codec.remap import Field, Places, bent, remapped
from artdag.effect import Effect
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    segments: Annotated[int, Range(2, 64), "How many wedges there are."] = 6
    degrees: Annotated[float, Range(-360, 360, "°"), "Where in the picture the wedge lies: 0 right, 90 below."] = 0.0
    x: Annotated[float, Range(0, 1), "The centre: 0 is the left side, 1 the right."] = 0.5
    y: Annotated[float, Range(0, 1), "The centre: 0 is the top, 1 the bottom."] = 0.5


@lru_cache(maxsize=2)
def fields(width: int, height: int, pixel_format: str, params: Params) -> tuple[Field, Field]:
    center_x, center_y = params.x * width, params.y * height
    half, first = math.pi / params.segments, math.radians(params.degrees)

    def bend(x: Places, y: Places) -> tuple[Places, Places]:
        x, y = x - center_x, y - center_y
        radius = np.sqrt(x * x + y * y)
        angle = np.arctan2(x, -y)  # from the upright, clockwise
        folded = first + np.abs(np.mod(angle + half, 2 * half) - half)
        return center_x + radius * np.cos(folded), center_y + radius * np.sin(folded)

    return bent(width, height, pixel_format, bend)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    return remapped(picture, fields(picture.width, picture.height, picture.pixel_format, params))


EFFECT = Effect(name="kaleidoscope", group="geometry", params=Params, frame=frame)
