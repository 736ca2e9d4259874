from __future__ import annotations

import time
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from artdag.codec.frame import Frame, Moment
from artdag.effects.subtitle import AT_ONCE, EFFECT, plain_text, scheduled
from artdag.errors import BrokenMediaError, RenderError
from tests.artdag.effects.apply import RATE, filled, settled
from tests.artdag.nodes.bench import a_text, a_video, applied, check_ranges, frames

ONE = b"1\n00:00:00,400 --> 00:00:00,600\nH\n"
STACK = (
    b"1\n00:00:00,000 --> 00:00:02,000\nfirst\nin two lines\n\n"
    b"2\n00:00:01,000 --> 00:00:04,000\nsecond\n\n"
    b"3\n00:00:03,000 --> 00:00:05,000\nthird\n\n"
    b"4\n00:00:03,500 --> 00:00:05,000\nfourth\n"
)


def shown(text: bytes, index: int = 10, **params) -> Frame:
    moment = Moment(index=index, frame_rate=RATE, frame_count=250, seed=0)
    result: Frame = EFFECT.frame(filled(640, 360, "yuv420p", 16, 128, 128), text, settled(EFFECT, params), moment)
    return result


def rows_of(picture: Frame) -> list[tuple[int, int]]:
    """Return where lines of white letters begin and end."""
    light = np.r_[0, (picture.planes[0] > 200).any(axis=1), 0]
    return list(zip(np.flatnonzero(np.diff(light) == 1), np.flatnonzero(np.diff(light) == -1), strict=True))


def texts(text: bytes, time_s: float, width: float = 20, room: float = 16) -> list[str]:
    return [cue.text for cue in scheduled(text, width, room, False).at(Fraction(time_s).limit_denominator(1000) * 1000)]


def test_a_cue_is_seen_in_its_time():
    seen = [bool(rows_of(shown(ONE, index))) for index in range(20)]
    assert seen == [10 <= index < 15 for index in range(20)]


def test_a_delay_moves_all_times():
    seen = [bool(rows_of(shown(ONE, index, delay_s=0.2))) for index in range(25)]
    assert seen == [15 <= index < 20 for index in range(25)]
    assert rows_of(shown(ONE, 0, delay_s=-0.4))


def test_it_stands_in_the_middle_at_the_margin():
    for position in ("bottom", "top"):
        light = shown(ONE, position=position, margin=100, safe="none", size=100, outline=0).planes[0] > 125
        columns, rows = np.flatnonzero(light.any(axis=0)), np.flatnonzero(light.any(axis=1))
        assert (columns[0] + columns[-1] + 1) / 2 == pytest.approx(320, abs=1)
        if position == "bottom":
            assert rows[-1] + 1 == pytest.approx(360 - 50 - 50 * 483 / 2048, abs=1)
        else:
            assert rows[0] == pytest.approx(50 + 50 * 408 / 2048, abs=1)


def test_it_stays_in_the_safe_area():
    by_area = {
        safe: np.flatnonzero((shown(ONE, safe=safe, margin=0, size=100, outline=0).planes[0] > 125).any(axis=1))[-1]
        for safe in ("title", "action", "none")
    }
    assert by_area["none"] - by_area["title"] == pytest.approx(360 * 0.05, abs=1)
    assert by_area["none"] - by_area["action"] == pytest.approx(360 * 0.035, abs=1)


def test_overlapping_cues_are_stacked_and_keep_their_places():
    assert texts(STACK, 0.5) == ["first\nin two lines"]
    assert texts(STACK, 1.5) == ["first\nin two lines", "second"]
    assert texts(STACK, 2.5) == ["second"]
    assert texts(STACK, 3.7) == ["second", "third", "fourth"]
    assert texts(STACK, 5.5) == []
    both, alone, three = (shown(STACK, int(time_s * 25)) for time_s in (1.5, 2.5, 3.7))
    assert len(rows_of(both)) == 3
    assert rows_of(alone) == rows_of(both)[:1]  # it stays above where the first was
    assert len(rows_of(three)) == 3
    # the third takes the free place below, the fourth has to go above
    assert rows_of(three)[1] == rows_of(alone)[0]
    assert rows_of(three)[2][0] > rows_of(alone)[0][1]


