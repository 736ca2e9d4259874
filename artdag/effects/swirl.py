"""Twist the picture around a point, most in its middle.

Within R = *radius* × half of the shorter side of (x W, y H), the pixel at distance r comes from the place turned about
that point by *strength* × (1 - r/R)² full turns, smooth at the rim; positive twists clockwise, towards the middle
ever more. Beyond its sides the picture is turned over. Fetched linearly between samples 1/256 apart. Opacity moves
along.
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
    strength: Annotated[float, Range(-5, 5, "turns"), "How far the middle is turned; 0 changes nothing."] = 0.5
    radius: Annotated[float, Range(0.01, 4), "How far it reaches: 1 is half of the shorter side."] = 1.2
    x: Annotated[float, Range(0, 1), "The middle: 0 is the left side, 1 the right."] = 0.5
    y: Annotated[float, Range(0, 1), "The middle: 0 is the top, 1 the bottom."] = 0.5


@lru_cache(maxsize=2)
def fields(width: int, height: int, pixel_format: str, params: Params) -> tuple[Field, Field]:
    center_x, center_y = params.x * width, params.y * height
    reach = params.radius * min(width, height) / 2

    def bend(x: Places, y: Places) -> tuple[Places, Places]:
        x, y = x - center_x, y - center_y
        inward = np.maximum(0, 1 - np.sqrt(x * x + y * y) / reach)
        angle = -2 * math.pi * params.strength * inward * inward
        cos, sin = np.cos(angle), np.sin(angle)
        return center_x + cos * x - sin * y, center_y + sin * x + cos * y

    return bent(width, height, pixel_format, bend)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    return remapped(picture, fields(picture.width, picture.height, picture.pixel_format, params))


def same_as(params: Params) -> str | None:
    return "input" if params.strength == 0 else None


EFFECT = Effect(name="swirl", group="geometry", params=Params, frame=frame, same_as=same_as)
