from __future__ import annotations

import numpy as np

from artdag.effects.pixelate import EFFECT
from tests.artdag.effects.apply import apply, drawn, filled


def test_a_tile_is_its_mean():
    picture = filled(3, 2, "rgb24", 0, 0, 0)
    picture.planes[0][..., 0] = [[10, 20, 90], [30, 41, 70]]
    # (10 + 20 + 30 + 41 + 2) // 4 = 25; the last column is a tile of its own: (90 + 70) / 2
    assert apply(EFFECT, picture, size=2).planes[0][..., 0].tolist() == [[25, 25, 80], [25, 25, 80]]


def test_every_tile_has_one_colour():
    result = apply(EFFECT, drawn(64, 48, "yuv420p"), size=16)
    for plane, side in zip(result.planes, (16, 8, 8), strict=True):
        tiles = plane.reshape(48 * side // 16 // side, side, -1, side)
        assert (tiles == tiles[:, :1, :, :1]).all()


def test_a_tile_larger_than_the_picture_is_its_mean():
    picture = drawn(20, 10, "yuv444p")
    result = apply(EFFECT, picture, size=512)
    assert abs(int(result.planes[0][0, 0]) - picture.planes[0].mean()) <= 0.5


def test_opacity_stays():
    for pixel_format in ("yuva420p", "rgba"):
        picture = drawn(33, 21, pixel_format)
        result = apply(EFFECT, picture, size=5)
        last = picture.planes[-1][..., 3:] if pixel_format == "rgba" else picture.planes[-1]
        assert np.array_equal(result.planes[-1][..., 3:] if pixel_format == "rgba" else result.planes[-1], last)
