"""Turn light into dark and every colour into its opposite, as on a film negative.

Each channel v in 0..1 becomes v + intensity (1 - 2 v): at 0 nothing changes, at 0.5 all is mid grey, at 1 it is the
negative. The formula is the same for luma, chroma (around its middle) and R, G, B; opacity stays.
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
    intensity: Annotated[float, Range(0, 1), "How far towards the negative; 0 changes nothing."] = 1.0


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    if params.intensity == 0:
        return []
    k = spell(params.intensity)
    if shape.pixel_format in IS_RGB:
        channel = f"val+{k}*(255-2*val)+0.5"
        return [Filter.of("lutrgb", r=channel, g=channel, b=channel)]
    luma, chroma = f"val+{k}*(16+235-2*val)+0.5", f"val+{k}*(2*128-2*val)+0.5"
    return [Filter.of("lutyuv", y=luma, u=chroma, v=chroma)]


EFFECT = Effect(name="invert", group="colour", params=Params, native=native)
