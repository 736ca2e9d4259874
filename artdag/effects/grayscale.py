"""Take the colour away.

The chroma vector (U - 128, V - 128) is multiplied by 1 - amount; what remains is BT.709 luma,
0.2126 R + 0.7152 G + 0.0722 B.
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
    amount: Annotated[float, Range(0, 1), "How much of the colour goes; 0 changes nothing."] = 1.0


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    if params.amount == 0:
        return []
    chroma = f"val+{spell(params.amount)}*(128-val)+0.5"
    return [Filter.of("lutyuv", u=chroma, v=chroma)]


EFFECT = Effect(name="grayscale", group="colour", params=Params, pixel_formats=YUV_FORMATS, native=native)
