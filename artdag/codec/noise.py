"""Random numbers for pictures: the same for the same seed and frame on every machine, whichever frames came before."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

DEVIATION = 32
"""Standard deviation of ``bell``'s numbers."""


def random_bytes(count: int, seed: int, index: int, stream: int = 0) -> NDArray[np.uint8]:
    """Return *count* evenly spread bytes.

    Args:
        count: how many.
        seed: 0 ≤ seed < 2**64: one seed, one sequence of frames.
        index: of the frame, 0 or more.
        stream: 0 ≤ stream < 2**64: tells apart what one frame needs several of.
    """
    # The raw output of a counter: numpy keeps it for ever, unlike what its distributions make of it.
    words = np.random.Philox(key=[seed, stream], counter=[0, 0, index, 0]).random_raw(-(-count // 8))
    return np.asarray(words).astype("<u8", copy=False).view(np.uint8)[:count]


@cache
def bell() -> NDArray[np.int8]:
    """Return byte -> normally spread number with mean 0 and a standard deviation of ``DEVIATION``, at most ±92."""
    spread = NormalDist()
    numbers = np.array([spread.inv_cdf((byte + 0.5) / 256) for byte in range(256)])
    steps: NDArray[np.int8] = np.rint(numbers * DEVIATION / numbers.std()).astype(np.int8)
    return steps
