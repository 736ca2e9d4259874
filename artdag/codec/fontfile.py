"""The typefaces that text is written in: which letters they have, how wide those are and what shape they have.

DejaVu Sans comes first. Other TrueType and OpenType files, of an operator's folder (``use_folder``) and of the folder
``fonts`` beside this file, are looked at for characters that it does not have, in the order of their names; what no
file has is drawn as DejaVu's empty box. All lengths are whole units of
DejaVu Sans, so that lines break at the same places at every size.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Self

from artdag.codec.outline import Outline, Shapes, load_freetype
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

        """Return the typeface in a file. Raises RenderError where there is none."""
        data = path.read_bytes()
        face = uharfbuzz.Face(uharfbuzz.Blob(data))
        if not face.unicodes:
            raise RenderError(f"{path.name} is no font that can be read")
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
    """Return that typeface, and then those that are asked for what it has not; for bold letters the regular ones too.

    Raises:
        RenderError: where a file is no font, or one of ours another.
    """
    names = ("DejaVuSans-Bold.ttf", "DejaVuSans.ttf") if bold else ("DejaVuSans.ttf",)
    return (*(_read_own(name) for name in names), *map(_read, other_files()))


_read = lru_cache(maxsize=None)(FontFile.read)


def _read_own(name: str) -> FontFile:
    path = FOLDER / name
    if hashlib.sha256(path.read_bytes()).hexdigest() != DIGESTS[name]:
        raise RenderError(f"{name} is not the typeface that belongs to this version")
    return _read(path)


_folders: list[Path] = []


def use_folder(folder: Path | None) -> None:
    """Look for further typefaces in *folder*, too, from now on. Called where a process begins, before it writes.

    Raises:
        RenderError: when a file there is no font.
    """
    _folders[:] = [folder] if folder is not None else []
    faces.cache_clear()
    pen.cache_clear()
    if folder is not None:
        faces()


def load_typefaces() -> None:
    """Load what letters are made with, for a process whose children will write: else each of them takes 0.1 s."""
    faces()
    faces(bold=True)
    load_freetype()


def other_files() -> list[Path]:
    """Return the files of further typefaces, in the order in which they are asked."""
    files = (path for folder in (*_folders, FOLDER) for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return sorted((path for path in files if path.name not in DIGESTS), key=lambda path: (path.name, path))


@cache
def pen() -> str:
    """Return what letters are drawn with, with versions, and the digests of further typefaces.

    Others may give other pixels, so it is a part of the keys.
    """
    libraries = (f"{name} {version(name)}" for name in ("uharfbuzz", "freetype-py", "pillow"))
    others = (f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in other_files())
    return "; ".join(["DejaVu Sans 2.37", *libraries, *others])
