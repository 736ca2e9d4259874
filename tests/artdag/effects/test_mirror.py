from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.mirror import EFFECT
from tests.artdag.effects.apply import apply, drawn, filled


def test_the_left_half_appears_on_the_right():
    picture = filled(5, 1, "rgb24", 0, 0, 0)
    picture.planes[0][0, :, 0] = [1, 2, 3, 4, 5]
    assert apply(EFFECT, picture).planes[0][0, :, 0].tolist() == [1, 2, 3, 2, 1]


def test_the_upper_half_appears_below():
    picture = filled(1, 4, "rgb24", 0, 0, 0)
    picture.planes[0][:, 0, 1] = [1, 2, 3, 4]
    assert apply(EFFECT, picture, axis="vertical").planes[0][:, 0, 1].tolist() == [1, 2, 2, 1]


@pytest.mark.parametrize("pixel_format", EFFECT.pixel_formats)
def test_the_result_is_symmetrical(pixel_format):
    for plane in apply(EFFECT, drawn(24, 17, pixel_format)).planes:
        assert np.array_equal(plane, plane[:, ::-1])
    for plane in apply(EFFECT, drawn(24, 17, pixel_format), axis="vertical").planes:
        assert np.array_equal(plane, plane[::-1])
