"""Sound in blocks that have fixed places, whatever range is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from artdag.codec.stream import Samples, Sound


def fixed_blocks(sound: Sound, size: int, first: int, stop: int) -> Iterator[Samples]:
    """Yield the blocks *first* ≤ i < *stop* of *size* samples each, counted from the sound's beginning.

    Behind its end there is silence.
    """
    count = sound.shape.sample_count
    parts = sound.samples(min(first * size, count), min(stop * size, count))
    left = np.zeros((2, 0), np.float32)
    for _ in range(first, stop):
        block = np.zeros((2, size), np.float32)
        filled = 0
        while filled < size:
            if not left.shape[1]:
                part = next(parts, None)
                if part is None:
                    break
                left = part
            taken = left[:, : size - filled]
            block[:, filled : filled + taken.shape[1]] = taken
            filled += taken.shape[1]
            left = left[:, taken.shape[1] :]
        yield block
