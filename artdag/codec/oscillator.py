"""A sine whose phase is exact at any sample, however late."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from artdag.animation import Animation
from artdag.codec.mixing import gains
from artdag.codec.stream import Samples, Sound
from artdag.codec.timeline import BLOCK
from artdag.media import SAMPLE_RATE, SoundShape

FADE = 240
"""Samples, 5 ms, at each end: without them it would begin and end with a click."""


class Sine(Sound):
    """sin(2π f n / 48000) at sample n, in both channels, times 10^(L / 20); straight fades of 5 ms at both ends."""

    def __init__(self, sample_count: int, *, frequency_hz: float, level_db: float | Animation) -> None:
        self._frequency_hz = frequency_hz
        self._level_db = level_db
        self.shape = SoundShape(sample_count=sample_count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        # Always whole blocks of one grid: where a sample stands in an array may decide its last bit.
        for start in range(first - first % BLOCK, stop, BLOCK):
            block = self._block(start)
            yield block[:, max(0, first - start) : stop - start]

    def _block(self, start: int) -> Samples:
        index = np.arange(start, start + BLOCK)
        # the remainder is exact as long as index * frequency is, which holds for days of a whole frequency
        phase = np.remainder(index * np.float64(self._frequency_hz), SAMPLE_RATE) / SAMPLE_RATE
        wave = np.sin(2 * np.pi * phase)
        wave *= 10 ** (gains(self._level_db, start, start + BLOCK) / 20)
        ends = np.minimum(index, self.shape.sample_count - 1 - index) + 0.5
        wave *= np.clip(ends / FADE, 0, 1)
        return np.tile(wave.astype(np.float32), (2, 1))
