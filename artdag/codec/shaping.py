"""A line of text as glyphs in their places, by HarfBuzz: joined, kerned, marked and in the order it is written in.

Only the font's own tables decide; the language is left open, so that no setting of the machine has a say.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from artdag.codec.direction import Stretch, stretches
from artdag.codec.fontfile import FontFile, faces

_LANGUAGE = "und"
_COMMON = "Zyyy"
_LATIN = "Latn"
_JOINERS = "\u200c\u200d"


class Glyph(NamedTuple):
    """A glyph of a font: its number, and where its origin lies from where the line begins, in units (y up)."""

    font: FontFile
    number: int
    x: int
    y: int


@dataclass(frozen=True, slots=True, eq=False)
class ShapedLine:
    """The glyphs of a line, from left to right, and how far they go together, in units."""

    glyphs: tuple[Glyph, ...]
    width: int


def shaped(line: str, *, bold: bool = False) -> ShapedLine:
    """Return one line as it is to be drawn."""
    return _shaped(line, faces(bold=bold))


@lru_cache(maxsize=4096)
def _shaped(line: str, fonts: tuple[FontFile, ...]) -> ShapedLine:
    glyphs: list[Glyph] = []
    x = 0
    for stretch in stretches(line):
        for font, script, start, stop in _pieces(line, stretch, fonts):
            x = _shape(line, font, script, Stretch(start, stop, stretch.leftward), glyphs, x)
    return ShapedLine(tuple(glyphs), x)


def _shape(line: str, font: FontFile, script: str, part: Stretch, glyphs: list[Glyph], x: int) -> int:
    """Append the glyphs of a part of a line; return where it ends."""
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_str(line, part.start, part.stop - part.start)  # what is around it is seen, for letters that join
    buffer.direction = "rtl" if part.leftward else "ltr"
    buffer.script = script
    buffer.language = _LANGUAGE
    uharfbuzz.shape(font.shaper, buffer)
    for info, (offset_x, offset_y, advance, _) in zip(
        buffer.glyph_infos, (place.position for place in buffer.glyph_positions), strict=True
    ):
        glyphs.append(Glyph(font, info.codepoint, x + offset_x, offset_y))
        x += advance
    return x


def _pieces(line: str, stretch: Stretch, fonts: tuple[FontFile, ...]) -> list[tuple[FontFile, str, int, int]]:
    """Return the pieces of a stretch that are of one font and script, as they stand from left to right."""
    if line.isascii():
        return [(fonts[0], _LATIN, stretch.start, stretch.stop)]
    scripts = _scripts(line, stretch)
    chosen: list[FontFile] = []
    for character in line[stretch.start : stretch.stop]:
        chosen.append(_font_for(character, chosen[-1] if chosen else None, fonts))
    found = []
    at = stretch.start
    for (font, script), group in groupby(zip(chosen, scripts, strict=True)):
        count = len(list(group))
        found.append((font, script, at, at + count))
        at += count
    return found[::-1] if stretch.leftward else found


def _font_for(character: str, before: FontFile | None, fonts: tuple[FontFile, ...]) -> FontFile:
    """Return the font of a character; marks and joiners go with what is before them where that font has them."""
    joins = character in _JOINERS
    if before is not None and (joins or (unicodedata.category(character)[0] == "M" and character in before)):
        return before
    return next((font for font in fonts if character in font), fonts[0])


def _scripts(line: str, stretch: Stretch) -> list[str]:
    """Return the script of each character; signs that all scripts use go with what is before them, or else after."""
    found = [_script_of(character) for character in line[stretch.start : stretch.stop]]
    script = next((script for script in found if script != _COMMON), _COMMON)
    for at, own in enumerate(found):
        if own != _COMMON:
            script = own
        found[at] = script
    return found


@lru_cache(maxsize=4096)
def _script_of(character: str) -> str:
    import uharfbuzz

    buffer = uharfbuzz.Buffer()
    buffer.add_str(character)
    buffer.language = _LANGUAGE
    buffer.guess_segment_properties()
    return str(buffer.script or _COMMON)
