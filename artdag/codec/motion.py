"""Where what is seen in a frame was in the frame before, block by block of 16 by 16 pixels.

First an eighth of the size is searched: of all places up to 16 px away the one with the least sum of absolute
differences over three by three blocks, but only where it is clearly better than none. Then, at a quarter of the size,
the rest is what the slopes of the picture explain best (B. Lucas and T. Kanade, 1981), again over three by three
blocks. All sums are of whole numbers, so that every processor finds the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Plane

BLOCK = 16
"""Pixels."""
_FARTHEST = 2
"""Eighths of the size."""
_STIFF = 3 * 16**2 * BLOCK
"""Added to the squares of slopes: where there are next to none, nothing is said to have moved."""

_Whole = NDArray[Any]
"""Whole numbers of 32 or 64 bits."""
Shifts = NDArray[np.float64]
"""(rows of blocks, columns of blocks), in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Small:
    """The luma of a frame, made small."""

    quarter: _Whole
    """Sums of four by four pixels; four of them to a block, the border repeated to fill the last one."""
    eighth: _Whole

    @classmethod
    def of(cls, luma: Plane) -> Self:
        height, width = luma.shape
        below, beside = -height % BLOCK, -width % BLOCK
        if below or beside:
            luma = np.pad(luma, ((0, below), (0, beside)), mode="edge")
        quarter = _summed(luma, 4).astype(np.int32)
        return cls(quarter, _summed(quarter, 2))


def _summed(values: NDArray[Any], count: int) -> _Whole:
    """Return the sums of every *count* by *count* values; of bytes, at most 16 by 16 of them."""
    wide = np.uint16 if values.dtype == np.uint8 else values.dtype
    rows = values[::count].astype(wide)
    for place in range(1, count):
        rows += values[place::count]
    total = rows[:, ::count].copy()
    for place in range(1, count):
        total += rows[:, place::count]
    return total


def motion(before: Small, now: Small) -> tuple[Shifts, Shifts]:
    """Return for each block of *now* how far down and to the right of its place it was in *before*."""
    down, right = (2 * found for found in _searched(before.eighth, now.eighth))  # quarters of the size, from here
    height, width = now.quarter.shape
    far_down, far_right = _spread(down, 4), _spread(right, 4)
    rows = np.clip(np.arange(height)[:, None] + far_down, 0, height - 1)
    columns = np.clip(np.arange(width)[None, :] + far_right, 0, width - 1)
    slope_y, slope_x = (_slope(now.quarter.astype(np.int64), axis) for axis in (0, 1))  # over two places
    # what the whole way would change, were the picture as steep all along it: so that neighbours can be added up
    change = 2 * (now.quarter - before.quarter[rows, columns]) + slope_y * far_down + slope_x * far_right
    yy, xx, yx, yt, xt = (
        _around(_summed(product, 4)).astype(np.float64)
        for product in (slope_y**2, slope_x**2, slope_y * slope_x, slope_y * change, slope_x * change)
    )
    yy, xx = yy + _STIFF, xx + _STIFF
    scale = yy * xx - yx * yx
    return (
        4 * np.clip((xx * yt - yx * xt) / scale, down - 1.5, down + 1.5),
        4 * np.clip((yy * xt - yx * yt) / scale, right - 1.5, right + 1.5),
    )


def _searched(before: _Whole, now: _Whole) -> tuple[_Whole, _Whole]:
    far = _FARTHEST
    wide = np.pad(before, far, mode="edge")
    height, width = now.shape
    places = sorted(
        ((y, x) for y in range(-far, far + 1) for x in range(-far, far + 1)),
        key=lambda place: place[0] ** 2 + place[1] ** 2,
    )
    best = down = right = np.zeros(0, np.int64)
    for y, x in places:
        moved = wide[far + y : far + y + height, far + x : far + x + width]
        cost = _around(_summed(np.abs(now - moved), 2))
        if (y, x) == (0, 0):
            best, down, right = cost * 7 // 8, np.zeros_like(cost), np.zeros_like(cost)
            continue
        better = cost < best
        best = np.where(better, cost, best)
        down, right = np.where(better, y, down), np.where(better, x, right)
    return down, right


def _around(values: _Whole) -> _Whole:
    """Return the sums of each value and its eight neighbours, the border repeated."""
    wide = np.pad(values, 1, mode="edge")
    rows = wide[:-2] + wide[1:-1] + wide[2:]
    return np.asarray(rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:])


def _slope(values: _Whole, axis: int) -> _Whole:
    wide = np.pad(values, [(1, 1) if side == axis else (0, 0) for side in (0, 1)], mode="edge")
    along = np.moveaxis(wide, axis, 0)
    return np.moveaxis(along[2:] - along[:-2], 0, axis)


def _spread(values: _Whole, count: int) -> _Whole:
    return np.repeat(np.repeat(values, count, axis=0), count, axis=1)
