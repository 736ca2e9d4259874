"""ANALYZE: what is in a clip or a sound, through real codecs and beside other nodes."""

from __future__ import annotations

import json
from functools import cache

import pytest

from artdag.analysis.report import analyse
from artdag.animation import FEATURES, Bound
from artdag.codec.encode import encode
from artdag.codec.profile import profile_for
from artdag.codec.stream import Media
from artdag.digest import canonical_json
from artdag.errors import ParameterError, RecipeError
from artdag.media import Kind, Shape
from tests.artdag.analysis.clips import Clip, cut_together, pan, still
from tests.artdag.analysis.tracks import Track, a_track, missed_and_added
from tests.artdag.codec.synthetic import Wave
from tests.artdag.nodes.bench import Made, a_sound, a_video, an_image, made
from tests.artdag.shelf import CLIP, a_plan, key
from tests.artdag.studio import Studio

ALL = ["duration", "tempo", "beats", "downbeats", "onsets", "energy", "bands", "scenes", "motion"]
CUTS = [60, 130, 190]


@cache
def music() -> Track:
    return a_track(123.4, "rock", duration_s=10, offset_s=0.3, noise=0.003, chords=0.2)


@cache
def a_film() -> Made:
    pictures, begins = cut_together(still(1, 60, noise=3), pan(2, 70, 3), still(3, 60), pan(4, 60, -2))
    assert begins == CUTS
    video, wave = Clip(pictures), music().wave
    return Made(Media(video=video, sound=wave), Shape(kind=Kind.VIDEO, video=video.shape, sound=wave.shape))


def report_of(node: Made) -> dict:
    assert node.shape == Shape(kind=Kind.DATA)
    assert (node.media.video, node.media.sound) == (None, None)
    return json.loads(node.media.data())


def test_it_gives_the_report_of_its_input():
    film = a_film()
    node = made("ANALYZE", {"features": ALL}, film)
    assert node.media.data() == canonical_json(analyse(film.media, film.shape, ALL))
    assert report_of(node)["scene_frames"] == CUTS


def test_without_settings_it_finds_what_most_ask_for():
    node = made("ANALYZE", {}, a_sound(48_000))
    assert node.params == {"features": ["duration", "tempo", "beats", "energy"]}
    assert report_of(node).keys() == {"record", "features", "duration", "tempo", "beats", "energy"}


def test_nothing_is_worked_out_before_it_is_asked_for():
    film = a_film()
    film.media.video.asked.clear()
    node = made("ANALYZE", {"features": ["scenes"]}, film)
    assert film.media.video.asked == []
    node.media.data()
    assert film.media.video.asked == [(0, 250)]


def test_times_are_those_of_the_part_that_is_analysed():
    part = made("SEGMENT", {"offset": 2.0, "duration": 6.0}, a_film())
    report = report_of(made("ANALYZE", {"features": ["beats", "scenes", "duration"]}, part))
    inside = [time - 2 for time in music().beats if 2.01 < time < 7.9]
    missed, added = missed_and_added(inside, report["beats"], 0.02)
    assert (missed, len(added)) == ([], 0)
    assert report["scene_frames"] == [10, 80, 140]
    assert report["duration"] == 6.0


@pytest.mark.parametrize(
    "transition", [{"type": "cut"}, {"type": "crossfade", "duration": 0.4}], ids=["cut", "crossfade"]
)
def test_a_sequence_is_cut_where_its_clips_meet(transition):
    clips = [
        Made(Media(video=clip), Shape(kind=Kind.VIDEO, video=clip.shape))
        for clip in (Clip(still(5, 25)), Clip(pan(6, 30, 3)), Clip(still(7, 20)))
    ]
    joined = made("SEQUENCE", {"transition": transition}, *clips)
    report = report_of(made("ANALYZE", {"features": ["scenes"]}, joined))
    assert report["scene_frames"] == ([25, 55] if transition["type"] == "cut" else [])


