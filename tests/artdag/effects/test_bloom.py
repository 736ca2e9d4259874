from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.bloom import EFFECT
from tests.artdag.effects.apply import apply, center, drawn, filled


def lamp(size=160, luma=235, u=128, v=128):
    """A bright square of 40 pixels in the middle of a dark picture."""
    picture = filled(size, size, "yuv444p", 40, 128, 128)
    middle = slice(size // 2 - 20, size // 2 + 20)
    for plane, value in zip(picture.planes, (luma, u, v), strict=True):
        plane[middle, middle] = value
    return picture


def test_a_flat_picture_gains_its_own_light():
    # L = 0.8 and threshold 0.6: t = 0.5, s = 0.5, light 0.4 × 0.5 = 0.2; 0.8 + 0.2 × 0.2 = 0.84
    picture = filled(32, 32, "yuv420p", round(16 + 219 * 0.8), 108, 148)
    luma, u, v = center(apply(EFFECT, picture, threshold=0.6, amount=0.5))
    assert luma == pytest.approx(16 + 219 * 0.84, abs=1)
    assert (u, v) == pytest.approx((128 - 20 * (1 + 0.25 * 0.2), 128 + 20 * (1 + 0.25 * 0.2)), abs=1)


def test_what_is_below_the_threshold_does_not_shine():
    picture = filled(32, 32, "yuv420p", 120, 108, 148)
    assert center(apply(EFFECT, picture, threshold=0.5, amount=4)) == (120, 108, 148)


def test_light_falls_off_with_distance_and_evenly():
    luma = apply(EFFECT, lamp(), radius=20, threshold=0.5, amount=1).planes[0].astype(int)
    assert np.abs(luma - luma[::-1]).max() <= 1
    assert np.abs(luma - luma.T).max() <= 1
    falling = luma[80, 101:160]
    assert (np.diff(falling) <= 0).all()
    assert falling[0] > 80
    assert falling[-1] == 40
    assert luma[80, 80] == 235


def test_a_larger_radius_reaches_farther():
    reach = [(apply(EFFECT, lamp(), radius=radius, amount=1).planes[0][80] > 41).sum() for radius in (4, 20, 60)]
    assert reach == sorted(set(reach))


def test_the_glow_has_the_colour_of_the_light():
    result = apply(EFFECT, lamp(200, 200, 100, 180), radius=20, amount=1)
    beside = [int(plane[100, 125]) for plane in result.planes]
    assert beside[0] > 50
    assert beside[1] < 125
    assert beside[2] > 131


def test_what_is_overexposed_pales():
    picture = filled(32, 32, "yuv444p", 200, 100, 160)
    colours = [np.hypot(*(np.array(center(apply(EFFECT, picture, amount=amount))[1:]) - 128)) for amount in (0, 4)]
    assert colours[1] < colours[0]


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva444p"])
def test_values_stay_legal(pixel_format):
    result = apply(EFFECT, drawn(64, 48, pixel_format), amount=4, threshold=0, radius=9)
    assert all(plane.min() >= 16 and plane.max() <= (240 if n else 235) for n, plane in enumerate(result.planes[:3]))
