"""The order of mixed directions, held against another's implementation of UAX #9."""

from __future__ import annotations

import pytest
from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st

from artdag.codec.direction import is_leftward, stretches


def displayed(line: str) -> str:
    return "".join(
        line[part.start : part.stop][::-1] if part.leftward else line[part.start : part.stop]
        for part in stretches(line)
    )


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("", ""),
        ("abc def", "abc def"),
        ("אבג", "גבא"),
        ("abc אבג def", "abc גבא def"),
        ("אבג abc דהו", "והד abc גבא"),
        ("אבג 123, 45", "45 ,123 גבא"),
        ("a (אב) b", "a (בא) b"),
        ("abc אב 12 גד", "abc דג 12 בא"),
        ("בתא (abc)!", "!(abc) אתב"),
    ],
)
def test_mixed_lines_stand_in_the_order_they_are_read_in(line, shown):
    # brackets are turned when they are drawn, so the plain order has them as they were
    mirror = str.maketrans("()", ")(")
    found = "".join(
        line[part.start : part.stop][::-1].translate(mirror) if part.leftward else line[part.start : part.stop]
        for part in stretches(line)
    )
    assert found == shown


SIGNS = "abcαßאבגדا بتث123٤٥ ,.:;+-/$%()[]<>!?\"'«»\u0301\u05b0\u064e\u00a0\u200e\u200f\u061c"


@given(st.text(st.sampled_from(SIGNS), max_size=24))
def test_any_line_is_ordered_as_the_standard_has_it(line):
    assert displayed(line) == get_display(line)


def test_the_first_letter_decides_the_direction_of_the_whole():
    assert is_leftward("12 (ש) abc")
    assert not is_leftward("12 (a) ש")
    assert not is_leftward("123 !")
    assert is_leftward("\u200f12")


def test_every_character_stands_somewhere_once():
    line = "Hello (שלום עולם) 45\u200d مرحبا \u200c"
    assert sorted(at for part in stretches(line) for at in range(part.start, part.stop)) == list(range(len(line)))
