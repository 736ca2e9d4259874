"""Turn every colour around the colour wheel.

The chroma vector (U - 128, V - 128) is turned by *degrees*, which keeps luma and saturation (FFmpeg's ``hue`` filter).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from artdag.codec.graph import Filter
from artdag.effect import YUV_FORMATS, Effect
from artdag.media import VideoShape
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    degrees: Annotated[float, Range(-360, 360, "°"), "Angle on the colour wheel; 120 turns red into green."] = 90.0


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    return [Filter.of("hue", h=params.degrees)]


EFFECT = Effect(name="hue_shift", group="colour", params=Params, pixel_formats=YUV_FORMATS, native=native)
