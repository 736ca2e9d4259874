from __future__ import annotations

from artdag.effects.posterize import EFFECT
from tests.artdag.effects.apply import apply, center, filled


def test_two_levels_are_black_and_white():
    for luma, expected in [(16, 16), (125, 16), (126, 235), (235, 235), (255, 235), (0, 16)]:
        assert center(apply(EFFECT, filled(4, 4, "yuv420p", luma, 90, 200), levels=2)) == (expected, 90, 200)


def test_a_slope_has_as_many_steps_as_levels():
    picture = filled(220, 2, "yuv420p", 16, 128, 128)
    picture.planes[0][...] = range(16, 236)
    for levels in (2, 3, 8, 64):
        assert len(set(apply(EFFECT, picture, levels=levels).planes[0][0].tolist())) == levels
