from __future__ import annotations

import numpy as np

from artdag.effects.vignette import EFFECT
from tests.artdag.effects.apply import apply, center, filled


def test_the_middle_stays_and_the_corners_darken_alike():
    result = apply(EFFECT, filled(64, 48, "rgb24", 200, 100, 50), strength=0.5).planes[0]
    assert result[24, 32].tolist() == [200, 100, 50]
    corners = [result[y, x].tolist() for y in (0, -1) for x in (0, -1)]
    assert corners == [corners[0]] * 4
    assert all(abs(value - half) <= 3 for value, half in zip(corners[0], (100, 50, 25), strict=True))


def test_half_way_out_it_is_half_the_strength():
    # t = 0.5 at r = 0.65: 65 % of the way from the middle of 1000 × 1000 to its corner
    result = apply(EFFECT, filled(1000, 1000, "rgb24", 200, 200, 200), strength=1).planes[0]
    assert abs(int(result[825, 825, 0]) - 100) <= 1


def test_full_strength_ends_in_black():
    result = apply(EFFECT, filled(640, 480, "yuv420p", 180, 90, 200), strength=1)
    assert [int(plane[0, 0]) for plane in result.planes] == [16, 128, 128]
    assert center(result) == (180, 90, 200)


def test_yuv_and_rgb_darken_alike():
    weight = (apply(EFFECT, filled(64, 48, "rgb24", 255, 255, 255)).planes[0][..., 0]).astype(float) / 255
    luma = (apply(EFFECT, filled(64, 48, "yuv420p", 235, 128, 128)).planes[0].astype(float) - 16) / 219
    assert np.abs(weight - luma).max() < 0.005


def test_opacity_stays():
    assert (apply(EFFECT, filled(64, 48, "rgba", 9, 9, 9, 77), strength=1).planes[0][..., 3] == 77).all()
