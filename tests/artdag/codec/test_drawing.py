"""Pictures made from nothing: each value is the one that arithmetic gives."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.chroma import yuv_of
from artdag.codec.drawing import Painted, fill, flat, gradient, specks
from artdag.codec.frame import PACKED, Frame
from artdag.media import VideoShape
from artdag.params import Color

BLACK, WHITE, ORANGE, NAVY = Color("#000000"), Color("#ffffff"), Color("#ff8800"), Color("#000080")
FORMATS = ["yuv420p", "yuv444p", "rgb24", "yuva420p", "rgba"]
SIZES = [(64, 48), (63, 47), (2, 2), (3, 2)]


def values(color: Color, pixel_format: str) -> list[float]:
    rgb = np.array(color.rgb, np.float64)
    return [*(rgb if pixel_format in PACKED else yuv_of(rgb / 255)), 255.0]


def parts(frame: Frame) -> list[np.ndarray]:
    if frame.pixel_format in PACKED:
        return [frame.planes[0][..., channel] for channel in range(PACKED[frame.pixel_format])]
    return list(frame.planes)


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_flat_picture_has_one_value_in_each_part(pixel_format, size):
    for part, value in zip(parts(flat(*size, pixel_format, ORANGE)), values(ORANGE, pixel_format), strict=False):
        assert (part == round(value)).all()


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "rgb24"])
def test_a_box_is_painted_and_nothing_else(pixel_format):
    frame = flat(32, 20, pixel_format, BLACK)
    fill(frame, (4, 6, 12, 16), WHITE)
    first = parts(frame)[0]
    white, black = (round(values(color, pixel_format)[0]) for color in (WHITE, BLACK))
    assert (first[6:16, 4:12] == white).all()
    assert np.count_nonzero(first != black) == 80


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("degrees", [0, 30, 90, 180, 225, -45, 359])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_gradient_is_within_half_a_value_of_the_straight_line(pixel_format, degrees, size):
    width, height = size
    frame = gradient(width, height, pixel_format, (NAVY, ORANGE), degrees)
    start, end = values(NAVY, pixel_format), values(ORANGE, pixel_format)
    dx, dy = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    for number, part in enumerate(parts(frame)[:3]):
        step = 2 if pixel_format in ("yuv420p", "yuva420p") and number else 1
        y, x = np.mgrid[: part.shape[0], : part.shape[1]]
        x, y = (x + 0.5) * step - width / 2, (y + 0.5) * step - height / 2
        share = np.clip((x * dx + y * dy) / (abs(width * dx) + abs(height * dy)) + 0.5, 0, 1)
        assert np.abs(part - (start[number] + (end[number] - start[number]) * share)).max() <= 0.501


def test_a_gradient_from_left_to_right_rises_evenly_and_by_rows_not_at_all():
    luma = gradient(219, 4, "yuv420p", (BLACK, WHITE), 0).planes[0]
    assert (np.diff(luma[0].astype(int)) >= 0).all()
    assert (luma == luma[0]).all()
    assert np.abs(luma[0] - (16 + np.arange(219) + 0.5)).max() <= 0.5
    down = gradient(4, 219, "yuv420p", (BLACK, WHITE), 90).planes[0]
    assert np.array_equal(down[:, 0], luma[0])


def test_turning_a_gradient_round_exchanges_its_colours():
    one = gradient(40, 30, "rgb24", (NAVY, ORANGE), 180).planes[0]
    other = gradient(40, 30, "rgb24", (ORANGE, NAVY), 0).planes[0]
    assert np.abs(one.astype(int) - other).max() <= 1


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "rgb24"])
def test_specks_lie_between_the_colours(pixel_format):
    shares = np.arange(256, dtype=np.uint8).reshape(16, 16)
    frame = specks(16, 16, pixel_format, (NAVY, ORANGE), shares)
    start, end = values(NAVY, pixel_format)[0], values(ORANGE, pixel_format)[0]
    line = start + (end - start) * np.arange(256) / 255
    assert np.abs(parts(frame)[0].reshape(-1) - line).max() <= 0.5


def test_the_chroma_of_specks_is_that_of_their_mean():
    shares = np.zeros((2, 2), np.uint8)
    shares[0] = 255
    frame = specks(2, 2, "yuv420p", (BLACK, ORANGE), shares)
    _, u, v = (value * 128 / 255 for value in values(ORANGE, "yuv420p")[:3])
    assert abs(frame.planes[1][0, 0] - (128 * 127 / 255 + u)) <= 1
    assert abs(frame.planes[2][0, 0] - (128 * 127 / 255 + v)) <= 1


def test_painted_frames_have_their_own_times_and_are_made_alone():
    asked: list[int] = []

    def paint(index: int) -> Frame:
        asked.append(index)
        return flat(4, 4, "rgb24", Color(f"#0000{index:02x}"))

    shape = VideoShape(width=4, height=4, pixel_format="rgb24", frame_rate=Fraction(25), frame_count=9)
    found = list(Painted(paint, shape).frames(3, 6))
    assert [frame.pts for frame in found] == asked == [3, 4, 5]
    assert [int(Frame.over(frame).planes[0][0, 0, 2]) for frame in found] == [3, 4, 5]
