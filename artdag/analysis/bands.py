"""How loud the low, the middle and the high part of a sound are from moment to moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artdag.analysis.sound import HIGH, LOW, MID, Curve, Heard

_FAINTEST = 1e-4
"""Power beside the loudest moment of all (40 dB) that a part's loudest must have to count as 1: what leaks from one
part into another is not blown up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Amplitude at each moment, 0..1 of the part's own highest: below 200 Hz, 200 to 2000 Hz, above (to 18 kHz)."""

    low: Curve
    mid: Curve
    high: Curve


def band_curves(heard: Heard) -> Bands:
    parts = [heard.spectra[:, bands].sum(axis=1, dtype=np.float64) for bands in (LOW, MID, HIGH)]
    loudest = float(np.sum(parts, axis=0).max())
    low, mid, high = (_curve(part, max(float(part.max()), loudest * _FAINTEST)) for part in parts)
    return Bands(low=low, mid=mid, high=high)


def _curve(power: Curve, highest: float) -> Curve:
    return np.asarray(np.sqrt(power / highest)) if highest > 0 else np.zeros_like(power)
