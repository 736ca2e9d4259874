from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.companions import Cue, parse_companion, parse_cube, parse_subrip, parse_subtitles, parse_webvtt
from artdag.errors import BrokenMediaError


def test_subrip():
    text = "1\n00:00:01,000 --> 00:00:02,500\none\ntwo\n\n2\n01:00:00,000 --> 01:00:01,000\n<i>three</i>\n"
    assert parse_subrip(text) == (Cue(1.0, 2.5, "one\ntwo"), Cue(3600.0, 3601.0, "<i>three</i>"))


def test_webvtt_with_names_settings_notes_and_styles():
    text = (
        "WEBVTT\n\nSTYLE\n::cue { color: red }\n\nNOTE nothing\n\nintro\n00:01.000 --> 00:02.000 align:start line:0\n"
        "one\n\n01:00:00.000 --> 01:00:01.000\ntwo\n"
    )
    assert parse_webvtt(text) == (Cue(1.0, 2.0, "one"), Cue(3600.0, 3601.0, "two"))


def test_subtitles_are_known_by_their_first_word():
    cue = Cue(1.0, 2.0, "one")
    assert parse_subtitles(b"WEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\none\r\n") == (cue,)
    assert parse_subtitles("\ufeff1\n00:00:01,000 --> 00:00:02,000\none".encode()) == (cue,)
    for wrong in (b"\xff", b"1\n00:00:01,000 --> 00:00:02,000\nzero \x00"):
        with pytest.raises(BrokenMediaError):
            parse_subtitles(wrong)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("one\n00:00:01,000 --> 00:00:02,000\nx\n", "line 1"),
        ("1\n00:00:01.000 --> 00:00:02.000\nx\n", "line 2"),
        ("1\n00:00:03,000 --> 00:00:02,000\nx\n", "ends before"),
        ("1\n00:00:01,000 --> 00:00:02,000\nx\n\nrubbish\n", "line 5"),
        ("\n\n", "no subtitles"),
    ],
)
def test_broken_subrip_is_refused_with_its_line(text, hint):
    with pytest.raises(BrokenMediaError, match=hint):
        parse_subrip(text)


@pytest.mark.parametrize(
    "text", ["WEBVT\n\n00:01.000 --> 00:02.000\nx\n", "WEBVTT\n\nx\n", "WEBVTT\n\na\nb\nc\n", "WEBVTT"]
)
def test_broken_webvtt_is_refused(text):
    with pytest.raises(BrokenMediaError):
        parse_webvtt(text)


def test_cube_has_red_fastest():
    rows = "\n".join(f"{red} {green} {blue}" for blue in (0, 1) for green in (0, 1) for red in (0, 1))
    table = parse_cube(f'TITLE "same"\nLUT_3D_SIZE 2\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n{rows}\n')
    assert table.is_3d
    assert table.size == 2
    assert table.title == "same"
    np.testing.assert_array_equal(table.values[1, 0, 0], (0, 0, 1))
    np.testing.assert_array_equal(table.values[0, 0, 1], (1, 0, 0))


def test_cube_per_channel():
    table = parse_cube("LUT_1D_SIZE 3\n0 0 0\n0.5 0.25 0.5\n1 1 1\n")
    assert not table.is_3d
    assert table.values.shape == (3, 3)


@pytest.mark.parametrize(
    "text",
    [
        "0 0 0\n",
        "LUT_3D_SIZE 2\n0 0 0\n",
        "LUT_3D_SIZE 1\n0 0 0\n",
        "LUT_3D_SIZE 99999999999999999999\n",
        "LUT_1D_SIZE 2\n0 0 0\n0 nan 0\n",
        "LUT_1D_SIZE 2\n0 0 0\n0 0 0 0\n",
        "LUT_1D_SIZE 2\nLUT_1D_SIZE 2\n0 0 0\n0 0 0\n",
        "LUT_1D_SIZE 2\nDOMAIN_MIN 1 1 1\n0 0 0\n0 0 0\n",
        "LUT_1D_SIZE 2\nHELLO\n0 0 0\n0 0 0\n",
    ],
)
def test_broken_cube_is_refused(text):
    with pytest.raises(BrokenMediaError):
        parse_cube(text)


def test_files_are_utf_8_and_bounded(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"1\n00:00:01,000 --> 00:00:02,000\n\xff\n")
    with pytest.raises(BrokenMediaError, match="UTF-8"):
        parse_companion(path, "application/x-subrip")
    path.write_bytes(b"\xef\xbb\xbfWEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\nx\r\n")
    assert parse_companion(path, "text/vtt") == (Cue(1.0, 2.0, "x"),)
    with path.open("wb") as file:
        file.truncate(20_000_000)
    with pytest.raises(BrokenMediaError, match="16 MB"):
        parse_companion(path, "text/vtt")
