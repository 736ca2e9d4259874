from __future__ import annotations

import pytest

from artdag.effects.invert import EFFECT
from tests.artdag.effects.apply import apply, center, filled, to_yuv


@pytest.mark.parametrize(
    ("intensity", "expected"), [(1, (245, 55, 155)), (0.5, (128, 128, 128)), (0.25, (69, 164, 114))]
)
def test_rgb(intensity, expected):
    # 10 + 0.25 (255 - 20) = 68.75, 200 + 0.25 (255 - 400) = 163.75, 100 + 0.25 (255 - 200) = 113.75
    assert center(apply(EFFECT, filled(4, 4, "rgb24", 10, 200, 100), intensity=intensity)) == expected


def test_yuv_is_the_same_negative():
    result = center(apply(EFFECT, filled(4, 4, "yuv420p", *to_yuv(10, 200, 100))))
    assert result == pytest.approx(to_yuv(245, 55, 155), abs=1)


def test_opacity_stays():
    assert center(apply(EFFECT, filled(4, 4, "rgba", 0, 0, 0, 77)))[3] == 77
    assert center(apply(EFFECT, filled(4, 4, "yuva420p", 16, 128, 128, 77))) == (235, 128, 128, 77)
