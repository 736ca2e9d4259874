from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.fade_audio import EFFECT
from artdag.media import SAMPLE_RATE
from tests.artdag.effects.apply import apply_sound


def level_at(time_s: float, duration_s: float, **params: float) -> float:
    ones = np.ones((2, round(duration_s * SAMPLE_RATE)), np.float32)
    return float(apply_sound(EFFECT, ones, **params)[1, round(time_s * SAMPLE_RATE)])


@pytest.mark.parametrize(
    ("time_s", "level"), [(0, 0), (0.5, 0.25), (1, 0.5), (2, 1), (5, 1), (9, 1), (9.5, 0.5), (9.75, 0.25)]
)
def test_it_rises_over_the_first_and_falls_over_the_last_seconds(time_s, level):
    assert level_at(time_s, 10, in_s=2, out_s=1) == pytest.approx(level, abs=1e-6)


def test_where_both_meet_their_product_counts():
    assert level_at(0.5, 1, in_s=1, out_s=1) == pytest.approx(0.25)


def test_either_may_be_left_out():
    assert level_at(0, 3, in_s=0, out_s=1) == 1
    assert level_at(2.99, 3, in_s=1, out_s=0) == 1
