"""Whether a text can be read once it is written: there is something in it, and a typeface for each character."""

from __future__ import annotations

from artdag.codec.fontfile import faces
from artdag.codec.wrapping import cleaned
from artdag.errors import ParameterError

_UNDRAWN = frozenset(" \n\u00a0\u202f\u200c\u200d\u200e\u200f\u061c")
_TOLD = 5


def unwritten(text: str) -> tuple[str, ...]:
    """Return the characters of *text* that no typeface here has, each once, in their order."""
    if text.isascii():
        return ()
    return tuple(mark for mark in dict.fromkeys(_drawn(text)) if not any(mark in font for font in faces()))


def _drawn(text: str) -> list[str]:
    return [mark for mark in cleaned(text) if mark not in _UNDRAWN and not mark.isspace()]


def why_illegible(text: str) -> str | None:
    """Return in a sentence which characters cannot be written, and what to do; None where all can."""
    missing = unwritten(text)
    if not missing:
        return None
    named = ", ".join(f"{mark} (U+{ord(mark):04X})" for mark in missing[:_TOLD])
    more = f" and {len(missing) - _TOLD} more" if len(missing) > _TOLD else ""
    return f"no typeface here has {named}{more}: lay a font that has into the folder of FONTS_DIR (docs/typefaces.md)"


def check_title(text: str) -> None:
    """Refuse what cannot be read. Raises ParameterError."""
    if not _drawn(text):
        raise ParameterError("the text is empty: there is nothing to write")
    why = why_illegible(text)
    if why is not None:
        raise ParameterError(why)
