"""Keep a rectangle of the picture.

The rectangle begins at (x, y), counted from the top left corner, and is *width* by *height* pixels large; 0 reaches to
the far side. Numbers are rounded down to even ones, so that the chroma of 4:2:0 keeps its place, and what reaches
outside is cut back to the picture, of which 2 pixels remain at least. Pixels are not changed. Opacity is cut alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from artdag.codec.graph import Filter
from artdag.effect import Effect
from artdag.media import VideoShape
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    x: Annotated[int, Range(0, 16384, "px"), "Where it begins, from the left."] = 0
    y: Annotated[int, Range(0, 16384, "px"), "Where it begins, from the top."] = 0
    width: Annotated[int, Range(0, 16384, "px"), "Its width; 0 is up to the right side."] = 0
    height: Annotated[int, Range(0, 16384, "px"), "Its height; 0 is down to the lower side."] = 0


def span(start: int, length: int, whole: int) -> tuple[int, int]:
    """Return where the kept part of a side of *whole* pixels begins, and how long it is."""
    start = max(0, min(start, whole - 2)) // 2 * 2
    rest = whole - start
    return start, rest if length == 0 else min(rest, max(2, length // 2 * 2))


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    x, width = span(params.x, params.width, shape.width)
    y, height = span(params.y, params.height, shape.height)
    if (width, height) == (shape.width, shape.height):
        return []
    return [Filter.of("crop", w=width, h=height, x=x, y=y, exact=1)]


def reshape(params: Params, shape: VideoShape) -> VideoShape:
    width, height = span(params.x, params.width, shape.width)[1], span(params.y, params.height, shape.height)[1]
    return replace(shape, width=width, height=height)


def same_as(params: Params) -> str | None:
    return "input" if params == Params() else None


EFFECT = Effect(name="crop", group="geometry", params=Params, native=native, reshape=reshape, same_as=same_as)
