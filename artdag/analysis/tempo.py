"""How many beats a minute: autocorrelation of the pulse, and a choice among the tempi that fit it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artdag.analysis.flux import Flux, Whole
from artdag.analysis.onsets import Onsets
from artdag.analysis.sound import RATE

SLOWEST_BPM, FASTEST_BPM = 50.0, 220.0

_USUAL_BPM = 120.0
_OCTAVES = 1.4
"""Width of the preference for 120: a standard deviation, in octaves."""
_HALVES = 0.65
"""Half a period is the beat where its pulses are that much like those of the whole, if both were equally usual."""
_CLEAR = 0.15
"""Autocorrelation below which there is no tempo: strokes at random come to 0.13."""
_FEWEST = 3
"""Onsets without which there is none."""
_SMOOTH = (1, 8, 28, 56, 70, 56, 28, 8, 1)
"""A bell of 14 ms standard deviation: strokes are not played to the millisecond."""
_MULTIPLES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    bpm: float
    clarity: float
    """Autocorrelation at one beat, up to 1 for a machine."""

    @property
    def period(self) -> float:
        """Moments (of 10 ms) in a beat."""
        return 60 * RATE / self.bpm


def find_tempo(flux: Flux, onsets: Onsets) -> Tempo | None:
    """Return the tempo, 50 to 220 beats per minute; None where nothing recurs."""
    if len(onsets.times_s) < _FEWEST:
        return None
    likeness = _autocorrelation(smoothed(flux.pulse))
    periods = np.arange(60 * RATE / FASTEST_BPM, 60 * RATE / SLOWEST_BPM, 0.25)
    periods = periods[periods < len(likeness) - 1]
    if not len(periods):
        return None
    scores = _comb(likeness, periods) * np.array([_usual(period) for period in periods])
    period = _peak_near(likeness, float(periods[int(np.argmax(scores))]))
    period = _beat(likeness, period)
    clarity = _at(likeness, period)
    if clarity < _CLEAR:
        return None
    return Tempo(bpm=60 * RATE / _sharpened(likeness, period), clarity=min(1.0, clarity))


def smoothed(pulse: Whole) -> Whole:
    """Return *pulse* under a bell, in its own unit."""
    return np.asarray(np.convolve(pulse, _SMOOTH, mode="same")[: len(pulse)] // sum(_SMOOTH))


def _autocorrelation(pulse: Whole) -> NDArray[np.float64]:
    """Return the likeness of *pulse*, less its mean over a second, to itself at each lag; 1 at lag 0.

    The transform's rounding is undone: sums of products of whole numbers are whole.
    """
    count = len(pulse)
    total = np.concatenate([[0], np.cumsum(np.pad(pulse, RATE // 2))])
    centred = pulse - (total[RATE + 1 :] - total[: -RATE - 1])[:count] // (RATE + 1)
    size = 1 << (2 * count).bit_length()
    products = np.rint(np.fft.irfft(np.square(np.abs(np.fft.rfft(centred, size))), size)[: max(1, count * 3 // 4)])
    means = products / (count - np.arange(len(products)))
    return np.asarray(means / means[0] if means[0] > 0 else means)


def _at(likeness: NDArray[np.float64], lag: float) -> float:
    return float(np.interp(lag, np.arange(len(likeness)), likeness, right=0.0))


def _comb(likeness: NDArray[np.float64], periods: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean likeness at one to four of each period, as far as the sound is long enough."""
    lags = np.arange(len(likeness))
    total, weight = np.zeros(len(periods)), np.zeros(len(periods))
    for multiple in range(1, _MULTIPLES + 1):
        inside = periods * multiple <= lags[-1]
        total += np.where(inside, np.interp(periods * multiple, lags, likeness), 0)
        weight += inside
    return np.asarray(total / weight)


def _usual(period: float) -> float:
    """Return how usual a period is: log-normal, 1 at 120 beats per minute."""
    return math.exp(-0.5 * (math.log2(60 * RATE / period / _USUAL_BPM) / _OCTAVES) ** 2)


def _beat(likeness: NDArray[np.float64], period: float) -> float:
    """Return the beat among *period*, its double and its halves.

    Where every other pulse is much weaker, as hats between kicks are, the likeness at half the period is low, and the
    pulses that stand out are the beat; where all are alike, the fastest of them are.
    """
    if 2 * period <= 60 * RATE / SLOWEST_BPM and 2 * period < len(likeness) - 1:
        period = _peak_near(likeness, 2 * period)
    while period / 2 >= 60 * RATE / FASTEST_BPM:
        half = _peak_near(likeness, period / 2)
        if _at(likeness, half) * _usual(half) < _HALVES * max(_at(likeness, period), _CLEAR) * _usual(period):
            break
        period = half
    return period


def _peak_near(likeness: NDArray[np.float64], lag: float, reach: int = 3) -> float:
    """Return the lag of the highest likeness within *reach* of *lag*, to a part of a moment."""
    low = max(1, round(lag) - reach)
    high = min(len(likeness) - 1, round(lag) + reach + 1)
    if low >= high:
        return lag
    top = low + int(np.argmax(likeness[low:high]))
    if top + 1 >= len(likeness):
        return float(top)
    before, here, after = likeness[top - 1 : top + 2]
    bend = 2 * here - before - after
    aside = (after - before) / (2 * bend) if bend > 0 else 0.0
    return top + float(np.clip(aside, -0.5, 0.5))


def _sharpened(likeness: NDArray[np.float64], period: float) -> float:
    """Return *period* measured over 2, 4, 8, … beats, as long as they keep it."""
    beats = 2
    while beats * period < len(likeness) - 4:
        lag = _peak_near(likeness, beats * period, reach=4)
        if _at(likeness, lag) < 0.5 * _at(likeness, period) or abs(lag - beats * period) > 4:
            break
        period = lag / beats
        beats *= 2
    return period
