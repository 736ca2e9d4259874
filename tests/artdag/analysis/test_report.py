"""The report: plain data that holds what was asked for, the same bytes each time."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from artdag.analysis.report import FEATURES, analyse, check_features, report_bytes, settled_features
from artdag.codec.stream import Media
from artdag.digest import canonical_json
from artdag.errors import ParameterError
from artdag.media import Kind, Shape, SoundShape
from tests.artdag.analysis.clips import Clip, cut_together, still
from tests.artdag.analysis.tracks import a_sound_of, a_track, missed_and_added
from tests.artdag.codec.synthetic import Wave

PARTS = {
    "duration": {"duration"},
    "tempo": {"tempo"},
    "beats": {"beats"},
    "downbeats": {"downbeats"},
    "onsets": {"onsets", "onset_strengths", "onset_curve"},
    "energy": {"energy"},
    "bands": {"bands"},
    "scenes": {"scenes", "scene_frames"},
    "motion": {"motion"},
}
ALWAYS = {"record", "features"}


@cache
def a_clip(*, sound: bool = True, rate: Fraction = Fraction(25)) -> tuple[Media, Shape]:
    pictures, _ = cut_together(still(1, 100), still(2, 60), still(3, 90))
    video = Clip(pictures, rate=rate)
    music = a_track(128, duration_s=11, offset_s=0.2).samples[:, : video.shape.sample_count]
    wave = Wave(music.shape[1], samples=music) if sound else None
    return Media(video=video, sound=wave), Shape(
        kind=Kind.VIDEO, video=video.shape, sound=wave.shape if wave is not None else None
    )


@pytest.mark.parametrize("feature", FEATURES)
def test_a_report_holds_what_was_asked_for_and_no_more(feature):
    report = analyse(*a_clip(), [feature])
    assert report.keys() == ALWAYS | PARTS[feature]
    assert report["record"] == "artdag/analysis/1"
    assert report["features"] == [feature]


def test_a_clip_is_told_of_in_full():
    media, shape = a_clip()
    report = analyse(media, shape, FEATURES)
    assert report.keys() == ALWAYS.union(*PARTS.values())
    assert report["features"] == list(FEATURES)
    assert report["duration"] == 10.0
    assert report["tempo"] == pytest.approx(128, rel=0.01)
    beats = [0.2 + index * 60 / 128 for index in range(21)]
    assert missed_and_added(beats, report["beats"], 0.02) == ([], [])
    assert report["downbeats"] == report["beats"][::4]
    assert len(report["onsets"]) == len(report["onset_strengths"]) == 42
    assert max(report["onset_strengths"]) == 1
    for curve in (report["energy"]["values"], report["onset_curve"]["values"]):
        assert (len(curve), min(curve) >= 0, max(curve)) == (1000, True, 1)
    assert {part: len(report["bands"][part]) for part in ("low", "mid", "high")} == dict.fromkeys(
        ("low", "mid", "high"), 1000
    )
    assert report["energy"]["rate"] == report["bands"]["rate"] == report["onset_curve"]["rate"] == 100
    assert report["scenes"] == [4.0, 6.4]
    assert report["scene_frames"] == [100, 160]
    assert report["motion"]["frame_rate"] == "25"
    assert len(report["motion"]["values"]) == 250


def test_each_feature_is_the_same_whatever_else_is_asked_for():
    media, shape = a_clip()
    whole = analyse(media, shape, FEATURES)
    for feature in FEATURES:
        alone = analyse(media, shape, [feature])
        assert all(alone[name] == whole[name] for name in PARTS[feature])


def test_numbers_are_as_short_as_promised():
    report = analyse(*a_clip(rate=Fraction(30000, 1001)), FEATURES)
    for time in (*report["beats"], *report["onsets"], *report["scenes"], report["duration"]):
        assert time == round(time, 4)
    for value in (*report["energy"]["values"], *report["motion"]["values"], *report["bands"]["low"]):
        assert value == round(value, 3)
    assert report["tempo"] == round(report["tempo"], 2)
    assert report["motion"]["frame_rate"] == "30000/1001"
    assert report["scenes"] == [round(100 * 1001 / 30000, 4), round(160 * 1001 / 30000, 4)]
    assert max(len(text) for text in canonical_json(report["energy"]["values"]).decode().split(",")) <= 6


def test_it_is_json_and_the_same_bytes_each_time():
    media, shape = a_clip()
    once, again = report_bytes(media, shape, FEATURES), report_bytes(media, shape, FEATURES[::-1])
    assert once == again
    assert json.loads(once) == analyse(media, shape, FEATURES)


def test_a_silent_clip_has_no_beats():
    media, shape = a_clip(sound=False)
    report = analyse(media, shape, FEATURES)
    assert (report["tempo"], report["beats"], report["downbeats"], report["onsets"]) == (None, [], [], [])
    assert set(report["energy"]["values"]) == {0.0}
    assert report["scene_frames"] == [100, 160]


@pytest.mark.parametrize("samples", [np.zeros((2, 1)), np.full((2, 1), 0.5), np.zeros((2, 100_000))])
def test_silence_and_one_sample_are_told_of(samples):
    track = a_sound_of(samples)
    report = analyse(track.media, track.shape, ["duration", "tempo", "beats", "downbeats", "onsets", "energy", "bands"])
    assert (report["tempo"], report["beats"], report["onsets"]) == (None, [], [])
    assert report["duration"] == round(samples.shape[1] / 48_000, 4)
    assert len(report["energy"]["values"]) == -(-samples.shape[1] // 480)


@pytest.mark.parametrize("features", [["scenes"], ["tempo", "motion"], ["scenes", "motion"]])
def test_sound_alone_has_no_picture_to_look_at(features):
    track = a_track(120, duration_s=1)
    with pytest.raises(ParameterError, match="can be found in a picture only, and this is sound alone"):
        analyse(track.media, track.shape, features)


def test_data_cannot_be_analysed():
    with pytest.raises(ParameterError, match="neither picture nor sound to analyse in data"):
        check_features(["duration"], Shape(kind=Kind.DATA))


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (["tempi"], "no feature 'tempi': did you mean 'tempo'"),
        (["beats", "xyz"], "no feature 'xyz': known: duration"),
        ([], "at least one feature; known: duration, tempo"),
    ],
)
def test_features_that_are_not_known_are_refused(features, words):
    with pytest.raises(ParameterError, match=words):
        settled_features(features)
    with pytest.raises(ParameterError, match=words):
        analyse(Media(), Shape(kind=Kind.AUDIO, sound=SoundShape(sample_count=1)), features)


def test_the_order_of_features_is_no_meaning():
    assert settled_features(["energy", "tempo", "energy", "duration"]) == ("duration", "tempo", "energy")
