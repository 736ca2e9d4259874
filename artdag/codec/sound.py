"""The sound of a file as stereo float samples at 48 kHz, aligned to its picture, the same whatever range is asked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from artdag.codec.pictures import Pictures
from artdag.codec.resample import Resampler
from artdag.codec.stream import Samples, Sound
from artdag.codec.tally import Tally
from artdag.codec.track import Track
from artdag.media import SAMPLE_RATE, MediaFacts, SoundShape

_RUN_UP = 4096
"""Samples (at 48 kHz) that the resampler is given before those asked for. Its filter reaches over 100 at most (for
8 kHz sound), and everything in it is integers: after that its output no longer depends on where it began."""


class SourceSound(Sound):
    """The sound of a file, from the beginning of its picture (or, without one, of itself), *length* samples long.

    Where the file's sound begins later or ends earlier there is silence. A range costs the decoding of all before it
    (see :class:`Track`), but only what is asked for is mixed down and resampled.
    """

    def __init__(self, path: Path, facts: MediaFacts, length: int | None, tally: Tally | None = None) -> None:
        assert facts.sound is not None
        self._own_length = max(1, round(facts.sound.duration_s * SAMPLE_RATE))
        self.shape = SoundShape(sample_count=self._own_length if length is None else length)
        self._path = path
        self._media_type = facts.media_type
        self._has_picture = facts.picture is not None
        self._tally = tally
        self._zero_s: Fraction | None = None  # the picture's beginning in the file, once it is known

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        if first >= stop:
            return
        with Track(self._path, self._media_type, self._tally) as track:
            begin = round((track.begin_s - self._zero(track.begin_s)) * SAMPLE_RATE)
            end = begin + self._own_length  # an encoder fills its last block; what is behind the end is not to be heard
            yield from _silence(min(stop, begin) - first)
            given = max(first, min(stop, begin))
            if given < min(stop, end):
                for block in _resampled(track, given - begin):
                    part = block[:, : min(stop, end) - given]
                    given += part.shape[1]
                    if part.shape[1]:
                        yield part
                    if given >= min(stop, end):
                        break
            yield from _silence(stop - given)

    def _zero(self, begin_s: Fraction) -> Fraction:
        if self._zero_s is None:
            self._zero_s = begin_s
            if self._has_picture:
                with Pictures(self._path, self._media_type, None) as pictures:
                    for _, time in pictures.from_start():
                        self._zero_s = time * pictures.time_base
                        break
        return self._zero_s


def _resampled(track: Track, first: int) -> Iterator[Samples]:
    """Yield the track's samples at ``SAMPLE_RATE`` from *first* on, until it ends."""
    if track.rate == SAMPLE_RATE:
        yield from track.samples_from(first)
        return
    # the resampler begins where a sample of the file and one of ours are at the same moment
    common = math.gcd(track.rate, SAMPLE_RATE)
    rounds = max(0, first - _RUN_UP) // (SAMPLE_RATE // common)
    drop = first - rounds * (SAMPLE_RATE // common)
    resampler = Resampler(track.rate)
    for block in resampler.over(track.samples_from(rounds * (track.rate // common))):
        if drop < block.shape[1]:
            yield block[:, drop:]
        drop = max(0, drop - block.shape[1])


def _silence(count: int) -> Iterator[Samples]:
    for start in range(0, count, SAMPLE_RATE):  # in pieces: silence of hours is not one array
        yield np.zeros((2, min(SAMPLE_RATE, count - start)), np.float32)
