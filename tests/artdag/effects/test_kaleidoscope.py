from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.kaleidoscope import EFFECT
from tests.artdag.effects.apply import apply, drawn, filled


@pytest.mark.parametrize("segments", [2, 4, 6, 10])
def test_left_and_right_are_alike(segments):
    luma = apply(EFFECT, drawn(80, 64, "yuv444p"), segments=segments).planes[0].astype(int)
    assert np.abs(luma - luma[:, ::-1]).max() <= 3


@pytest.mark.parametrize("segments", [4, 8])
def test_a_quarter_turn_of_four_wedges_changes_nothing(segments):
    luma = apply(EFFECT, drawn(64, 64, "yuv444p"), segments=segments).planes[0].astype(int)
    assert np.abs(luma - np.rot90(luma)).max() <= 3


@pytest.mark.parametrize(("degrees", "place"), [(0, (90, 50)), (90, (50, 90)), (180, (10, 50)), (-90, (50, 10))])
def test_the_upright_shows_the_direction_asked_for(degrees, place):
    picture = filled(101, 101, "yuv444p", 16, 128, 128)
    picture.planes[0][place[1] - 2 : place[1] + 3, place[0] - 2 : place[0] + 3] = 235
    luma = apply(EFFECT, picture, segments=3, degrees=degrees).planes[0]
    assert luma[10, 50] == 235
    # and, three wedges being 120° apart, 40 from the centre at 30° below the horizontal
    assert luma[70, 85] == luma[70, 15] == 235
    assert luma[90, 50] == 16


def test_the_centre_can_lie_elsewhere():
    picture = drawn(64, 48, "rgb24")
    result = apply(EFFECT, picture, x=0.25, y=0.5).planes[0].astype(int)
    assert np.abs(result[:, :16] - result[:, 31:15:-1]).max() <= 3
