from __future__ import annotations

import pytest

from artdag.effects.brightness import EFFECT
from tests.artdag.effects.apply import apply, center, filled, to_yuv


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(1, (255, 255, 255)), (0.5, (133, 228, 178)), (-0.5, (5, 100, 50)), (-1, (0, 0, 0))],
)
def test_rgb_and_yuv(amount, expected):
    # 10 + 0.5 × 245 = 132.5, 200 + 0.5 × 55 = 227.5, 100 + 0.5 × 155 = 177.5: rounded half up
    assert center(apply(EFFECT, filled(4, 4, "rgb24", 10, 200, 100), amount=amount)) == expected
    result = center(apply(EFFECT, filled(4, 4, "yuv420p", *to_yuv(10, 200, 100)), amount=amount))
    assert result == pytest.approx(to_yuv(*expected), abs=1)


def test_the_ends_are_white_and_black_whatever_the_colour():
    blue = filled(4, 4, "yuv420p", *to_yuv(0, 0, 255))
    assert center(apply(EFFECT, blue, amount=1)) == (235, 128, 128)
    assert center(apply(EFFECT, blue, amount=-1)) == (16, 128, 128)
