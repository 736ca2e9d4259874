"""Give the picture the colours of a table, such as the look of a film.

The table is a .cube file (Adobe's Cube LUT Specification 1.0), one for each channel or a cube of red, green and blue,
read linearly between its points; colours beyond its domain take those at its border. It works on R'G'B' as it is shown,
so a table for a camera's log pictures wants such pictures. *amount* mixes the result with the picture. Opacity stays.

A cube takes 13 ms of processor for a frame of 1280 × 720, for each pixel is looked up twice in a table far larger than
the processor's cache, and 0.2 s to be read (33 points; 0.7 s with 65).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artdag.codec.cube import FULL, read_table
from artdag.codec.frame import Frame, Moment
from artdag.effect import Effect, Input
from artdag.errors import BrokenMediaError
from artdag.media import Kind
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amount: Annotated[float, Range(0, 1), "How much of it; 0 changes nothing."] = 1.0


def frame(picture: Frame, table: bytes, params: Params, moment: Moment) -> Frame:
    try:
        look = read_table(table)
    except BrokenMediaError as error:
        raise BrokenMediaError(f"the table is no .cube file: {error.message}") from error
    result = picture.blank_like()
    source, target = picture.planes[0], result.planes[0]
    target[..., 3:] = source[..., 3:]
    look.write(source[..., :3], target[..., :3], round(params.amount * FULL))
    return result


def same_as(params: Params) -> str | None:
    return "input" if params.amount == 0 else None


EFFECT = Effect(
    name="lut",
    group="colour",
    params=Params,
    inputs=(Input("input"), Input("table", (Kind.DATA,))),
    pixel_formats=("rgb24", "rgba"),
    frame=frame,
    same_as=same_as,
    cost_class="heavy",
)
