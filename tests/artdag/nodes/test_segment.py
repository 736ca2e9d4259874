"""SEGMENT: the frames and samples that were asked for, and no others."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.errors import ParameterError
from artdag.media import SAMPLE_RATE, Kind
from tests.artdag.nodes.bench import a_sound, a_video, an_image, check_ranges, frames, made, samples

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_it_is_exact_to_the_frame_and_the_sample(rate):
    clip = a_video(30, rate=rate)
    part = made("SEGMENT", {"offset": float(7 / rate), "duration": float(11 / rate)}, clip)
    assert frames(part.media.video) == frames(clip.media.video, 7, 18)
    begin = int(7 * SAMPLE_RATE / rate + Fraction(1, 2))
    count = int(11 * SAMPLE_RATE / rate + Fraction(1, 2))
    assert np.array_equal(samples(part.media), samples(clip.media, begin, begin + count))
    check_ranges(part)


@pytest.mark.parametrize(
    ("config", "first", "stop"),
    [
        ({"offset": 0.4}, 10, 25),
        ({"start": 0.4, "end": 0.6}, 10, 15),
        ({"duration": 0.04}, 0, 1),
        ({"end": 0.2}, 0, 5),
        ({"offset": 0.96, "duration": 9}, 24, 25),
        ({"offset": 0.3 * 2, "duration": 0.1 + 0.2}, 15, 23),  # 0.9 s lies between two frames: the later one
        ({"offset": 0.019, "end": 0.021}, 0, 1),
    ],
)
def test_times_are_brought_to_the_nearest_frame(config, first, stop):
    clip = a_video(25, rate=Fraction(25), sound=False)
    part = made("SEGMENT", config, clip)
    assert part.params == {"first": first, "count": stop - first}
    assert frames(part.media.video) == frames(clip.media.video, first, stop)


@pytest.mark.parametrize("config", [{}, {"offset": 0}, {"end": 99}, {"offset": 0.01, "duration": 0.99}])
def test_the_whole_is_the_input_itself(config):
    assert made("SEGMENT", config, a_video(25, rate=Fraction(25))).same_as == 0


def test_sound_alone_is_cut_to_the_sample():
    song = a_sound(48_000)
    part = made("SEGMENT", {"offset": 0.1, "duration": 0.25}, song)
    assert np.array_equal(samples(part.media), samples(song.media, 4800, 16_800))
    assert part.params == {"first": 4800, "count": 12_000}
    check_ranges(part)


def test_parts_put_together_again_are_the_whole():
    clip = a_video(20, rate=Fraction(30000, 1001))
    parts = [made("SEGMENT", {"offset": first / 29.97, "duration": 5 / 29.97}, clip) for first in (0, 5, 10, 15)]
    whole = made("SEQUENCE", {}, *parts)
    assert frames(whole.media.video) == frames(clip.media.video)
    assert np.array_equal(samples(whole.media), samples(clip.media))


def test_a_part_of_a_part_is_a_part_of_the_whole():
    clip = a_video(25, rate=Fraction(25))
    part = made("SEGMENT", {"offset": 0.2, "duration": 0.2}, made("SEGMENT", {"offset": 0.2}, clip))
    assert frames(part.media.video) == frames(clip.media.video, 10, 15)
    check_ranges(part)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"offset": 1}, "SEGMENT begins at 1 s, but the clip ends at 1 s"),
        ({"offset": 0.5, "end": 0.5}, "holds nothing"),
        ({"offset": 0.5, "end": 0.2}, "SEGMENT from 0.5 s to 0.2 s holds nothing: it must end after it begins"),
        ({"offset": 0.5, "duration": 0.01}, "holds nothing"),
        ({"offset": 0, "start": 0}, "'offset' or 'start', not both"),
        ({"duration": 1, "end": 1}, "'duration' or 'end', not both"),
        ({"offset": -1}, "outside 0 to 86400"),
    ],
)
def test_what_holds_nothing_is_refused(config, words):
    with pytest.raises(ParameterError, match=words):
        made("SEGMENT", config, a_video(25, rate=Fraction(25)))


def test_a_part_of_sound_beyond_its_end_is_refused():
    with pytest.raises(ParameterError, match="begins at 2 s, but the clip ends at 1 s"):
        made("SEGMENT", {"offset": 2}, a_sound(48_000))


def test_one_frame_of_one_frame_is_itself():
    assert made("SEGMENT", {"duration": 0.01}, a_video(1, rate=Fraction(60))).same_as == 0


def test_a_still_is_held_as_long_as_is_asked_for():
    picture = an_image()
    held = made("SEGMENT", {"duration": 0.5}, picture)
    assert held.shape.kind is Kind.VIDEO
    assert held.shape.video is not None
    assert (held.shape.video.frame_rate, held.shape.video.frame_count) == (25, 13)
    assert held.media.video is not None
    assert frames(held.media.video) == frames(picture.media.video) * 13
    check_ranges(held)
    assert made("SEGMENT", {"start": 1, "end": 3}, picture).shape.video.frame_count == 50
    assert made("SEGMENT", {}, picture).same_as == 0
