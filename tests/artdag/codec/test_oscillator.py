"""A sine that is exact at any sample."""

from __future__ import annotations

from fractions import Fraction
from math import pi, sin

import numpy as np
import pytest

from artdag.animation import Keyframes
from artdag.codec.oscillator import FADE, Sine
from artdag.media import SAMPLE_RATE

DAY = 86_400 * SAMPLE_RATE


def heard(sine: Sine, first: int, stop: int) -> np.ndarray:
    return np.concatenate([np.zeros((2, 0), np.float32), *sine.samples(first, stop)], axis=1)


@pytest.mark.parametrize("frequency_hz", [1.0, 440.0, 997.0, 1234.56, 20_000.0])
@pytest.mark.parametrize("at", [0, 12_345, 3_000_001, DAY - 2000])
def test_every_sample_is_the_sine_of_its_own_time(frequency_hz, at):
    found = heard(Sine(DAY, frequency_hz=frequency_hz, level_db=0.0), at, at + 1000)
    for index in (at, at + 1, at + 500, at + 999):
        cycles = Fraction(frequency_hz) * index / SAMPLE_RATE
        wanted = sin(2 * pi * float(cycles - int(cycles))) * min(1, (index + 0.5) / FADE)
        assert abs(float(found[0, index - at]) - wanted) < 2e-6
    assert np.array_equal(found[0], found[1])


@pytest.mark.parametrize("level_db", [0.0, -6.0, -18.0, -96.0])
def test_its_peaks_are_as_loud_as_it_is_told_to_be(level_db):
    peak = np.abs(heard(Sine(48_000, frequency_hz=1000.0, level_db=level_db), 1000, 47_000)).max()
    assert 20 * np.log10(peak) == pytest.approx(level_db, abs=1e-4)


def test_it_rises_and_falls_within_five_milliseconds():
    slow = heard(Sine(4800, frequency_hz=5000.0, level_db=0.0), 0, 4800)[0]
    steady = heard(Sine(48_000, frequency_hz=5000.0, level_db=0.0), 0, 4800)[0]
    ramp = (np.arange(FADE) + 0.5) / FADE
    assert np.array_equal(slow[:FADE], steady[:FADE])
    assert np.abs(slow[-FADE:] - steady[-FADE:] * ramp[::-1]).max() < 1e-6
    assert np.array_equal(slow[FADE:-FADE], steady[FADE : 4800 - FADE])


@pytest.mark.parametrize("count", [1, 2, 100, 479])
def test_shorter_than_its_fades_it_still_begins_and_ends_softly(count):
    found = np.abs(heard(Sine(count, frequency_hz=9000.0, level_db=0.0), 0, count)[0])
    ends = np.minimum(np.arange(count), np.arange(count)[::-1]) + 0.5
    assert (found <= ends / FADE + 1e-6).all()


def test_any_range_is_that_of_the_whole():
    rising = Keyframes(points=((0.0, -60.0), (2.0, 0.0)))
    sine = Sine(100_003, frequency_hz=439.7, level_db=rising)
    whole = heard(sine, 0, 100_003)
    assert whole.shape == (2, 100_003)
    for first in range(0, 100_000, 7919):
        assert np.array_equal(heard(sine, first, first + 3), whole[:, first : first + 3])
    assert np.array_equal(heard(sine, 47_999, 96_001), whole[:, 47_999:96_001])
    assert heard(sine, 500, 500).shape == (2, 0)


def test_its_level_follows_keyframes():
    sine = Sine(96_000, frequency_hz=12_000.0, level_db=Keyframes(points=((0.0, -40.0), (2.0, 0.0))))
    crests = np.abs(heard(sine, 480, 95_000)[0])[1::2]  # a quarter of the rate: each second sample is a crest
    wanted = 10 ** ((-40 + 40 * np.arange(481, 95_000, 2) / 96_000) / 20)
    assert np.abs(crests - wanted).max() < 1e-5
