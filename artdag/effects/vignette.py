"""Darken the picture towards its corners.

Each channel is multiplied by 1 - strength s(r), where r is the distance from the centre, 1 at the corners, and s rises
smoothly from 0 at r = 0.3 to 1 at the corners: s = t t (3 - 2 t), t = (r - 0.3) / 0.7. In steps of 1 / 256.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, Moment, Plane
from artdag.effect import Effect
from artdag.params import Range

INNER = 0.3
"""Up to this distance from the centre nothing changes."""
BAND = 64
"""Rows worked on at once: what fits into the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    strength: Annotated[float, Range(0, 1), "How dark the corners get: 1 is black, 0 changes nothing."] = 0.5


@lru_cache(maxsize=4)
def mask(width: int, height: int, channels: int, strength: float) -> NDArray[np.uint16]:
    """Return what each sample of a plane is multiplied by, in 1 / 256; a fourth channel, opacity, by 1."""
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    across, down = (x + 0.5 - width / 2) ** 2, (y + 0.5 - height / 2) ** 2
    corner = np.float32((width**2 + height**2) / 4)
    t = np.clip((np.sqrt((across + down[:, None]) / corner) - INNER) / (1 - INNER), 0, 1)
    weights = np.rint(256 * (1 - np.float32(strength) * t * t * (3 - 2 * t))).astype(np.uint16)
    if channels > 1:
        weights = weights.repeat(channels, axis=1)
    if channels == 4:
        weights[:, 3::4] = 256
    return weights


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    packed = picture.planes[0].ndim == 3
    for index, (source, target) in enumerate(zip(picture.planes, result.planes, strict=True)):
        height, width = source.shape[:2]
        if index == 3:
            target[...] = source
        elif packed:
            weights = mask(width, height, source.shape[2], params.strength)
            dim(source.reshape(height, -1), target.reshape(height, -1), weights, 0)
        else:
            dim(source, target, mask(width, height, 1, params.strength), 16 if index == 0 else 128)
    return result


def dim(source: Plane, target: Plane, weights: NDArray[np.uint16], black: int) -> None:
    """Write *source*, drawn towards *black* by what *weights* lack of 256; all sums stay below 65536."""
    for top in range(0, source.shape[0], BAND):
        rows = slice(top, top + BAND)
        value = source[rows] * weights[rows]
        value += (256 - weights[rows]) * np.uint16(black) + np.uint16(128)
        value >>= 8
        target[rows] = value


EFFECT = Effect(name="vignette", group="look", params=Params, frame=frame, cost_class="light")
