from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.noise import DEVIATION, bell, random_bytes

PINNED = [223, 130, 98, 117, 123, 162, 182, 77]


def test_the_numbers_are_pinned():
    assert random_bytes(8, 1, 0).tolist() == PINNED
    assert random_bytes(3, 1, 0).tolist() == PINNED[:3]


def test_seed_frame_and_stream_each_give_other_numbers():
    drawn = [random_bytes(64, *place).tobytes() for place in ((1, 0), (2, 0), (1, 1), (1, 0, 1), (0, 0))]
    assert len(set(drawn)) == 5


def test_a_frame_does_not_depend_on_others():
    assert np.array_equal(random_bytes(500, 7, 90), random_bytes(500, 7, 90))
    assert not np.isin(random_bytes(80_000, 7, 0).view(np.uint64), random_bytes(80_000, 7, 1).view(np.uint64)).any()


def test_bytes_are_evenly_spread():
    counts = np.bincount(random_bytes(256_000, 3, 5), minlength=256)
    assert counts.min() > 850
    assert counts.max() < 1150


def test_the_bell_is_one():
    numbers = bell().astype(float)
    assert numbers.mean() == 0
    assert numbers.std() == pytest.approx(DEVIATION, rel=0.01)
    assert (np.abs(numbers) < DEVIATION).mean() == pytest.approx(0.683, abs=0.015)
    assert np.array_equal(numbers, -numbers[::-1])
