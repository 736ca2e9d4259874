"""Convolution: against the sum that defines it, and any range of it."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.blocks import fixed_blocks
from artdag.codec.convolve import Convolved
from artdag.codec.stream import Media
from tests.artdag.codec.synthetic import Wave
from tests.artdag.nodes.bench import samples


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((2, count)).astype(np.float32) * 0.2


@pytest.mark.parametrize(("count", "length"), [(1, 1), (1000, 300), (70_000, 3000), (90_000, 40_000)])
def test_it_is_the_sum_that_defines_it_in_each_channel(count, length):
    wave, response = noise(count), noise(length, 1).astype(np.float64)
    heard = samples(Media(sound=Convolved(Wave(count, samples=wave), response)))
    for channel, answer, found in zip(wave.astype(np.float64), response, heard, strict=True):
        size = 1 << (count + length).bit_length()
        whole = np.fft.irfft(np.fft.rfft(channel, size) * np.fft.rfft(answer, size), size)[:count]
        np.testing.assert_allclose(found, whole, atol=1e-5)
    assert heard[:, 0] == pytest.approx(wave[:, 0] * response[:, 0], abs=1e-6)


@pytest.mark.parametrize("length", [10, 50_000])
def test_any_range_is_a_part_of_the_whole(length):
    sound = Convolved(Wave(150_001, samples=noise(150_001)), noise(length, 1).astype(np.float64))
    whole = samples(Media(sound=sound))
    for first, stop in ((0, 1), (32_767, 32_769), (65_536, 65_537), (99_000, 150_001), (150_000, 150_001), (7, 7)):
        assert np.array_equal(samples(Media(sound=sound), first, stop), whole[:, first:stop])


def test_blocks_lie_fast_and_silence_follows():
    wave = Wave(2500, samples=noise(2500))
    blocks = list(fixed_blocks(wave, 700, 1, 5))
    assert [block.shape for block in blocks] == [(2, 700)] * 4
    whole = np.concatenate(blocks, axis=1)
    assert np.array_equal(whole[:, :1800], wave.all[:, 700:])
    assert not whole[:, 1800:].any()
    assert not next(fixed_blocks(wave, 700, 9, 10)).any()
