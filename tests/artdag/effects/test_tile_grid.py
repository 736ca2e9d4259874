from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.tile_grid import EFFECT
from tests.artdag.effects.apply import apply, drawn, filled


@pytest.mark.parametrize("pixel_format", EFFECT.pixel_formats)
def test_all_tiles_are_alike(pixel_format):
    for plane in apply(EFFECT, drawn(96, 64, pixel_format), columns=3, rows=4).planes:
        height, width = plane.shape[0] // 4, plane.shape[1] // 3
        for row in range(4):
            for column in range(3):
                tile = plane[row * height : (row + 1) * height, column * width : (column + 1) * width]
                assert np.array_equal(tile, plane[:height, :width])


def test_two_by_two_shows_means():
    picture = filled(4, 2, "rgb24", 0, 0, 0)
    picture.planes[0][..., 0] = [[10, 20, 100, 110], [30, 40, 120, 131]]
    # 10, 20 -> 15 and 30, 40 -> 35, and these -> 25; 105 and 126 (half up) -> 116 (half up)
    assert apply(EFFECT, picture).planes[0][..., 0].tolist() == [[25, 116, 25, 116]] * 2


def test_every_other_tile_is_turned_over():
    plane = apply(EFFECT, drawn(96, 64, "yuv444p"), columns=3, rows=2, mirror=True).planes[0]
    first = plane[:32, :32]
    assert np.array_equal(plane[:32, 32:64], first[:, ::-1])
    assert np.array_equal(plane[:32, 64:], first)
    assert np.array_equal(plane[32:, :32], first[::-1])


def test_uneven_numbers_stretch_the_picture():
    picture = drawn(64, 48, "yuv444p")
    plane = apply(EFFECT, picture, columns=1, rows=2).planes[0]
    assert np.array_equal(plane[:24], ((picture.planes[0][::2].astype(int) + picture.planes[0][1::2] + 1) // 2))
