"""Let all colours wander around the colour wheel as time passes.

At time t (seconds from the beginning) the chroma vector (U - 128, V - 128) is turned by 360° × turns_per_second × t,
which keeps luma and saturation (FFmpeg's ``hue`` filter). The first frame is unchanged.
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
    turns_per_second: Annotated[
        float, Range(-30, 30, "1/s"), "Times around the wheel each second; below 0 backwards, 0 changes nothing."
    ] = 0.25


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    if params.turns_per_second == 0:
        return []
    return [Filter.of("hue", h=f"360*{spell(params.turns_per_second)}*t")]


EFFECT = Effect(name="color_cycle", group="colour", params=Params, pixel_formats=YUV_FORMATS, native=native)
