"""Sounds heard at once, each as loud as it is told to be, and sound brought below full scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from artdag.animation import Animation
from artdag.codec.stream import Samples, Sound
from artdag.codec.timeline import BLOCK, sound_of
from artdag.media import SAMPLE_RATE, SoundShape

STEP = 240
"""Samples, 5 ms: a gain that changes is worked out this often and goes straight in between, so that no jump clicks."""


def gains(gain: float | Animation, first: int, stop: int) -> NDArray[np.float64]:
    """Return the gain of the samples *first* ≤ i < *stop*; the same for the same sample, whatever the range."""
    if not isinstance(gain, Animation):
        return np.full(stop - first, gain, np.float64)
    begin = first // STEP
    marks = np.arange(begin, -(-stop // STEP) + 1)
    values = gain.values(marks * STEP / SAMPLE_RATE)
    index = np.arange(first, stop)
    cell, share = index // STEP - begin, (index % STEP) / STEP
    return np.asarray(values[cell] + (values[cell + 1] - values[cell]) * share)


class Mixed(Sound):
    """The sum of *sounds*, each times its gain, as long as the longest; the others are silent after their end."""

    def __init__(self, sounds: Sequence[Sound], levels: Sequence[float | Animation]) -> None:
        longest = max(sound.shape.sample_count for sound in sounds)
        self._sounds = [sound_of(sound, longest) for sound in sounds]
        self._levels = tuple(levels)
        self.shape = SoundShape(sample_count=longest)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        parts = [in_blocks(sound.samples(first, stop)) for sound in self._sounds]
        position = first
        for blocks in zip(*parts, strict=True):
            end = position + blocks[0].shape[1]
            total = np.zeros((2, end - position), np.float64)
            for block, level in zip(blocks, self._levels, strict=True):
                total += block * gains(level, position, end)
            yield total.astype(np.float32)
            position = end


def in_blocks(parts: Iterator[Samples]) -> Iterator[Samples]:
    """Yield the same samples in blocks of ``BLOCK``, the last one of what is left."""
    waiting: list[Samples] = []
    have = 0
    for part in parts:
        waiting.append(part)
        have += part.shape[1]
        if have < BLOCK:
            continue
        whole = np.concatenate(waiting, axis=1)
        ready = have - have % BLOCK
        for start in range(0, ready, BLOCK):
            yield whole[:, start : start + BLOCK]
        waiting, have = [whole[:, ready:]], have - ready
    if have:
        yield np.concatenate(waiting, axis=1)


class Limited(Sound):
    """*upstream* with one gain for the whole of it: 1, or what brings its highest peak down to *ceiling*.

    One gain keeps what is loud and what is soft apart and never pumps. The peak is looked for in all of *upstream*
    when the first sample is asked for, so that any range gets the same gain.
    """

    def __init__(self, upstream: Sound, ceiling: float) -> None:
        self._upstream = upstream
        self._ceiling = ceiling
        self._gain: np.float32 | None = None
        self.shape = upstream.shape

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        gain = self._found() if first < stop else np.float32(1)
        for block in self._upstream.samples(first, stop):
            yield block if gain == 1 else block * gain

    def _found(self) -> np.float32:
        if self._gain is None:
            peak = max(
                (
                    float(np.abs(block).max())
                    for block in self._upstream.samples(0, self.shape.sample_count)
                    if block.size
                ),
                default=0.0,
            )
            self._gain = np.float32(min(1.0, self._ceiling / peak) if peak > 0 else 1.0)
        return self._gain
