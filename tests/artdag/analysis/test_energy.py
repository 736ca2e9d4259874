"""energy: loudness against the loudest moment."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.analysis.energy import energy_curve
from artdag.analysis.sound import listen
from tests.artdag.analysis.tracks import a_sound_of


def test_half_the_amplitude_is_half_the_energy():
    samples = np.full((2, 48_000), 0.2, np.float32)
    samples[:, 24_000:] = 0.4
    curve = energy_curve(listen(a_sound_of(samples).wave))
    assert len(curve) == 100
    assert curve[:50].tolist() == pytest.approx([0.5] * 50, rel=1e-5)
    assert curve[51:].tolist() == pytest.approx([1.0] * 49, rel=1e-5)
    assert curve[50] == pytest.approx(np.sqrt((0.25 + 1) / 2), rel=1e-5)


def test_one_channel_alone_is_as_loud_as_its_power():
    samples = np.full((2, 9600), 0.5, np.float32)
    samples[1, 4800:] = 0
    assert energy_curve(listen(a_sound_of(samples).wave))[-5:].tolist() == pytest.approx([np.sqrt(0.5)] * 5, rel=1e-5)


def test_a_tone_that_swells_has_a_curve_that_rises():
    time = np.arange(48_000) / 48_000
    curve = energy_curve(listen(a_sound_of(np.stack([time * np.sin(2 * np.pi * 1000 * time)] * 2)).wave))
    assert (np.diff(curve) > 0).all()
    assert curve[10:90] == pytest.approx(np.arange(10, 90) / 100 / (curve[50] ** -1 * 0.5), abs=0.01)
    assert curve.max() == 1


def test_silence_is_zero():
    assert energy_curve(listen(a_sound_of(np.zeros((2, 999))).wave)).tolist() == [0, 0, 0]


def test_one_sample_is_one_value():
    assert energy_curve(listen(a_sound_of(np.full((2, 1), 0.3)).wave)).tolist() == [1.0]
