"""freeze: a frame stands, everything after it comes later, and sound is silent meanwhile."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.errors import ParameterError
from artdag.media import samples_at
from tests.artdag.effects.moving import a_clip, grain, grey, lumas, noise
from tests.artdag.nodes.bench import a_video, an_image, applied, check_ranges, frames, samples


def test_the_frame_stands_so_much_longer():
    clip = a_clip(lambda index: grey(20 + index), 10)
    assert lumas(applied("freeze", clip, at_s=0.12, for_s=0.16)) == [
        *(20, 21, 22, 23),
        *(23, 23, 23, 23),
        *(24, 25, 26, 27, 28, 29),
    ]


@pytest.mark.parametrize(("at_s", "stands"), [(0, 20), (0.019, 20), (0.021, 21), (0.36, 29), (100, 29)])
def test_it_is_the_frame_nearest_in_time_or_the_last_one(at_s, stands):
    seen = lumas(applied("freeze", a_clip(lambda index: grey(20 + index), 10), at_s=at_s, for_s=1))
    assert len(seen) == 35
    assert seen.count(stands) == 26
    assert sorted(set(seen)) == list(range(20, 30))


def test_sound_is_silent_meanwhile_and_goes_on_where_it_stopped():
    sound = noise(20 * 1920)
    made = applied("freeze", a_clip(lambda index: grey(20 + index), 20, sound=sound), at_s=0.4, for_s=0.4)
    heard = samples(made.media)
    begin, end = 19_200, 38_400
    assert heard.shape[1] == 30 * 1920
    assert np.array_equal(heard[:, : begin - 480], sound[:, : begin - 480])
    assert not heard[:, begin:end].any()
    assert np.array_equal(heard[:, end + 480 :], sound[:, begin + 480 :])


def test_sound_falls_and_rises_so_that_nothing_clicks():
    sound = np.full((2, 20 * 1920), 0.5, np.float32)
    heard = samples(applied("freeze", a_clip(grain(), 20, sound=sound), at_s=0.4, for_s=0.4).media)[0]
    assert np.abs(np.diff(heard)).max() < 0.0011
    assert heard[19_200 - 240] == pytest.approx(0.25)
    assert heard[38_400 + 239] == pytest.approx(0.25)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001)], ids=str)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "rgb24", "rgba"])
def test_any_range_is_a_part_of_the_whole_and_sound_as_long_as_the_picture(pixel_format, rate):
    sound = noise(samples_at(25, rate))
    clip = a_clip(grain(7, 5, pixel_format), 25, rate, sound=sound)
    for params in ({}, {"at_s": 0, "for_s": 0.3}, {"at_s": 9, "for_s": 0.3}, {"for_s": 0.001}):
        made = applied("freeze", clip, **params)
        check_ranges(made, [(0, 3), (10, 17), (12, 14), (24, made.shape.video.frame_count)])


def test_a_clip_without_sound_and_one_of_one_frame():
    made = applied("freeze", a_video(1, sound=False, width=7, height=5), for_s=1)
    assert made.shape.sound is None
    assert len(set(frames(made.media.video))) == 1
    assert made.shape.video.frame_count == 31
    check_ranges(applied("freeze", a_video(1), for_s=1))


def test_a_still_stays_as_it_is():
    still = an_image(7, 5, "rgba")
    made = applied("freeze", still, for_s=1)
    assert made.shape == still.shape
    assert frames(made.media.video) == frames(still.media.video)


@pytest.mark.parametrize("setting", ["at_s", "for_s"])
def test_what_decides_the_length_cannot_change(setting):
    with pytest.raises(ParameterError, match="cannot change over time: it decides the length"):
        applied("freeze", a_video(3), **{setting: {"keyframes": [[0, 1], [1, 2]]}})
