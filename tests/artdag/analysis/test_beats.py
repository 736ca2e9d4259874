"""beats: every one of them within 30 ms, none twice, none where there is no music."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.media import SAMPLE_RATE
from tests.artdag.analysis.tracks import SHOP, Track, a_sound_of, a_track, missed_and_added, studied, study


def beats_and_mistakes(track: Track, within_s: float = 0.03):
    known = study(track)
    return missed_and_added(known.beats, known.found_beats.times_s.tolist(), within_s)


@pytest.mark.parametrize(("bpm", "style", "how"), SHOP, ids=str)
def test_every_beat_is_found_once_and_nothing_else(bpm, style, how):
    known = studied(bpm, style, **how)
    assert missed_and_added(known.beats, known.found_beats.times_s.tolist(), 0.015) == ([], [])


@pytest.mark.parametrize("style", ["clicks", "rock", "hats"])
@pytest.mark.parametrize("missing", [(8, 9, 10, 11), (5, 9, 14, 15, 22)])
def test_beats_go_on_where_nothing_is_struck(style, missing):
    assert beats_and_mistakes(a_track(123.4, style, missing=missing, offset_s=0.3, noise=0.002)) == ([], [])


def test_a_long_silence_before_and_after_has_no_beats():
    track = a_track(110, duration_s=12, offset_s=1)
    silence = np.zeros((2, 20 * SAMPLE_RATE), np.float32)
    known = study(a_sound_of(np.concatenate([silence, track.samples, silence], axis=1)))
    shifted = [time + 20 for time in track.beats]
    assert missed_and_added(shifted, known.found_beats.times_s.tolist(), 0.015) == ([], [])


def test_a_tempo_that_breathes_is_followed():
    times, time = [], 0.4
    while time < 19.5:
        times.append(time)
        time += 60 / (118 * (1 + 0.03 * np.sin(2 * np.pi * time / 20)))
    track = a_track(118, "four", duration_s=1.0)
    stroke = track.samples[:, :9600]
    samples = np.zeros((2, 20 * SAMPLE_RATE), np.float32)
    for time in times:
        start = round(time * SAMPLE_RATE)
        samples[:, start : start + 9600] += stroke
    found = study(a_sound_of(samples)).found_beats.times_s.tolist()
    assert missed_and_added(times, found, 0.03) == ([], [])


def test_hands_that_are_not_machines_are_followed():
    random = np.random.default_rng(3)
    times = [0.5 + index * 60 / 104 + random.normal() * 0.008 for index in range(30)]
    stroke = a_track(104, "four", duration_s=1.0).samples[:, :9600]
    samples = np.zeros((2, 19 * SAMPLE_RATE), np.float32)
    for time in times:
        start = round(time * SAMPLE_RATE)
        samples[:, start : start + 9600] += stroke * random.uniform(0.5, 1)
    found = study(a_sound_of(samples)).found_beats.times_s.tolist()
    assert missed_and_added(times, found, 0.01) == ([], [])


@pytest.mark.parametrize("bpm", [85.0, 123.4, 155.5])
def test_a_bar_begins_where_chords_change(bpm):
    known = studied(bpm, "rock", offset_s=0.4, noise=0.005, chords=0.3)
    assert missed_and_added(known.downbeats, known.found_beats.downbeats_s.tolist(), 0.03) == ([], [])


@pytest.mark.parametrize("bpm", [90.0, 140.0])
def test_a_bar_begins_with_the_stressed_tick(bpm):
    whole = a_track(bpm, "accents", duration_s=16, noise=0.002)
    cut = round((whole.beats[2] - 0.2) * SAMPLE_RATE)
    known = study(a_sound_of(whole.samples[:, cut:]))
    expected = [time - cut / SAMPLE_RATE for time in whole.downbeats[1:]]
    assert known.found_beats.first_downbeat == 2
    assert missed_and_added(expected, known.found_beats.downbeats_s.tolist(), 0.03) == ([], [])


def test_of_beats_all_alike_the_first_begins_the_bar():
    known = studied(120.0, "clicks", duration_s=10, noise=0.001)
    assert known.found_beats.first_downbeat == 0
    assert known.found_beats.downbeats_s.tolist() == known.found_beats.times_s[::4].tolist()


@pytest.mark.parametrize("count", [1, 480, 48_000])
def test_silence_has_none(count):
    known = study(a_sound_of(np.zeros((2, count))))
    assert not len(known.found_beats.times_s)
    assert not len(known.found_beats.downbeats_s)
