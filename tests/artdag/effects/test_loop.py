"""loop: turn after turn, with crossfades of exactly their length, and seamless where that is wanted."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.frame import Frame
from artdag.errors import ParameterError
from artdag.media import samples_at
from tests.artdag.effects.apply import center, filled
from tests.artdag.effects.moving import a_clip, grain, grey, lumas, noise
from tests.artdag.nodes.bench import a_sound, a_video, an_image, applied, check_ranges, frames, samples

RATES = [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001)]


def test_it_is_played_so_many_times():
    clip = a_clip(grain(), 7, sound=noise(7 * 1920))
    made = applied("loop", clip, count=3)
    assert frames(made.media.video) == frames(clip.media.video) * 3
    assert np.array_equal(samples(made.media), np.tile(samples(clip.media), 3))


def test_one_turn_gives_way_to_the_next_in_even_steps():
    clip = a_clip(lambda index: grey([20, 20, 20, 20, 20, 20, 100, 100, 100][index]), 9)
    # the last three are seen with the first three: 3/4, 1/2 and 1/4 of them
    assert lumas(applied("loop", clip, count=2, crossfade_s=0.12)) == [20] * 6 + [80, 60, 40] + [20] * 3 + [100] * 3


def test_a_seamless_loop_begins_where_it_ends():
    clip = a_clip(lambda index: grey([20, 20, 20, 20, 20, 20, 100, 100, 100][index]), 9)
    assert lumas(applied("loop", clip, count=1, crossfade_s=0.12, seamless=True)) == [80, 60, 40, 20, 20, 20]
    assert lumas(applied("loop", clip, count=2, crossfade_s=0.12, seamless=True)) == [80, 60, 40, 20, 20, 20] * 2


def test_a_seamless_loop_of_sound_begins_where_it_ends():
    ramp = np.tile(np.linspace(0, 1, 48_000, dtype=np.float32), (2, 1))
    heard = samples(applied("loop", a_sound(48_000, ramp), count=1, crossfade_s=0.25, seamless=True).media)[0]
    assert len(heard) == 36_000
    assert heard[0] == pytest.approx(heard[-1], abs=1e-3)
    assert heard[6000] == pytest.approx(0.5 * 0.125 + 0.5 * 0.875, abs=1e-3)
    assert np.array_equal(heard[12_000:], ramp[0, 12_000:36_000])


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"count": 4}, 40),
        ({"count": 4, "crossfade_s": 0.12}, 31),
        ({"count": 4, "crossfade_s": 0.12, "seamless": True}, 28),
        ({"count": 4, "crossfade_s": 60}, 25),  # half a turn at most
        ({"count": 1, "crossfade_s": 60, "seamless": True}, 5),
        ({"count": 1, "crossfade_s": 0.12}, 10),
    ],
    ids=str,
)
def test_it_lasts_as_long_as_it_says(params, count):
    made = applied("loop", a_video(10, rate=Fraction(25)), **params)
    assert made.shape.video.frame_count == count
    assert made.shape.sound.sample_count == count * 1920


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("params", [{}, {"crossfade_s": 0.2}, {"crossfade_s": 0.3, "seamless": True}], ids=str)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "rgba"])
def test_any_range_is_a_part_of_the_whole_and_sound_as_long_as_the_picture(pixel_format, params, rate):
    clip = a_clip(grain(7, 5, pixel_format), 11, rate, sound=noise(samples_at(11, rate)))
    made = applied("loop", clip, count=5, **params)
    check_ranges(made, [(0, 3), (9, 13), (10, 11), (30, made.shape.video.frame_count)])


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("seamless", [False, True])
def test_a_turn_that_is_no_whole_number_of_samples_leaves_no_hole(rate, seamless):
    steady = np.full((2, samples_at(7, rate)), 0.5, np.float32)
    heard = samples(applied("loop", a_clip(grain(), 7, rate, sound=steady), count=40, seamless=seamless).media)
    assert heard.shape[1] == samples_at(280, rate)
    np.testing.assert_allclose(heard, 0.5, atol=1e-6)


def test_a_crossfade_of_sound_is_even():
    steady = np.full((2, 48_000), 0.5, np.float32)
    heard = samples(applied("loop", a_sound(48_000, steady), count=3, crossfade_s=0.3).media)
    assert heard.shape[1] == 3 * 33_600 + 14_400
    np.testing.assert_allclose(heard, 0.5, atol=1e-6)


def test_sound_alone_answers_for_any_range():
    for seamless in (False, True):
        check_ranges(applied("loop", a_sound(9999, noise(9999)), count=7, crossfade_s=0.05, seamless=seamless))


def test_colours_that_are_not_seen_do_not_bleed_into_the_crossfade():
    def draw(index: int) -> Frame:
        return filled(4, 4, "yuva444p", *((200, 90, 160, 255) if index < 3 else (16, 240, 16, 0)))

    made = applied("loop", a_clip(draw, 6), count=2, crossfade_s=0.04)
    y, u, v, alpha = center(Frame.over(next(iter(made.media.video.frames(5, 6)))))
    assert alpha == 128
    assert max(abs(y - 200), abs(u - 90), abs(v - 160)) <= 1


@pytest.mark.parametrize("params", [{}, {"crossfade_s": 1}, {"crossfade_s": 1, "seamless": True}], ids=str)
def test_a_clip_of_one_frame_stands_still(params):
    clip = a_video(1, width=7, height=5)
    made = applied("loop", clip, count=5, **params)
    assert frames(made.media.video) == frames(clip.media.video) * 5
    check_ranges(made)


def test_a_still_stays_as_it_is():
    still = an_image(7, 5, "rgba")
    made = applied("loop", still, count=3)
    assert made.shape == still.shape
    assert frames(made.media.video) == frames(still.media.video)


def test_many_turns_hold_no_more_than_two():
    made = applied("loop", a_clip(lambda index: grey(20 + index), 4), count=100, crossfade_s=0.04)
    assert made.shape.video.frame_count == 301
    assert lumas(made, 297) == [22, 21, 22, 23]  # the first is half the 23 before it


@pytest.mark.parametrize("setting", ["count", "crossfade_s"])
def test_what_decides_the_length_cannot_change(setting):
    with pytest.raises(ParameterError, match="cannot change over time: it decides the length"):
        applied("loop", a_video(3), **{setting: {"keyframes": [[0, 1], [1, 2]]}})
