from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from artdag.codec import fontfile
from artdag.codec.fontfile import DIGESTS, FOLDER, face
from artdag.codec.shaping import _font_for, shaped
from artdag.errors import RenderError


def test_widths_are_those_of_the_typeface():
    font = face()
    assert (font.ascent, font.descent) == (1901, 483)
    assert shaped("").width == 0
    assert shaped("A").width == 1401
    assert shaped("A", bold=True).width == 1585
    assert {shaped(digit, bold=True).width for digit in "0123456789"} == {1425}


@pytest.mark.parametrize(
    "text", ["Latin ÄÖÜ ßłőž", "Ελληνικά", "Кириллица", "Հայերեն", "ქართული", "العربية", "€ № → ♪ ½"]
)
@pytest.mark.parametrize("bold", [False, True])
def test_it_has_the_scripts_it_promises(text, bold):
    assert [character for character in text if character not in face(bold=bold)] == []


def test_what_is_not_there_is_as_wide_as_its_box():
    assert "字" not in face()
    assert shaped("字").width == 1229
    assert [glyph.number for glyph in shaped("字").glyphs] == [0]


def test_another_file_is_refused(monkeypatch):
    monkeypatch.setitem(fontfile.DIGESTS, "DejaVuSans.ttf", "0" * 64)
    with pytest.raises(RenderError, match="not the typeface"):
        fontfile.faces.__wrapped__()


def test_a_file_laid_beside_is_asked_for_what_is_missing_and_is_part_of_the_keys(tmp_path, monkeypatch):
    for name in DIGESTS:
        shutil.copy(FOLDER / name, tmp_path)
    monkeypatch.setattr(fontfile, "FOLDER", tmp_path)
    alone = fontfile.pen.__wrapped__()
    shutil.copy(FOLDER / "DejaVuSans-Bold.ttf", tmp_path / "Other.ttf")
    fonts = fontfile.faces.__wrapped__()
    assert [font.path.name for font in fonts] == ["DejaVuSans.ttf", "Other.ttf"]
    assert fontfile.pen.__wrapped__() == f"{alone}; Other.ttf {DIGESTS['DejaVuSans-Bold.ttf']}"
    assert _font_for("字", None, fonts) is fonts[0]
    only_second = replace(fonts[1], characters=frozenset({ord("字")}))
    assert _font_for("字", None, (fonts[0], only_second)) is only_second
    assert _font_for("A", None, (fonts[0], only_second)) is fonts[0]
