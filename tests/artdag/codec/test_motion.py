"""Where blocks came from: pictures that are moved by known amounts."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.frame import Plane
from artdag.codec.motion import BLOCK, Small, motion


def hills(height: int, width: int, down: float = 0, right: float = 0) -> Plane:
    """Return a smooth landscape seen from a place so far down and to the right."""
    y, x = np.arange(height)[:, None] + down, np.arange(width)[None, :] + right
    waves = np.sin(x / 17 + y / 29) + np.sin(x / 31 - y / 19) + np.sin(x / 53 + 1) * np.sin(y / 41)
    return np.asarray(126 + 36 * waves).astype(np.uint8)


@pytest.mark.parametrize(
    "place", [(0, 0), (1, 0), (0, -2), (3, -4), (-6, 5), (8, 8), (-12, 16), (0, 20), (-13.5, 2.5)], ids=str
)
def test_a_picture_that_moves_as_a_whole(place):
    down, right = motion(Small.of(hills(240, 320)), Small.of(hills(240, 320, *place)))
    assert down.shape == right.shape == (15, 20)
    inner = slice(2, -2), slice(2, -2)
    assert np.abs(down[inner] - place[0]).mean() < 0.5
    assert np.abs(right[inner] - place[1]).mean() < 0.5


def test_what_stands_still_has_not_moved():
    noise = np.random.default_rng(1).integers(0, 256, (90, 70)).astype(np.uint8)
    for picture in (hills(90, 70), noise, np.full((90, 70), 77, np.uint8)):
        down, right = motion(Small.of(picture), Small.of(picture))
        assert not down.any()
        assert not right.any()


def test_where_there_is_nothing_to_see_nothing_moves():
    before = np.full((96, 96), 100, np.uint8)
    down, right = motion(Small.of(before), Small.of(before + np.uint8(3)))
    assert np.abs(down).max() < 0.01
    assert np.abs(right).max() < 0.01


def test_two_halves_that_move_apart():
    before, now = hills(192, 384), hills(192, 384, 0, 6)
    now[:, 192:] = hills(192, 384, 0, -6)[:, 192:]
    _, right = motion(Small.of(before), Small.of(now))
    assert np.abs(right[2:-2, 2:10] - 6).mean() < 0.7
    assert np.abs(right[2:-2, 14:-2] + 6).mean() < 0.7


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (17, 3), (15, 16), (33, 31)], ids=str)
def test_any_size_has_blocks_to_its_borders(size):
    small = Small.of(hills(*size))
    down, right = motion(small, small)
    assert down.shape == right.shape == (-(-size[0] // BLOCK), -(-size[1] // BLOCK))


def test_the_input_is_left_alone():
    picture = hills(40, 40)
    picture.flags.writeable = False
    small = Small.of(picture)
    quarter = small.quarter.copy()
    motion(small, small)
    assert np.array_equal(small.quarter, quarter)
