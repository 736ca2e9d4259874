"""Set saturation, contrast, brightness and gamma together, in this order.

Luma v in 0..1: contrast 0.5 + c (v - 0.5); brightness b mixes with white (b > 0) or black (b < 0) by |b|; clipped; at
last gamma, v^(1/g). Chroma is multiplied by saturation, contrast and 1 - |b|; gamma leaves it. The first three settings
are those of the effects of these names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from artdag.codec.adjust import tone
from artdag.codec.graph import Filter
from artdag.effect import YUV_FORMATS, Effect
from artdag.media import VideoShape
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    brightness: Annotated[float, Range(-1, 1), "-1 is black, 0 changes nothing, 1 is white."] = 0.0
    contrast: Annotated[float, Range(0, 4), "0 is flat grey, 1 changes nothing."] = 1.0
    saturation: Annotated[float, Range(0, 4), "0 is grey, 1 changes nothing."] = 1.0
    gamma: Annotated[float, Range(0.1, 10), "Above 1 lightens the middle tones, below 1 darkens them."] = 1.0


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    return tone(
        saturation=params.saturation, contrast=params.contrast, brightness=params.brightness, gamma=params.gamma
    )


EFFECT = Effect(name="color_adjust", group="colour", params=Params, pixel_formats=YUV_FORMATS, native=native)
