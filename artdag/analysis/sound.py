"""One pass over a sound: everything that the other modules know of it, a hundred values a second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artdag.codec.stream import Samples, Sound
from artdag.media import SAMPLE_RATE

Curve = NDArray[np.float64]

HOP = 480
"""Samples from one value to the next: 10 ms."""
RATE = SAMPLE_RATE // HOP
"""Values per second."""
WINDOW = 2048
"""Samples that one spectrum is made of, 42.7 ms under a Hann window; a bin is 23.4375 Hz wide."""

LOW_STOP, MID_STOP = 9, 86
"""The first bins at or above 200 Hz (210.9 Hz) and above 2000 Hz (2015.6 Hz)."""
_TOP = 768
"""The first bin that is not looked at, 18 kHz: what lies above differs between encoders, not between strokes."""


def _edges() -> tuple[int, ...]:
    """Return the first bins of the bands: each bin below 200 Hz by itself, then about four to an octave."""
    middle = np.rint(np.geomspace(LOW_STOP, MID_STOP, 14)).astype(int).tolist()
    high = np.rint(np.geomspace(MID_STOP, _TOP, 13)).astype(int).tolist()
    return (*range(1, LOW_STOP), *middle[:-1], *high[:-1])


EDGES = _edges()
LOW, MID, HIGH = slice(0, LOW_STOP - 1), slice(LOW_STOP - 1, LOW_STOP + 12), slice(LOW_STOP + 12, len(EDGES))
"""The bands of a spectrum that lie below 200 Hz, from there to 2000 Hz, and above."""

_BLOCK_HOPS = 256
_SILENCE = 1e-9
"""Mean square of 90 dB below full scale: what never comes above it is the dither of a silent file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Measurements of a sound. Value *h* of those with n belongs to the moment ``h / RATE`` exactly.

    Both channels count by their power, so nothing is lost where they are opposite.
    """

    sample_count: int
    power: NDArray[np.float32]
    """(n,): mean square over the 20 ms around the moment."""
    spectra: NDArray[np.float32]
    """(n, len(EDGES)): power in each band, in a window whose middle is the moment."""


def hop_count(sample_count: int) -> int:
    """Return how many moments, 10 ms apart from 0 on, lie within a sound."""
    return max(1, -(-sample_count // HOP))


def listen(sound: Sound) -> Heard:
    """Return the measurements of *sound*, in one pass that holds 3 s of it at a time."""
    count = sound.shape.sample_count
    hops = hop_count(count)
    power = np.zeros(hops, np.float32)
    spectra = np.zeros((hops, len(EDGES)), np.float32)
    window = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    for first, block in _blocks(sound, hops):
        here = min(_BLOCK_HOPS, hops - first)
        part = slice(first, first + here)
        for channel in block:
            power[part] += _power(channel, here)
            spectra[part] += _spectra(channel, window, here)
    power /= 2
    if power.max() < _SILENCE:
        power, spectra = np.zeros_like(power), np.zeros_like(spectra)
    return Heard(sample_count=count, power=power, spectra=spectra)


def _blocks(sound: Sound, hops: int) -> Iterator[tuple[int, Samples]]:
    """Yield (h, samples): those from half a window before moment h on, for ``_BLOCK_HOPS`` moments."""
    overlap = WINDOW - HOP
    buffer = np.zeros((2, _BLOCK_HOPS * HOP + overlap), np.float32)
    first, filled = 0, 0
    for samples in _mirrored(sound):
        taken = 0
        while taken < samples.shape[1]:
            room = min(buffer.shape[1] - filled, samples.shape[1] - taken)
            buffer[:, filled : filled + room] = samples[:, taken : taken + room]
            taken, filled = taken + room, filled + room
            if filled == buffer.shape[1]:
                yield first, buffer
                first += _BLOCK_HOPS
                buffer[:, :overlap] = buffer[:, -overlap:].copy()
                filled = overlap
    if first < hops:
        buffer[:, filled:] = 0
        yield first, buffer


def _mirrored(sound: Sound) -> Iterator[Samples]:
    """Yield the samples, and half a window of them in reverse before and after.

    So a sound that is cut out of a longer one does not seem to be struck where it begins and ends.
    """
    reach = WINDOW // 2
    begun = False
    edge = np.zeros((2, 0), np.float32)
    for samples in sound.samples(0, sound.shape.sample_count):
        edge = np.concatenate([edge, samples], axis=1)
        if not begun and edge.shape[1] > reach:
            yield np.pad(edge, ((0, 0), (reach, 0)), mode="reflect")
            begun = True
        elif begun:
            yield samples
        if begun:
            edge = edge[:, -reach - 1 :]
    sides = ((0, 0), (0 if begun else reach, reach))
    whole = np.pad(edge if edge.shape[1] else np.zeros((2, 1), np.float32), sides, mode="reflect")
    yield whole[:, edge.shape[1] :] if begun else whole


def _power(channel: NDArray[np.float32], hops: int) -> NDArray[np.float32]:
    begin = WINDOW // 2 - HOP
    squares = np.square(channel[begin : begin + (hops + 1) * HOP]).reshape(hops + 1, HOP).sum(axis=1)
    return np.asarray((squares[:-1] + squares[1:]) / np.float32(2 * HOP))


def _spectra(channel: NDArray[np.float32], window: NDArray[np.float32], hops: int) -> NDArray[np.float32]:
    windows = np.lib.stride_tricks.sliding_window_view(channel, WINDOW)[::HOP][:hops]
    bins = np.fft.rfft(windows * window, axis=1)[:, :_TOP]
    return np.asarray(np.add.reduceat(np.square(bins.real) + np.square(bins.imag), EDGES, axis=1))
