"""Tint the picture brown, as old photographs are.

BT.709 luma L becomes the colour (1.351 L, 1.203 L, 0.937 L), each at most 1: the row sums of the usual sepia matrix.
*amount* mixes it with the picture. In YUV all three planes of the tint are tables of luma; chroma looks them up with
the mean luma of its pixels (two by two in 4:2:0).
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

TINT = np.array([1.351, 1.203, 0.937])
ONE = 64
"""Tables of chroma are in steps of 1 / 64 code value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amount: Annotated[float, Range(0, 1), "How much of the tint; 0 changes nothing."] = 1.0


@lru_cache(maxsize=64)
def tables(amount: float) -> tuple[Plane, tuple[NDArray[np.int16], ...], NDArray[np.int16]]:
    """Return luma -> luma; luma -> the tint's share of U and of V; U or V -> its own remaining share."""
    code = np.arange(256)
    tint = np.minimum(np.clip((code - 16) / 219, 0, 1)[:, None] * TINT, 1)
    luma = tint @ [0.2126, 0.7152, 0.0722]
    chroma = (128 + 224 * (tint[:, 2] - luma) / 1.8556, 128 + 224 * (tint[:, 0] - luma) / 1.5748)
    toned = np.rint(code + amount * (16 + 219 * luma - code)).astype(np.uint8)
    shares = tuple(np.rint(amount * ONE * plane).astype(np.int16) for plane in chroma)
    return toned, shares, np.rint((1 - amount) * ONE * code).astype(np.int16)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    toned, shares, remaining = tables(params.amount)
    luma = picture.planes[0]
    np.take(toned, luma, out=result.planes[0], mode="clip")
    mean = halved(luma) if "420" in picture.pixel_format else luma
    for source, target, share in zip(picture.planes[1:3], result.planes[1:3], shares, strict=True):
        mixed = np.take(share, mean, mode="clip") + np.take(remaining, source, mode="clip")
        target[...] = np.clip((mixed + ONE // 2) >> 6, 16, 240)
    if len(picture.planes) == 4:
        result.planes[3][...] = picture.planes[3]
    return result


def halved(luma: Plane) -> Plane:
    """Return the mean of every two by two pixels; the last row or column of an odd size counts twice."""
    height, width = luma.shape
    if height % 2 or width % 2:
        luma = np.pad(luma, ((0, height % 2), (0, width % 2)), mode="edge")
    rows = luma[::2].astype(np.uint16) + luma[1::2]
    mean: Plane = ((rows[:, ::2] + rows[:, 1::2] + 2) >> 2).astype(np.uint8)
    return mean


EFFECT = Effect(name="sepia", group="colour", params=Params, pixel_formats=YUV_FORMATS, frame=frame, cost_class="light")
