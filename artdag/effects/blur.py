"""Blur the picture softly, in all directions alike.

A Gaussian with a standard deviation of half the *radius*, so that next to nothing from beyond the radius shows
(FFmpeg's ``gblur`` in two steps). Chroma of half the size is blurred half as wide. Opacity stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from artdag.codec.adjust import blurred
from artdag.codec.graph import Filter
from artdag.effect import YUV_FORMATS, Effect
from artdag.media import VideoShape
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    radius: Annotated[float, Range(0, 200, "px"), "How far a point spreads; 0 changes nothing."] = 8.0


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    return blurred(params.radius, shape)


EFFECT = Effect(name="blur", group="detail", params=Params, pixel_formats=YUV_FORMATS, native=native)
