from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.emboss import EFFECT
from tests.artdag.effects.apply import apply, center, drawn, filled

GREY = 125.5


def step(left, right, *, down=False):
    """A picture with two halves of luma."""
    picture = filled(32, 32, "yuv420p", left, 90, 160)
    (picture.planes[0].T if not down else picture.planes[0])[16:] = right
    return picture


def test_a_flat_picture_becomes_grey():
    assert center(apply(EFFECT, filled(16, 16, "yuv420p", 200, 90, 160), keep=0)) == (126, 128, 128)


@pytest.mark.parametrize(
    ("degrees", "down", "slope"),
    [(0, False, -20), (180, False, 20), (90, False, 0), (90, True, 20), (270, True, -20), (0, True, 0)],
)
def test_a_rise_of_20_away_from_the_light_is_20_lighter(degrees, down, slope):
    result = apply(EFFECT, step(100, 120, down=down), degrees=degrees, amount=1, size=1, keep=0).planes[0]
    row = result[:, 16] if down else result[16]
    assert row[15] == row[16] == pytest.approx(GREY + slope, abs=0.51)
    assert row[13] == row[18] == 126


@pytest.mark.parametrize("size", [1, 2, 3])
def test_bevels_are_as_wide_as_said(size):
    row = apply(EFFECT, step(100, 120), degrees=180, amount=1, size=size, keep=0).planes[0][16]
    assert np.flatnonzero(row != 126).tolist() == list(range(16 - size, 16 + size))


def test_the_slope_is_multiplied_by_the_amount():
    peaks = [
        apply(EFFECT, step(100, 110), degrees=180, amount=amount, size=1, keep=0).planes[0].max()
        for amount in (1, 2, 4)
    ]
    assert peaks == pytest.approx([GREY + 10, GREY + 20, GREY + 40], abs=0.51)


def test_what_is_kept_is_mixed_in():
    result = center(apply(EFFECT, filled(16, 16, "yuv420p", 200, 90, 160), keep=0.5))
    assert result == pytest.approx((0.5 * GREY + 100, 109, 144), abs=0.51)


def test_luma_stays_within_its_range():
    luma = apply(EFFECT, drawn(64, 48, "yuv444p"), amount=5).planes[0]
    assert (luma.min(), luma.max()) == (16, 235)
