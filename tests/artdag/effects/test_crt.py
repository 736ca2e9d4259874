from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.crt import EFFECT, curved
from tests.artdag.effects.apply import apply, drawn, filled

PLAIN = {"bend": 0, "lines": 0, "mask": 0, "vignette": 0}
GREY = filled(240, 160, "yuv420p", 116, 108, 148)


def luma(**params):
    return apply(EFFECT, GREY, **PLAIN | params).planes[0].astype(float) - 16


def test_the_middle_and_the_middles_of_the_sides_stay():
    points = [(120, 80), (0, 80), (240, 80), (120, 0), (120, 160)]
    for x, y in points:
        u, v = curved(np.array([[x]], float), np.array([[y]], float), 240, 160, 1)
        assert ((u[0, 0] + 1) * 120, (v[0, 0] + 1) * 80) == pytest.approx((x, y))


def test_corners_show_what_lies_beyond():
    u, v = curved(np.array([[0.0]]), np.array([[0.0]]), 240, 160, 0.5)
    assert (u[0, 0], v[0, 0]) == pytest.approx((-1.11, -1.11))


def test_beyond_the_glass_it_is_black():
    result = apply(EFFECT, GREY, **PLAIN | {"bend": 1})
    for plane, black in zip(result.planes, (16, 128, 128), strict=True):
        corners = plane[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert (corners == black).all()
    assert result.planes[0][80, 1] == pytest.approx(116, abs=2)
    assert result.planes[0][2, 120] == pytest.approx(116, abs=2)


def test_a_line_bends_as_the_formula_says():
    picture = filled(240, 160, "yuv444p", 16, 128, 128)
    picture.planes[0][:, 180:182] = 235
    result = apply(EFFECT, picture, **PLAIN | {"bend": 0.5}).planes[0].astype(float) - 16
    for y in (10, 45, 80):
        place = (result[y] * (np.arange(240) + 0.5)).sum() / result[y].sum()
        v = (y + 0.5) / 80 - 1
        assert place == pytest.approx(120 + 61 / (1 + 0.11 * v * v), abs=0.25)


def test_lines_alternate_and_give_back_what_they_take():
    rows = luma(lines=0.5, spacing=8)[:, 120]
    assert rows[8:] == pytest.approx(rows[:-8], abs=1)
    assert rows.max() == pytest.approx(100 / 0.75, abs=1)
    assert rows.min() == pytest.approx(50 / 0.75, abs=1)
    assert rows.mean() == pytest.approx(100, abs=1)


def test_the_mask_has_stripes_three_columns_apart():
    columns = luma(mask=0.4)[80]
    assert columns[3:] == pytest.approx(columns[:-3], abs=1)
    assert columns[0] == pytest.approx(100 / 0.8, abs=1)
    assert columns[1] == columns[2] == pytest.approx(100 * 0.7 / 0.8, abs=1)


def test_the_vignette_darkens_the_corners_only():
    result = luma(vignette=0.5)
    assert result[80, 120] == 100
    assert result[0, 0] == pytest.approx(50, abs=3)
    assert result[80, 0] == pytest.approx(100 * (1 - 0.5 / 4), abs=2)


def test_colour_darkens_along():
    result = apply(EFFECT, GREY, **PLAIN | {"vignette": 1}).planes
    assert [int(plane[0, 0]) for plane in result] == pytest.approx([16, 128, 128], abs=5)
    assert [int(plane[40, 60]) for plane in result[1:]] == [108, 148]


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva444p"])
def test_values_stay_legal(pixel_format):
    result = apply(EFFECT, drawn(64, 48, pixel_format), lines=1, mask=1)
    assert all(plane.min() >= 16 and plane.max() <= (240 if n else 235) for n, plane in enumerate(result.planes[:3]))
