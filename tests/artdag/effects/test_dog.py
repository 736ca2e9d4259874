from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.dog import EFFECT, Params, fit
from tests.artdag.effects.apply import apply, center, drawn, filled, settled, shape_of


def test_without_overlay_it_is_the_dog_itself():
    assert EFFECT.same_as is not None
    assert EFFECT.same_as(settled(EFFECT, {})) == "dog"
    assert EFFECT.same_as(settled(EFFECT, {"overlay": True})) is None
    assert [item.slot for item in EFFECT.wired] == ["input"]


@pytest.mark.parametrize(
    ("base", "dog", "expected"),
    [
        ((1280, 720), (640, 360), (426, 240)),  # a third of 720, 16:9
        ((720, 1280), (640, 360), (360, 202)),  # a third of 1280 would be wider than half of 720
        ((1, 1), (640, 360), (2, 2)),
        ((99, 33), (100, 100), (12, 12)),  # 11 is odd
    ],
)
def test_the_dog_is_a_third_as_high_and_at_most_half_as_wide(base, dog, expected):
    shapes = [shape_of(filled(*size, "rgb24", 0, 0, 0)) for size in (base, dog)]
    assert list(fit(Params(overlay=True), shapes)) == [base, expected]


def test_it_covers_the_bottom_right_corner_and_nothing_else():
    base, dog = drawn(160, 120, "yuv420p"), filled(40, 30, "yuv420p", 200, 90, 60)
    result = apply(EFFECT, base, dog, overlay=True)
    left, top = 160 - 40 - 3 - 1, 120 - 30 - 3 - 1  # margin 120 // 40, then down to even
    for plane, source, value, step in zip(result.planes, base.planes, (200, 90, 60), (1, 2, 2), strict=True):
        corner = plane[top // step : (top + 30) // step, left // step : (left + 40) // step]
        assert (corner == value).all()
        rest = source.copy()
        rest[top // step : (top + 30) // step, left // step : (left + 40) // step] = value
        assert np.array_equal(plane, rest)


def test_a_picture_smaller_than_the_dog_is_covered():
    result = apply(EFFECT, filled(1, 1, "rgba", 1, 2, 3, 4), filled(2, 2, "rgba", 9, 8, 7, 255), overlay=True)
    assert center(result) == (9, 8, 7, 255)
