"""One picture in another size: see-through ones without fringes of what they hide."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.frame import HAS_ALPHA, Frame
from artdag.codec.rescale import alpha_of, colours_of, in_model, scaled
from tests.artdag.effects.apply import alpha, drawn, filled

FORMATS = ["yuv420p", "yuva420p", "yuv444p", "yuva444p", "rgb24", "rgba", "gbrp"]


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (40, 24), (64, 7)], ids=str)
@pytest.mark.parametrize("pixel_format", FORMATS)
def test_any_format_comes_in_any_size_and_one_colour_stays_that_colour(pixel_format, size):
    picture = Frame.blank(20, 12, pixel_format)
    for index, plane in enumerate(colours_of(picture)):
        plane[...] = 90 + 20 * index
    if pixel_format in HAS_ALPHA:
        alpha(picture)[...] = 255
    result = scaled(picture, *size)
    assert (result.width, result.height, result.pixel_format) == (*size, pixel_format)
    for before, after in zip(colours_of(picture), colours_of(result), strict=True):
        assert (after == before[0, 0]).all()


def test_the_same_size_is_the_same_picture():
    picture = drawn(9, 7, "rgba")
    assert scaled(picture, 9, 7) is picture
    assert in_model(picture, "rgba") is picture


@pytest.mark.parametrize("pixel_format", ["yuva420p", "yuva444p", "rgba"])
@pytest.mark.parametrize("size", [(12, 8), (60, 44)], ids=str)
def test_hidden_colours_do_not_come_out_at_the_edges(pixel_format, size):
    picture = filled(32, 24, "rgba", 255, 255, 255, 255)
    picture.planes[0][:, 16:] = (0, 255, 0, 0)
    picture = in_model(picture, pixel_format)
    result = in_model(scaled(picture, *size), "rgba")
    seen = alpha(result) > 40
    assert seen.any()
    assert not seen.all()
    bound = 230 if pixel_format == "rgba" else 140  # 4:2:0 and its like have mixed them before
    edge = result.planes[0][..., 0][seen & (np.arange(size[0]) < size[0] // 2)[None, :]]
    assert edge.min() >= bound
    if pixel_format == "rgba":
        assert result.planes[0][..., :3][seen].min() >= bound


def test_opacity_itself_is_scaled():
    picture = filled(32, 24, "rgba", 200, 100, 50, 255)
    picture.planes[0][:, 16:, 3] = 0
    result = scaled(picture, 8, 6)
    assert alpha(result)[:, :3].min() == 255
    assert alpha(result)[:, 5:].max() == 0


def test_colours_are_named_whatever_holds_them():
    picture = filled(4, 4, "rgba", 10, 20, 30, 40)
    assert [int(plane[0, 0]) for plane in colours_of(picture)] == [10, 20, 30]
    assert int(alpha_of(picture)[0, 0]) == 40
    planar = in_model(filled(4, 4, "rgb24", 10, 20, 30), "gbrp")
    assert [int(plane[0, 0]) for plane in colours_of(planar)] == [10, 20, 30]
    assert alpha_of(planar) is None
