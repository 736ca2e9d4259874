from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.flip import EFFECT
from tests.artdag.effects.apply import apply, drawn


@pytest.mark.parametrize("pixel_format", EFFECT.pixel_formats)
@pytest.mark.parametrize(("axis", "steps"), [("horizontal", (1, -1)), ("vertical", (-1, 1)), ("both", (-1, -1))])
def test_every_plane_is_turned_over(pixel_format, axis, steps):
    picture = drawn(22, 13, pixel_format)
    result = apply(EFFECT, picture, axis=axis)
    for plane, source in zip(result.planes, picture.planes, strict=True):
        assert np.array_equal(plane, source[:: steps[0], :: steps[1]])


def test_twice_is_nothing():
    picture = drawn(23, 13, "yuv420p")
    twice = apply(EFFECT, apply(EFFECT, picture, axis="both"), axis="both")
    assert np.array_equal(twice.planes[0], picture.planes[0])


def test_the_rows_lie_in_order_in_memory():
    result = apply(EFFECT, drawn(22, 13, "yuv420p"), axis="vertical")
    assert all(plane.line_size > 0 for plane in result.carrier.planes)
