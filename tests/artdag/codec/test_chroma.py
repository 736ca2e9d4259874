from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.chroma import at_chroma, at_luma, doubled, halved, keep_alpha, yuv_of
from tests.artdag.effects.apply import drawn


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((1, 1, 1), (235, 128, 128)),
        ((1, 0, 0), (16 + 219 * 0.2126, 128 - 224 * 0.2126 / 1.8556, 240)),
        ((0, 0, 1), (16 + 219 * 0.0722, 240, 128 - 224 * 0.0722 / 1.5748)),
    ],
)
def test_colours_have_the_code_values_of_bt_709(rgb, expected):
    assert yuv_of(np.array([rgb], np.float64))[0] == pytest.approx(expected)


def test_chroma_sees_the_mean_of_its_pixels():
    assert halved(np.array([[10, 20, 90], [30, 41, 70]], np.uint8)).tolist() == [[25, 80]]
    assert halved(np.array([[7]], np.uint8)).tolist() == [[7]]


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva444p"])
def test_a_plane_is_brought_to_the_size_of_chroma(pixel_format):
    picture = drawn(7, 5, pixel_format)
    assert at_chroma(picture.planes[0], picture).shape == picture.planes[1].shape


def test_opacity_is_copied_where_there_is_one():
    for pixel_format in ("yuva420p", "yuv420p"):
        picture = drawn(7, 5, pixel_format)
        result = picture.blank_like()
        keep_alpha(picture, result)
        if pixel_format == "yuva420p":
            assert np.array_equal(result.planes[3], picture.planes[3])


def test_luma_sees_chroma_linearly_between():
    assert doubled(np.array([[0, 160]], np.uint8), 1, 4).tolist() == [[0, 40, 120, 160]]
    assert doubled(np.array([[0], [160]], np.uint8), 3, 1).tolist() == [[0], [40], [120]]


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva444p"])
def test_a_plane_is_brought_to_the_size_of_luma(pixel_format):
    picture = drawn(7, 5, pixel_format)
    assert at_luma(picture.planes[1], picture).shape == picture.planes[0].shape
