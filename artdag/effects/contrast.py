"""Push light and dark apart, or draw them together.

Each channel v in 0..1 becomes 0.5 + amount (v - 0.5), clipped. In YUV that is luma around its middle (125.5) and chroma
around 128, which is the same wherever nothing clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from artdag.codec.frame import IS_RGB
from artdag.codec.graph import Filter, spell
from artdag.effect import Effect
from artdag.media import VideoShape
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amount: Annotated[float, Range(0, 4), "0 is flat grey, 1 changes nothing, above it is harder."] = 1.0


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    if params.amount == 1:
        return []
    k = spell(params.amount)
    if shape.pixel_format in IS_RGB:
        channel = f"127.5+{k}*(val-127.5)+0.5"
        return [Filter.of("lutrgb", r=channel, g=channel, b=channel)]
    luma, chroma = f"clip(125.5+{k}*(val-125.5),16,235)+0.5", f"clip(128+{k}*(val-128),16,240)+0.5"
    return [Filter.of("lutyuv", y=luma, u=chroma, v=chroma)]


EFFECT = Effect(name="contrast", group="colour", params=Params, native=native)
