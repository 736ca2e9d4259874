"""When the beats are: the path through the pulse that keeps the tempo best, each beat then moved to what is struck."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artdag.analysis.flux import UNIT, Flux, Whole
from artdag.analysis.onsets import Onsets
from artdag.analysis.sound import RATE
from artdag.analysis.tempo import Tempo, smoothed

_TIGHT = 50
"""Price, in full strokes, of a beat that comes e times too early or too late, squared."""
_NEAR_S = 0.05
"""How far from its place in the path a beat's stroke may lie."""
_PER_BAR = 4
_ALIKE_PERCENT = 97
_STRUCK = 2
"""How many of the first four beats, and of the last four, must be struck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beats:
    """Beats in order."""

    times_s: NDArray[np.float64]
    first_downbeat: int
    """Which of the first four begins a bar."""

    @property
    def downbeats_s(self) -> NDArray[np.float64]:
        return self.times_s[self.first_downbeat :: _PER_BAR]


NO_BEATS = Beats(times_s=np.zeros(0), first_downbeat=0)


def find_beats(flux: Flux, onsets: Onsets, tempo: Tempo | None) -> Beats:
    """Return the beats: none doubled, none left out between the first and the last that are heard."""
    if tempo is None or not len(onsets.times_s):
        return NO_BEATS
    path = _path(smoothed(flux.pulse), tempo.period)
    places_s = path / RATE
    struck = _strokes(places_s, onsets, min(_NEAR_S, tempo.period / RATE / 6))
    inside = _borne(~np.isnan(struck))
    if inside is None:
        return NO_BEATS
    return Beats(times_s=_filled(struck[inside]), first_downbeat=_first_downbeat(flux, path[inside]))


def _path(pulse: Whole, period: float) -> NDArray[np.intp]:
    """Return the moments of the beats, by dynamic programming.

    After Ellis, "Beat tracking by dynamic programming" (Journal of New Music Research 36, 2007): the best path that
    ends at a moment is worth its pulse, and the best path that ends about a period before, less the square of the
    logarithm of how far from a period it is.
    """
    shortest, longest = max(1, math.ceil(period * 0.6)), math.floor(period * 1.6)
    steps = range(longest, shortest - 1, -1)
    price = np.array([round(_TIGHT * UNIT * math.log(step / period) ** 2) for step in steps], np.int64)
    worth = np.zeros(longest + len(pulse), np.int64)  # before the sound nothing is gained and nothing lost
    came_from = np.full(len(pulse), -1, np.intp)
    for moment, gain in enumerate(pulse.tolist()):
        ways = worth[moment : moment + len(price)] - price
        best = int(ways.argmax())
        value = int(ways[best])
        if value > 0:
            came_from[moment] = moment + best - longest
        worth[moment + longest] = gain + max(0, value)
    last = len(pulse) - min(len(pulse), longest)
    moment = last + int(worth[longest + last :].argmax())
    found = []
    while moment >= 0:
        found.append(moment)
        moment = int(came_from[moment])
    return np.array(found[::-1], np.intp)


def _strokes(places_s: NDArray[np.float64], onsets: Onsets, near_s: float) -> NDArray[np.float64]:
    """Return for each place the time of the strongest onset near it, NaN where there is none."""
    begin = np.searchsorted(onsets.times_s, places_s - near_s)
    end = np.searchsorted(onsets.times_s, places_s + near_s, side="right")
    struck = np.full(len(places_s), np.nan)
    for index, (first, stop) in enumerate(zip(begin.tolist(), end.tolist(), strict=True)):
        if first < stop:
            struck[index] = onsets.times_s[first + int(np.argmax(onsets.strengths[first:stop]))]
    return struck


def _borne(heard: NDArray[np.bool_]) -> slice | None:
    """Return the beats from the first to the last that is struck in good company, so that no stray noise counts."""
    padded = np.concatenate([heard, np.zeros(_PER_BAR - 1, np.bool_)])
    ahead = np.lib.stride_tricks.sliding_window_view(padded, _PER_BAR).sum(axis=1)
    padded = np.concatenate([np.zeros(_PER_BAR - 1, np.bool_), heard])
    behind = np.lib.stride_tricks.sliding_window_view(padded, _PER_BAR).sum(axis=1)
    first, last = np.flatnonzero(heard & (ahead >= _STRUCK)), np.flatnonzero(heard & (behind >= _STRUCK))
    return slice(int(first[0]), int(last[-1]) + 1) if len(first) and len(last) else None


def _filled(struck: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the strokes; beats at which nothing is struck lie evenly between their neighbours."""
    index = np.arange(len(struck))
    heard = ~np.isnan(struck)
    return np.interp(index, index[heard], struck[heard])


def _first_downbeat(flux: Flux, path: NDArray[np.intp]) -> int:
    """Return which of the first four beats begins a bar: that whose every fourth is struck hardest.

    Of phases that are all but equal it is the earliest: most music begins with a bar.
    """
    stroke = flux.onset * UNIT // max(1, int(flux.onset.max(initial=0))) + flux.low
    padded = np.pad(stroke, 2)
    hardest = np.lib.stride_tricks.sliding_window_view(padded, 5).max(axis=1)[path]
    phases = [hardest[phase::_PER_BAR] for phase in range(min(_PER_BAR, len(path)))]
    means = [int(phase.sum()) // len(phase) for phase in phases]
    return next(phase for phase, mean in enumerate(means) if mean * 100 >= max(means) * _ALIKE_PERCENT)
