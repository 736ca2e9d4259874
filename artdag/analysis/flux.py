"""How much louder each band becomes from moment to moment: what onsets, tempo and beats are found in.

Everything from here on is whole numbers: spectra differ in their last bits between processors, and a decision taken on
rounded values falls the same way on all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artdag.analysis.sound import HIGH, LOW, MID, Heard

Whole = NDArray[np.int64]

UNIT = 1000
"""Whole numbers in one unit: of a natural logarithm, or of a share."""
_LAG = 2
"""Moments between the two that are compared: 20 ms, half a window."""
_LOUDEST = 100.0
"""Loudness is log(1 + 100 a), a being amplitude beside the loudest moment's: what lies 40 dB below is hardly heard."""
_BEGINNING = 30
"""Moments at the beginning of a sound whose median stands for what was before it."""
_SHARES = ((LOW, 50), (MID, 30), (HIGH, 20))
"""Per cent that a full stroke counts by where it lies: kick and snare carry the beat, hats divide it."""
_FAINT = 4 * UNIT
"""Rise, summed over the bands of a third of the spectrum, below which nothing there counts as a full stroke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flux:
    """Rises at each moment, (n,) each."""

    onset: Whole
    """Sum over all bands of the rise of log loudness in the last 20 ms, in thousandths."""
    pulse: Whole
    """The same, weighted for finding the beat: about ``UNIT`` at a full stroke."""
    low: Whole
    """Its part below 200 Hz."""


def flux(heard: Heard) -> Flux:
    """Return the spectral flux.

    As in Böck and Widmer, "Maximum filter vibrato suppression for onset detection" (DAFx 2013): a band rises against
    the loudest of itself and its two neighbours 20 ms before, so that a tone that wanders does not count.
    """
    loudness = _loudness(heard)
    before = loudness.copy()
    before[:, 1:] = np.maximum(before[:, 1:], loudness[:, :-1])
    before[:, :-1] = np.maximum(before[:, :-1], loudness[:, 1:])
    rises = loudness.copy()
    rises[_LAG:] -= before[:-_LAG]
    usual = np.median(before[:_BEGINNING], axis=0)
    rises[:_LAG] -= np.asarray(usual, np.int64)  # what then dies away was struck, what goes on was there before
    rises[-_LAG:] = 0  # the cut at the end of a sound is no stroke
    np.maximum(rises, 0, out=rises)
    parts = [_in_strokes(rises[:, bands].sum(axis=1)) for bands, _ in _SHARES]
    pulse = sum((part * share // 100 for part, (_, share) in zip(parts, _SHARES, strict=True)), np.zeros_like(parts[0]))
    return Flux(onset=rises.sum(axis=1), pulse=pulse, low=parts[0])


def _loudness(heard: Heard) -> Whole:
    loudest = float(heard.spectra.sum(axis=1).max(initial=0.0))
    if loudest <= 0:
        return np.zeros(heard.spectra.shape, np.int64)
    amplitude = np.sqrt(heard.spectra / np.float64(loudest))
    return np.asarray(np.rint(np.log1p(_LOUDEST * amplitude) * UNIT), np.int64)


def _in_strokes(rise: Whole) -> Whole:
    """Return *rise* in thousandths of the mean of its highest hundredth (silence aside), at most one and a half."""
    rising = np.sort(rise[rise > 0])
    highest = rising[-max(1, len(rising) // 100) :]
    stroke = max(int(highest.sum()) // max(1, len(highest)), _FAINT)
    return np.minimum(rise * UNIT // stroke, UNIT * 3 // 2)