@pytest.mark.parametrize("profile", ["web", "lossless"])
def test_a_file_is_understood_through_its_codecs(tmp_path, profile):
    film = a_film()
    coding = profile_for(Kind.VIDEO, profile)
    path = tmp_path / f"film{coding.fitted(film.shape).suffix}"
    encode(film.media, film.shape, coding, path)
    studio = Studio(tmp_path)
    found = f"{{id: found, type: ANALYZE, config: {{features: [{', '.join(ALL)}]}}, inputs: [clip]}}"
    plan = studio.plan(CLIP, found, inputs={"clip": studio.add(path)})
    rendered = studio.render(plan)
    assert rendered.facts.kind is Kind.DATA
    report = json.loads(rendered.path.read_bytes())
    assert rendered.path.read_bytes() == canonical_json(report)
    assert report["tempo"] == pytest.approx(123.4, rel=0.01)
    assert missed_and_added(music().beats, report["beats"], 0.02) == ([], [])
    assert missed_and_added(music().downbeats, report["downbeats"], 0.02) == ([], [])
    assert missed_and_added(music().onsets, report["onsets"], 0.02) == ([], [])
    assert report["scene_frames"] == CUTS


def test_a_song_is_understood_through_its_codec(tmp_path):
    track = music()
    path = tmp_path / "song.mp3"
    encode(track.media, track.shape, profile_for(Kind.AUDIO, "mp3"), path)
    studio = Studio(tmp_path)
    node = "{id: found, type: ANALYZE, config: {features: [beats, duration]}, inputs: [clip]}"
    report = json.loads(studio.render(studio.plan(CLIP, node, inputs={"clip": studio.add(path)})).path.read_bytes())
    assert missed_and_added(track.beats, report["beats"], 0.02) == ([], [])
    assert report["duration"] == pytest.approx(10, abs=0.05)


@pytest.mark.parametrize("feature", FEATURES)
def test_a_setting_can_follow_whatever_is_found(feature):
    report = report_of(made("ANALYZE", {"features": ALL}, a_film()))
    bound = Bound(source="it", feature=feature, start=0.0, end=1.0, smooth_s=0.1).heard(report)
    at_beat, before_it = bound.at(report["downbeats"][1] + 0.01), bound.at(report["downbeats"][1] - 0.06)
    assert 0 <= before_it < at_beat <= 1


def test_how_features_are_listed_is_no_meaning():
    nodes = [
        f"{{id: found, type: ANALYZE, config: {{features: {features}}}, inputs: [clip]}}"
        for features in ("[tempo, beats]", "[beats, tempo, beats]", "[beats]")
    ]
    assert key(CLIP, nodes[0]) == key(CLIP, nodes[1]) != key(CLIP, nodes[2])


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"features": ["tempi"]}, "no feature 'tempi': did you mean 'tempo'"),
        ({"features": []}, "at least one feature"),
        ({"features": "tempo"}, "'features' is a list of names such as"),
        ({"features": [1]}, "'features' is a list of names such as"),
        ({"feature": ["tempo"]}, "no setting 'feature'"),
        ({"features": ["tempo", "scenes"]}, "scenes can be found in a picture only, and this is sound alone"),
    ],
)
def test_what_cannot_be_is_refused(config, words):
    with pytest.raises(ParameterError, match=words):
        made("ANALYZE", config, a_sound(480))


def test_a_picture_without_sound_is_silent():
    report = report_of(made("ANALYZE", {}, a_video(10, sound=False)))
    assert (report["tempo"], report["beats"]) == (None, [])


def test_a_still_is_refused_before_anything_is_queued():
    assert an_image().shape.kind is Kind.IMAGE
    with pytest.raises(RecipeError, match="photo"):
        a_plan("{id: photo, type: SOURCE, config: {input: true}}", "{id: it, type: ANALYZE, inputs: [photo]}")


def test_the_same_bytes_come_each_time():
    wave = Wave(30_000)
    node = made("ANALYZE", {"features": ["energy"]}, Made(Media(sound=wave), Shape(kind=Kind.AUDIO, sound=wave.shape)))
    assert node.media.data() == node.media.data()
