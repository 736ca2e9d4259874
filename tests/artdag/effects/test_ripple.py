from __future__ import annotations

import math

import numpy as np
import pytest

from artdag.effects.ripple import EFFECT
from tests.artdag.codec.test_remap import slope
from tests.artdag.effects.apply import RATE, apply, digest, drawn

SIDE = 121


def fetched(index=0, **params):
    """The places that pixels right of the centre come from, seen in a slope of one step per pixel."""
    picture = slope(SIDE, SIDE, "yuv444p", 1, 0)
    return apply(EFFECT, picture, index=index, **params).planes[0][SIDE // 2, SIDE // 2 :].astype(float) - SIDE / 2


@pytest.mark.parametrize(("index", "speed"), [(0, 0), (0, 3), (5, 1), (10, -0.7)])
def test_distances_move_by_the_sine_of_themselves(index, speed):
    values = fetched(index, amplitude=8, wavelength=30, speed=speed)
    for radius in range(1, 50):
        phase = radius / 30 - speed * index / float(RATE)
        wanted = radius + 8 * min(1, 2 * radius / 30) * math.sin(2 * math.pi * phase)
        assert values[radius] == pytest.approx(wanted, abs=1.1)


def test_the_centre_stays():
    for index in (0, 3, 9):
        assert fetched(index, amplitude=20, wavelength=40)[0] == pytest.approx(0, abs=0.5)


def test_all_directions_are_alike():
    picture = slope(SIDE, SIDE, "yuv444p", 1, 1)  # symmetrical about the falling diagonal
    luma = apply(EFFECT, picture, index=4).planes[0]
    assert np.array_equal(luma, luma.T)


def test_after_a_full_turn_it_is_the_same_again():
    picture = drawn(64, 48, "yuv420p")
    assert digest(apply(EFFECT, picture, index=0, speed=1)) == digest(apply(EFFECT, picture, index=25, speed=1))


def test_the_centre_can_lie_elsewhere():
    picture = slope(SIDE, SIDE, "yuv444p", 1, 0)
    luma = apply(EFFECT, picture, x=0.25, amplitude=20, wavelength=50).planes[0][SIDE // 2].astype(float)
    middle = round(0.25 * SIDE - 0.5)
    assert luma[middle] == pytest.approx(middle + 0.5, abs=1.1)
    assert luma[middle + 12] - luma[middle] > 20
