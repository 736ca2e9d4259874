from __future__ import annotations

import pytest

from artdag.effects import brightness, contrast, saturation
from artdag.effects.color_adjust import EFFECT
from tests.artdag.effects.apply import apply, center, filled


def test_gamma_bends_luma_only():
    # a quarter of the way up: (71 - 16) / 219 = 0.2511; its square root is 0.5011
    assert center(apply(EFFECT, filled(4, 4, "yuv420p", 71, 100, 150), gamma=2)) == (126, 100, 150)
    assert center(apply(EFFECT, filled(4, 4, "yuv420p", 71, 100, 150), gamma=0.5)) == (30, 100, 150)


@pytest.mark.parametrize(
    ("module", "name", "value"),
    [(brightness, "brightness", -0.4), (contrast, "contrast", 1.3), (saturation, "saturation", 0.3)],
)
def test_each_setting_is_the_effect_of_that_name(module, name, value):
    picture = filled(4, 4, "yuv420p", 90, 100, 150)
    assert center(apply(EFFECT, picture, **{name: value})) == center(apply(module.EFFECT, picture, amount=value))


def test_the_order_is_contrast_brightness_gamma():
    # 0.5 + 2 (0.5982 - 0.5) = 0.6963, + 0.5 (1 - 0.6963) = 0.8482, ^ (1 / 0.5) = 0.7194
    assert center(
        apply(EFFECT, filled(4, 4, "yuv420p", 147, 138, 118), contrast=2, brightness=0.5, gamma=0.5, saturation=3)
    ) == (174, 158, 98)
