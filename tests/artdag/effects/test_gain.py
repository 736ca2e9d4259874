from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.gain import EFFECT
from tests.artdag.effects.apply import apply_sound, tone


@pytest.mark.parametrize("gain_db", [-60, -6, -0.5, 3, 24])
def test_the_level_moves_by_as_many_decibels(gain_db):
    samples = tone(0.5, amplitude=0.05)
    result = apply_sound(EFFECT, samples, gain_db=gain_db)
    for before, after in zip(samples, result, strict=True):
        assert 20 * np.log10(after.std() / before.std()) == pytest.approx(gain_db, abs=0.001)


def test_it_does_not_clip():
    assert np.abs(apply_sound(EFFECT, tone(0.1, amplitude=0.9), gain_db=20)).max() == pytest.approx(9, rel=0.01)
