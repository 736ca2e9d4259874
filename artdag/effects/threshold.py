"""Leave only black and white.

Luma on a scale of 0 to 255, (Y - 16) 255 / 219, becomes white where it is *level* or more, else black; colour goes.
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
    level: Annotated[float, Range(0, 255), "The darkest luma that still turns white."] = 128.0


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    luma = f"if(gte(max(val-16,0)*255/219,{spell(params.level)}),235,16)"
    return [Filter.of("lutyuv", y=luma, u="128", v="128")]


EFFECT = Effect(name="threshold", group="colour", params=Params, pixel_formats=YUV_FORMATS, native=native)
