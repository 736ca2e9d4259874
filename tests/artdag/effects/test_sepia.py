from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.sepia import EFFECT, halved
from tests.artdag.effects.apply import apply, center, filled, to_yuv


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_a_grey_takes_the_tint(pixel_format):
    result = center(apply(EFFECT, filled(4, 4, pixel_format, *to_yuv(100, 100, 100))))
    assert result == pytest.approx(to_yuv(135.1, 120.3, 93.7), abs=1)


def test_a_colour_is_tinted_by_its_luma():
    luma = 0.7152 * 255  # of green
    tint = [min(255, share * luma) for share in (1.351, 1.203, 0.937)]
    result = center(apply(EFFECT, filled(4, 4, "yuv420p", *to_yuv(0, 255, 0))))
    assert result == pytest.approx(to_yuv(*tint), abs=1)


def test_half_the_amount_is_half_the_way():
    tint = to_yuv(135.1, 120.3, 93.7)
    result = center(apply(EFFECT, filled(4, 4, "yuv420p", *to_yuv(100, 100, 100)), amount=0.5))
    assert result == pytest.approx([(a + b) / 2 for a, b in zip(tint, to_yuv(100, 100, 100), strict=True)], abs=1)


def test_chroma_follows_the_mean_luma_of_its_pixels():
    luma = np.array([[10, 20, 90], [30, 41, 70]], np.uint8)
    assert halved(luma).tolist() == [[25, 80]]
