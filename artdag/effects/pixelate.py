"""Show the picture in coarse square tiles.

Every tile of *size* by *size* pixels, counted from the top left corner, takes its mean value, rounded half up. Chroma
tiles of 4:2:0 follow those of luma at half the size, rounded down. Opacity stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, Moment, Plane
from artdag.effect import Effect
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    size: Annotated[int, Range(1, 512, "px"), "Side of a tile; 1 changes nothing."] = 8


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    for index, (source, target) in enumerate(zip(picture.planes, result.planes, strict=True)):
        if params.size == 1 or index == 3:
            target[...] = source
        else:
            tile(source, target, params.size, 2 if "420" in picture.pixel_format and index else 1)
    if picture.pixel_format == "rgba":
        result.planes[0][..., 3] = picture.planes[0][..., 3]
    return result


def tile(source: Plane, target: Plane, size: int, step: int) -> None:
    """Write *source* with every tile filled by its mean, one row of tiles at a time.

    Args:
        source: (height, width) or (height, width, channels).
        target: of the same shape.
        size: of a tile, in pixels.
        step: how many pixels one sample spans.
    """
    height, width = source.shape[:2]
    rows, columns = starts(height, size, step), starts(width, size, step)
    widths = np.diff(columns, append=width).reshape(-1, *[1] * (source.ndim - 2)).astype(np.uint32)
    for top, bottom in pairwise([*rows, height]):
        sums = np.add.reduceat(source[top:bottom].sum(axis=0, dtype=np.uint32), columns, axis=0)
        areas = widths * np.uint32(bottom - top)
        means = ((sums + areas // 2) // areas).astype(np.uint8)
        target[top:bottom] = means.repeat(widths.ravel(), axis=0)


def starts(length: int, size: int, step: int) -> NDArray[np.intp]:
    """Return where tiles begin along one side."""
    return np.unique(np.arange(0, length * step, size) // step)


EFFECT = Effect(name="pixelate", group="detail", params=Params, frame=frame)
