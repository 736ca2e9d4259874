from __future__ import annotations

import numpy as np

from artdag.effects.sharpen import EFFECT
from tests.artdag.effects.apply import apply, drawn, filled


def test_an_edge_is_overshot_on_both_sides():
    picture = filled(40, 40, "yuv420p", 100, 90, 200)
    picture.planes[0][:, 20:] = 140
    row = apply(EFFECT, picture, amount=1).planes[0][20].astype(int)
    assert row[10] == 100
    assert row[30] == 140
    assert row[19] < 95
    assert row[20] > 145
    assert abs(row[19] + row[20] - 240) <= 1  # as much below as above


def test_twice_the_amount_overshoots_twice():
    picture = filled(40, 40, "yuv420p", 100, 128, 128)
    picture.planes[0][:, 20:] = 140
    once, twice = (140 - 40 - int(apply(EFFECT, picture, amount=amount).planes[0][20, 19]) for amount in (1, 2))
    assert abs(twice - 2 * once) <= 1


def test_colour_and_opacity_stay():
    picture = drawn(40, 30, "yuva420p")
    result = apply(EFFECT, picture, amount=3)
    for number in (1, 2, 3):
        assert np.array_equal(result.planes[number], picture.planes[number])
