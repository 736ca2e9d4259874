from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.bordered import bordered, color_values, halved_along
from artdag.params import Color

ROW = np.array([[1, 2, 3]], np.uint8)


@pytest.mark.parametrize(
    ("edge", "fill", "row"),
    [
        ("repeat", None, [1, 1, 1, 2, 3, 3, 3, 3]),
        ("mirror", None, [2, 1, 1, 2, 3, 3, 2, 1]),
        ("mirror", 9, [9, 9, 1, 2, 3, 9, 9, 9]),
    ],
)
def test_a_border_lies_on_all_sides_and_one_more_behind(edge, fill, row):
    result = bordered(ROW, 2, edge, fill)
    assert result.shape == (6, 8)
    assert result[2].tolist() == row
    column = bordered(np.ascontiguousarray(ROW.T), 2, edge, fill)
    assert column[:, 2].tolist() == row


def test_a_wide_border_turns_the_plane_over_again_and_again():
    assert bordered(ROW[:, :2], 5, "mirror")[5].tolist() == [1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2, 1]


def test_without_a_margin_one_row_and_column_are_repeated():
    assert bordered(ROW, 0, "mirror").tolist() == [[1, 2, 3, 3]] * 2


def test_pairs_become_their_mean_half_up():
    plane = np.array([[10, 21, 255, 255, 7]], np.uint8)
    assert halved_along(plane, 1).tolist() == [[16, 255, 7]]
    assert halved_along(plane.T, 0).tolist() == [[16], [255], [7]]


def test_a_colour_has_its_values_in_each_format():
    assert color_values(Color("#ff8000"), "rgba") == (255, 128, 0, 255)
    assert color_values(Color("#ffffff"), "yuva420p") == (235, 128, 128, 255)
    assert color_values(Color("#000000"), "yuv444p") == (16, 128, 128, 255)
