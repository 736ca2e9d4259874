from __future__ import annotations

import locale

import pytest

from artdag.codec.fontfile import UNITS, face, faces
from artdag.codec.shaping import _shaped, shaped
from artdag.codec.wrapping import cleaned


def numbers(line: str, **look: bool) -> list[int]:
    return [glyph.number for glyph in shaped(line, **look).glyphs]


def test_pairs_stand_closer_together():
    assert shaped("AV", bold=True).width == 2 * 1585 - 139
    assert [glyph.x for glyph in shaped("AVA", bold=True).glyphs] == [0, 1585 - 139, 2 * (1585 - 139)]


@pytest.mark.parametrize(("text", "count", "width"), [("fi", 1, 1290), ("ffi", 1, 1980), ("office", 4, 5619)])
def test_ligatures_are_those_of_the_typeface(text, count, width):
    assert len(numbers(text)) == count
    assert shaped(text).width == width
    assert len(numbers("\u200c".join(text))) > count


def test_marks_stand_over_their_letters_and_take_no_room():
    letter, marked = shaped("q"), shaped("q\u0301")
    assert marked.width == letter.width
    assert 0 < marked.glyphs[1].x + UNITS // 2 < letter.width + UNITS // 2
    assert numbers(cleaned("e\u0301")) == numbers("é")
    assert shaped("שָׁלוֹם").width == shaped("שלום").width


def test_arabic_letters_are_joined():
    isolated = numbers("ب")
    joined = numbers("ببب")
    assert len(set(joined)) == 3  # last, middle and first form, from left to right
    assert not set(isolated) & set(joined)
    assert numbers("ب\u200cب")[-1] == isolated[0]  # what parts them parts them
    assert len(numbers("لا")) == 1  # lam and alef are one


def test_hebrew_stands_from_right_to_left():
    assert numbers("אבג") == numbers("ג") + numbers("ב") + numbers("א")


def test_mixed_lines_stand_in_the_order_they_are_read_in():
    assert numbers("ab אב 12") == numbers("ab ") + numbers("12") + numbers(" ") + numbers("אב")
    assert numbers("אב ab") == numbers("ab") + numbers(" ") + numbers("אב")
    opening, closing = numbers("(") + numbers(")")
    assert numbers("(א)") == [opening, *numbers("א"), closing]  # turned, both of them


def test_numbers_within_a_line_from_the_right_stay_readable():
    assert numbers("א 123") == numbers("123") + numbers(" ") + numbers("א")


def test_what_is_missing_is_one_box_a_character():
    assert numbers("字🎬") == [0, 0]
    assert "字" not in face()


def test_nothing_of_the_machine_has_a_say():
    before = _shaped.__wrapped__("бгдпт ŞşȘș fi", faces())
    kept = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "C")
        assert _shaped.__wrapped__("бгдпт ŞşȘș fi", faces()).glyphs == before.glyphs
    finally:
        locale.setlocale(locale.LC_ALL, kept)
