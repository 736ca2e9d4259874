"""What a whole sound looks like in one small picture: how loud it is over time, and which tones it is made of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from artdag.codec.stream import Sound
from artdag.media import SAMPLE_RATE

WINDOW = 4096
"""Samples that one spectrum is made of: 85 ms."""
LOWEST_HZ, HIGHEST_HZ = 40.0, 16_000.0
RANGE_DB = 72.0
"""What is so much quieter than the loudest tone is not seen."""

_WAVE_COLOR = (0xF1, 0x66, 0x63)
"""Blue, green, red: readable on light and on dark."""
_RAMP = np.array(
    [(0x1D, 0x12, 0x10), (0x6B, 0x2C, 0x3D), (0x8A, 0x44, 0xB4), (0x62, 0x86, 0xF2), (0xC8, 0xEE, 0xFF)], np.float64
)
"""Blue, green, red from silence to the loudest, each step lighter than the one before."""
_SAMPLED_ABOVE_S = 600
"""Longer sounds are not heard wholly: half a second for each bar, one window for each column."""


def draw_waveform(sound: Sound, width: int, height: int, bars: int) -> VideoFrame:
    """Return *width* × *height* pixels ``bgra``, see-through between *bars* whose height tells how loud it is there.

    The loudest bar reaches the margin; heights go with the square root of the level, so that quiet parts stay visible.
    """
    loudness = _loudness(sound, bars)
    peak = float(loudness.max())
    heights = np.sqrt(loudness / peak) if peak > 0 else loudness
    pixels = np.zeros((height, width, 4), np.uint8)
    pitch, middle = width // bars, height // 2
    for bar, share in enumerate(heights):
        reach = max(1, int(share * middle * 0.82))
        pixels[middle - reach : middle + reach, bar * pitch + 1 : (bar + 1) * pitch - 1] = (*_WAVE_COLOR, 255)
    return VideoFrame.from_ndarray(pixels, format="bgra")


def draw_spectrum(sound: Sound, width: int, height: int) -> VideoFrame:
    """Return *width* × *height* pixels ``bgra``: time to the right, tones upwards, each octave as high as any other.

    A pixel shows the greatest power of its band (Hann window over :data:`WINDOW` samples, mean of both channels) over
    its stretch of time, in dB below the loudest one of all.
    """
    power = np.zeros((width, height))
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, height + 1) * WINDOW / SAMPLE_RATE
    starts = np.minimum(edges[:-1].astype(np.int64), WINDOW // 2)
    window = np.hanning(WINDOW).astype(np.float32)
    for column, block in _windows(sound, width):
        spectrum = np.square(np.abs(np.fft.rfft(block * window, axis=1))).mean(axis=0)
        # a band narrower than a bin takes the bin that it begins in, a wider one the greatest of its bins
        power[column] = np.maximum(power[column], np.maximum.reduceat(spectrum, starts))
    peak = float(power.max())
    level = np.zeros_like(power)
    if peak > 0:
        level = np.clip(1 + 10 * np.log10(np.maximum(power / peak, 1e-12)) / RANGE_DB, 0, 1)
    shade = level.T[::-1] * (len(_RAMP) - 1)
    pixels = np.full((height, width, 4), 255, np.uint8)
    for channel in range(3):
        pixels[..., channel] = np.rint(np.interp(shade, np.arange(len(_RAMP)), _RAMP[:, channel]))
    return VideoFrame.from_ndarray(pixels, format="bgra")


def _windows(sound: Sound, columns: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield (column, (channels, WINDOW) samples): one around each column's middle, or several side by side in it."""
    count = sound.shape.sample_count
    middles = ((np.arange(columns) + 0.5) / columns * count).astype(np.int64)
    if count > _SAMPLED_ABOVE_S * SAMPLE_RATE:
        for column, middle in enumerate(middles):
            first = int(np.clip(middle - WINDOW // 2, 0, count - WINDOW))
            yield column, np.concatenate(list(sound.samples(first, first + WINDOW)), axis=1)
    elif count <= columns * WINDOW:
        around = np.pad(np.concatenate(list(sound.samples(0, count)), axis=1), ((0, 0), (WINDOW // 2, WINDOW // 2)))
        for column, middle in enumerate(middles):
            yield column, around[:, middle : middle + WINDOW]
    else:
        rest, place = np.zeros((2, 0), np.float32), 0
        for block in sound.samples(0, count):
            rest = np.concatenate([rest, block], axis=1)
            while rest.shape[1] >= WINDOW:
                yield min(columns - 1, (place + WINDOW // 2) * columns // count), rest[:, :WINDOW]
                rest, place = rest[:, WINDOW:], place + WINDOW


def _loudness(sound: Sound, bars: int) -> NDArray[np.float64]:
    """Return the root mean square of each bar's stretch of sound, 0 to 1."""
    count = sound.shape.sample_count
    edges = np.linspace(0, count, bars + 1).astype(np.int64)
    if count > _SAMPLED_ABOVE_S * SAMPLE_RATE:
        return np.array([_power(sound, int(edge), int(edge) + SAMPLE_RATE // 2) for edge in edges[:-1]]) ** 0.5
    squares, place = np.zeros(bars), 0
    for block in sound.samples(0, count):
        power = np.square(block, dtype=np.float64).mean(axis=0)
        owners = np.minimum(np.searchsorted(edges, place + np.arange(power.size), side="right") - 1, bars - 1)
        np.add.at(squares, owners, power)
        place += power.size
    loudness: NDArray[np.float64] = np.sqrt(squares / np.maximum(1, np.diff(edges)))
    return loudness


def _power(sound: Sound, first: int, stop: int) -> float:
    blocks = [np.square(block, dtype=np.float64).mean(axis=0) for block in sound.samples(first, stop)]
    return float(np.concatenate(blocks).mean()) if blocks else 0.0
