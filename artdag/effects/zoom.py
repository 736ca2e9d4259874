"""Move closer to a point of the picture, or away from it.

The point at (x W, y H) stays where it is, and everything else moves away from it *factor* times as far: the pixel at p
comes from c + (p - c) / factor, linearly between samples 1/256 apart. Below 1 the picture becomes smaller, and what is
seen around it is a colour, or the picture turned over at its sides again and again. A picture made smaller than
two thirds is halved by means first, as often as it takes, so that fine detail does not flicker. Opacity moves along;
the colour is opaque.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

from artdag.codec.bordered import Border, color_values
from artdag.codec.frame import Frame, Moment
from artdag.codec.remap import Field, Places, bent, halvings_for, remapped
from artdag.effect import Effect
from artdag.params import Color, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    factor: Annotated[float, Range(0.05, 20), "How many times as large; 1 changes nothing."] = 1.5
    x: Annotated[float, Range(0, 1), "The point that stays: 0 is the left side, 1 the right."] = 0.5
    y: Annotated[float, Range(0, 1), "The point that stays: 0 is the top, 1 the bottom."] = 0.5
    edges: Annotated[Literal["background", "mirror"], "What is seen around a picture made smaller."] = "background"
    background: Annotated[Color, "The colour around it."] = Color("#000000")


@lru_cache(maxsize=4)
def fields(width: int, height: int, pixel_format: str, params: Params) -> tuple[Field, Field]:
    center_x, center_y = params.x * width, params.y * height

    def bend(x: Places, y: Places) -> tuple[Places, Places]:
        return center_x + (x - center_x) / params.factor, center_y + (y - center_y) / params.factor

    halvings = halvings_for(params.factor)
    return bent(width, height, pixel_format, bend, edge=params.edges, halvings=(halvings, halvings))


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    halvings = halvings_for(params.factor)
    border = None
    if params.edges == "background":
        border = Border(1, fill=color_values(params.background, picture.pixel_format))
    places = fields(picture.width, picture.height, picture.pixel_format, params)
    return remapped(picture, places, border=border, halvings=(halvings, halvings))


def same_as(params: Params) -> str | None:
    return "input" if params.factor == 1 else None


EFFECT = Effect(name="zoom", group="geometry", params=Params, frame=frame, same_as=same_as)
