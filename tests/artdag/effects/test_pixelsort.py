from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.pixelsort import EFFECT, lines
from tests.artdag.effects.apply import apply, drawn, filled

ALL = {"low": 0, "high": 255}


def grey(rows):
    luma = np.array(rows, np.uint8)
    picture = filled(luma.shape[1], luma.shape[0], "yuv444p", 0, 0, 0)
    picture.planes[0][...] = luma
    picture.planes[1][...] = 240 - luma
    picture.planes[2][...] = luma // 2
    return picture


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (0, [[20, 30, 50], [10, 40, 60]]),
        (180, [[50, 30, 20], [60, 40, 10]]),
        (90, [[50, 60, 30], [40, 20, 10]]),
        (-90, [[40, 20, 10], [50, 60, 30]]),
    ],
)
def test_the_light_ends_gather_where_the_angle_says(degrees, expected):
    result = apply(EFFECT, grey([[50, 20, 30], [40, 60, 10]]), degrees=degrees, **ALL)
    assert result.planes[0].tolist() == expected


def test_colour_moves_along():
    result = apply(EFFECT, grey([[50, 20, 30, 90]]), degrees=0, **ALL)
    assert result.planes[1].tolist() == [[220, 210, 190, 150]]
    assert result.planes[2].tolist() == [[10, 15, 25, 45]]


def test_only_runs_between_the_bounds_are_sorted():
    # as 0..255: 16 -> 0, 100 -> 97.8, 60 -> 51.2, 200 -> 214
    row = [100, 60, 80, 200, 90, 70, 16, 99, 61]
    result = apply(EFFECT, grey([row]), degrees=0, low=51, high=120)
    assert result.planes[0].tolist() == [[60, 80, 100, 200, 70, 90, 16, 61, 99]]


def test_the_bounds_count():
    row = [100, 60]
    edge = (60 - 16) * 255 / 219
    assert apply(EFFECT, grey([row]), degrees=0, low=edge, high=255).planes[0].tolist() == [[60, 100]]
    assert apply(EFFECT, grey([row]), degrees=0, low=edge + 0.01, high=255).planes[0].tolist() == [[100, 60]]
    assert apply(EFFECT, grey([row]), degrees=0, low=200, high=100).planes[0].tolist() == [[100, 60]]


def test_equal_pixels_keep_their_order():
    picture = grey([[50, 50, 20, 50]])
    picture.planes[1][0] = [1, 2, 3, 4]
    assert apply(EFFECT, picture, degrees=0, **ALL).planes[1].tolist() == [[3, 1, 2, 4]]


@pytest.mark.parametrize("size", [(300, 200), (20_000, 3), (1, 9), (70_000, 1)])
@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 100, 211, 300])
def test_every_pixel_is_on_one_line_and_none_is_lost(size, degrees):
    found = lines(*size, degrees)
    assert np.array_equal(np.sort(found.places), np.arange(size[0] * size[1]))
    assert found.parts[0].start == 0
    assert not any(found.goes_on[part.start] for part in found.parts)
    assert sum(part.stop - part.start for part in found.parts) == len(found.places)
    picture = drawn(*size, "yuva444p")
    result = apply(EFFECT, picture, degrees=degrees, **ALL)
    before, after = (
        np.sort(np.stack([plane.ravel() for plane in shown.planes]).astype(np.int64).T @ [1, 256, 65536, 1 << 24])
        for shown in (picture, result)
    )
    assert np.array_equal(before, after)


@pytest.mark.parametrize("degrees", [0, 30, 90, 211])
def test_lines_rise_towards_the_angle(degrees):
    found = lines(200, 150, degrees)
    luma = apply(EFFECT, drawn(200, 150, "yuv444p"), degrees=degrees, **ALL).planes[0].ravel()[found.places].astype(int)
    assert (np.diff(luma)[found.goes_on[1:]] >= 0).all()
    y, x = np.divmod(found.places, 200)
    ahead = np.cos(np.radians(degrees)) * np.diff(x) - np.sin(np.radians(degrees)) * np.diff(y)
    assert (ahead[found.goes_on[1:]] > 0.5).all()


def test_a_long_line_is_sorted_whole():
    picture = drawn(70_000, 1, "yuv444p")
    assert np.array_equal(apply(EFFECT, picture, degrees=0, **ALL).planes[0][0], np.sort(picture.planes[0][0]))
