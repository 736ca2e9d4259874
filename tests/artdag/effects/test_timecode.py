from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.frame import Moment
from artdag.effects.timecode import EFFECT, spelt, timecode
from artdag.errors import ParameterError
from tests.artdag.effects.apply import apply, filled, settled, shape_of
from tests.artdag.nodes.bench import a_video, applied, check_ranges

NTSC, NTSC2 = Fraction(30_000, 1001), Fraction(60_000, 1001)


def code(index: int, rate: Fraction, **params) -> str:
    moment = Moment(index=index, frame_rate=rate, frame_count=10**7, seed=0)
    return timecode(settled(EFFECT, params), moment)


@pytest.mark.parametrize(
    ("index", "rate", "wanted"),
    [
        (0, Fraction(25), "00:00:00:00"),
        (24, Fraction(25), "00:00:00:24"),
        (25 * 3661 + 7, Fraction(25), "01:01:01:07"),
        (25 * 86_400, Fraction(25), "00:00:00:00"),
        (29, Fraction(24_000, 1001), "00:00:01:05"),
        (119, Fraction(120), "00:00:00:119"),
        (3, Fraction(1, 2), "00:00:03:00"),
    ],
)
def test_frames_are_counted_in_seconds(index, rate, wanted):
    assert code(index, rate) == wanted


@pytest.mark.parametrize(
    ("index", "wanted"),
    [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (3597, "00:01:59;29"),
        (3598, "00:02:00;02"),
        (17_981, "00:09:59;29"),
        (17_982, "00:10:00;00"),
        (17_982 + 1800, "00:11:00;02"),
        (107_892, "01:00:00;00"),
        (2_589_407, "23:59:59;29"),
        (2_589_408, "00:00:00;00"),
    ],
)
def test_drop_frame_leaves_out_the_numbers_of_smpte(index, wanted):
    assert code(index, NTSC) == wanted


@pytest.mark.parametrize(("rate", "dropped"), [(NTSC, 2), (NTSC2, 4)])
def test_drop_frame_is_counting_with_left_out_numbers(rate, dropped):
    second = round(rate)
    counted = [
        f"00:{minute:02}:{at // second:02};{at % second:02}"
        for minute in range(60)
        for at in range(60 * second)
        if at >= dropped or minute % 10 == 0
    ]
    assert [spelt(index, rate, dropped) for index in range(len(counted))] == counted


def test_drop_frame_stays_with_the_clock():
    for hours in range(1, 24):
        index = round(hours * 3600 * NTSC)
        assert code(index, NTSC) in (f"{hours:02}:00:00;{frames:02}" for frames in range(4))


def test_without_drop_frame_all_numbers_are_counted():
    assert code(1800, NTSC, drop_frame=False) == "00:01:00:00"
    assert code(1800, Fraction(30)) == "00:01:00:00"


@pytest.mark.parametrize(
    ("start", "index", "rate", "wanted"),
    [
        ("01:00:00:00", 0, Fraction(25), "01:00:00:00"),
        ("10:59:59:24", 1, Fraction(25), "11:00:00:00"),
        ("23:59:59:24", 1, Fraction(25), "00:00:00:00"),
        ("01:00:00;00", 0, NTSC, "01:00:00;00"),
        ("00:00:59;29", 1, NTSC, "00:01:00;02"),
        ("00:09:59:29", 1, NTSC, "00:10:00;00"),
        ("12:34:56;07", 0, NTSC, "12:34:56;07"),
    ],
)
def test_it_begins_where_it_is_told_to(start, index, rate, wanted):
    assert code(index, rate, start=start) == wanted


@pytest.mark.parametrize("start", ["1:00:00:00", "24:00:00:00", "00:60:00:00", "00:00:00", 3, "٠٠:00:00:00", ""])
def test_what_is_no_timecode_is_refused(start):
    with pytest.raises(ParameterError, match="timecode"):
        settled(EFFECT, {"start": start})


@pytest.mark.parametrize(("start", "rate"), [("00:00:00:25", "25"), ("00:01:00:01", "30000/1001")])
def test_what_there_is_not_at_the_rate_is_refused_before_rendering(start, rate):
    with pytest.raises(ParameterError, match="start"):
        applied("timecode", a_video(2, rate=Fraction(rate)), start=start)
    assert EFFECT.reshape is not None
    shape = shape_of(filled(4, 4, "yuv420p", 16, 128, 128))
    assert EFFECT.reshape(settled(EFFECT, {}), shape) == shape


def test_only_what_changes_moves():
    black = filled(640, 360, "yuv420p", 16, 128, 128)
    one, other = (apply(EFFECT, black, index=index, box=0, size=100).planes[0] for index in (3, 4))
    columns = np.flatnonzero((one != other).any(axis=0))
    light = np.flatnonzero((one > 16).any(axis=0))
    digit = 50 * 1425 / 2048
    assert columns[0] >= light[-1] - digit
    assert columns[-1] - columns[0] <= digit


def test_it_stands_in_its_box_at_its_place():
    grey = filled(640, 360, "yuv420p", 126, 128, 128)
    result = apply(EFFECT, grey, position="top_left", box=1).planes[0]
    rows, columns = np.flatnonzero((result != 126).any(axis=1)), np.flatnonzero((result != 126).any(axis=0))
    assert (rows[0], columns[0]) == pytest.approx((20 - 0.15 * 18, 20 - 0.3 * 18), abs=1)
    assert result.min() == 16
    assert result.max() == 235


def test_any_range_is_that_part_of_the_whole():
    check_ranges(applied("timecode", a_video(12), start="00:00:59:20"))
