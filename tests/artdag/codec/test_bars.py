"""The test pattern: known colours in known places, and no two frames alike."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.bars import COLORS, Bars
from artdag.codec.bordered import color_values
from artdag.codec.frame import Frame, pixels
from artdag.params import Color


@pytest.mark.parametrize("size", [(1280, 720), (641, 361), (64, 48)], ids=str)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_the_bars_have_their_colours(size, pixel_format):
    width, height = size
    frame = Bars(width, height, pixel_format, Fraction(25), 100).frame(0)
    for number, color in enumerate(COLORS):
        x, y = int(width * (number + 0.5) / 7), 2
        wanted = color_values(color, pixel_format)
        found = frame.planes[0][y, x] if pixel_format == "rgb24" else (frame.planes[0][y, x],)
        assert [int(value) for value in found] == list(wanted[: len(found)])


def marker(frame: Frame) -> int:
    """Return where the white block of the strip begins."""
    return int(np.argmax(frame.planes[0][-1] == 235))


@pytest.mark.parametrize(("rate", "steps"), [(Fraction(25), 25), (Fraction(30000, 1001), 30), (Fraction(2), 10)])
def test_the_marker_goes_once_across_in_a_second(rate, steps):
    bars = Bars(600, 120, "yuv420p", rate, 100)
    places = [marker(bars.frame(index)) for index in range(steps + 1)]
    assert places == [int(600 * step / steps // 2) * 2 for step in range(steps)] + [0]
    strip = [int(bars.frame(index).planes[0][-1, 599]) for index in range(steps + 1)]
    assert strip[1 : steps - 1] == [16] * (steps - 2)
    assert strip[0] == strip[steps] == color_values(Color("#808080"), "yuv420p")[0]


def test_the_marker_is_always_to_be_seen():
    for width in (2, 3, 16, 25):
        bars = Bars(width, 48, "yuv420p", Fraction(60), 100)
        assert all((bars.frame(index).planes[0][-1] == 235).any() for index in range(60))


def test_frames_of_the_same_second_step_differ_in_their_number():
    bars = Bars(320, 180, "yuv420p", Fraction(25), 10_000)
    shown = [pixels(bars.frame(index).carrier) for index in (7, 32, 57, 9_982)]
    assert len(set(shown)) == 4
    assert pixels(bars.frame(32).carrier) == shown[1]


@pytest.mark.parametrize("size", [(2, 2), (3, 7), (8, 2), (20, 400), (400, 20)], ids=str)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_every_size_can_be_painted(size, pixel_format):
    frame = Bars(*size, pixel_format, Fraction(25), 100_000).frame(12_345)
    assert (frame.width, frame.height) == size


def test_the_ramp_goes_from_black_to_white():
    frame = Bars(660, 120, "yuv420p", Fraction(25), 10).frame(3)
    row = frame.planes[0][100].astype(int)
    assert (row[:110] == 16).all()
    assert (row[110:220] == 235).all()
    ramp = row[220:]
    assert (np.diff(ramp) >= 0).all()
    assert (np.diff(ramp) <= 1).all()
    assert (ramp[0], ramp[-1]) == (16, 235)