def test_cues_do_not_cover_each_other():
    offsets = [(cue.offset, cue.text.count("\n") + 1) for cue in scheduled(STACK, 20, 16, False).at(Fraction(3700))]
    spans = sorted((offset, offset + lines * 1.16) for offset, lines in offsets)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_the_first_of_a_stack_is_nearest_to_its_side():
    bottom, top = (rows_of(shown(STACK, 37, position=position)) for position in ("bottom", "top"))
    assert bottom[-1][1] > 300
    assert top[0][0] < 60


@pytest.mark.parametrize(
    ("cue", "read"),
    [
        ("<i>one</i> <b>two</b>", "one two"),
        ('<font color="red">red</font>', "red"),
        ("<c.loud>x</c> <v Fred>hi", "x hi"),
        ("a<00:00:01.000>b<01:02.000>c", "abc"),
        ("{\\an8}{\\pos(1,2)}up", "up"),
        ("3 < 4 > 2 & {braces}", "3 < 4 > 2 & {braces}"),
        ("&lt;b&gt; &amp;amp; &nbsp;x", "<b> &amp; \u00a0x"),
        ("<script>alert(1)</script>", "alert(1)"),
    ],
)
def test_tags_are_dropped_and_never_followed(cue, read):
    assert plain_text(cue) == read


def test_webvtt_is_known_by_its_first_word():
    text = b"WEBVTT\n\n00:00.400 --> 00:00.600 align:start line:0\n<v Ann>H\n"
    assert np.array_equal(shown(text).planes[0], shown(ONE).planes[0])


def test_lines_that_are_too_long_are_broken():
    text = b"1\n00:00:00,000 --> 00:00:10,000\n" + b"many words that go on and on " * 4
    light = shown(text, width=0.5).planes[0] > 125
    columns = np.flatnonzero(light.any(axis=0))
    assert columns[-1] - columns[0] <= 320
    assert len(rows_of(shown(text, width=0.5, outline=0))) > len(rows_of(shown(text, width=1, outline=0)))


def test_outline_and_box_set_it_off():
    white = filled(640, 360, "yuv420p", 235, 128, 128)
    moment = Moment(index=10, frame_rate=RATE, frame_count=250, seed=0)
    for params in ({"outline": 4}, {"outline": 0, "box": 1}):
        result = EFFECT.frame(white, ONE, settled(EFFECT, params), moment)
        assert result.planes[0].min() == 16


def test_too_many_at_once_are_not_seen():
    cues = b"".join(b"%d\n00:00:00,000 --> 00:00:10,000\ncue %d\n\n" % (number, number) for number in range(50))
    assert len(texts(cues, 1, room=1000)) == AT_ONCE
    assert len(texts(cues, 1, room=4)) == 2  # each takes a line and the gap


def test_empty_and_backward_cues_are_passed_over():
    cues = b"1\n00:00:00,000 --> 00:00:01,000\n<i></i>\n\n2\n00:00:00,500 --> 00:00:00,500\nnever\n"
    assert texts(cues, 0.5) == []


@pytest.mark.parametrize("text", [b"", b"no subtitles", b"\xff\xfe", b'TITLE "x"\nLUT_3D_SIZE 2\n', b"WEBVTT\n"])
def test_what_is_no_subtitle_file_is_refused(text):
    with pytest.raises(BrokenMediaError):
        shown(text)
    made = applied("subtitle", a_video(2), a_text(text))
    assert made.media.video is not None
    with pytest.raises(RenderError, match="the effect subtitle failed"):
        frames(made.media.video)


def test_many_cues_are_found_at_once():
    cues = b"".join(
        b"%d\n%02d:%02d:%02d,000 --> %02d:%02d:%02d,500\ncue\n\n" % (at, *clock(at), *clock(at + 1))
        for at in range(20_000)
    )
    shown(cues, 0)
    begin = time.process_time()
    for index in range(20):
        shown(cues, index * 1000)
    assert time.process_time() - begin < 2


def clock(second: int) -> tuple[int, int, int]:
    return second // 3600, second // 60 % 60, second % 60


def test_any_range_is_that_part_of_the_whole():
    text = b"1\n00:00:00,100 --> 00:00:00,300\none\n\n2\n00:00:00,200 --> 00:00:00,400\ntwo\n"
    made = applied("subtitle", a_video(15), a_text(text), delay_s={"keyframes": [[0, 0], [0.4, 0.1]]})
    check_ranges(made)
    assert made.media.sound is not None
