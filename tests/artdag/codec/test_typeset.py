"""Text as large as fits, in the middle."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from artdag.codec.drawing import flat
from artdag.codec.fontfile import UNITS, pen
from artdag.codec.frame import pixels
from artdag.codec.shaping import shaped
from artdag.codec.typeset import SMALLEST, fitted, write
from artdag.confined import Channel, fork_context, run_confined
from artdag.errors import RenderError
from artdag.params import Color
from artdag.walls import Limits

BLACK, WHITE = Color("#000000"), Color("#ffffff")


def written(*lines: str, size: float = 60, width: int = 400, height: int = 200) -> np.ndarray:
    frame = flat(width, height, "yuv420p", BLACK)
    write(frame, lines, size, WHITE)
    return frame.planes[0].copy()


def box_of(plane: np.ndarray) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what is not black."""
    rows, columns = np.nonzero(plane.max(axis=1) > 16)[0], np.nonzero(plane.max(axis=0) > 16)[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("lines", [("HHH",), ("H",), ("HH", "H", "HH")])
def test_text_is_in_the_middle(lines):
    left, top, right, bottom = box_of(written(*lines, size=40))
    assert abs((left + right) / 2 - 200) <= 2
    assert abs((top + bottom) / 2 - 100) <= 4


def test_letters_are_of_the_size_that_was_asked_for():
    for size in (20, 40, 80):
        _, top, _, bottom = box_of(written("H", size=size))
        assert bottom - top == pytest.approx(0.73 * size, abs=2)  # a capital of this typeface


def test_text_that_fits_keeps_its_size():
    assert fitted("Words", 400, 200, 60) == (60, ("Words",))
    assert fitted("One\nTwo", 400, 200, 60) == (60, ("One", "Two"))


def test_a_long_line_is_broken_between_words_before_it_is_made_smaller():
    size, lines = fitted("HHHH HHHH HHHH", 400, 300, 50)
    assert size == 50
    assert [line.replace(" ", "") for line in lines] in (["HHHHHHHH", "HHHH"], ["HHHH", "HHHHHHHH"])


@pytest.mark.parametrize("text", ["HHHH " * 60, "H" * 60, "HHHH\n" * 9, "a b c " * 100])
@pytest.mark.parametrize("room", [(300, 200), (1000, 90), (40, 400)], ids=str)
def test_text_is_as_large_as_fits(text, room):
    size, lines = fitted(text, *room, 400)
    assert SMALLEST <= size < 400
    width = max(shaped(line).width for line in lines) / UNITS
    assert width * size <= room[0]
    assert (1.164 + 1.2 * (len(lines) - 1)) * size <= room[1] + 0.1


def test_a_word_is_made_smaller_rather_than_broken():
    assert fitted("H" * 20, 300, 200, 100)[1] == ("H" * 20,)


def test_a_word_that_fits_no_other_way_is_broken():
    _, lines = fitted("H" * 200, 100, 200, 100)
    assert len(lines) > 5
    assert "".join(lines) == "H" * 200


@pytest.mark.parametrize(("text", "room"), [("word " * 400, (60, 40)), ("a", (200, 6)), ("W", (4, 100))])
def test_what_does_not_fit_is_refused(text, room):
    with pytest.raises(RenderError, match="does not fit into {}×{} px, even in letters of 6 px".format(*room)):
        fitted(text, *room, 20)


def test_the_same_text_is_the_same_pixels():
    # taken once: another typeface, or another version of what draws it, must not go unnoticed
    assert pen() == "DejaVu Sans 2.37; uharfbuzz 0.57.0; freetype-py 2.5.1; pillow 11.3.0"
    assert digest_of(None, "Pinned, 0 to 9")["digest"][:16] == "c0aba40f8d7f2e98"


def digest_of(_: Channel | None, text: str) -> dict[str, str]:
    frame = flat(320, 60, "yuv420p", BLACK)
    write(frame, (text,), 32, WHITE)
    return {"digest": hashlib.sha256(pixels(frame.carrier)).hexdigest()}


def test_letters_can_be_drawn_behind_the_walls():
    limits = Limits(
        address_space_bytes=6 * 2**30, cpu_s=20, file_size_bytes=8 * 2**20, open_files=128, processes=64, wall_s=60
    )
    # a text that was not drawn before, so that the child opens the typeface itself
    told = run_confined(digest_of, "Walls", limits=limits, readable=[], writable=[], context=fork_context())
    assert told == digest_of(None, "Walls")
