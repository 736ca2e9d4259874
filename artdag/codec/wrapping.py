"""Text broken into lines that fit a width, the same at every size; lengths are in sizes of the letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from artdag.codec.fontfile import face

MOST = 2000
"""Characters of a text that are written; what follows is left out."""
_VARIANTS = re.compile("[\ufe00-\ufe0f]")
_WIDEST = 1e6


def cleaned(text: str) -> str:
    """Return *text* composed (NFC), without what is not seen: controls, marks of direction, joiners, variants."""
    text = unicodedata.normalize("NFC", text[: 4 * MOST].replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    seen = (mark for mark in _VARIANTS.sub("", text) if mark == "\n" or unicodedata.category(mark) not in _UNSEEN)
    return "".join(seen)[:MOST]


_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


@lru_cache(maxsize=256)
def wrapped(text: str, width: float, *, bold: bool = False) -> tuple[str, ...]:
    """Return the lines of *text*, each at most *width* sizes wide.

    Lines end where the text has line ends, and else between words: as few lines as fit, and of those as even ones as
    can be. Only a word wider than the whole width is broken within, and one character stands in every line at least.
    White space is one space; empty lines between others stay.
    """
    paragraphs = [" ".join(_WHITE.split(line)).strip(" ") for line in cleaned(text).strip().split("\n")]
    return tuple(line for paragraph in paragraphs for line in _evenly(paragraph, width, bold=bold))


_WHITE = re.compile(r"[ \u2000-\u2006\u2008-\u200a\u3000]+")
"""All but the spaces at which no line may end."""


def width_of(lines: tuple[str, ...], *, bold: bool = False) -> float:
    """Return how wide the widest line is, in sizes."""
    font = face(bold=bold)
    return max((font.width(line) / font.units for line in lines), default=0.0)


def height_of(count: int, spacing: float, *, bold: bool = False) -> float:
    """Return how high *count* lines are, in sizes: from the ascent of the first to the descent of the last."""
    font = face(bold=bold)
    return max(0, count - 1) * spacing + (font.ascent + font.descent) / font.units


def _evenly(paragraph: str, width: float, *, bold: bool) -> list[str]:
    lines = _greedily(paragraph, width, bold=bold)
    if len(lines) < 2:
        return lines
    low, high = width / len(lines), width
    for _ in range(12):
        middle = (low + high) / 2
        narrower = _greedily(paragraph, middle, bold=bold)
        if len(narrower) > len(lines) or _broken(narrower, paragraph) > _broken(lines, paragraph):
            low = middle
        else:
            lines, high = narrower, middle
    return lines


def _broken(lines: list[str], paragraph: str) -> int:
    """Return within how many words lines end."""
    return sum(map(len, lines)) + len(lines) - 1 - len(paragraph)


def _greedily(paragraph: str, width: float, *, bold: bool) -> list[str]:
    font = face(bold=bold)
    room = int(min(width, _WIDEST) * font.units)
    lines: list[str] = []
    line = ""
    for word in paragraph.split(" "):
        longer = f"{line} {word}" if line else word
        if font.width(longer) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while len(line) > 1 and font.width(line) > room:
            # what begins beyond the room, and what ends beyond it, goes on
            fits = max(1, sum(place <= room for place in font.places(line)[1:]))
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line]
