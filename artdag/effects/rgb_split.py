"""Pull red and blue apart, as a bad lens or a broken screen does.

Red moves by *offset* pixels towards *degrees* (0 is the right, 90 the top), blue by as many the other way; green and
opacity stay. Between pixels it is linear, in steps of 1/256; beyond the sides the border repeats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, Moment, Plane
from artdag.codec.lookup import bands
from artdag.effect import Effect
from artdag.params import Range

RED, GREEN, BLUE = 0, 1, 2
ONE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    offset: Annotated[float, Range(-500, 500, "px"), "How far red and blue move; 0 changes nothing."] = 6.0
    degrees: Annotated[float, Range(-360, 360, "°"), "Where red goes: 0 right, 90 up."] = 0.0


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    source, target = picture.planes[0], result.planes[0]
    # in whole 1/256 px, so that the last bit of a cosine, which is the processor's, does not reach the pixels
    right = round(ONE * params.offset * math.cos(math.radians(params.degrees)))
    up = round(ONE * params.offset * math.sin(math.radians(params.degrees)))
    moved(source[..., RED], target[..., RED], right, -up)
    target[..., GREEN] = source[..., GREEN]
    moved(source[..., BLUE], target[..., BLUE], -right, up)
    target[..., 3:] = source[..., 3:]
    return result


def moved(source: Plane, target: Plane, right: int, down: int) -> None:
    """Write *source* moved by *right* and *down*, in 1/256 px."""
    height, width = source.shape
    column, x = divmod(-right, ONE)
    row, y = divmod(-down, ONE)
    columns = np.clip(np.arange(width + 1) + column, 0, width - 1)
    lines = np.clip(np.arange(height + 1) + row, 0, height - 1)
    for rows in bands(height):
        value = source[lines[rows.start : rows.stop + 1]]
        value = np.take(value, columns, axis=1)
        value = mixed(value[:, :-1], value[:, 1:], x) if x else value[:, :-1]
        target[rows] = mixed(value[:-1], value[1:], y) if y else value[:-1]


def mixed(one: NDArray[np.uint8], other: NDArray[np.uint8], share: int) -> NDArray[np.uint8]:
    """Return both mixed, *share* / 256 of the *other*, rounded to the nearest."""
    result = one * np.uint16(ONE - share)
    result += other * np.uint16(share)
    result += np.uint16(ONE // 2)
    result >>= np.uint16(8)
    return result.astype(np.uint8)


EFFECT = Effect(name="rgb_split", group="look", params=Params, pixel_formats=("rgb24", "rgba"), frame=frame)
