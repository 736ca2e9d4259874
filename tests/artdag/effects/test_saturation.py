from __future__ import annotations

from artdag.effects.saturation import EFFECT
from tests.artdag.effects.apply import apply, center, filled


def test_chroma_is_stretched_around_its_middle():
    picture = filled(4, 4, "yuv420p", 90, 100, 150)
    assert center(apply(EFFECT, picture, amount=2)) == (90, 72, 172)
    assert center(apply(EFFECT, picture, amount=0.5)) == (90, 114, 139)
    assert center(apply(EFFECT, picture, amount=0)) == (90, 128, 128)


def test_it_stops_at_the_legal_range():
    assert center(apply(EFFECT, filled(4, 4, "yuva444p", 90, 60, 200, 9), amount=4)) == (90, 16, 240, 9)
