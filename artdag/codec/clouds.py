"""Smooth noise over the plane: gradient noise as Perlin improved it in 2002, the same on every machine for a seed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from artdag.codec.noise import random_bytes

Values = NDArray[np.float32]

PERIOD = 256
"""After so many units, each way, it begins again."""
_SCALE = 0.7071
"""Brings ±0.707, the most that gradients of length 1 give, to ±0.5."""


@lru_cache(maxsize=8)
def _tables(seed: int) -> tuple[NDArray[np.uint8], Values, Values]:
    """Return a shuffling of 0..255, and the gradients' x and y by number: 256 directions, evenly spread."""
    weights = random_bytes(8 * PERIOD, seed, 0).view("<u8")
    shuffled = np.argsort(weights, kind="stable").astype(np.uint8)
    angle = 2 * np.pi * np.arange(PERIOD) / PERIOD
    return shuffled, np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def clouds(x: Values, y: Values, seed: int) -> Values:
    """Return noise, 0 to 1 and 0.5 at whole places, at (*x*, *y*), which need only fit each other's shape.

    It bends from one unit to the next. Where a place is no number, neither is it.
    """
    shuffled, across, down = _tables(seed)
    column, row = np.floor(x), np.floor(y)
    right, below = x - column, y - row
    # what is infinite or no number becomes 0 here, and stays what it is in `right` and `below`
    column, row = (np.nan_to_num(np.mod(place, PERIOD), posinf=0, neginf=0).astype(np.int16) for place in (column, row))
    near, far = (shuffled[(column + step) & 255].astype(np.int16) for step in (0, 1))
    lines = []
    for step in (0, 1):
        corners = []
        for offset, hashed in ((0, near), (1, far)):
            number = np.take(shuffled, (hashed + row + step) & 255)
            slope = np.take(across, number) * (right - np.float32(offset))
            slope += np.take(down, number) * (below - np.float32(step))
            corners.append(slope)
        lines.append(corners[0] + _eased(right) * (corners[1] - corners[0]))
    value = lines[0] + _eased(below) * (lines[1] - lines[0])
    return np.asarray(value * np.float32(_SCALE) + np.float32(0.5), np.float32)


def _eased(share: Values) -> Values:
    """Return 6 s⁵ - 15 s⁴ + 10 s³."""
    return np.asarray(share * share * share * (share * (share * np.float32(6) - np.float32(15)) + np.float32(10)))
