"""Turn the picture about its middle.

Clockwise for positive *degrees*. The pixel at p comes from m + R(-degrees) (p - m'), m and m' being the middles of the
picture and of the result, linearly between samples 1/256 apart; quarter turns of square pictures, or with *expand*,
move whole pixels. Around the picture lies *background*, and its sides are smooth. With *expand* the result is as large
as the turned picture, to the nearest even number of pixels; without, what stands out is cut off. Opacity turns along;
the background is opaque.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated

from artdag.codec.bordered import Border, color_values
from artdag.codec.frame import Frame, Moment
from artdag.codec.geometry import even
from artdag.codec.remap import Field, Places, bent, remapped
from artdag.effect import Effect
from artdag.media import VideoShape
from artdag.params import Color, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    degrees: Annotated[float, Range(-3600, 3600, "°"), "How far, clockwise; full turns change nothing."] = 15.0
    expand: Annotated[bool, "Make the result large enough for the whole picture."] = False
    background: Annotated[Color, "The colour around it."] = Color("#000000")


def turn(degrees: float) -> tuple[float, float]:
    """Return the cosine and sine, without what rounding leaves of zero at quarter turns."""
    return round(math.cos(math.radians(degrees)), 12), round(math.sin(math.radians(degrees)), 12)


def size_of(width: int, height: int, params: Params) -> tuple[int, int]:
    """Return the size of the result."""
    if not params.expand or params.degrees % 360 == 0:
        return width, height
    cos, sin = turn(params.degrees)
    return even(width * abs(cos) + height * abs(sin)), even(width * abs(sin) + height * abs(cos))


def reshape(params: Params, shape: VideoShape) -> VideoShape:
    width, height = size_of(shape.width, shape.height, params)
    return replace(shape, width=width, height=height)


@lru_cache(maxsize=2)
def fields(width: int, height: int, pixel_format: str, params: Params) -> tuple[Field, Field]:
    size = size_of(width, height, params)
    cos, sin = turn(params.degrees)

    def bend(x: Places, y: Places) -> tuple[Places, Places]:
        x, y = x - size[0] / 2, y - size[1] / 2
        return width / 2 + cos * x + sin * y, height / 2 - sin * x + cos * y

    return bent(width, height, pixel_format, bend, edge="background", size=size)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    places = fields(picture.width, picture.height, picture.pixel_format, params)
    border = Border(1, fill=color_values(params.background, picture.pixel_format))
    return remapped(picture, places, size=size_of(picture.width, picture.height, params), border=border)


def same_as(params: Params) -> str | None:
    return "input" if params.degrees % 360 == 0 else None


EFFECT = Effect(name="rotate", group="geometry", params=Params, frame=frame, reshape=reshape, same_as=same_as)
