"""Draw lines of ink along the edges of the picture, as in a comic.

Ink is laid where the strength of the Sobel gradient of luma / 4 (a step from black to white has 255) passes *level*:
none up to 3/4 of it, all from 5/4 of it on, in between a ramp. *thickness* widens the lines: each pixel takes the
largest ink among that many by that many pixels around it. *amount* is the opacity of the ink. The picture's own opacity
stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from artdag.codec.chroma import at_chroma, keep_alpha, yuv_of
from artdag.codec.edges import slopes, strength
from artdag.codec.frame import Frame, Moment, Plane
from artdag.codec.lookup import bands
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Color, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    color: Annotated[Color, "Of the ink."] = Color("#17121f")
    level: Annotated[float, Range(0, 255), "How strong an edge must be; low finds more lines."] = 16.0
    thickness: Annotated[int, Range(1, 16, "px"), "Added to the lines, 1 adds nothing."] = 2
    amount: Annotated[float, Range(0, 1), "Opacity of the ink; 0 changes nothing."] = 1.0


@lru_cache(maxsize=64)
def ramp(level: float, amount: float) -> Plane:
    """Return strength of an edge, in code values of luma -> ink, 0..255."""
    edge = np.arange(512) * 255 / 219
    ink = np.clip((edge - 0.75 * level) / max(0.5 * level, 1), 0, 1)
    return np.rint(255 * amount * ink).astype(np.uint8)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    luma = picture.planes[0]
    ink = np.empty(luma.shape, np.uint8)
    table = ramp(params.level, params.amount)
    for rows, right, down in slopes(luma):
        np.take(table, strength(right, down), out=ink[rows], mode="clip")
    ink = widened(widened(ink, params.thickness, 1), params.thickness, 0)
    thin = at_chroma(ink, picture)
    values = np.rint(yuv_of(np.array(params.color.rgb) / 255)).astype(np.int32)
    for number, value in enumerate(values):
        lay(picture.planes[number], result.planes[number], thin if number else ink, int(value))
    keep_alpha(picture, result)
    return result


def widened(ink: Plane, width: int, axis: int) -> Plane:
    """Return the largest ink among *width* pixels around each along *axis*."""
    before = (width - 1) // 2
    margins = [(0, 0), (0, 0)]
    margins[axis] = (before, width - 1 - before)
    lines = np.moveaxis(np.pad(ink, margins), axis, 0)
    covered = 1
    while covered < width:
        step = min(covered, width - covered)
        lines = np.maximum(lines[:-step], lines[step:])
        covered += step
    return np.moveaxis(lines, 0, axis)


def lay(source: Plane, target: Plane, ink: Plane, value: int) -> None:
    """Write *source* mixed with *value* by *ink*, rounded to the nearest; all sums stay below 65536."""
    for rows in bands(len(source)):
        share = ink[rows].astype(np.uint16)
        mixed = source[rows] * (np.uint16(255) - share)
        share *= np.uint16(value)
        mixed += share
        mixed += np.uint16(128)
        mixed += mixed >> 8
        mixed >>= 8
        target[rows] = mixed


EFFECT = Effect(name="outline", group="detail", params=Params, pixel_formats=YUV_FORMATS, frame=frame)
