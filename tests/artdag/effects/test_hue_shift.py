from __future__ import annotations

import pytest

from artdag.effects.hue_shift import EFFECT
from tests.artdag.effects.apply import apply, center, filled


@pytest.mark.parametrize(
    ("degrees", "expected"), [(90, (88, 128)), (180, (128, 88)), (-90, (168, 128)), (360, (128, 168))]
)
def test_chroma_turns_and_luma_stays(degrees, expected):
    result = center(apply(EFFECT, filled(4, 4, "yuv420p", 100, 128, 168), degrees=degrees))
    assert result[0] == 100
    assert result[1:] == pytest.approx(expected, abs=1)
