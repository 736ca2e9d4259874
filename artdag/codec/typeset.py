"""Text as large as fits a picture, in its middle."""

from __future__ import annotations

from functools import lru_cache

from artdag.codec.caption import Look, caption
from artdag.codec.composite import lay_sheet
from artdag.codec.frame import Frame
from artdag.codec.wrapping import cleaned, height_of, width_of, wrapped
from artdag.errors import RenderError
from artdag.params import Color

SMALLEST = 6
"""Pixels: what is smaller cannot be read."""


@lru_cache(maxsize=8)
def fitted(text: str, width: int, height: int, size: int) -> tuple[int, tuple[str, ...]]:
    """Return the largest size up to *size*, whole pixels, at which *text* fits *width* × *height* px, and its lines.

    Words are broken only where nothing else makes it fit.

    Raises:
        RenderError: when it does not fit in letters of ``SMALLEST`` pixels.
    """
    widest = width_of(tuple(cleaned(text).split()))
    for limit in (width / widest if widest else size, size):
        low, high = SMALLEST - 1, int(min(size, height, limit))
        lines: tuple[str, ...] = ()
        while low < high:
            middle = (low + high + 1) // 2
            found = wrapped(text, width / middle)
            if _fits(found, width / middle, height / middle):
                low, lines = middle, found
            else:
                high = middle - 1
        if lines:
            return low, lines
    raise RenderError(f"the text does not fit into {width}×{height} px, even in letters of {SMALLEST} px")


def _fits(lines: tuple[str, ...], width: float, height: float) -> bool:
    return width_of(lines) <= width and height_of(len(lines), Look(size=1).spacing) <= height


def write(frame: Frame, lines: tuple[str, ...], size: float, color: Color) -> None:
    """Write *lines* into the middle of a writable frame, in letters of *size* pixels."""
    look = Look(size=size, color=color)
    left = (frame.width - width_of(lines) * size) / 2
    top = (frame.height - height_of(len(lines), look.spacing) * size) / 2
    sheet = caption(lines, look, (left, top), frame.width, frame.height, frame.pixel_format)
    if sheet is not None:
        lay_sheet(frame, sheet)
