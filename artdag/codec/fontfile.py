"""The typefaces that text is written in: which letters they have, how wide those are and what shape they have.

DejaVu Sans comes first. Other TrueType and OpenType files that lie in the folder ``fonts`` beside this file are looked
at, in the order of their names, for characters that it does not have; what no file has is drawn as DejaVu's empty box.
All lengths are whole units of DejaVu Sans, so that lines break at the same places at every size.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Self

from artdag.codec.outline import Outline, Shapes
from artdag.errors import RenderError

if TYPE_CHECKING:
    import uharfbuzz

FOLDER = Path(__file__).parent / "fonts"
DIGESTS = {
    "DejaVuSans.ttf": "abdc775b21b1bc470d50c97e790d276f2054b7504e56e5bd3e64f48d68582322",
    "DejaVuSans-Bold.ttf": "0d977336a6d5fba34eab8e3199eb218327161b5143749f802982c2bc34df0c96",
}
"""SHA-256 of the files: they stand here so that other letters mean other code, and other keys of what has letters."""
UNITS = 2048
"""In which all lengths are: so many are the size of the letters."""
SUFFIXES = (".ttf", ".otf")


@dataclass(frozen=True, kw_only=True, eq=False)
class FontFile:
    """One typeface.

    *ascent* and *descent* are how far letters reach above and below their line, both positive.
    """

    path: Path
    data: bytes = field(repr=False)
    shaper: uharfbuzz.Font = field(repr=False)
    characters: frozenset[int] = field(repr=False)
    ascent: int
    descent: int

    @classmethod
    def read(cls, path: Path) -> Self:
        import uharfbuzz

        data = path.read_bytes()
        face = uharfbuzz.Face(uharfbuzz.Blob(data))
        shaper = uharfbuzz.Font(face)
        shaper.scale = (UNITS, UNITS)
        extents = shaper.get_font_extents("ltr")
        return cls(
            path=path,
            data=data,
            shaper=shaper,
            characters=frozenset(face.unicodes),
            ascent=extents.ascender,
            descent=-extents.descender,
        )

    def __contains__(self, character: str) -> bool:
        return ord(character) in self.characters

    @cached_property
    def _shapes(self) -> Shapes:
        return Shapes(self.data)

    def outline(self, glyph: int, size: float, grown: float) -> Outline | None:
        """Return the outline of a glyph, by its number: see ``Shapes.outline``."""
        return self._shapes.outline(glyph, size, grown)


def face(*, bold: bool = False) -> FontFile:
    """Return the typeface that text is written in. Raises RenderError where its file is another."""
    return faces(bold=bold)[0]


@lru_cache(maxsize=2)
def faces(*, bold: bool = False) -> tuple[FontFile, ...]:
    """Return that typeface, and then those that are asked for what it has not."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = FOLDER / name
    if hashlib.sha256(path.read_bytes()).hexdigest() != DIGESTS[name]:
        raise RenderError(f"{name} is not the typeface that belongs to this version")
    return (FontFile.read(path), *map(_read_other, other_files()))


_read_other = lru_cache(maxsize=None)(FontFile.read)


def other_files() -> list[Path]:
    """Return the files that an operator has laid beside DejaVu Sans, in the order in which they are asked."""
    return sorted(path for path in FOLDER.iterdir() if path.suffix.lower() in SUFFIXES and path.name not in DIGESTS)


@cache
def pen() -> str:
    """Return what letters are drawn with, with versions, and the digests of further typefaces.

    Others may give other pixels, so it is a part of the keys.
    """
    libraries = (f"{name} {version(name)}" for name in ("uharfbuzz", "freetype-py", "pillow"))
    others = (f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in other_files())
    return "; ".join(["DejaVu Sans 2.37", *libraries, *others])
