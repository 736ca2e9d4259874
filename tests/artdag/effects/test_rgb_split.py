from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.rgb_split import EFFECT
from tests.artdag.effects.apply import apply, drawn, filled


def dot():
    picture = filled(41, 31, "rgb24", 0, 0, 0)
    picture.planes[0][15, 20] = 200, 100, 240
    return picture


def place(picture, channel):
    plane = picture.planes[0][..., channel].astype(float)
    y, x = np.indices(plane.shape)
    return (x * plane).sum() / plane.sum(), (y * plane).sum() / plane.sum()


@pytest.mark.parametrize(
    ("offset", "degrees", "right", "down"),
    [(6, 0, 6, 0), (-6, 0, -6, 0), (5, 90, 0, -5), (5, 180, -5, 0), (2.5, 0, 2.5, 0), (7, 45, 4.95, -4.95)],
)
def test_red_goes_one_way_and_blue_the_other(offset, degrees, right, down):
    result = apply(EFFECT, dot(), offset=offset, degrees=degrees)
    assert place(result, 0) == pytest.approx((20 + right, 15 + down), abs=0.02)
    assert place(result, 1) == (20, 15)
    assert place(result, 2) == pytest.approx((20 - right, 15 - down), abs=0.02)


def test_half_a_pixel_is_the_mean_of_two():
    red = apply(EFFECT, dot(), offset=0.5).planes[0][15, :, 0]
    assert red[20:22].tolist() == [100, 100]


def test_the_border_repeats():
    picture = drawn(20, 12, "rgb24")
    red = apply(EFFECT, picture, offset=8).planes[0][..., 0]
    assert (red[:, :8] == picture.planes[0][:, :1, 0]).all()
    assert np.array_equal(red[:, 8:], picture.planes[0][:, :12, 0])
    far = apply(EFFECT, picture, offset=500).planes[0]
    assert (far[..., 0] == picture.planes[0][:, :1, 0]).all()
    assert (far[..., 2] == picture.planes[0][:, -1:, 2]).all()


def test_opacity_stays():
    picture = drawn(33, 21, "rgba")
    assert np.array_equal(apply(EFFECT, picture, offset=3.3).planes[0][..., 3], picture.planes[0][..., 3])
