from __future__ import annotations

import pytest

from artdag.effects.grayscale import EFFECT
from tests.artdag.effects.apply import apply, center, filled, to_yuv


def test_only_luma_remains():
    # green (0, 255, 0) has the luma 0.7152
    assert center(apply(EFFECT, filled(4, 4, "yuv420p", *to_yuv(0, 255, 0)))) == to_yuv(182.376, 182.376, 182.376)


def test_half_the_amount_takes_half_the_colour():
    result = center(apply(EFFECT, filled(4, 4, "yuv420p", *to_yuv(200, 80, 40)), amount=0.5))
    luma = 0.2126 * 200 + 0.7152 * 80 + 0.0722 * 40
    assert result == pytest.approx(to_yuv((200 + luma) / 2, (80 + luma) / 2, (40 + luma) / 2), abs=1)
