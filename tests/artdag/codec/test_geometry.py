"""The arithmetic of boxes."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artdag.codec.geometry import around, even, inside, nearest_format

SIDES = st.integers(1, 5000)
EVEN = st.integers(1, 2500).map(lambda half: 2 * half)


@given(st.floats(0, 1e5))
def test_even_is_even_near_and_never_nothing(value):
    assert even(value) % 2 == 0
    assert even(value) >= 2
    assert abs(even(value) - max(value, 2)) <= 1 or even(value) == 2


@given(SIDES, SIDES, EVEN, EVEN)
def test_inside_fits_the_box_and_touches_it(width, height, box_width, box_height):
    w, h = inside(width, height, box_width, box_height)
    assert 2 <= w <= box_width
    assert 2 <= h <= box_height
    assert w == box_width or h == box_height
    assert (w % 2, h % 2) == (0, 0)


@given(SIDES, SIDES, EVEN, EVEN)
def test_around_covers_the_box_and_touches_it(width, height, box_width, box_height):
    w, h = around(width, height, box_width, box_height)
    assert w >= box_width
    assert h >= box_height
    assert w == box_width or h == box_height
    assert (w % 2, h % 2) == (0, 0)


@given(st.integers(16, 5000), st.integers(16, 5000), EVEN, EVEN)
def test_the_aspect_is_kept_within_a_pixel(width, height, box_width, box_height):
    scale = min(Fraction(box_width, width), Fraction(box_height, height))
    w, h = inside(width, height, box_width, box_height)
    assert abs(w - width * scale) <= 1 or w == 2
    assert abs(h - height * scale) <= 1 or h == 2


@pytest.mark.parametrize(
    ("have", "offered", "chosen"),
    [
        ("rgb24", ("yuv420p", "rgb24"), "rgb24"),
        ("rgba", ("yuv420p", "rgb24"), "rgb24"),
        ("rgba", ("yuv420p", "yuva420p", "rgb24"), "yuva420p"),
        ("rgba", ("yuv444p", "yuva420p", "yuva444p"), "yuva444p"),
        ("rgb24", ("yuv420p", "yuva420p", "yuv444p"), "yuv444p"),
        ("yuva420p", ("yuv420p", "rgba"), "rgba"),
        ("yuv420p", ("rgb24", "rgba"), "rgb24"),
        ("gray", ("yuv420p", "yuv444p"), "yuv444p"),
    ],
)
def test_the_nearest_format_keeps_most(have, offered, chosen):
    assert nearest_format(have, offered) == chosen
