"""Butterworth filters: the response that is promised, standing and moving, and any range of it."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.animation import Keyframes
from artdag.codec.biquad import Line, Moving, Section, passed
from artdag.codec.stream import Media, Sound
from artdag.media import SAMPLE_RATE
from tests.artdag.codec.synthetic import Wave
from tests.artdag.nodes.bench import samples


def heard(sound: Sound, first: int = 0, stop: int | None = None) -> np.ndarray:
    return samples(Media(sound=sound), first, stop)


def response_db(kind, frequency_hz, order, at_hz):
    """Measured with a click: the spectrum of its answer."""
    click = np.zeros((2, SAMPLE_RATE), np.float32)
    click[:, 0] = 1
    answer = heard(passed(Wave(SAMPLE_RATE, samples=click), kind, frequency_hz, order))
    return 20 * np.log10(np.abs(np.fft.rfft(answer[0].astype(np.float64)))[at_hz])


@pytest.mark.parametrize("order", range(1, 9))
@pytest.mark.parametrize("kind", ["low", "high"])
@pytest.mark.parametrize("frequency_hz", [40, 1000, 15_000])
def test_the_level_is_down_by_3_db_at_the_frequency_whatever_the_order(kind, order, frequency_hz):
    assert response_db(kind, frequency_hz, order, frequency_hz) == pytest.approx(-3.0103, abs=0.01)


@pytest.mark.parametrize("order", range(1, 9))
def test_beyond_it_falls_by_6_db_an_octave_for_each_order(order):
    low = [response_db("low", 200, order, at_hz) for at_hz in (800, 1600)]
    high = [response_db("high", 3200, order, at_hz) for at_hz in (800, 400)]
    for one, other in (low, high):
        assert one - other == pytest.approx(6.02 * order, rel=0.05)


def test_what_passes_stays_as_loud():
    assert response_db("low", 2000, 4, 100) == pytest.approx(0, abs=0.001)
    assert response_db("high", 100, 4, 5000) == pytest.approx(0, abs=0.001)


def test_a_section_is_the_difference_equation_it_says():
    wave = np.random.default_rng(0).standard_normal((2, 200)).astype(np.float32)
    section = Section(0.5, -0.25, 0.125, -0.9, 0.2)
    x, y = wave[0].astype(np.float64), np.zeros(200)
    for n in range(200):
        past = sum(a * y[n - k] for k, a in ((1, section.a1), (2, section.a2)) if n >= k)
        y[n] = sum(b * x[n - k] for k, b in enumerate((section.b0, section.b1, section.b2)) if n >= k) - past
    np.testing.assert_allclose(Line([section.filter()]).through(wave, 0)[0], y, atol=1e-6)


SWEEP = Keyframes(points=((0.0, 100.0), (1.0, 12_000.0)))


@pytest.mark.parametrize("frequency", [700.0, SWEEP])
def test_any_range_is_a_part_of_the_whole(frequency):
    sound = passed(Wave(40_000), "low", frequency, 3)
    whole = heard(sound)
    assert whole.shape == (2, 40_000)
    for first, stop in ((0, 1), (119, 121), (7777, 30_001), (39_999, 40_000), (20_000, 20_000)):
        assert np.array_equal(heard(sound, first, stop), whole[:, first:stop])


def test_a_frequency_that_moves_but_stays_is_a_frequency():
    still = Keyframes(points=((0.0, 500.0), (1.0, 500.0)))
    wave = Wave(30_000)
    assert np.array_equal(heard(Moving(wave, "high", still, 5)), heard(passed(wave, "high", 500.0, 5)))


def test_a_moving_filter_lets_through_what_its_frequency_of_the_moment_does():
    wave = Wave(2 * SAMPLE_RATE, frequency_hz=2000)
    moving = Keyframes(points=((0.0, 200.0), (2.0, 20_000.0)))
    result = heard(passed(wave, "low", moving, 4))[0]
    for time_s in (0.05, 0.1, 0.3, 1.5):
        frequency = 200 + 9900 * time_s
        expected = -10 * np.log10(1 + (2000 / frequency) ** 8)
        part = result[int(time_s * SAMPLE_RATE) - 48 :][:96]  # two periods
        assert 20 * np.log10(part.std() / 0.4 * 2**0.5) == pytest.approx(expected, abs=1)


def test_a_moving_filter_does_not_click():
    result = heard(passed(Wave(2 * SAMPLE_RATE, frequency_hz=440), "low", SWEEP, 2))[0][24_000:72_000]
    spectrum = np.abs(np.fft.rfft(result * np.blackman(len(result))))
    around = slice(430, 451)
    rest = np.delete(spectrum, around)
    assert rest.max() / spectrum[around].max() < 10 ** (-80 / 20)


def test_it_stays_steady_when_the_frequency_jumps_from_end_to_end():
    rng = np.random.default_rng(0)
    noise = Wave(48_000, samples=rng.standard_normal((2, 48_000)).astype(np.float32) * 0.1)
    jumps = Keyframes(points=tuple((step / 50, (20.0, 20_000.0)[step % 2]) for step in range(50)), ease="hold")
    for kind in ("low", "high"):
        result = heard(passed(noise, kind, jumps, 8))
        assert np.isfinite(result).all()
        assert np.abs(result).max() < 2
