"""Draw the edges of the picture in white on black.

The Sobel gradient of luma, (|gx| + |gy|) / 4 on a scale of 0 to 255, so that a step from black to white gives 255:
up to *low* it becomes black, from *high* on white, in between a ramp. Where *low* is not below *high* there is no ramp.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, Moment, Plane
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Range

BAND = 64
"""Rows worked on at once: what fits into the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    low: Annotated[float, Range(0, 255), "Gradients up to here stay black."] = 20.0
    high: Annotated[float, Range(0, 255), "Gradients from here on are white."] = 100.0


@lru_cache(maxsize=64)
def table(low: float, high: float) -> Plane:
    """Return gradient / 4, in code values of luma -> luma."""
    gradient = np.arange(512) * 255 / 219
    value = np.clip((gradient - low) / max(high - low, 1e-6), 0, 1)
    return np.rint(16 + 219 * value).astype(np.uint8)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    ramp = table(params.low, params.high)
    luma, height = picture.planes[0], picture.height
    for top in range(0, height, BAND):
        bottom = min(height, top + BAND)
        rows = np.clip(np.arange(top - 1, bottom + 1), 0, height - 1)
        np.take(ramp, gradient(luma[rows]), out=result.planes[0][top:bottom], mode="clip")
    result.planes[1][...] = result.planes[2][...] = 128
    if len(picture.planes) == 4:
        result.planes[3][...] = picture.planes[3]
    return result


def gradient(rows: Plane) -> NDArray[np.int16]:
    """Return the gradient / 4 of all rows but the first and the last; beyond the sides the border repeats."""
    value = np.empty((rows.shape[0], rows.shape[1] + 2), np.int16)
    value[:, 1:-1] = rows
    value[:, 0], value[:, -1] = rows[:, 0], rows[:, -1]
    across = value[:-2] + 2 * value[1:-1] + value[2:]
    down = value[2:] - value[:-2]
    horizontal = np.abs(across[:, 2:] - across[:, :-2])
    vertical = np.abs(down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:])
    total: NDArray[np.int16] = (horizontal + vertical) >> 2
    return total


EFFECT = Effect(
    name="edge_detect", group="detail", params=Params, pixel_formats=YUV_FORMATS, frame=frame, cost_class="light"
)
