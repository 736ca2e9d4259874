from __future__ import annotations

import math

import numpy as np
import pytest

from artdag.effects.fisheye import EFFECT, WIDEST
from tests.artdag.effects.apply import apply, filled


def light_column(strength, x):
    """Where a light column at x of a picture 400 × 300 is seen along the middle row."""
    picture = filled(400, 301, "yuv444p", 16, 128, 128)
    picture.planes[0][:, x - 1 : x + 2] = 235
    row = apply(EFFECT, picture, strength=strength).planes[0][150].astype(float) - 16
    return ((np.arange(400) + 0.5) * row).sum() / row.sum()


@pytest.mark.parametrize("strength", [0.3, 1])
def test_a_bulge_moves_points_outwards_as_the_lens_does(strength):
    angle, unit = strength * WIDEST, math.hypot(400, 301) / 2
    radius = math.atan(50.5 / unit * math.tan(angle)) / angle * unit  # the inverse of what is fetched
    assert light_column(strength, 250) == pytest.approx(200 + radius, abs=0.6)
    assert radius > 51


@pytest.mark.parametrize("strength", [-0.3, -1])
def test_a_pinch_moves_points_inwards(strength):
    angle, unit = -strength * WIDEST, 301 / 2
    radius = math.tan(50.5 / unit * angle) / math.tan(angle) * unit
    assert light_column(strength, 250) == pytest.approx(200 + radius, abs=0.6)
    assert radius < 50


def test_corners_and_middle_stay():
    picture = filled(64, 48, "yuv420p", 120, 128, 128)
    picture.planes[0][:2, :2] = 200
    picture.planes[0][22:26, 30:34] = 60
    luma = apply(EFFECT, picture, strength=0.8).planes[0]
    assert luma[0, 0] == 200
    assert luma[24, 32] == 60


@pytest.mark.parametrize("strength", [-1, -0.5, 0.5, 1])
def test_it_is_symmetrical(strength):
    picture = filled(64, 48, "rgb24", 50, 60, 70)
    picture.planes[0][10:38, 10:54] = 200
    result = apply(EFFECT, picture, strength=strength).planes[0].astype(int)
    assert np.abs(result - result[::-1, ::-1]).max() <= 2
