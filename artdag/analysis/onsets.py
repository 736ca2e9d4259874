"""Where something is struck: the peaks of the spectral flux that stand out from what is around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artdag.analysis.flux import UNIT, Flux, Whole
from artdag.analysis.sound import RATE, Curve

_AROUND = 25
"""Moments to each side that a peak is compared with: a quarter of a second."""
_SPREADS = 3
"""How many spreads (1.48 median absolute deviations) above the median a peak must stand."""
_LEAST = 2 * UNIT
"""And by how much at least: a rise by a factor of e in two bands."""
_APART = 3
"""Moments between two onsets at least: what is nearer sounds as one."""
_EARLY_S = 0.003
"""A window sees a stroke before its middle reaches it: peaks come 0 to 6 ms early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onsets:
    """Strokes in order."""

    times_s: NDArray[np.float64]
    strengths: NDArray[np.float64]
    """0..1, of the strongest."""


def find_onsets(flux: Flux) -> Onsets:
    """Return the onsets, each to about 6 ms."""
    rise = flux.onset
    padded = np.pad(rise, _APART, constant_values=-1)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * _APART + 1).max(axis=1)
    peaks = np.flatnonzero((rise == highest) & (rise > _threshold(rise)))
    peaks = peaks[np.diff(peaks, prepend=-_APART - 1) > _APART]  # of a plateau, its beginning
    strengths = rise[peaks] / max(1, int(rise.max(initial=0)))
    return Onsets(times_s=peak_times_s(rise, peaks), strengths=strengths)


def strength_curve(flux: Flux) -> Curve:
    """Return the flux at each moment, 0..1 of its highest."""
    return np.asarray(flux.onset / max(1, int(flux.onset.max(initial=0))))


def peak_times_s(rise: Whole, peaks: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return when the peaks of *rise* at the moments *peaks* are, by a parabola through three values."""
    padded = np.pad(rise, 1)
    before, here, after = padded[peaks], padded[peaks + 1], padded[peaks + 2]
    bend = 2 * here - before - after
    aside = np.where(bend > 0, (after - before) / (2 * np.maximum(bend, 1)), 0.0)
    return np.asarray(np.maximum(0.0, (peaks + aside) / RATE + _EARLY_S))


def _threshold(rise: Whole) -> NDArray[np.float64]:
    median = _running_median(rise)
    spread = 1.4826 * _running_median(np.abs(rise - median))
    return np.asarray(median + _SPREADS * spread + _LEAST)


def _running_median(values: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(values, _AROUND)
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1), axis=1))
