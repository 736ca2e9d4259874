"""Lay moving grain over the picture, as film has it.

A field of grain, normally spread numbers under a Gaussian with a standard deviation of *size* / 2 px, is laid over luma
at another place, turned over another way, for every frame. A full *intensity* adds it with a standard deviation of 40
code values in the middle tones; towards black and white it fades, by 4 L (1 - L) for luma L in 0..1, to a quarter.
*seed* and the frame's number decide the place, so that a frame is the same whether it is made alone or with others.
Colour and opacity stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, Moment
from artdag.codec.lookup import bands
from artdag.codec.noise import bell, random_bytes
from artdag.codec.softness import softened
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Range

FULL = 40
"""Standard deviation in middle tones at full intensity, in code values."""
FAINTEST = 0.25
"""Share of it in black and white."""
ROAM = 256
"""The field is larger than the picture by this much each way."""
GRAIN = 32
"""Standard deviation of the field's numbers."""
SIDE = 4096
"""The field is no larger than for a picture of this size; on larger ones it begins again."""
LARGEST = 100
"""Of the field's numbers: times the largest strength, 320, it stays within 16 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    intensity: Annotated[float, Range(0, 1), "Strength; 0 changes nothing."] = 0.25
    size: Annotated[float, Range(0.5, 8, "px"), "Of the grains."] = 1.5
    seed: Annotated[int, Range(0, 2**31 - 1), "Another seed is another grain."] = 1


@lru_cache(maxsize=2)
def field(height: int, width: int, size: float, seed: int) -> NDArray[np.int8]:
    """Return grain for pictures of this size, with room to roam."""
    height, width = min(height, SIDE) + ROAM, min(width, SIDE) + ROAM
    fresh = bell()[random_bytes(height * width, seed, 0)].reshape(height, width)
    soft = softened(fresh.astype(np.int16), size)
    grain: NDArray[np.int8] = np.clip(np.rint(soft * (GRAIN / soft.std())), -LARGEST, LARGEST).astype(np.int8)
    return grain


@lru_cache(maxsize=64)
def strengths(intensity: float) -> NDArray[np.int16]:
    """Return luma -> what grain is multiplied by, in 1/256."""
    level = np.clip((np.arange(256) - 16) / 219, 0, 1)
    share = FAINTEST + (1 - FAINTEST) * 4 * level * (1 - level)
    strength: NDArray[np.int16] = np.rint(256 * intensity * FULL / GRAIN * share).astype(np.int16)
    return strength


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    for source, target in zip(picture.planes[1:], result.planes[1:], strict=True):
        target[...] = source
    luma = picture.planes[0]
    if params.intensity == 0:
        result.planes[0][...] = luma
        return result
    down, right, turn, *_ = random_bytes(8, params.seed, moment.index, stream=1).tolist()
    grain = field(*luma.shape, params.size, params.seed)
    if max(luma.shape) > SIDE:
        grain = np.pad(grain, [(0, max(0, length - SIDE)) for length in luma.shape], mode="wrap")
    grain = grain[down:, right:][: picture.height, : picture.width]
    grain = grain[:: -1 if turn & 1 else 1, :: -1 if turn & 2 else 1]
    table = strengths(params.intensity)
    for rows in bands(picture.height):
        value = np.take(table, luma[rows], mode="clip")
        value *= grain[rows]
        value += np.int16(128)
        value >>= np.int16(8)
        value += luma[rows]
        result.planes[0][rows] = np.clip(value, 16, 235, out=value)
    return result


EFFECT = Effect(
    name="film_grain", group="look", params=Params, pixel_formats=YUV_FORMATS, frame=frame, cost_class="light"
)
