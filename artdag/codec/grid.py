"""From the times that a file gives its frames to the constant grid that everything else works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

STANDARD_RATES = (
    *(Fraction(5), Fraction(8), Fraction(10), Fraction(12), Fraction(25, 2), Fraction(15), Fraction(20)),
    *(Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)),
    *(Fraction(48000, 1001), Fraction(48), Fraction(50), Fraction(60000, 1001), Fraction(60)),
    *(Fraction(72), Fraction(90), Fraction(100), Fraction(120000, 1001), Fraction(120), Fraction(144), Fraction(240)),
)
MAX_RATE = Fraction(240)
LEAST_RATE = Fraction(1, 1000)
LEAST_VARIABLE_RATE = Fraction(10)
"""A clip of variable rate gets no slower grid than this: its few frames do not come evenly."""
RATE_OF_ONE_FRAME = Fraction(25)
"""The grid of a clip of one frame that is shown for a second or longer, or for an unknown time."""
SNAP = 0.005
"""A constant rate this near (relatively) to a standard one is meant to be that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    frame_rate: Fraction
    frame_count: int
    variable_rate: bool


class Grid:
    """Which frame of the source is shown at which frame of the grid.

    At grid time n / rate the last source frame is shown whose time is before n / rate plus half a grid interval. So a
    source frame is shown from ``index_of(its time)`` on, until the next one is: a rule about one frame, the same
    whatever range is asked.
    """

    def __init__(self, frame_rate: Fraction, time_base: Fraction) -> None:
        ratio = frame_rate * time_base
        self._up, self._down = 2 * ratio.numerator, 2 * ratio.denominator
        self._half = ratio.denominator

    def index_of(self, ticks: int) -> int:
        """Return the first grid frame at which a source frame *ticks* after the first one is shown."""
        return (ticks * self._up + self._half) // self._down  # the nearest; of two, the later

    def latest_tick(self, index: int) -> int:
        """Return the latest time, in ticks after the first frame, of a source frame shown at grid frame *index*."""
        return (index * self._down + self._half - 1) // self._up


def timing_of(ticks: Sequence[int], last_duration: int, time_base: Fraction, declared: Fraction | None) -> Timing:
    """Return the grid for frames at *ticks* (ascending, one or more, in units of *time_base* seconds).

    *last_duration* is how long the last frame is shown, in ticks; 0 when the file does not say. *declared* is the rate
    that the file claims: it decides between two standard rates where a short clip cannot.
    """
    times = np.unique(np.asarray(ticks, np.int64))
    if len(times) == 1:
        return _timing_of_one(last_duration * time_base)
    times -= times[0]
    whole = int(times[-1])
    mean = whole / (len(times) - 1)
    off = np.abs(times - np.arange(len(times)) * mean)
    if float(off.max()) <= max(1.5, 0.05 * mean):
        rate = _snapped((len(times) - 1) / (whole * time_base), declared)
        if LEAST_RATE <= rate <= MAX_RATE:
            return Timing(frame_rate=rate, frame_count=_rounded(whole * time_base * rate) + 1, variable_rate=False)
    gaps = np.diff(times)
    median = Fraction(float(np.median(gaps))) * time_base
    rate = _nearest(1 / median, [item for item in STANDARD_RATES if item >= LEAST_VARIABLE_RATE])
    shown = (whole + (last_duration or int(np.median(gaps)))) * time_base
    return Timing(frame_rate=rate, frame_count=max(1, _rounded(shown * rate)), variable_rate=True)


def _timing_of_one(shown_s: Fraction) -> Timing:
    rate = RATE_OF_ONE_FRAME
    if 0 < shown_s < 1:
        rate = min(_snapped(1 / shown_s, None), MAX_RATE)
    return Timing(frame_rate=rate, frame_count=max(1, _rounded(shown_s * rate)), variable_rate=False)


def _snapped(rate: Fraction, declared: Fraction | None) -> Fraction:
    """Return the standard rate that *rate* is meant to be, else a clean fraction near it."""
    if declared in STANDARD_RATES and abs(declared / rate - 1) <= SNAP:
        return declared
    nearest = _nearest(rate, STANDARD_RATES)
    if abs(nearest / rate - 1) <= SNAP:
        return nearest
    whole = Fraction(_rounded(rate))
    return whole if whole and abs(whole / rate - 1) <= SNAP else rate.limit_denominator(1001)


def _nearest(rate: Fraction, rates: Sequence[Fraction]) -> Fraction:
    return min(rates, key=lambda item: max(item / rate, rate / item))


def _rounded(value: Fraction) -> int:
    return int(value + Fraction(1, 2))
