from __future__ import annotations

import pytest

from artdag.codec.fontfile import UNITS
from artdag.codec.shaping import shaped
from artdag.codec.wrapping import MOST, cleaned, height_of, width_of, wrapped

TEXT = "The quick brown fox jumps over the lazy dog"


def test_a_short_text_is_one_line_and_line_ends_stay():
    assert wrapped("One line", 100) == ("One line",)
    assert wrapped("One\r\n\r\nthree", 100) == ("One", "", "three")
    assert wrapped("  spaces \t between  ", 100) == ("spaces between",)


@pytest.mark.parametrize("width", [4, 6, 9, 12, 20])
def test_no_line_is_wider_than_it_may_be_and_no_word_is_lost(width):
    lines = wrapped(TEXT, width)
    assert width_of(lines) <= width
    assert " ".join(lines) == TEXT


def test_lines_are_as_even_as_can_be():
    whole = width_of((TEXT,))
    lines = wrapped(TEXT, whole * 0.95)
    assert len(lines) == 2
    first, second = (width_of((line,)) for line in lines)
    assert abs(first - second) < 0.15 * whole


def test_only_a_word_that_is_too_wide_is_broken_within():
    lines = wrapped("A Donaudampfschifffahrt", 5)
    assert lines[0] == "A"
    assert "".join(lines[1:]) == "Donaudampfschifffahrt"
    assert all(width_of((line,)) <= 5 for line in lines)
    assert wrapped("WWW", 0.01) == ("W", "W", "W")


def test_a_space_that_holds_words_together_holds_them():
    assert wrapped("10\u00a0km far", width_of(("10\u00a0km",)) + 0.01) == ("10\u00a0km", "far")


def test_what_is_not_seen_is_left_out():
    assert cleaned("a\x07\u200b\u202eb\ufe0fc\ud800") == "abc"
    assert cleaned("e\u0301") == "é"
    assert len(cleaned("x" * 10_000)) == MOST


def test_what_joins_letters_and_gives_directions_stays():
    assert cleaned("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u200f!") == (
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u200f!"
    )


def test_a_letter_and_its_marks_are_never_parted():
    letter = "q\u0301\u0323"
    assert wrapped(letter * 3, 0.01) == (cleaned(letter),) * 3


def test_each_line_is_written_in_the_direction_of_its_paragraph():
    hebrew, latin = "שלום עולם", "of a b"
    first, second = wrapped(f"{hebrew} {latin}", width_of((hebrew,)) + 0.1)
    assert (first, second) == (hebrew, "\u200f" + latin)
    assert wrapped(f"{latin} {hebrew}", width_of((hebrew,)) + 0.1)[1] == "\u200e" + hebrew
    assert wrapped(f"{latin}\n{hebrew}", 100) == (latin, hebrew)


def test_heights_are_those_of_the_typeface():
    assert height_of(1, 1.2) == (1901 + 483) / 2048
    assert height_of(3, 1.5) == pytest.approx(3 + (1901 + 483) / 2048)
    assert width_of(("A", "AA")) == shaped("AA").width / UNITS
