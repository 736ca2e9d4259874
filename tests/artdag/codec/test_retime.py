"""Any order of frames and samples, and memory that ends where it says."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.frame import Frame, Moment
from artdag.codec.retime import Carried, Reordered, SoundReordered
from artdag.codec.stream import Media
from artdag.media import Kind, Shape
from tests.artdag.codec.synthetic import Pattern, Wave
from tests.artdag.nodes.bench import Made, check_ranges, frames, samples


def test_frames_come_in_the_order_that_is_asked_for():
    source = Pattern(20)
    whole = frames(source)
    order = [19, 3, 3, 0, 18, 17, 16, 5, 5, 1]
    found = Reordered(source, replace(source.shape, frame_count=len(order)), order.__getitem__)
    assert frames(found) == [whole[number] for number in order]
    check_ranges(Made(Media(video=found), Shape(kind=Kind.VIDEO, video=found.shape)))


def test_a_clip_played_backwards_is_fetched_in_runs():
    source = Pattern(300, width=640, height=360)
    asked: list[tuple[int, int]] = []
    original = source.frames
    source.frames = lambda first, stop: (asked.append((first, stop)), original(first, stop))[1]  # type: ignore[method-assign]
    backwards = Reordered(source, source.shape, lambda index: 299 - index)
    assert [frame.pts for frame in backwards.frames(0, 300)] == list(range(300))
    assert len(asked) <= 4


def test_what_is_kept_reaches_as_far_as_it_says_and_no_farther():
    source = Pattern(12)

    def mean_of_three(frame: Frame, moment: Moment, kept: list[np.ndarray] | None) -> tuple[Frame, list[np.ndarray]]:
        last = [*(kept or []), np.array(frame.planes[0])][-3:]
        result = frame.blank_like()
        for ours, theirs in zip(result.planes, frame.planes, strict=True):
            ours[...] = theirs
        result.planes[0][...] = np.mean(last, axis=0)
        return result, last

    video = Carried(source, mean_of_three, source.shape, look_back=2)
    check_ranges(Made(Media(video=video), Shape(kind=Kind.VIDEO, video=video.shape)), [(0, 3), (4, 9), (11, 12)])


def test_sound_backwards_is_the_very_samples():
    tone = Wave(100_000)
    backwards = SoundReordered(tone, lambda index: 99_999.0 - index, 100_000)
    assert np.array_equal(samples(Media(sound=backwards)), samples(Media(sound=tone))[:, ::-1])
    check_ranges(Made(Media(sound=backwards), Shape(kind=Kind.AUDIO, sound=backwards.shape)))


def test_between_samples_a_sine_stays_a_sine():
    index = np.arange(48_000)
    wave = np.sin(2 * np.pi * 440 * index / 48_000).astype(np.float32)
    tone = Wave(48_000, samples=np.stack([wave, wave]))
    slower = SoundReordered(tone, lambda index: index * 0.75, 60_000)
    wanted = np.sin(2 * np.pi * 330 * np.arange(60_000) / 48_000)
    np.testing.assert_allclose(samples(Media(sound=slower))[0][4:], wanted[4:], atol=2e-3)


def test_outside_the_source_there_is_silence():
    tone = Wave(1000)
    found = samples(Media(sound=SoundReordered(tone, lambda index: index - 500.0, 2000)))
    assert not found[:, :499].any()
    assert np.array_equal(found[:, 500:1500], samples(Media(sound=tone)))
    assert not found[:, 1502:].any()


@pytest.mark.parametrize("jump", [10**6, 10**8])
def test_places_far_apart_are_fetched_in_parts(jump):
    tone = Wave(1000)
    found = samples(Media(sound=SoundReordered(tone, lambda index: np.where(index < 300, index, jump) * 1.0, 600)))
    assert np.array_equal(found[:, :299], samples(Media(sound=tone))[:, :299])
    assert not found[:, 300:].any()


def test_a_grid_of_another_rate_is_stamped_as_such():
    source = Pattern(4)
    found = Reordered(source, replace(source.shape, frame_rate=Fraction(50), frame_count=8), lambda index: index // 2)
    assert [frame.time_base for frame in found.frames(2, 4)] == [Fraction(1, 50)] * 2
