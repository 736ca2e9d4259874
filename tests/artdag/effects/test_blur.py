from __future__ import annotations

import numpy as np

from artdag.codec.frame import Frame
from artdag.effects.blur import EFFECT
from tests.artdag.effects.apply import apply, drawn, filled


def line(pixel_format: str) -> Frame:
    """A white line, one pixel wide, on black; red to match."""
    picture = filled(65, 65, pixel_format, 16, 128, 128)
    picture.planes[0][32] = 235
    return picture


def test_a_line_becomes_a_bell_of_half_the_radius():
    bell = apply(EFFECT, line("yuv444p"), radius=8).planes[0][:, 32].astype(float) - 16
    rows = np.arange(65) - 32
    assert abs(bell.sum() - 219) < 6
    assert np.array_equal(bell, bell[::-1])
    deviation = np.sqrt((bell * rows**2).sum() / bell.sum())
    assert 3.4 < deviation < 4.4


def test_chroma_of_half_the_size_is_blurred_half_as_wide():
    spreads = []
    for pixel_format in ("yuv444p", "yuv420p"):
        picture = filled(96, 96, pixel_format, 100, 128, 128)
        plane = picture.planes[2]
        plane[: len(plane) // 2] = 200
        edge = apply(EFFECT, picture, radius=12).planes[2][:, 5].astype(int)
        spreads.append(np.count_nonzero((edge > 135) & (edge < 193)))
    assert abs(spreads[0] - 2 * spreads[1]) <= 2


def test_a_flat_picture_stays():
    result = apply(EFFECT, filled(40, 30, "yuva420p", 77, 90, 200, 128), radius=50)
    assert [set(plane.ravel().tolist()) for plane in result.planes] == [{77}, {90}, {200}, {128}]


def test_opacity_stays():
    picture = drawn(40, 30, "yuva420p")
    assert np.array_equal(apply(EFFECT, picture).planes[3], picture.planes[3])


def test_a_picture_one_pixel_wide_stays_as_it_is():
    picture = drawn(1, 16, "yuv420p")
    assert np.array_equal(apply(EFFECT, picture).planes[0], picture.planes[0])
