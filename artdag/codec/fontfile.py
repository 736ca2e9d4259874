"""What a TrueType file says of its letters: which there are, how wide they are, and which stand closer together.

It is read from the file itself and not asked of whatever draws the letters, so that lines break at the same places at
every size: all lengths here are whole units of the typeface. The tables are those of the OpenType specification: cmap
(format 12), head, hhea, hmtx and kern (format 0).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

from artdag.errors import RenderError

FOLDER = Path(__file__).parent / "fonts"
DIGESTS = {
    "DejaVuSans.ttf": "abdc775b21b1bc470d50c97e790d276f2054b7504e56e5bd3e64f48d68582322",
    "DejaVuSans-Bold.ttf": "0d977336a6d5fba34eab8e3199eb218327161b5143749f802982c2bc34df0c96",
}
"""SHA-256 of the files: they stand here so that other letters mean other code, and other keys of what has letters."""
_UNICODE_FULL = 12
_PAIRS = 0
"""Formats of the tables cmap and kern."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FontFile:
    """The measures of one typeface, in units of which *units* are its size.

    *ascent* and *descent* are how far letters reach above and below their line, both positive.
    """

    path: Path
    units: int
    ascent: int
    descent: int
    glyphs: Mapping[int, int]
    """Code point -> number of its glyph."""
    advances: tuple[int, ...]
    pairs: Mapping[tuple[int, int], int]
    """Numbers of two glyphs -> what is added between them."""

    @classmethod
    def read(cls, path: Path) -> Self:
        data = path.read_bytes()
        tables = _tables(data)
        hhea = tables["hhea"]
        return cls(
            path=path,
            units=struct.unpack_from(">H", data, tables["head"] + 18)[0],
            ascent=struct.unpack_from(">h", data, hhea + 4)[0],
            descent=-struct.unpack_from(">h", data, hhea + 6)[0],
            glyphs=_glyphs(data, tables["cmap"]),
            advances=_advances(data, tables["hmtx"], struct.unpack_from(">H", data, hhea + 34)[0]),
            pairs=_pairs(data, tables["kern"]) if "kern" in tables else {},
        )

    def __contains__(self, character: str) -> bool:
        return ord(character) in self.glyphs

    def width(self, text: str) -> int:
        """Return how wide one line is."""
        return self.places(text)[-1]

    def places(self, text: str) -> list[int]:
        """Return where each character of a line begins, and at last where the line ends."""
        found = [0]
        before = None
        for character in text:
            glyph = self.glyphs.get(ord(character), 0)
            if before is not None:
                found[-1] += self.pairs.get((before, glyph), 0)
            found.append(found[-1] + self.advances[min(glyph, len(self.advances) - 1)])
            before = glyph
        return found


@lru_cache(maxsize=4)
def face(*, bold: bool = False) -> FontFile:
    """Return the measures of the typeface that text is written in. Raises RenderError where its file is another."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = FOLDER / name
    if hashlib.sha256(path.read_bytes()).hexdigest() != DIGESTS[name]:
        raise RenderError(f"{name} is not the typeface that belongs to this version")
    return FontFile.read(path)


def _tables(data: bytes) -> dict[str, int]:
    """Return tag -> offset."""
    (count,) = struct.unpack_from(">H", data, 4)
    records = (struct.unpack_from(">4sIII", data, 12 + 16 * number) for number in range(count))
    return {tag.decode("ascii"): offset for tag, _, offset, _ in records}


def _glyphs(data: bytes, cmap: int) -> dict[int, int]:
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    for number in range(count):
        _, _, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * number)
        if struct.unpack_from(">H", data, cmap + offset)[0] == _UNICODE_FULL:
            break
    else:
        raise ValueError("this typeface has no cmap of format 12")
    (groups,) = struct.unpack_from(">I", data, cmap + offset + 12)
    found: dict[int, int] = {}
    for number in range(groups):
        first, last, glyph = struct.unpack_from(">III", data, cmap + offset + 16 + 12 * number)
        found.update(zip(range(first, last + 1), range(glyph, glyph + last + 1 - first), strict=True))
    return found


def _advances(data: bytes, hmtx: int, count: int) -> tuple[int, ...]:
    return struct.unpack_from(">" + "Hh" * count, data, hmtx)[::2]


def _pairs(data: bytes, kern: int) -> dict[tuple[int, int], int]:
    coverage, count = struct.unpack_from(">HH", data, kern + 8)
    if coverage >> 8 != _PAIRS:
        return {}
    entries = (struct.unpack_from(">HHh", data, kern + 18 + 6 * number) for number in range(count))
    return {(left, right): value for left, right, value in entries}
