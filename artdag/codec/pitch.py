"""Sound higher or lower at its own pace: a phase vocoder whose frames are stretched, and whose peaks stay whole.

Every ``HOP`` samples a frame of ``FRAME`` samples, under a Hann window, becomes a spectrum, and that a frame 1 / ratio
as long (a Fourier transform of another size is the finest of resamplers), which is added at the same place. So time
passes as it did, to the sample, and there is nothing to drift.

Frames that overlap must agree. Around each peak of the spectrum all phases are turned by one angle (Laroche and
Dolson's identity phase locking), the same for left and right, which keeps the sound where it is. One hop ago this
frame's stretched wave shows what is heard *ratio* · ``HOP`` samples earlier; the angle is the one that brings that
nearest to what was made there: the phase of the sum, over the peak's region and both ears, of made · conj(earlier).

A stroke at the edge of a frame would be stretched away from its place, and turning its phases would smear it. So a
frame whose energy has its centroid within half a hop moves there; frames count less the farther the centroid then lies
from their middle, by 1 / (1 + (centroid / 128 samples)⁴); and where the energy lies within 400 samples (standard
deviation; 579 where the sound is steady), the frame is not turned at all. A stroke is made of the frame around it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from artdag.animation import Animation
from artdag.codec.blocks import fixed_blocks
from artdag.codec.stream import Samples, Sound
from artdag.media import SAMPLE_RATE, SoundShape

FRAME, HOP = 4096, 512
_CENTRED, _GATHERED = 128, 400
_LONGEST = 2 * FRAME
"""A stretched frame, an octave down."""
_LEAD = _LONGEST // 2 // HOP + 1
"""Frames from the one whose middle is a sample to the last that may reach back to it, moved by half a hop."""
_AHEAD = 1
"""Blocks behind a frame that are known too, so that it can move."""
_EARLIER = 5 * HOP
"""Samples before it that are kept: two hops at twice the pitch, moved by half a hop."""
_SILENT = 1e-12

Spectrum = NDArray[np.complex128]
Wave = NDArray[np.float64]


class Pitched(Sound):
    """*upstream* moved by *semitones*, -12 to 12; each frame by those of its moment where they change.

    It has memory, so it is run from the first sample, whatever is asked for.
    """

    def __init__(self, upstream: Sound, semitones: float | Animation) -> None:
        self._upstream = upstream
        self._semitones = semitones
        self.shape = SoundShape(sample_count=upstream.shape.sample_count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        if first >= stop:
            return
        position = 0
        for block in self._all(stop):
            begin, end = max(first, position), min(stop, position + block.shape[1])
            if begin < end:
                yield block[:, begin - position : end - position]
            position += block.shape[1]

    def _all(self, stop: int) -> Iterator[Samples]:
        """Yield blocks of ``HOP`` samples from the first one on, until *stop* at least."""
        count = -(-stop // HOP)
        blocks = fixed_blocks(self._upstream, HOP, 0, count + 2 * _LEAD + _AHEAD)
        heard = np.zeros((2, _EARLIER + FRAME + _AHEAD * HOP))
        made = np.zeros((3, _LONGEST + 2 * HOP))  # left, right, weight
        vocoder = _Vocoder()
        for number in range(-_LEAD, count + _LEAD):
            heard[:, :-HOP] = heard[:, HOP:]
            heard[:, -HOP:] = next(blocks) if number + FRAME // 2 // HOP + _AHEAD > 0 else 0
            vocoder.add(heard, self._ratio(number), made)
            if number >= _LEAD:
                yield (made[:2, :HOP] / np.maximum(made[2, :HOP], 1e-9)).astype(np.float32)
            made[:, :-HOP] = made[:, HOP:]
            made[:, -HOP:] = 0

    def _ratio(self, number: int) -> float:
        semitones = self._semitones
        if isinstance(semitones, Animation):
            semitones = semitones.at(max(0, number) * HOP / SAMPLE_RATE)
        return float(2 ** (semitones / 12))


class _Vocoder:
    """Turns frames, one after the other."""

    def __init__(self) -> None:
        self._window = _hann(FRAME)
        bins = np.arange(FRAME // 2 + 1)
        self._middle = (-1.0) ** bins  # phases are those at the middle of the frame
        self._bins = -2j * np.pi * bins / FRAME
        self._made: Spectrum | None = None
        self._moved, self._exact = 0, 1.0
        self._offsets = np.arange(FRAME) - FRAME // 2

    def add(self, heard: Wave, ratio: float, made: Wave) -> None:
        """Add to *made* one frame of *heard* at *ratio* times its pitch.

        Args:
            heard: ``_EARLIER`` samples, the frame, and what comes behind it.
            ratio: 0.5 to 2.
            made: left, right and weight from ``_LEAD`` hops before the frame's middle on.
        """
        move = self._to_stroke(heard[:, _EARLIER : _EARLIER + FRAME])
        length = round(FRAME / ratio)
        exact = FRAME / length
        hop = HOP + move - self._moved
        back = (exact + self._exact) / 2 * hop
        whole = int(back)
        begin = _EARLIER + move
        now = heard[:, begin : begin + FRAME] * self._window
        earlier = heard[:, begin - whole : begin - whole + FRAME] * self._window
        centroid, deviation = self._gathered(now)
        spectra = np.fft.rfft(np.concatenate([now, earlier]), axis=1) * self._middle
        turned = spectra[:2]
        if self._made is not None and deviation > _GATHERED:
            turned = turned * _turns(turned, self._made, spectra[2:] * np.exp(self._bins * (back - whole)))
        self._made, self._moved, self._exact = turned, move, exact
        keep = min(turned.shape[1], length // 2 + 1)
        stretched = np.zeros((2, length // 2 + 1), np.complex128)
        stretched[:, :keep] = turned[:, :keep]
        wave = np.fft.fftshift(np.fft.irfft(stretched, length, axis=1), axes=1) / exact
        window = _hann(length)
        place = _LEAD * HOP + move - length // 2
        weight = window / (1 + (centroid / _CENTRED) ** 4)
        made[:2, place : place + length] += wave * weight
        made[2, place : place + length] += window * weight

    def _to_stroke(self, frame: Wave) -> int:
        centroid, _ = self._gathered(frame * self._window)
        return round(centroid) if abs(centroid) <= HOP / 2 else 0

    def _gathered(self, frame: Wave) -> tuple[float, float]:
        """Return where the energy of a frame lies, in samples from its middle, and the standard deviation of that."""
        energy = np.square(frame).sum(axis=0)
        total = float(energy.sum())
        if total < _SILENT:
            return 0.0, float(FRAME)
        centroid = float((energy * self._offsets).sum()) / total
        return centroid, math.sqrt(float((energy * np.square(self._offsets - centroid)).sum()) / total)


@lru_cache(maxsize=64)
def _hann(length: int) -> Wave:
    return np.hanning(length + 1)[:-1]


def _turns(now: Spectrum, made: Spectrum, earlier: Spectrum) -> Spectrum:
    """Return by what each bin of *now* is turned: one number of size 1 for the region around each peak."""
    power = (np.square(now.real) + np.square(now.imag)).sum(axis=0)
    inner = power[2:-2]
    higher = (inner >= power[1:-3]) & (inner > power[3:-1]) & (inner >= power[:-4]) & (inner > power[4:])
    peaks = np.flatnonzero(higher) + 2
    edges = np.concatenate([[0], (peaks[1:] + peaks[:-1] + 1) // 2])
    agreement = np.add.reduceat((made * earlier.conj()).sum(axis=0), edges)
    size = np.abs(agreement)
    turns = np.where(size > _SILENT, agreement / np.maximum(size, _SILENT), 1)
    return np.repeat(turns, np.diff(edges, append=len(power)))
