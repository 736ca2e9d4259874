"""Bring out edges and fine detail.

Unsharp mask on luma: Y + amount (Y - blurred Y), blurred over 5 by 5 pixels (FFmpeg's ``unsharp``). Colour and opacity
stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from artdag.codec.adjust import sharpened
from artdag.codec.graph import Filter
from artdag.effect import YUV_FORMATS, Effect
from artdag.media import VideoShape
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amount: Annotated[float, Range(0, 5), "How strongly; 0 changes nothing."] = 1.0


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    return sharpened(params.amount)


EFFECT = Effect(
    name="sharpen", group="detail", params=Params, pixel_formats=YUV_FORMATS, native=native, cost_class="medium"
)
