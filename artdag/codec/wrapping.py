"""Text broken into lines that fit a width, the same at every size; lengths are in sizes of the letters."""

from __future__ import annotations

import bisect
import re
import unicodedata
from functools import lru_cache

from artdag.codec.direction import is_leftward
from artdag.codec.fontfile import UNITS, face
from artdag.codec.shaping import shaped

MOST = 2000
"""Characters of a text that are written; what follows is left out."""
_KEPT = frozenset("\n\u200c\u200d\u200e\u200f\u061c")
"""What is not seen and yet changes what is: joiners, and marks of direction."""
LEFT_TO_RIGHT, RIGHT_TO_LEFT = "\u200e", "\u200f"
_VARIANTS = re.compile("[\ufe00-\ufe0f]")
_WIDEST = 1e6


def cleaned(text: str) -> str:
    """Return *text* composed (NFC), without what is not seen: controls, embeddings, variants."""
    text = unicodedata.normalize("NFC", text[: 4 * MOST].replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    seen = (mark for mark in _VARIANTS.sub("", text) if mark in _KEPT or unicodedata.category(mark) not in _UNSEEN)
    return "".join(seen)[:MOST]


_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


@lru_cache(maxsize=256)
def wrapped(text: str, width: float, *, bold: bool = False) -> tuple[str, ...]:
    """Return the lines of *text*, each at most *width* sizes wide.

    Lines end where the text has line ends, and else between words: as few lines as fit, and of those as even ones as
    can be. Only a word wider than the whole width is broken within, and one character stands in every line at least.
    White space is one space; empty lines between others stay. Each line is written in the direction of its paragraph:
    one that would not be by itself begins with a mark of that direction.
    """
    paragraphs = [" ".join(_WHITE.split(line)).strip(" ") for line in cleaned(text).strip().split("\n")]
    return tuple(
        _directed(line, leftward=is_leftward(paragraph))
        for paragraph in paragraphs
        for line in _evenly(paragraph, width, bold=bold)
    )


def _directed(line: str, *, leftward: bool) -> str:
    if not line or is_leftward(line) == leftward:
        return line
    return (RIGHT_TO_LEFT if leftward else LEFT_TO_RIGHT) + line


_WHITE = re.compile(r"[ \u2000-\u2006\u2008-\u200a\u3000]+")
"""All but the spaces at which no line may end."""


def width_of(lines: tuple[str, ...], *, bold: bool = False) -> float:
    """Return how wide the widest line is, in sizes."""
    return max((shaped(line, bold=bold).width / UNITS for line in lines), default=0.0)


def height_of(count: int, spacing: float, *, bold: bool = False) -> float:
    """Return how high *count* lines are, in sizes: from the ascent of the first to the descent of the last."""
    font = face(bold=bold)
    return max(0, count - 1) * spacing + (font.ascent + font.descent) / UNITS


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
    room = int(min(width, _WIDEST) * UNITS)
    lines: list[str] = []
    line = ""
    for word in paragraph.split(" "):
        longer = f"{line} {word}" if line else word
        if shaped(longer, bold=bold).width <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while shaped(line, bold=bold).width > room:
            fits = _fitting(line, room, bold=bold)
            if fits == len(line):
                break
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line]


def _fitting(word: str, room: int, *, bold: bool) -> int:
    """Return how many characters of a word fit; one letter with its marks at least."""
    ends = [at for at in range(1, len(word)) if not _goes_on(word[at])] + [len(word)]
    fits = bisect.bisect_right(ends, room, key=lambda end: shaped(word[:end], bold=bold).width)
    return ends[max(0, fits - 1)]


def _goes_on(character: str) -> bool:
    """Return whether a character belongs to the one before it."""
    return character in _KEPT or unicodedata.category(character)[0] == "M"
