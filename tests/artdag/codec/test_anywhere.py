"""Streams looked at in any order: what is seen and heard, and what it costs."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.anywhere import Pictures, Waves
from artdag.codec.frame import Frame
from artdag.media import SAMPLE_RATE
from tests.artdag.codec.synthetic import Pattern, Wave


class Counted(Pattern):
    """Counts the frames that are made, and the ranges that are begun."""

    made = begun = 0

    def picture(self, index: int) -> Frame:
        self.made += 1
        return super().picture(index)

    def frames(self, first, stop):
        self.begun += 1
        return super().frames(first, stop)


def test_a_moment_shows_the_frame_that_is_seen_then():
    video = Pattern(10, pixel_format="rgb24")
    pictures = Pictures(video)
    frames = [video.picture(index).planes[0] for index in range(10)]
    for time_s, index in (
        (0, 0),
        (1 / 30 - 1e-3, 0),
        (1 / 30, 1),
        (0.1, 3),
        (0.1 - 1e-9, 3),
        (9, 9),
        (-1, 0),
        (0.2, 6),
    ):
        assert np.array_equal(pictures.at(time_s), frames[index]), time_s


def test_what_is_given_may_be_written_to():
    pictures = Pictures(Pattern(3, pixel_format="rgba"))
    first = pictures.at(0)
    before = first.copy()
    first[...] = 0
    assert np.array_equal(pictures.at(0), before)


def test_each_frame_is_made_once_on_the_way_forwards():
    video = Counted(200, pixel_format="rgb24")
    pictures = Pictures(video)
    for index in range(0, 200, 3):
        pictures.at(index / 30)
        pictures.at(max(0, index - 5) / 30)
    assert video.made <= 200
    assert video.begun == 1


def test_on_the_way_backwards_frames_are_fetched_some_at_a_time():
    video = Counted(200, pixel_format="rgb24")
    pictures = Pictures(video)
    frames = [Pattern(200, pixel_format="rgb24").picture(index).planes[0] for index in range(200)]
    for index in range(199, -1, -1):
        assert np.array_equal(pictures.at(index / 30), frames[index])
    assert video.made < 250
    assert video.begun < 16


def test_few_frames_of_large_pictures_are_kept():
    video = Counted(12, width=2000, height=1500, pixel_format="rgb24")
    pictures = Pictures(video)
    for index in (0, 5, 11, 10, 9, 0):
        assert pictures.at(index / 30).shape == (1500, 2000, 3)
    assert len(pictures._kept) <= 7


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1), slice(None, None, 7)])
def test_times_give_the_samples_nearest_to_them(order):
    wave = Wave(100_000)
    waves = Waves(wave)
    times = np.arange(100_000)[order] / SAMPLE_RATE
    for start in range(0, len(times), 9000):
        part = times[start : start + 9000]
        np.testing.assert_array_equal(waves.at(part + 0.4 / SAMPLE_RATE), wave.all[:, order][:, start : start + 9000].T)


def test_outside_there_is_silence_and_one_time_is_one_sample():
    wave = Wave(1000)
    heard = Waves(wave).at(np.array([-1.0, 0.005, 5.0]))
    assert heard[[0, 2]].tolist() == [[0, 0], [0, 0]]
    assert heard[1].tolist() == wave.all[:, 240].tolist()
    assert Waves(wave).at(0.005).tolist() == wave.all[:, 240].tolist()
    assert Waves(wave).at(np.array([])).shape == (0, 2)
