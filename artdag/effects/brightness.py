"""Make the picture lighter or darker, up to white or down to black.

Each channel v in 0..1 becomes v + amount (1 - v) where amount is positive, v (1 + amount) where it is negative: a mix
with white or with black. It never clips, so no shade is lost before the end, and it is the same in YUV and in RGB.
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
    amount: Annotated[float, Range(-1, 1), "-1 is black, 0 changes nothing, 1 is white."] = 0.2


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    if params.amount == 0:
        return []
    share, lighter = spell(abs(params.amount)), params.amount > 0
    if shape.pixel_format in IS_RGB:
        channel = f"val+{share}*({255 if lighter else 0}-val)+0.5"
        return [Filter.of("lutrgb", r=channel, g=channel, b=channel)]
    luma, chroma = f"val+{share}*({235 if lighter else 16}-val)+0.5", f"val+{share}*(128-val)+0.5"
    return [Filter.of("lutyuv", y=luma, u=chroma, v=chroma)]


EFFECT = Effect(name="brightness", group="colour", params=Params, native=native)
