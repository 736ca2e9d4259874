from __future__ import annotations

import pytest

from artdag.effects.color_cycle import EFFECT
from tests.artdag.effects.apply import RATE, apply, center, digest, drawn, filled

SECOND = int(RATE)


@pytest.mark.parametrize(
    ("turns", "seconds", "expected"),
    [
        (0.25, 0, (128, 168)),
        (0.25, 1, (88, 128)),  # a quarter of a turn
        (0.25, 2, (128, 88)),
        (-0.25, 1, (168, 128)),
        (1, 1, (128, 168)),
        (0.125, 2, (88, 128)),
    ],
)
def test_the_angle_grows_with_time(turns, seconds, expected):
    picture = filled(4, 4, "yuv420p", 100, 128, 168)
    result = center(apply(EFFECT, picture, index=seconds * SECOND, turns_per_second=turns))
    assert result[0] == 100
    assert result[1:] == pytest.approx(expected, abs=1)


def test_the_first_frame_and_a_standstill_are_unchanged():
    picture = drawn(33, 21, "yuva420p")
    assert digest(apply(EFFECT, picture, turns_per_second=3)) == digest(picture)
    assert digest(apply(EFFECT, picture, index=9, turns_per_second=0)) == digest(picture)
