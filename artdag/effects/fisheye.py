"""Bulge the picture as a fisheye lens does, or pinch it.

The lens sees *strength* × 70° to each side: the pixel at distance r from the middle, in units of R, comes from
tan(r a) / tan(a), a being that angle; R is half of the diagonal, so that the corners stay and the middle grows. Below 0
the other way round: from atan(r tan(a)) / a, R being half of the shorter side, so that nothing outside of the picture
is needed. Fetched linearly between samples 1/256 apart. Opacity moves along.
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

WIDEST = math.radians(70)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    strength: Annotated[float, Range(-1, 1), "How much it bulges; below 0 it is pinched, 0 changes nothing."] = 0.75


@lru_cache(maxsize=2)
def fields(width: int, height: int, pixel_format: str, params: Params) -> tuple[Field, Field]:
    angle = max(1e-6, abs(params.strength) * WIDEST)
    unit = math.hypot(width, height) / 2 if params.strength > 0 else min(width, height) / 2

    def bend(x: Places, y: Places) -> tuple[Places, Places]:
        x, y = x - width / 2, y - height / 2
        radius = np.maximum(np.sqrt(x * x + y * y) / unit, 1e-9)
        if params.strength > 0:
            share = np.tan(np.minimum(radius, 1) * angle) / (math.tan(angle) * radius)
        else:
            share = np.arctan(radius * math.tan(angle)) / (angle * radius)
        return width / 2 + x * share, height / 2 + y * share

    return bent(width, height, pixel_format, bend, edge="repeat")


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    return remapped(picture, fields(picture.width, picture.height, picture.pixel_format, params))


def same_as(params: Params) -> str | None:
    return "input" if params.strength == 0 else None


EFFECT = Effect(name="fisheye", group="geometry", params=Params, frame=frame, same_as=same_as)
