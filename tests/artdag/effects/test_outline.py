from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.outline import EFFECT, lay, widened
from tests.artdag.effects.apply import apply, drawn, filled, to_yuv

INK = to_yuv(200, 30, 60)


def step(height=60, pixel_format="yuv444p"):
    picture = filled(40, 40, pixel_format, 80, 100, 150)
    picture.planes[0][:, 20:] = 80 + height
    return picture


def columns(picture, value):
    return np.flatnonzero(picture.planes[0][20] == value).tolist()


@pytest.mark.parametrize(("width", "expected"), [(1, [19, 20]), (2, [18, 19, 20]), (3, [18, 19, 20, 21])])
def test_the_edge_is_inked_as_wide_as_said(width, expected):
    result = apply(EFFECT, step(), color="#c81e3c", thickness=width)
    assert columns(result, INK[0]) == expected
    assert (result.planes[1][20, expected] == INK[1]).all()
    assert (result.planes[2][20, expected] == INK[2]).all()
    assert result.planes[1][20, 10] == 100


def test_edges_weaker_than_the_level_are_left():
    # a step of 60 × 255 / 219 = 70
    strong = apply(EFFECT, step(), color="#c81e3c", level=50, thickness=1)
    weak = apply(EFFECT, step(), color="#c81e3c", level=100, thickness=1)
    assert columns(strong, INK[0]) == [19, 20]
    assert np.array_equal(weak.planes[0], step().planes[0])


def test_the_amount_is_the_opacity():
    result = apply(EFFECT, step(), color="#c81e3c", amount=0.5, thickness=1).planes[0][20]
    assert result[19] == pytest.approx((80 + INK[0]) / 2, abs=1)
    assert result[20] == pytest.approx((140 + INK[0]) / 2, abs=1)


def test_a_flat_picture_gets_no_line():
    picture = filled(40, 40, "yuv420p", 80, 100, 150)
    result = apply(EFFECT, picture)
    assert all((a == b).all() for a, b in zip(result.planes, picture.planes, strict=True))


@pytest.mark.parametrize("width", [1, 2, 3, 5, 16])
def test_a_dot_widens_to_a_square(width):
    dot = np.zeros((50, 50), np.uint8)
    dot[25, 25] = 200
    square = widened(widened(dot, width, 0), width, 1)
    assert square.shape == dot.shape
    assert (square == 200).sum() == width**2


def test_mixing_rounds_to_the_nearest():
    source = np.arange(256, dtype=np.uint8).repeat(256).reshape(256, 256)
    ink = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    for value in (0, 16, 200, 255):
        result = np.empty_like(source)
        lay(source, result, ink, value)
        exact = source + (value - source.astype(float)) * ink / 255
        assert np.abs(result - exact).max() <= 0.5


def test_odd_sizes_and_opacity_are_kept():
    picture = drawn(33, 21, "yuva420p")
    assert np.array_equal(apply(EFFECT, picture).planes[3], picture.planes[3])
