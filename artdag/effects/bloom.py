"""Let bright parts shine over what is around them, as through a soft lens.

Light is the part of the picture above *threshold*: its colour times s, where s rises from 0 at *threshold* to 1 at
white (luma L in 0..1, s = t t (3 - 2 t) with t = (L - threshold) / (1 - threshold)). It is blurred by a Gaussian with a
standard deviation of half of *radius*, multiplied by *amount* and laid over the picture: luma L becomes
L + light (1 - L), with light at most 1, and chroma gains the light's chroma by the same (1 - L). Where the light is
above 1, chroma is divided by it: what is overexposed pales.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import at_chroma, keep_alpha
from artdag.codec.frame import SUBSAMPLED, Frame, Moment, Plane
from artdag.codec.lookup import bands, looked_up
from artdag.codec.softness import Values, softened
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Range

ONE = 64
"""Tables are in steps of 1 / 64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    radius: Annotated[float, Range(0, 300, "px"), "How far the light reaches."] = 40.0
    threshold: Annotated[float, Range(0, 1), "Luma above which a part shines."] = 0.5
    amount: Annotated[float, Range(0, 4), "Strength of the light; 0 changes nothing."] = 0.8


@lru_cache(maxsize=64)
def tables(threshold: float) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.float32]]:
    """Return luma -> light, in 1/64 of code values; luma -> s, in 1/64; luma -> 1 - L."""
    level = np.clip((np.arange(256) - 16) / 219, 0, 1)
    t = np.clip((level - threshold) / max(1 - threshold, 1e-6), 0, 1)
    share = t * t * (3 - 2 * t)
    light = np.rint(ONE * 219 * share * level).astype(np.int16)
    return light, np.rint(ONE * share).astype(np.int16), (1 - level).astype(np.float32)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    light, share, room = tables(params.threshold)
    luma = picture.planes[0]
    gain = np.float32(params.amount / ONE)
    shine = softened(looked_up(light, luma), params.radius)
    shine *= gain
    lay(luma, result.planes[0], np.minimum(shine, np.float32(219)), room, luma)
    half = picture.pixel_format in SUBSAMPLED
    mean = at_chroma(luma, picture)
    bright = looked_up(share, mean)
    pale: Values | None = None
    if params.amount > 1:
        pale = np.reciprocal(np.maximum((shine[::2, ::2] if half else shine) / np.float32(219), np.float32(1)))
    for source, target in zip(picture.planes[1:3], result.planes[1:3], strict=True):
        tinge = softened((source - np.int16(128)) * bright, params.radius / 2 if half else params.radius)
        tinge *= gain
        lay(source, target, tinge, room, mean, zero=128, pale=pale)
    keep_alpha(picture, result)
    return result


def lay(
    source: Plane, target: Plane, light: Values, room: Values, luma: Plane, *, zero: int = 0, pale: Values | None = None
) -> None:
    """Write *zero* + *pale* × (*source* - *zero* + *light* × *room* of *luma*); chroma ends at the legal range."""
    for rows in bands(len(source)):
        added = np.take(room, luma[rows], mode="clip")
        added *= light[rows]
        added += source[rows]
        if pale is not None:
            added -= np.float32(zero)
            added *= pale[rows]
            added += np.float32(zero)
        if zero:
            np.clip(added, 16, 240, out=added)
        added += np.float32(0.5)
        target[rows] = added


EFFECT = Effect(name="bloom", group="look", params=Params, pixel_formats=YUV_FORMATS, frame=frame)
