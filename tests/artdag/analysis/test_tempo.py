"""tempo: within 2 %, in the octave that is heard as the beat, and none where nothing recurs."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.analysis.tempo import FASTEST_BPM, SLOWEST_BPM
from artdag.media import SAMPLE_RATE
from tests.artdag.analysis.tracks import SHOP, Track, a_sound_of, a_track, click, hat, kick, snare, studied, study


def at_random(seed: int) -> Track:
    random = np.random.default_rng(seed)
    samples = np.zeros((2, 20 * SAMPLE_RATE))
    for time_s in random.random(60) * 19:
        sound = [click(), kick(), snare(random), hat(random)][random.integers(4)]
        start = round(time_s * SAMPLE_RATE)
        samples[:, start : start + len(sound)] += 0.4 * sound
    return a_sound_of(samples)


@pytest.mark.parametrize(("bpm", "style", "how"), SHOP, ids=str)
def test_the_tempo_of_a_track_is_found(bpm, style, how):
    tempo = studied(bpm, style, **how).tempo
    assert tempo is not None
    assert tempo.bpm == pytest.approx(bpm, rel=0.002)
    assert 0.5 < tempo.clarity <= 1


@pytest.mark.parametrize("bpm", range(55, 215, 10))
def test_a_metronome_is_as_fast_as_it_ticks(bpm):
    tempo = studied(float(bpm), "clicks", duration_s=10, noise=0.001).tempo
    assert tempo is not None
    assert tempo.bpm == pytest.approx(bpm, rel=0.01)
    assert SLOWEST_BPM < tempo.bpm < FASTEST_BPM


@pytest.mark.parametrize("bpm", [62, 88, 104, 128])
@pytest.mark.parametrize("style", ["hats", "house", "rock"])
def test_hats_between_the_beats_do_not_double_it(bpm, style):
    tempo = studied(float(bpm), style, duration_s=12, noise=0.003).tempo
    assert tempo is not None
    assert tempo.bpm == pytest.approx(bpm, rel=0.01)


@pytest.mark.parametrize(("bpm", "duration_s"), [(120, 2.2), (60, 4), (200, 2)])
def test_four_beats_are_enough(bpm, duration_s):
    tempo = study(a_track(bpm, duration_s=duration_s)).tempo
    assert tempo is not None
    assert tempo.bpm == pytest.approx(bpm, rel=0.02)


def test_a_period_is_in_moments():
    tempo = studied(123.4, "rock", offset_s=0.4, noise=0.01, chords=0.3).tempo
    assert tempo is not None
    assert tempo.period == pytest.approx(6000 / 123.4, rel=0.002)


@pytest.mark.parametrize("seed", range(4))
def test_strokes_at_random_have_none(seed):
    assert study(at_random(seed)).tempo is None


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros((2, 48_000)),
        np.full((2, 1), 0.5),
        0.1 * np.random.default_rng(1).standard_normal((2, 5 * SAMPLE_RATE)),
        np.tile(0.4 * np.sin(2 * np.pi * 440 * np.arange(240_000) / SAMPLE_RATE), (2, 1)),
    ],
    ids=["silence", "one sample", "noise", "a tone"],
)
def test_what_has_no_beat_has_no_tempo(samples):
    assert study(a_sound_of(samples)).tempo is None


def test_two_strokes_are_no_tempo():
    samples = np.zeros((2, 4 * SAMPLE_RATE))
    for start in (SAMPLE_RATE, 2 * SAMPLE_RATE):
        samples[:, start : start + 1440] = click()
    assert study(a_sound_of(samples)).tempo is None
