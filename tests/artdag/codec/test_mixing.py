"""Sounds heard at once: sums, gains that move, and one gain for the whole that keeps it below full scale."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.animation import Keyframes
from artdag.codec.mixing import STEP, Limited, Mixed, gains, in_blocks
from artdag.codec.stream import Sound
from artdag.codec.timeline import BLOCK
from tests.artdag.codec.synthetic import Wave


def heard(sound: Sound, first: int = 0, stop: int | None = None) -> np.ndarray:
    stop = sound.shape.sample_count if stop is None else stop
    return np.concatenate([np.zeros((2, 0), np.float32), *sound.samples(first, stop)], axis=1)


def level(value: float, count: int = 5000) -> Wave:
    return Wave(count, samples=np.full((2, count), value, np.float32))


class Counted(Wave):
    """Notes each range that is asked for."""

    asked: list[tuple[int, int]]

    def samples(self, first, stop):
        self.asked = [*getattr(self, "asked", []), (first, stop)]
        return super().samples(first, stop)


@pytest.mark.parametrize("ease", ["linear", "smooth", "hold"])
def test_a_gain_is_the_same_for_the_same_sample_whatever_the_range(ease):
    moving = Keyframes(points=((0.0, 0.0), (0.0131, 2.0), (0.05, 0.3)), ease=ease)
    whole = gains(moving, 0, 5000)
    for first, stop in ((0, 1), (1, 2), (239, 241), (240, 480), (479, 2000), (4999, 5000), (700, 700)):
        assert np.array_equal(gains(moving, first, stop), whole[first:stop]), (first, stop)


def test_a_straight_gain_is_exact_at_every_sample():
    rising = Keyframes(points=((0.0, 0.0), (1.0, 2.0)))
    assert np.abs(gains(rising, 0, 48_000) - 2 * np.arange(48_000) / 48_000).max() < 1e-12


def test_a_jump_of_a_gain_takes_five_milliseconds():
    jumping = Keyframes(points=((0.0, 0.0), (0.01, 2.0)), ease="hold")
    steps = np.diff(gains(jumping, 0, 2000))
    assert steps.max() == pytest.approx(2 / STEP)
    assert np.count_nonzero(steps) == STEP
    assert gains(jumping, 480, 481) == 2


@pytest.mark.parametrize("lengths", [[], [1], [BLOCK], [BLOCK - 1, 2], [3 * BLOCK + 5], [7] * 9, [BLOCK, BLOCK, 1]])
def test_blocks_are_of_one_length_and_lose_nothing(lengths):
    whole = np.arange(2 * sum(lengths), dtype=np.float32).reshape(2, -1)
    parts = np.split(whole, np.cumsum(lengths)[:-1], axis=1) if lengths else []
    blocks = list(in_blocks(iter(parts)))
    assert [block.shape[1] for block in blocks[:-1]] == [BLOCK] * (len(blocks) - 1)
    assert np.array_equal(np.concatenate([np.zeros((2, 0), np.float32), *blocks], axis=1), whole)


def test_a_mix_opens_each_sound_once_however_long_the_range_is():
    sounds = [Counted(3 * BLOCK), Counted(2 * BLOCK + 17)]
    heard(Mixed(sounds, [1.0, 1.0]))
    assert [sound.asked for sound in sounds] == [[(0, 3 * BLOCK)], [(0, 2 * BLOCK + 17)]]


def test_what_is_too_loud_comes_down_to_the_ceiling_by_one_gain():
    loud = Wave(5000, samples=np.linspace(-4, 2, 10_000, dtype=np.float32).reshape(2, 5000))
    limited = heard(Limited(loud, 0.98))
    assert np.abs(limited).max() == pytest.approx(0.98, abs=1e-6)
    assert np.array_equal(limited, loud.all * np.float32(0.98 / 4))


@pytest.mark.parametrize("peak", [0.0, 0.5, 0.97])
def test_what_is_soft_enough_stays_exactly_as_it_is(peak):
    soft = level(peak)
    assert np.array_equal(heard(Limited(soft, 0.98)), soft.all)


def test_the_peak_is_looked_for_once_and_not_before_it_is_needed():
    sound = Counted(5000, samples=np.full((2, 5000), 2, np.float32))
    limited = Limited(sound, 0.98)
    assert not hasattr(sound, "asked")
    list(limited.samples(7, 7))
    assert sound.asked == [(7, 7)]
    heard(limited, 10, 20)
    heard(limited, 30, 40)
    assert sound.asked[1:] == [(0, 5000), (10, 20), (30, 40)]
