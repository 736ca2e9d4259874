"""A text that cannot be written is refused in one sentence, wherever it stands."""

from __future__ import annotations

import shutil

import pytest

from artdag.codec import fontfile
from artdag.codec.fontfile import FOLDER, face, faces, use_folder
from artdag.codec.legible import check_title, unwritten, why_illegible
from artdag.errors import ParameterError, RenderError
from artdag.world import toolchain
from tests.artdag.nodes.bench import a_text, a_video, an_image, applied, frames, made


@pytest.mark.parametrize(
    "text", ["Title", "two\nlines\tand tabs", "Ελληνικά", "العربية\u200fa", "\ufeffcafe\u0301", "♪ ½ … —\u00a0\u2009x"]
)
def test_what_the_typefaces_have_can_be_written(text):
    assert unwritten(text) == ()
    check_title(text)


def test_what_no_typeface_has_is_named_once_each_and_what_to_do():
    assert unwritten("a字b字漢") == ("字", "漢")
    assert why_illegible("字") == (
        "no typeface here has 字 (U+5B57): lay a font that has into the folder of FONTS_DIR (docs/typefaces.md)"
    )
    assert "and 3 more:" in str(why_illegible("一二三四五六七八"))


@pytest.mark.parametrize("text", ["  ", "\n\t", "\u200b\u200e"])
def test_a_title_of_nothing_is_refused(text):
    with pytest.raises(ParameterError, match="the text is empty"):
        check_title(text)


def test_a_title_is_refused_before_anything_is_rendered_and_tells_the_place():
    with pytest.raises(ParameterError, match="no typeface here has 字") as caught:
        applied("title", an_image(), text="字")
    assert [problem.field for problem in caught.value.problems] == ["config.params.text"]
    with pytest.raises(ParameterError, match="no typeface here has 字"):
        made("GENERATE", {"kind": "text", "text": "字", "width": 64, "height": 48})


def test_subtitles_are_refused_when_they_are_read():
    text = "1\n00:00:00,000 --> 00:00:02,000\nOne\n\n2\n00:01:00,000 --> 00:01:02,000\n<b>字</b>\n"
    clip = applied("subtitle", a_video(3, sound=False), a_text(text.encode()))
    with pytest.raises(RenderError, match="the effect subtitle failed at frame 0: no typeface here has 字"):
        frames(clip.media.video)


@pytest.fixture
def folder(tmp_path):
    yield tmp_path
    use_folder(None)


def test_a_folder_of_ones_own_is_asked_and_is_part_of_every_key(folder, monkeypatch):
    before = toolchain()
    shutil.copy(FOLDER / "DejaVuSans.ttf", folder / "Mine.ttf")
    use_folder(folder)
    assert [font.path.name for font in faces()] == ["DejaVuSans.ttf", "Mine.ttf"]
    assert [font.path.name for font in faces(bold=True)] == ["DejaVuSans-Bold.ttf", "DejaVuSans.ttf", "Mine.ttf"]
    assert toolchain() == f"{before}; Mine.ttf {fontfile.DIGESTS['DejaVuSans.ttf']}"
    use_folder(None)
    assert toolchain() == before


def test_bold_letters_that_are_missing_are_regular_ones():
    missing = [mark for mark in map(chr, sorted(face().characters)) if mark not in face(bold=True)]
    assert missing
    assert unwritten(missing[0]) == ()


@pytest.mark.parametrize("content", [b"", b"no font", (FOLDER / "DejaVuSans.ttf").read_bytes()[:300]])
def test_a_file_that_is_no_font_is_refused_when_the_folder_is_named(folder, content):
    (folder / "broken.ttf").write_bytes(content)
    with pytest.raises(RenderError, match=r"broken\.ttf is no font that can be read"):
        use_folder(folder)
