from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from app.operation.starter import ASSETS
from app.operation.starter import MONTHS as MONTH_NAMES
from app.operation.starter_content.cat import draw_cat
from app.operation.starter_content.clips import dunes_clip, waves_clip
from app.operation.starter_content.dog import dog_clip, dog_sound
from app.operation.starter_content.drawing import Canvas, ellipse, yuv
from app.operation.starter_content.make import make_starter
from app.operation.starter_content.music import BARS, BEATS_PER_MINUTE, DURATION_S, music
from app.operation.starter_content.year.months import MONTHS
from artdag.analysis.report import analyse
from artdag.codec.frame import Frame, pixels
from artdag.codec.stream import Media
from artdag.media import SAMPLE_RATE, Kind, Shape


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    return make_starter(tmp_path_factory.mktemp("starter"))


def test_every_asset_is_a_file(starter):
    assert sorted(starter) == sorted(ASSETS)
    assert starter["cat"].read_bytes().startswith(b"\x89PNG")


def test_the_year_has_twelve_pictures_that_are_not_alike(starter):
    assert tuple(MONTHS) == MONTH_NAMES
    means = []
    for name in MONTHS:
        with av.open(starter[name]) as container:
            (frame,) = container.decode(video=0)
        picture = frame.to_ndarray(format="rgb24")
        assert picture.shape == (720, 1280, 3)
        means.append(picture.reshape(6, 120, 8, 160, 3).mean(axis=(1, 3)))
    for number, one in enumerate(means):
        for other in means[:number]:
            assert np.abs(one - other).mean() > 10


def test_the_year_is_the_same_every_time():
    for name in ("february", "august", "november"):
        assert pixels(MONTHS[name]().carrier) == pixels(MONTHS[name]().carrier)


@pytest.mark.parametrize(
    ("name", "size", "grid", "has_sound"),
    [
        ("dog", (640, 360), (25, 75), True),
        ("waves", (960, 540), (25, 100), False),
        ("dunes", (640, 640), (30, 90), False),
    ],
)
def test_clips_are_what_they_say(starter, name, size, grid, has_sound):
    with av.open(starter[name]) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == size
        assert stream.average_rate == Fraction(grid[0])
        assert sum(1 for _ in container.decode(stream)) == grid[1]
        assert bool(container.streams.audio) is has_sound


@pytest.mark.parametrize("clip", [dog_clip, waves_clip, dunes_clip])
def test_a_clip_begins_again_without_a_jump(clip):
    """From the last frame to the first it moves as it does between neighbours elsewhere."""
    video = clip()
    count = video.shape.frame_count

    def luma(index: int) -> np.ndarray:
        (frame,) = video.frames(index, index + 1)
        return Frame.over(frame).planes[0].astype(int)

    def step(one: int, other: int) -> float:
        return float(np.abs(luma(one) - luma(other)).mean())

    usual = max(step(index, index + 1) for index in (0, 1, count // 3, count // 2, count - 2))
    assert 0 < step(count - 1, 0) <= usual * 1.3


def test_drawing_is_the_same_every_time():
    assert pixels(draw_cat().carrier) == pixels(draw_cat().carrier)
    one, other = (next(dog_clip().frames(31, 32)) for _ in range(2))
    assert pixels(one) == pixels(other)


def test_the_music_has_a_beat_and_loops(starter):
    (samples,) = music().samples(0, round(DURATION_S * SAMPLE_RATE))
    assert 0.8 < np.abs(samples).max() < 0.95
    assert np.abs(samples[:, 0] - samples[:, -1]).max() < 0.05
    loudness = np.abs(samples.mean(axis=0)).reshape(-1, SAMPLE_RATE // 100).mean(axis=1)
    onsets = np.maximum(np.diff(loudness), 0)
    lags = range(25, 90)
    strongest = max(lags, key=lambda lag: float((onsets * np.roll(onsets, lag)).sum()))
    assert abs(strongest - 6000 / BEATS_PER_MINUTE) <= 1
    with av.open(starter["music"]) as container:
        (stream,) = container.streams
        assert (stream.rate, stream.channels) == (SAMPLE_RATE, 2)
        assert sum(frame.samples for frame in container.decode(stream)) == samples.shape[1]


def test_its_beats_are_found_where_they_are():
    song = music()
    shape = Shape(kind=Kind.AUDIO, sound=song.shape)
    heard = analyse(Media(sound=song), shape, ["tempo", "beats", "downbeats"])
    assert abs(heard["tempo"] - BEATS_PER_MINUTE) < 0.1
    beats = np.arange(BARS * 4) * 60 / BEATS_PER_MINUTE
    assert np.abs(np.array(heard["beats"]) - beats).max() < 0.01
    assert heard["downbeats"] == heard["beats"][::4]


def test_the_dog_is_silent_but_for_two_barks():
    loud = np.abs(dog_sound()[0]) > 0.02
    assert loud.any()
    assert not loud[: SAMPLE_RATE // 2].any()
    assert not loud[-SAMPLE_RATE // 2 :].any()
    assert np.abs(dog_sound()).max() < 0.5


def test_a_disc_covers_what_its_area_says():
    canvas = Canvas(40, 40, "yuv420p")
    canvas.gradient((0, "#000000"), (40, "#000000"))
    canvas.fill(ellipse(20, 20, 10), "#ffffff")
    covered = (canvas.frame.planes[0].astype(float) - 16).sum() / 219
    assert abs(covered - np.pi * 100) < 8
    assert canvas.frame.planes[0][20, 20] == 235
    assert yuv("#ff0000") == (63, 102, 240)
