from __future__ import annotations

import pytest

from artdag.effects.gradient_map import EFFECT
from tests.artdag.effects.apply import apply, center, filled, to_yuv

DARK, MIDDLE, LIGHT = (20, 40, 200), (240, 60, 90), (250, 230, 100)
NAMES = {"dark": "#1428c8", "middle": "#f03c5a", "light": "#fae664"}


def between(a, b, share):
    return tuple((1 - share) * x + share * y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0, DARK),
        (0.25, between(DARK, MIDDLE, 0.25 / 0.5)),
        (0.5, MIDDLE),
        (0.75, between(MIDDLE, LIGHT, 0.5)),
        (1, LIGHT),
    ],
)
def test_greys_become_the_run_of_three(pixel_format, level, expected):
    picture = filled(4, 4, pixel_format, *to_yuv(*[255 * level] * 3))
    assert center(apply(EFFECT, picture, **NAMES)) == pytest.approx(to_yuv(*expected), abs=1)


def test_without_a_middle_the_run_is_straight():
    picture = filled(4, 4, "yuv420p", *to_yuv(102, 102, 102))
    result = center(apply(EFFECT, picture, dark=NAMES["dark"], light=NAMES["light"]))
    assert result == pytest.approx(to_yuv(*between(DARK, LIGHT, 0.4)), abs=1)


def test_a_colour_counts_by_its_luma():
    green = center(apply(EFFECT, filled(4, 4, "yuv444p", *to_yuv(0, 255, 0)), **NAMES))
    assert green == pytest.approx(to_yuv(*between(MIDDLE, LIGHT, (0.7152 - 0.5) * 2)), abs=1)


def test_half_the_amount_is_half_the_way():
    grey = to_yuv(0, 0, 0)
    result = center(apply(EFFECT, filled(4, 4, "yuv420p", *grey), amount=0.5, **NAMES))
    assert result == pytest.approx(between(grey, to_yuv(*DARK), 0.5), abs=1)
