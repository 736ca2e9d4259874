from __future__ import annotations

import pytest

from artdag.effects.color_balance import EFFECT
from tests.artdag.effects.apply import apply, center, filled, to_yuv

NOTHING = {"red": 0, "green": 0, "blue": 0}
GREY = 127.5


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
@pytest.mark.parametrize(
    ("channel", "value", "expected"),
    [
        ("red", 1, (191.25, GREY, GREY)),  # 0.5 + 0.5 × 0.5 = 0.75 of 255
        ("green", 1, (GREY, 191.25, GREY)),
        ("blue", -1, (GREY, GREY, 63.75)),
        ("red", 0.4, (153, GREY, GREY)),
    ],
)
def test_half_grey_moves_by_a_quarter_of_the_setting(pixel_format, channel, value, expected):
    picture = filled(4, 4, pixel_format, *to_yuv(GREY, GREY, GREY))
    result = center(apply(EFFECT, picture, **NOTHING | {channel: value}))
    assert result == pytest.approx(to_yuv(*expected), abs=1)


def test_black_and_white_stay():
    for luma in (16, 235):
        picture = filled(4, 4, "yuv420p", luma, 128, 128)
        assert center(apply(EFFECT, picture, red=1, green=-1, blue=1)) == (luma, 128, 128)


def test_all_three_alike_change_no_colour():
    luma, u, v = center(apply(EFFECT, filled(4, 4, "yuv444p", 100, 90, 170), red=0.5, green=0.5, blue=0.5))
    level = (100 - 16) / 219
    assert (u, v) == (90, 170)
    assert luma == round(100 + 219 * 0.5 * level * (1 - level))


def test_colour_ends_at_the_legal_range():
    assert center(apply(EFFECT, filled(4, 4, "yuv444p", 125, 128, 238), red=1, green=-1, blue=0))[2] == 240
