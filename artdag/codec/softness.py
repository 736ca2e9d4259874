"""A wide Gaussian blur of one plane in numpy, for glows: worked out on a coarse grid, smooth between its points."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]


def softened(plane: NDArray[Any], radius: float) -> Values:
    """Return *plane* under a Gaussian with a standard deviation of half of *radius* (px).

    Beyond the sides the border repeats. Squares of pixels are averaged, blurred, and interpolated linearly; the blur
    makes up for what averaging and interpolation spread by themselves. Nothing is rounded, so that a faint glow shows
    no steps of its own.
    """
    sigma = radius / 2
    step = grid_step(sigma)
    coarse = averaged(plane, step)
    spread = (step**2 - 1) / 12 + (step**2 / 6 if step > 1 else 0)
    weights = kernel(max(sigma**2 - spread, 0) ** 0.5 / step)
    blurred = _convolved(_convolved(coarse, weights, 0), weights, 1)
    height, width = plane.shape
    wide = np.ascontiguousarray(_stretched(np.ascontiguousarray(blurred.T), step, width).T)
    return _stretched(wide, step, height)


def grid_step(sigma: float) -> int:
    """Return the side of the squares: a power of two up to *sigma*, but no more than 4 or a quarter of *sigma*."""
    step = 1
    while 2 * step <= max(min(sigma, 4), sigma / 4):
        step *= 2
    return step


def averaged(plane: NDArray[Any], step: int) -> Values:
    """Return the mean of every *step* by *step* samples; squares beyond the border repeat it.

    Args:
        plane: whole numbers of 8 or 16 bits.
        step: a side of a square.
    """
    if step == 1:
        return plane.astype(np.float32)
    margins = [(0, -length % step) for length in plane.shape]
    if any(after for _, after in margins):
        plane = np.pad(plane, margins, mode="edge")
    rows = plane[::step].astype(np.int32)
    for offset in range(1, step):
        rows += plane[offset::step]
    total = rows[:, ::step].copy()
    for offset in range(1, step):
        total += rows[:, offset::step]
    return total.astype(np.float32) * np.float32(1 / step**2)


@lru_cache(maxsize=64)
def kernel(sigma: float) -> tuple[float, ...]:
    """Return the Gaussian's weights from its middle on; in 1 / 65536, so that they are the same on every processor."""
    reach = int(np.ceil(3 * sigma))
    bell = np.exp(-0.5 * (np.arange(reach + 1) / max(sigma, 1e-3)) ** 2)
    weights = np.rint(bell / (2 * bell.sum() - 1) * 65536)
    weights[0] = 65536 - 2 * weights[1:].sum()
    return tuple(float(weight) for weight in weights / 65536)


def _convolved(values: Values, weights: tuple[float, ...], axis: int) -> Values:
    reach = len(weights) - 1
    if reach == 0:
        return values
    margins = [(0, 0), (0, 0)]
    margins[axis] = (reach, reach)
    lines = np.moveaxis(np.pad(values, margins, mode="edge"), axis, 0)
    length = values.shape[axis]
    result = lines[reach : reach + length] * np.float32(weights[0])
    for distance, weight in enumerate(weights[1:], 1):
        pair = lines[reach - distance :][:length] + lines[reach + distance :][:length]
        pair *= np.float32(weight)
        result += pair
    return np.moveaxis(result, 0, axis)


def _stretched(values: Values, step: int, length: int) -> Values:
    """Return *values* with *step* rows for each, linearly between the rows, cut to *length*."""
    if step == 1:
        return np.ascontiguousarray(values[:length])
    padded = np.concatenate([values[:1], values, values[-1:]])
    rise = padded[1:] - padded[:-1]
    count = len(values)
    result = np.empty((count * step, values.shape[1]), np.float32)
    for phase in range(step):
        share = (phase + 0.5) / step + 0.5
        first, share = (0, share) if share < 1 else (1, share - 1)
        rows = result[phase::step]
        np.multiply(rise[first : first + count], np.float32(share), out=rows)
        rows += padded[first : first + count]
    return result[:length]
