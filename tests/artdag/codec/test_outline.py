from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from artdag.codec.fontfile import face
from artdag.codec.outline import FINE, filled
from artdag.codec.shaping import shaped


def outline(character: str, size: float, grown: float = 0):
    (glyph,) = shaped(character).glyphs
    return glyph.font.outline(glyph.number, size, grown)


def test_coverage_is_the_exact_share_of_each_pixel():
    # the full block of DejaVu Sans goes from -20 to 1595 across, of 2048
    shape = outline("█", 2048 / 16)
    assert (shape.left, shape.right) == (-20 * 4, 1595 * 4)
    plane = filled([(shape, 8 * FINE, 120 * FINE)], 200, 200)
    assert plane.sum() / 255 == pytest.approx((shape.right - shape.left) * (shape.top - shape.bottom) / FINE**2, 1e-3)


def test_half_a_pixel_is_half_covered():
    shape = outline("█", 2048 / 16)
    plane = filled([(shape, 8 * FINE - shape.left % FINE + FINE // 2, 100 * FINE)], 200, 200)
    row = plane[80]
    first = np.flatnonzero(row)[0]
    assert row[first] == pytest.approx(128, abs=1)
    assert row[first + 1] == 255


def test_a_band_is_as_wide_as_asked_on_both_sides():
    plain, band = outline("█", 100), outline("█", 100, 5)
    assert (band.left, band.right) == (plain.left - 5 * FINE, plain.right + 5 * FINE)
    plane = filled([(band, 20 * FINE, 110 * FINE)], 150, 150)
    row = plane[90]
    assert row.sum() / 255 == pytest.approx(20, abs=0.1)


def test_what_lies_beyond_the_picture_is_left_out():
    shape = outline("H", 50)
    whole = filled([(shape, 60 * FINE, 90 * FINE)], 160, 160)
    part = filled([(shape, 10 * FINE, 40 * FINE)], 30, 30)
    assert np.array_equal(part, whole[50:80, 50:80])
    assert not filled([(shape, 900 * FINE, 40 * FINE), (shape, 0, -900 * FINE)], 30, 30).any()


def test_a_space_has_nothing_to_see():
    assert outline(" ", 50) is None
    assert face().outline(10**6, 50, 0) is None


def test_many_threads_draw_the_same():
    def draw(number: int) -> bytes:
        size = 20 + number % 5
        parts = [(outline(character, size, 2), (10 + 12 * at) * FINE, 40 * FINE) for at, character in enumerate("Agß8")]
        return filled(parts, 100, 60).tobytes()

    alone = [draw(number) for number in range(5)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(draw, range(200))) == alone * 40
