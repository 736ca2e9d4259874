"""Darken every other stripe of rows, as an old screen shows them.

The picture is multiplied by 1 - opacity × d, where d falls and rises smoothly once every *spacing* rows,
(1 - cos(2π y / spacing)) / 2 with y counted from the middle of the first row, averaged over each row so that no spacing
flickers. With
*speed* the stripes move down by that many pixels a second. Dark means towards black in every channel; the picture's own
opacity stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import SUBSAMPLED, Frame, Moment, Plane
from artdag.codec.lookup import bands
from artdag.effect import Effect
from artdag.params import Range

ONE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    spacing: Annotated[float, Range(2, 200, "px"), "From one line to the next."] = 4.0
    opacity: Annotated[float, Range(0, 1), "How dark the lines are; 0 changes nothing."] = 0.4
    speed: Annotated[float, Range(-2000, 2000, "px/s"), "How fast the lines move down; 0 stands still."] = 0.0


@lru_cache(maxsize=16)
def rows_of(height: int, spacing: float, opacity: float, offset: float) -> NDArray[np.uint16]:
    """Return what each row is multiplied by, in 1/256."""
    ends = (np.arange(height + 1) - 0.5 - offset) / spacing  # the lightest is the middle of the first row
    area = (ends - np.sin(2 * np.pi * ends) / (2 * np.pi)) / 2 * spacing  # below the curve, up to each edge of a row
    weights: NDArray[np.uint16] = np.rint(ONE * (1 - opacity * np.diff(area)) - 1e-6).astype(np.uint16)
    return weights


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    offset = round(params.speed * moment.time_s % params.spacing, 6)
    weights = rows_of(picture.height, params.spacing, params.opacity, offset)
    for number, (source, target) in enumerate(zip(picture.planes, result.planes, strict=True)):
        if number == 3:
            target[...] = source
        elif source.ndim == 3:
            dim(source, target, weights, 0)
            target[..., 3:] = source[..., 3:]
        elif number and picture.pixel_format in SUBSAMPLED:
            pairs = np.append(weights, weights[-1:])[: 2 * len(source)].reshape(-1, 2)
            dim(source, target, (pairs.sum(axis=1) // 2).astype(np.uint16), 128)
        else:
            dim(source, target, weights, 128 if number else 16)
    return result


def dim(source: Plane, target: Plane, weights: NDArray[np.uint16], black: int) -> None:
    """Write *source*, drawn towards *black* by what each row's weight lacks of 256; all sums stay below 65536."""
    columns = weights.reshape(-1, *[1] * (source.ndim - 1))
    for rows in bands(len(source)):
        value = source[rows] * columns[rows]
        value += (ONE - columns[rows]) * np.uint16(black) + np.uint16(ONE // 2)
        value >>= np.uint16(8)
        target[rows] = value


EFFECT = Effect(name="scanlines", group="look", params=Params, frame=frame, cost_class="light")
