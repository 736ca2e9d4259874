from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.crop import EFFECT, span
from tests.artdag.effects.apply import apply, digest, drawn, settled, shape_of


@pytest.mark.parametrize("pixel_format", EFFECT.pixel_formats)
def test_the_rectangle_is_kept_pixel_for_pixel(pixel_format):
    picture = drawn(64, 48, pixel_format)
    result = apply(EFFECT, picture, x=8, y=6, width=20, height=30)
    assert (result.width, result.height) == (20, 30)
    for plane, source in zip(result.planes, picture.planes, strict=True):
        share = 64 // source.shape[1]
        assert np.array_equal(plane, source[6 // share : 36 // share, 8 // share : 28 // share])


def test_nothing_said_reaches_to_the_far_side():
    picture = drawn(64, 48, "yuv420p")
    result = apply(EFFECT, picture, x=10, y=20)
    assert np.array_equal(result.planes[0], picture.planes[0][20:, 10:])


@pytest.mark.parametrize(
    ("start", "length", "whole", "kept"),
    [
        (0, 0, 64, (0, 64)),
        (3, 21, 64, (2, 20)),  # odd numbers are rounded down
        (50, 40, 64, (50, 14)),  # what reaches outside is cut back
        (900, 900, 64, (62, 2)),
        (0, 1, 64, (0, 2)),
        (0, 0, 17, (0, 17)),
        (2, 0, 17, (2, 15)),
        (5, 5, 1, (0, 1)),
        (5, 5, 2, (0, 2)),
    ],
)
def test_sides_are_cut_to_even_numbers_within_the_picture(start, length, whole, kept):
    assert span(start, length, whole) == kept


def test_the_shape_is_known_beforehand():
    shape = EFFECT.reshape(settled(EFFECT, {"x": 5, "width": 30, "height": 900}), shape_of(drawn(64, 48, "yuv420p")))
    assert (shape.width, shape.height) == (30, 48)


def test_a_rectangle_larger_than_the_picture_is_the_picture():
    picture = drawn(17, 9, "yuv420p")
    assert digest(apply(EFFECT, picture, width=100, height=50)) == digest(picture)
