from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.zoom import EFFECT
from tests.artdag.effects.apply import apply, drawn, filled


def spotted(x, y):
    """A dark picture of 80 × 60 with one light pixel."""
    picture = filled(80, 60, "yuv444p", 16, 128, 128)
    picture.planes[0][y, x] = 235
    return picture


def spot(result):
    """Where the light is, as the mean of places of pixels."""
    light = result.planes[0].astype(float) - 16
    rows, columns = np.indices(light.shape)
    return ((columns + 0.5) * light).sum() / light.sum(), ((rows + 0.5) * light).sum() / light.sum()


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"factor": 2}, (40 + 2 * (45.5 - 40), 30 + 2 * (24.5 - 30))),
        ({"factor": 3}, (40 + 3 * (45.5 - 40), 30 + 3 * (24.5 - 30))),
        ({"factor": 1.5, "x": 0}, (1.5 * 45.5, 30 + 1.5 * (24.5 - 30))),
        ({"factor": 2, "x": 1, "y": 0}, (80 - 2 * (80 - 45.5), 49)),
    ],
)
def test_a_point_moves_away_from_the_one_that_stays(params, place):
    assert spot(apply(EFFECT, spotted(45, 24), **params)) == pytest.approx(place, abs=0.05)


def test_the_picture_made_smaller_lies_on_a_background():
    result = apply(EFFECT, filled(80, 60, "rgb24", 10, 20, 30), factor=0.5, background="#c06030").planes[0]
    assert (result[16:44, 21:59] == (10, 20, 30)).all()
    assert (result[:14] == (0xC0, 0x60, 0x30)).all()
    assert (result[:, 61:] == (0xC0, 0x60, 0x30)).all()


def test_the_picture_made_smaller_is_turned_over_at_its_sides():
    luma = apply(EFFECT, drawn(80, 64, "yuv444p"), factor=0.5, edges="mirror").planes[0]
    assert np.array_equal(luma[:, 20:60], luma[:, np.r_[19:-1:-1, 79:59:-1]])
    assert np.array_equal(luma[:16], luma[31:15:-1])


def test_half_the_size_shows_means_of_two_by_two():
    picture = drawn(80, 64, "yuv420p")
    source = picture.planes[0].astype(int)
    means = (source[::2, ::2] + source[::2, 1::2] + source[1::2, ::2] + source[1::2, 1::2]) / 4
    luma = apply(EFFECT, picture, factor=0.5).planes[0][16:48, 20:60]
    assert np.abs(luma - means).max() <= 1
