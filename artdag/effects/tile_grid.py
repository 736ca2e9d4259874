"""Repeat the whole picture in a grid of tiles.

Each of the *columns* by *rows* tiles shows all of the picture, made smaller to fit: halved by means as often as it
takes, then fetched linearly between samples 1/256 apart. With *mirror* every other tile is turned over, so that tiles
meet without a seam. Opacity is repeated alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from artdag.codec.frame import Frame, Moment
from artdag.codec.remap import Field, Places, bent, halvings_for, remapped
from artdag.effect import Effect
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    columns: Annotated[int, Range(1, 64), "Tiles side by side."] = 2
    rows: Annotated[int, Range(1, 64), "Tiles one below the other."] = 2
    mirror: Annotated[bool, "Turn every other tile over."] = False


@lru_cache(maxsize=4)
def fields(width: int, height: int, pixel_format: str, params: Params) -> tuple[Field, Field]:
    def bend(x: Places, y: Places) -> tuple[Places, Places]:
        x, y = x * params.columns, y * params.rows
        return (x, y) if params.mirror else (np.mod(x, width), np.mod(y, height))

    return bent(width, height, pixel_format, bend, edge="mirror", halvings=halvings(params))


def halvings(params: Params) -> tuple[int, int]:
    return halvings_for(1 / params.columns), halvings_for(1 / params.rows)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    places = fields(picture.width, picture.height, picture.pixel_format, params)
    return remapped(picture, places, halvings=halvings(params))


def same_as(params: Params) -> str | None:
    return "input" if (params.columns, params.rows) == (1, 1) else None


EFFECT = Effect(name="tile_grid", group="geometry", params=Params, frame=frame, same_as=same_as)
