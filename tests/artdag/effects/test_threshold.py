from __future__ import annotations

from artdag.effects.threshold import EFFECT
from tests.artdag.effects.apply import apply, center, filled, to_yuv


def test_the_level_itself_is_white():
    for grey, level, white in [(127, 128, False), (129, 128, True), (255, 255, True), (0, 0, True), (254, 255, False)]:
        result = center(apply(EFFECT, filled(4, 4, "yuv420p", *to_yuv(grey, grey, grey)), level=level))
        assert result == ((235 if white else 16), 128, 128), (grey, level)


def test_colour_goes_and_luma_decides():
    assert center(apply(EFFECT, filled(4, 4, "yuv444p", *to_yuv(0, 255, 0)))) == (235, 128, 128)  # luma 182
    assert center(apply(EFFECT, filled(4, 4, "yuv444p", *to_yuv(255, 0, 255)))) == (16, 128, 128)  # luma 73


def test_what_is_blacker_than_black_is_black():
    assert center(apply(EFFECT, filled(4, 4, "yuv420p", 3, 128, 128), level=0)) == (235, 128, 128)
    assert center(apply(EFFECT, filled(4, 4, "yuv420p", 3, 128, 128), level=1)) == (16, 128, 128)
