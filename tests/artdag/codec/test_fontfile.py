from __future__ import annotations

import pytest

from artdag.codec import fontfile
from artdag.codec.fontfile import face
from artdag.errors import RenderError


def test_widths_are_those_of_the_typeface():
    font = face()
    assert font.units == 2048
    assert (font.ascent, font.descent) == (1901, 483)
    assert font.width("") == 0
    assert font.width("A") == 1401
    assert face(bold=True).width("A") == 1585
    assert {face(bold=True).width(digit) for digit in "0123456789"} == {1425}


def test_pairs_stand_closer_together():
    font = face(bold=True)
    assert font.width("AV") == 2 * 1585 - 139
    assert font.places("AVA") == [0, 1585 - 139, 2 * (1585 - 139), 3 * 1585 - 2 * 139]


@pytest.mark.parametrize("text", ["Latin ÄÖÜ ßłőž", "Ελληνικά", "Кириллица", "Հայերեն", "ქართული", "€ № → ♪ ½"])
@pytest.mark.parametrize("bold", [False, True])
def test_it_has_the_scripts_it_promises(text, bold):
    assert [character for character in text if character not in face(bold=bold)] == []


def test_what_is_not_there_is_as_wide_as_its_box():
    font = face()
    assert "字" not in font
    assert font.width("字") == font.advances[0] > 0


def test_another_file_is_refused(monkeypatch):
    monkeypatch.setitem(fontfile.DIGESTS, "DejaVuSans.ttf", "0" * 64)
    with pytest.raises(RenderError, match="not the typeface"):
        fontfile.face.__wrapped__()
