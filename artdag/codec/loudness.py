"""How loud a sound is to the ear, by ITU-R BS.1770-4, and sound brought to a loudness.

Loudness is that of Annex 1: K-weighting; mean squares over blocks of 400 ms that begin every 100 ms, left and right
added; blocks above -70 LUFS count, and of these all that are not more than 10 LU below their mean. The true peak is
that of Annex 2: the highest point of the wave between the samples, seen at four times the sample rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artdag.codec.biquad import Line, Section
from artdag.codec.mixing import in_blocks
from artdag.codec.stream import Samples, Sound
from artdag.media import SAMPLE_RATE

K_WEIGHTING = (
    Section(1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585),
    Section(1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621),
)
"""The head, then low frequencies, as the recommendation lists them for 48 kHz."""

ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0
HOP = SAMPLE_RATE // 10
_HOPS = 4
"""Hops in a block."""

_FIRST = (
    0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875, 0.1373291015625,
    0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250, 0.0148925781250, -0.0083007812500,
)  # fmt: skip
_SECOND = (
    -0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500, 0.4650878906250,
    0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375,
)  # fmt: skip
BETWEEN = np.array([_FIRST, _SECOND, _SECOND[::-1], _FIRST[::-1]])
"""The four phases of Annex 2's interpolation filter."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """What is measured of a whole sound."""

    lufs: float | None
    """None where nothing of it is above -70 LUFS."""
    true_peak: float
    """Full scale is 1; 0 is silence."""


def measured(sound: Sound) -> Loudness:
    """Return the integrated loudness and the true peak of all of *sound*, in one pass that holds a second of it.

    A sound shorter than one block is measured as a block of its own length.
    """
    weighting = Line([section.filter() for section in K_WEIGHTING])
    energies: list[NDArray[np.float64]] = []
    tail = np.zeros((2, BETWEEN.shape[1] - 1))
    peak, position = 0.0, 0
    for block in in_blocks(sound.samples(0, sound.shape.sample_count)):
        energies.append(_energies(weighting.through(block, position)))
        position += block.shape[1]
        wave = np.concatenate([tail, block], axis=1)
        peak = max(peak, _peak(wave))
        tail = wave[:, -tail.shape[1] :]
    peak = max(peak, _peak(np.concatenate([tail, np.zeros_like(tail)], axis=1)))
    hops = np.concatenate(energies) if energies else np.zeros(0)
    if position >= _HOPS * HOP:
        hops = hops[: position // HOP]
        blocks = sum(hops[start : len(hops) - _HOPS + 1 + start] for start in range(_HOPS)) / (_HOPS * HOP)
    else:
        blocks = np.array([hops.sum() / max(1, position)])
    return Loudness(integrated(np.asarray(blocks)), peak)


def integrated(blocks: NDArray[np.float64]) -> float | None:
    """Return the gated loudness of blocks, given as mean squares after K-weighting, summed over the channels."""
    heard = blocks[blocks > _power(ABSOLUTE_GATE)]
    if not len(heard):
        return None
    return _lufs(float(heard[heard > heard.mean() * 10 ** (RELATIVE_GATE / 10)].mean()))


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _energies(samples: Samples) -> NDArray[np.float64]:
    """Return the sum of squares of each hop, the last of what is left."""
    squares = np.square(samples, dtype=np.float64).sum(axis=0)
    return np.add.reduceat(squares, np.arange(0, len(squares), HOP))


def _peak(wave: NDArray[np.float64]) -> float:
    between = max(float(np.abs(np.convolve(channel, phase, "valid")).max()) for channel in wave for phase in BETWEEN)
    return max(between, float(np.abs(wave).max()))


class Normalized(Sound):
    """*upstream* with one gain for the whole of it, which brings its loudness to a target.

    The gain is smaller where the true peak would pass the ceiling; silence stays. It is worked out when the first
    sample is asked for, from all of *upstream*, so that any range gets the same.
    """

    def __init__(self, upstream: Sound, target_lufs: float, ceiling_dbtp: float) -> None:
        self._upstream = upstream
        self._target_lufs = target_lufs
        self._ceiling_dbtp = ceiling_dbtp
        self._gain: np.float32 | None = None
        self.shape = upstream.shape

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        if first >= stop:
            return
        if self._gain is None:
            self._gain = np.float32(10 ** (self._gain_db() / 20))
        for block in self._upstream.samples(first, stop):
            yield block * self._gain

    def _gain_db(self) -> float:
        found = measured(self._upstream)
        if found.lufs is None:
            return 0.0
        wanted = self._target_lufs - found.lufs
        room = self._ceiling_dbtp - 20 * math.log10(found.true_peak)
        return round(min(wanted, room), 4)  # finer than is heard, and than processors differ
