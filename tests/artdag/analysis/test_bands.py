"""bands: each part of the spectrum has a curve of its own."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.analysis.bands import band_curves
from artdag.analysis.sound import listen
from tests.artdag.analysis.tracks import a_sound_of


def tones(*parts: tuple[float, float, float, float], count: int = 144_000):
    """Return the curves of tones (frequency in Hz, amplitude, from s, to s)."""
    time = np.arange(count) / 48_000
    wave = sum(
        amplitude * np.sin(2 * np.pi * frequency * time) * ((time >= begin) & (time < end))
        for frequency, amplitude, begin, end in parts
    )
    return band_curves(listen(a_sound_of(np.stack([wave, wave])).wave))


def test_three_tones_after_each_other_light_three_bands():
    bands = tones((80, 0.5, 0, 1), (700, 0.5, 1, 2), (5000, 0.5, 2, 3))
    for number, curve in enumerate((bands.low, bands.mid, bands.high)):
        assert len(curve) == 300
        inside = curve[100 * number + 5 : 100 * number + 95]
        assert inside.min() > 0.95 * inside.max()
        elsewhere = [moment for moment in range(300) if moment // 100 != number and 5 <= moment % 100 < 95]
        assert curve[elsewhere].max() < 0.005


def test_each_band_is_measured_against_its_own_loudest():
    bands = tones((80, 0.5, 0, 3), (5000, 0.02, 0, 1.5), (5000, 0.04, 1.5, 3))
    assert bands.low[10:290] == pytest.approx(np.ones(280), abs=0.05)
    assert bands.high[10:140] == pytest.approx(np.full(130, 0.5), abs=0.02)
    assert bands.high[160:290] == pytest.approx(np.ones(130), abs=0.02)


def test_what_leaks_into_a_band_is_not_blown_up():
    bands = tones((700, 0.5, 0, 3))
    assert bands.low[5:-5].max() < 0.02
    assert bands.high[5:-5].max() < 0.02


def test_silence_is_zero():
    bands = band_curves(listen(a_sound_of(np.zeros((2, 480))).wave))
    assert (bands.low.tolist(), bands.mid.tolist(), bands.high.tolist()) == ([0.0], [0.0], [0.0])
