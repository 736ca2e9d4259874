"""Lay fresh noise over every frame, as a weak television signal has it.

Luma gains normally spread numbers with a standard deviation of *amount* × 64 code values and ends at its range; where
*colored* is set, so does chroma. *seed* and the frame's number decide every number, so that a frame is the same whether
it is made alone or with others. Opacity stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import keep_alpha
from artdag.codec.frame import Frame, Moment, Plane
from artdag.codec.lookup import bands
from artdag.codec.noise import DEVIATION, bell, random_bytes
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Range

FULL = 64
"""Standard deviation at full amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amount: Annotated[float, Range(0, 1), "Strength; 0 changes nothing."] = 0.15
    colored: Annotated[bool, "Noise in the colours too."] = False
    seed: Annotated[int, Range(0, 2**31 - 1), "Another seed is another noise."] = 1


@lru_cache(maxsize=64)
def table(amount: float) -> NDArray[np.int16]:
    """Return byte -> what is added."""
    steps: NDArray[np.int16] = np.rint(bell() * (amount * FULL / DEVIATION)).astype(np.int16)
    return steps


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    for number, (source, target) in enumerate(zip(picture.planes[:3], result.planes[:3], strict=True)):
        if params.amount == 0 or (number and not params.colored):
            target[...] = source
        else:
            grain = random_bytes(source.size, params.seed, moment.index, stream=number).reshape(source.shape)
            add(source, target, grain, table(params.amount), 240 if number else 235)
    keep_alpha(picture, result)
    return result


def add(source: Plane, target: Plane, grain: Plane, steps: NDArray[np.int16], high: int) -> None:
    """Write *source* plus the steps of *grain*, from 16 to *high*."""
    for rows in bands(len(source)):
        value = np.take(steps, grain[rows], mode="clip")
        value += source[rows]
        target[rows] = np.clip(value, 16, high, out=value)


EFFECT = Effect(name="noise", group="look", params=Params, pixel_formats=YUV_FORMATS, frame=frame, cost_class="light")
