"""MUX: the picture of one, the sound of the other, exactly as long as each other."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np
import pytest

from artdag.errors import ParameterError
from artdag.media import SAMPLE_RATE, Kind
from tests.artdag.nodes.bench import a_sound, a_video, an_image, check_ranges, frames, made, samples

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]


def muxed(picture, sound, **config):
    return made("MUX", config, picture, sound)


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_the_shorter_one_decides(rate):
    clip, song = a_video(20, rate=rate), a_sound(12_000)
    both = muxed(clip, song)
    count = int(12_000 * rate / SAMPLE_RATE)
    assert both.shape.video.frame_count == count
    assert frames(both.media.video) == frames(clip.media.video, 0, count)
    assert np.array_equal(samples(both.media), samples(song.media, 0, both.shape.video.sample_count))
    check_ranges(both)


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_a_short_picture_cuts_the_sound(rate):
    clip, song = a_video(7, rate=rate), a_sound()
    both = muxed(clip, song)
    assert frames(both.media.video) == frames(clip.media.video)
    assert np.array_equal(samples(both.media), samples(song.media, 0, clip.shape.video.sample_count))


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_the_longer_one_decides_when_asked_and_the_picture_holds(rate):
    clip, song = a_video(7, rate=rate), a_sound(24_001)
    both = muxed(clip, song, shortest=False)
    own = frames(clip.media.video)
    count = ceil(24_001 * rate / SAMPLE_RATE)
    assert frames(both.media.video) == own + [own[-1]] * (count - 7)
    heard = samples(both.media)
    assert np.array_equal(heard[:, :24_001], samples(song.media))
    assert not heard[:, 24_001:].any()
    check_ranges(both)


def test_a_long_picture_gets_silence_behind_its_sound():
    clip, song = a_video(20, rate=Fraction(25)), a_sound(12_000)
    both = muxed(clip, song, shortest=False)
    assert frames(both.media.video) == frames(clip.media.video)
    assert np.array_equal(samples(both.media)[:, :12_000], samples(song.media))
    assert not samples(both.media)[:, 12_000:].any()


@pytest.mark.parametrize("shortest", [True, False])
def test_a_still_is_shown_as_long_as_the_sound_lasts(shortest):
    still, song = an_image(), a_sound(19_200)
    both = muxed(still, song, shortest=shortest)
    assert both.shape.kind is Kind.VIDEO
    assert (both.shape.video.frame_rate, both.shape.video.frame_count) == (25, 10)
    assert frames(both.media.video) == frames(still.media.video) * 10
    check_ranges(both)


def test_sound_of_less_than_a_frame_gives_one_frame():
    both = muxed(an_image(), a_sound(10))
    assert both.shape.video.frame_count == 1
    assert samples(both.media).shape[1] == 1920


def test_the_streams_may_be_told_the_other_way_round():
    clip, song = a_video(5), a_sound()
    one = made("MUX", {"video_stream": 1, "audio_stream": 0}, song, clip)
    other = muxed(clip, song)
    assert frames(one.media.video) == frames(other.media.video)
    assert np.array_equal(samples(one.media), samples(other.media))


def test_the_sound_of_a_clip_is_replaced():
    clip = a_video(10)
    other = a_sound(48_000, samples=np.full((2, 48_000), 0.25, np.float32))
    assert (samples(muxed(clip, other).media) == 0.25).all()


def test_the_sound_of_a_clip_can_be_taken():
    clip, other = a_video(5), a_video(10, width=32)
    both = muxed(clip, other)
    assert np.array_equal(samples(both.media), samples(other.media, 0, 8000))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"video_stream": 0, "audio_stream": 0}, "two different inputs"),
        ({"video_stream": 2}, "outside 0 to 1"),
        ({"shortest": 1}, "true or false"),
    ],
)
def test_what_cannot_be_is_refused(config, words):
    with pytest.raises(ParameterError, match=words):
        made("MUX", config, a_video(2), a_sound())


def test_a_silent_clip_gives_silence_as_long_as_its_picture():
    both = muxed(a_video(9), a_video(4, sound=False))
    assert both.shape.video.frame_count == 4
    assert not samples(both.media).any()
    assert samples(both.media).shape[1] == both.shape.video.sample_count
