"""Smooth away noise and grain, and leave edges sharp.

A bilateral filter (FFmpeg's ``bilateral``, recursive): a pixel is averaged with its surroundings, each weighed by how
near it is and how alike. Nearness is a Gaussian with a standard deviation of half of *radius*, likeness one of
0.3 × *strength* of the scale from black to white. Chroma of half the size is averaged half as wide. Opacity stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from artdag.codec.graph import Filter
from artdag.effect import YUV_FORMATS, Effect
from artdag.media import VideoShape
from artdag.params import Range

LIKENESS = 0.3
LUMA, CHROMA = 1, 2 + 4
"""Bits of the planes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    strength: Annotated[float, Range(0, 1), "How different pixels are still averaged; 0 changes nothing."] = 0.4
    radius: Annotated[float, Range(0, 100, "px"), "From how far; 0 changes nothing."] = 12.0


def native(params: Params, shape: VideoShape) -> Sequence[Filter]:
    if params.strength == 0 or params.radius == 0:
        return []
    sigma, likeness = params.radius / 2, LIKENESS * params.strength
    if "444" in shape.pixel_format:
        return [Filter.of("bilateral", sigmaS=sigma, sigmaR=likeness, planes=LUMA + CHROMA)]
    return [
        Filter.of("bilateral", sigmaS=sigma, sigmaR=likeness, planes=LUMA),
        Filter.of("bilateral", sigmaS=sigma / 2, sigmaR=likeness, planes=CHROMA),
    ]


EFFECT = Effect(
    name="denoise", group="detail", params=Params, pixel_formats=YUV_FORMATS, native=native, cost_class="medium"
)
