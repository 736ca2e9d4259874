"""Warm, cool or tint the picture: more or less of red, green and blue in its middle tones.

Each channel gains setting × L (1 - L), where L is BT.709 luma in 0..1: half grey moves by a quarter of the scale,
black and white stay, and a grey never clips. In YUV the gains are tables of luma, added to the planes; chroma looks
them up with the mean luma of its pixels (two by two in 4:2:0) and ends at the legal range, 16..240.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import at_chroma, keep_alpha, yuv_of
from artdag.codec.frame import Frame, Moment, Plane
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    red: Annotated[float, Range(-1, 1), "Towards red (1) or cyan (-1); 0 changes nothing."] = 0.3
    green: Annotated[float, Range(-1, 1), "Towards green (1) or magenta (-1); 0 changes nothing."] = 0.0
    blue: Annotated[float, Range(-1, 1), "Towards blue (1) or yellow (-1); 0 changes nothing."] = -0.3


@lru_cache(maxsize=64)
def tables(red: float, green: float, blue: float) -> tuple[Plane, tuple[NDArray[np.int16], ...]]:
    """Return luma -> luma, and luma -> what is added to U and to V."""
    code = np.arange(256)
    level = np.clip((code - 16) / 219, 0, 1)
    gain = (level * (1 - level))[:, None] * [red, green, blue]
    added = yuv_of(gain) - [16, 128, 128]
    luma = np.rint(np.where(added[:, 0] == 0, code, np.clip(code + added[:, 0], 16, 235))).astype(np.uint8)
    return luma, tuple(np.rint(added[:, plane]).astype(np.int16) for plane in (1, 2))


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    toned, shifts = tables(params.red, params.green, params.blue)
    luma = picture.planes[0]
    np.take(toned, luma, out=result.planes[0], mode="clip")
    mean = at_chroma(luma, picture)
    for source, target, shift in zip(picture.planes[1:3], result.planes[1:3], shifts, strict=True):
        if shift.any():
            target[...] = np.clip(np.take(shift, mean, mode="clip") + source, 16, 240)
        else:
            target[...] = source
    keep_alpha(picture, result)
    return result


EFFECT = Effect(
    name="color_balance", group="colour", params=Params, pixel_formats=YUV_FORMATS, frame=frame, cost_class="light"
)
