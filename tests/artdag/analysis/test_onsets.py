"""onsets: whatever is struck, once, within 20 ms."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.analysis.flux import UNIT, flux
from artdag.analysis.onsets import find_onsets, peak_times_s, strength_curve
from artdag.analysis.sound import RATE, listen
from artdag.media import SAMPLE_RATE
from tests.artdag.analysis.tracks import SHOP, a_sound_of, click, hat, kick, missed_and_added, snare, studied, study


def onsets_in(samples):
    return find_onsets(flux(listen(a_sound_of(samples).wave)))


def struck(times_s, sounds, duration_s=4.0):
    samples = np.zeros((2, round(duration_s * SAMPLE_RATE)))
    for time_s, sound in zip(times_s, sounds, strict=True):
        start = round(time_s * SAMPLE_RATE)
        samples[:, start : start + len(sound)] += sound
    return samples


@pytest.mark.parametrize(("bpm", "style", "how"), SHOP, ids=str)
def test_every_stroke_is_found_once_and_nothing_else(bpm, style, how):
    known = studied(bpm, style, **how)
    assert missed_and_added(known.onsets, known.found_onsets.times_s.tolist(), 0.02) == ([], [])


@pytest.mark.parametrize("sound", [click(), kick(), snare(np.random.default_rng(1)), hat(np.random.default_rng(2))])
def test_times_are_exact_to_8_ms_wherever_between_two_moments_it_is_struck(sound):
    times = [0.5 + index * (0.3 + 1 / 700) for index in range(11)]
    found = onsets_in(struck(times, [sound] * 11))
    assert len(found.times_s) == 11
    assert np.abs(found.times_s - times).max() < 0.008


def test_a_stroke_at_the_first_sample_is_found():
    found = onsets_in(struck([0.0, 1.0], [kick(), kick()]))
    assert found.times_s == pytest.approx([0, 1], abs=0.01)


def test_strengths_are_those_of_the_strongest():
    found = onsets_in(struck([0.5, 1.5, 2.5], [0.02 * click(), 0.9 * click(), 0.1 * click()]))
    assert found.strengths[1] == 1
    assert 0 < found.strengths[0] < found.strengths[2] < 1


def test_strokes_60_ms_apart_are_two():
    found = onsets_in(struck([1.0, 1.06], [click(), click()]))
    assert found.times_s == pytest.approx([1.0, 1.06], abs=0.02)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_is_hardly_struck(seed):
    noise = 0.1 * np.random.default_rng(seed).standard_normal((2, 10 * SAMPLE_RATE))
    assert len(onsets_in(noise).times_s) <= 1


def test_a_vibrato_is_no_stroke():
    time = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    wave = 0.4 * np.sin(2 * np.pi * 440 * time + 8 * np.sin(2 * np.pi * 5 * time))
    assert (onsets_in(np.stack([wave, wave])).times_s < 0.03).all()


def test_a_tone_that_dies_away_or_is_cut_by_the_end_is_no_stroke():
    time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    wave = 0.4 * np.sin(2 * np.pi * 441 * time)
    wave[: SAMPLE_RATE // 2] *= np.linspace(1, 0, SAMPLE_RATE // 2)
    wave[SAMPLE_RATE // 2 : SAMPLE_RATE] = 0
    found = onsets_in(np.stack([wave, wave])[:, : 2 * SAMPLE_RATE - 111]).times_s
    assert found[found > 0.03] == pytest.approx([1.0], abs=0.02)


@pytest.mark.parametrize("count", [1, 2, 480, 2000])
def test_silence_and_the_shortest_sounds_have_none(count):
    assert not len(onsets_in(np.zeros((2, count))).times_s)
    assert not len(onsets_in(np.full((2, count), 0.5)).times_s)


def test_the_curve_is_1_at_the_strongest_stroke():
    known = study(a_sound_of(struck([0.5, 2.0], [0.1 * click(), click()])))
    curve = strength_curve(known.flux)
    assert curve.max() == 1
    assert abs(int(curve.argmax()) - 2 * RATE) <= 1
    assert (curve >= 0).all()


def test_a_peak_lies_on_the_parabola_through_three_values():
    rise = np.zeros(50, np.int64)
    rise[19:22] = [3 * UNIT, 5 * UNIT, 4 * UNIT]
    # -1.5 x² + 0.5 x + 5 has its highest point at 1/6 of a moment; a window sees a stroke 3 ms early
    assert peak_times_s(rise, np.array([20])) == pytest.approx([(20 + 1 / 6) / 100 + 0.003])
