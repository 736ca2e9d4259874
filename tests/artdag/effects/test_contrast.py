from __future__ import annotations

import pytest

from artdag.effects.contrast import EFFECT
from tests.artdag.effects.apply import apply, center, filled, to_yuv


@pytest.mark.parametrize(
    ("amount", "expected"), [(0, (128, 128, 128)), (0.5, (89, 139, 119)), (2, (0, 173, 93)), (4, (0, 218, 58))]
)
def test_rgb(amount, expected):
    # 127.5 + 0.5 (50 - 127.5) = 88.75, and so on; 127.5 + 2 (50 - 127.5) is below 0
    assert center(apply(EFFECT, filled(4, 4, "rgb24", 50, 150, 110), amount=amount)) == expected


def test_yuv_is_the_same_where_nothing_clips():
    result = center(apply(EFFECT, filled(4, 4, "yuv420p", *to_yuv(50, 150, 110)), amount=1.5))
    assert result == pytest.approx(to_yuv(11.25, 161.25, 101.25), abs=1)
