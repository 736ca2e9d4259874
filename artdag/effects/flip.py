"""Turn the picture over: left to right, or top to bottom.

Pixel (x, y) goes to (width - 1 - x, y) for ``horizontal``, to (x, height - 1 - y) for ``vertical``; ``both`` is both at
once, half a turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from artdag.codec.graph import Filter
from artdag.effect import Effect
from artdag.media import VideoShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    axis: Annotated[Literal["horizontal", "vertical", "both"], "Which way it turns."] = "horizontal"


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    filters = []
    if params.axis != "vertical":
        filters.append(Filter.of("hflip"))
    if params.axis != "horizontal":
        # vflip only points at the last row and walks upwards; copy lays the rows out in order again
        filters += [Filter.of("vflip"), Filter.of("copy")]
    return filters


EFFECT = Effect(name="flip", group="geometry", params=Params, native=native)
