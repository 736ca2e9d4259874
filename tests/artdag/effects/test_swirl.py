from __future__ import annotations

import math

import numpy as np
import pytest

from artdag.effects.swirl import EFFECT
from tests.artdag.effects.apply import apply, drawn, filled


def test_outside_of_its_reach_nothing_changes():
    picture = drawn(120, 80, "yuv444p")
    result = apply(EFFECT, picture, strength=2, radius=0.5)
    for plane, source in zip(result.planes, picture.planes, strict=True):
        changed = np.argwhere(plane != source)
        assert np.hypot(*(changed + 0.5 - (40, 60)).T).max() <= 20
        assert len(changed) > 800


@pytest.mark.parametrize("strength", [0.5, -0.25, 1])
def test_a_point_half_way_out_turns_by_a_quarter_of_the_strength(strength):
    picture = filled(201, 201, "yuv444p", 16, 128, 128)
    picture.planes[0][98:103, 148:153] = 235  # 50 to the right of the middle, half of the reach
    luma = apply(EFFECT, picture, strength=strength, radius=1).planes[0].astype(float) - 16
    angle = 2 * math.pi * strength * (1 - 50 / 100.5) ** 2
    rows, columns = np.indices(luma.shape)
    x, y = (columns * luma).sum() / luma.sum() - 100, (rows * luma).sum() / luma.sum() - 100
    assert (x, y) == pytest.approx((50 * math.cos(angle), 50 * math.sin(angle)), abs=1.5)


def test_the_middle_can_lie_elsewhere():
    picture = drawn(120, 80, "rgb24")
    result = apply(EFFECT, picture, radius=0.5, x=0.25, y=0.75).planes[0]
    changed = np.argwhere((result != picture.planes[0]).any(axis=2))
    assert np.hypot(*(changed + 0.5 - (60, 30)).T).max() <= 20
