"""Make colours stronger or paler.

The chroma vector (U - 128, V - 128) is multiplied by *amount* and ends at the legal range, 16..240; luma stays.
0 leaves greys, 1 changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from artdag.codec.graph import Filter, spell
from artdag.effect import YUV_FORMATS, Effect
from artdag.media import VideoShape
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amount: Annotated[float, Range(0, 4), "0 is grey, 1 changes nothing, above it is stronger."] = 1.0


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    if params.amount == 1:
        return []
    chroma = f"clip(128+{spell(params.amount)}*(val-128),16,240)+0.5"
    return [Filter.of("lutyuv", u=chroma, v=chroma)]


EFFECT = Effect(name="saturation", group="colour", params=Params, pixel_formats=YUV_FORMATS, native=native)
