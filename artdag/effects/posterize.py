"""Leave only a few levels of brightness.

Luma is quantised: with n levels, v in 0..1 becomes floor(min(v n, n - 1)) / (n - 1); chroma is kept, so that colours
stay themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated

import numpy as np

from artdag.codec.frame import Frame, Moment, Plane
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    levels: Annotated[int, Range(2, 64), "How many levels remain."] = 8


@cache
def table(levels: int) -> Plane:
    """Return the luma table, 256 entries; code values 16..235 are 0..1."""
    value = np.clip((np.arange(256) - 16) / 219, 0, 1)
    level = np.floor(np.minimum(value * levels, levels - 1)) / (levels - 1)
    return np.rint(16 + 219 * level).astype(np.uint8)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    np.take(table(params.levels), picture.planes[0], out=result.planes[0], mode="clip")
    for source, target in zip(picture.planes[1:], result.planes[1:], strict=True):
        target[...] = source
    return result


EFFECT = Effect(
    name="posterize", group="colour", params=Params, pixel_formats=YUV_FORMATS, frame=frame, cost_class="light"
)
