"""Turn the picture into a relief lit from one side.

Luma becomes (1 - keep) grey + keep Y + amount × slope; grey is half way (125.5). The slope is the Sobel gradient of
luma / 4 along the light, positive where the picture falls towards it; its samples lie *size* pixels apart. The light
comes from *degrees*: 0 is the right, 90 the top, 135 the top left. Chroma is drawn towards grey by the same *keep*.
Opacity stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import keep_alpha
from artdag.codec.edges import slopes
from artdag.codec.frame import Frame, Moment, Plane
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amount: Annotated[float, Range(0, 5), "Height of the relief; 0 is flat."] = 0.8
    size: Annotated[int, Range(1, 8, "px"), "Width of the bevels."] = 2
    degrees: Annotated[float, Range(-360, 360, "°"), "Where the light comes from: 0 right, 90 top."] = 135.0
    keep: Annotated[float, Range(0, 1), "How much of the picture shows in the relief; 0 is plain grey."] = 1.0


@lru_cache(maxsize=64)
def tables(keep: float) -> tuple[NDArray[np.float32], Plane]:
    """Return luma -> its share and that of grey, with 0.5 for rounding; and chroma -> chroma."""
    code = np.arange(256)
    return (keep * code + (1 - keep) * 125.5 + 0.5).astype(np.float32), np.rint(128 + keep * (code - 128)).astype(
        np.uint8
    )


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    ground, colour = tables(params.keep)
    # rounded, so that the last bit of a cosine, which is the processor's, does not reach the pixels
    to_right = np.float32(round(-math.cos(math.radians(params.degrees)) * params.amount / 4, 6))
    to_below = np.float32(round(math.sin(math.radians(params.degrees)) * params.amount / 4, 6))
    luma = picture.planes[0]
    for rows, right, down in slopes(luma, params.size):
        value = np.take(ground, luma[rows], mode="clip")
        value += right * to_right
        value += down * to_below
        if params.amount > 0 or params.keep < 1:
            np.clip(value, 16, 235, out=value)
        result.planes[0][rows] = value
    for source, target in zip(picture.planes[1:3], result.planes[1:3], strict=True):
        np.take(colour, source, out=target, mode="clip")
    keep_alpha(picture, result)
    return result


EFFECT = Effect(
    name="emboss", group="detail", params=Params, pixel_formats=YUV_FORMATS, frame=frame, cost_class="light"
)
