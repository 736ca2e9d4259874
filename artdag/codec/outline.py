"""Outlines of letters and the area they cover, by FreeType: exactly, without hinting, at any place and size.

Coordinates are in 1/64 of a pixel, x to the right and y up. Coverage is the share of each pixel's area.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Sequence
from ctypes import POINTER, byref, c_short, c_ubyte, c_uint, c_void_p, cast
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Plane
from artdag.errors import RenderError

FINE = 64
"""Steps in a pixel."""
MOST_POINTS = 30_000
"""Of one outline: FreeType counts them in 16 bits."""
_POSITION = np.dtype("l")
_KIND_OF_POINT = 3
_NO_SCALE = 1
_ROUND_CAP, _ROUND_JOIN = 1, 0
_GREY = 2
_POSTSCRIPT = 1
_LOCK = threading.Lock()
"""FreeType's library and its faces may be used by one thread at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Closed curves, filled where they go round (non-zero); the inside is to their right, as TrueType has it."""

    points: NDArray[np.int_]
    """(count, 2)"""
    tags: NDArray[np.uint8]
    """Of each point: on the curve, or what kind of control point it is."""
    ends: NDArray[np.int16]
    """The last point of each curve."""

    left: int
    bottom: int
    right: int
    top: int
    """Beyond which it does not reach."""

    @classmethod
    def of(cls, points: NDArray[np.int_], tags: NDArray[np.uint8], ends: NDArray[np.int16]) -> Self:
        (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
        return cls(points, tags, ends, int(left), int(bottom), int(right), int(top))


class Shapes:
    """The outlines of a font file."""

    def __init__(self, data: bytes) -> None:
        """Open a font.

        Raises:
            RenderError: when FreeType cannot.
        """
        library = _freetype()
        self._data = data  # FreeType reads from it for as long as the face lives
        self._face = library.FT_Face()
        with _LOCK:
            if library.FT_New_Memory_Face(_handle(), data, len(data), 0, byref(self._face)):
                raise RenderError("a file beside the typeface is no font that can be drawn")
        self._units = int(self._face.contents.units_per_EM) or 1000

    def outline(self, glyph: int, size: float, grown: float) -> Outline | None:
        """Return the outline of a glyph from its place on the line on, or None where there is nothing to see.

        Args:
            glyph: its number in the font.
            size: of the letters, pixels.
            grown: 0, or the width of a band whose middle is the outline's other side, pixels: then the outline is that
                of the band alone, as wide to both sides of the letter's edge.
        """
        with _LOCK:
            own = self._unscaled(glyph)
            if own is None:
                return None
            scaled = np.rint(own.points * (size * FINE / self._units)).astype(_POSITION)
            shape = Outline.of(scaled, own.tags, own.ends)
            return _band(shape, round(grown * FINE)) if grown > 0 else shape

    def _unscaled(self, glyph: int) -> Outline | None:
        library = _freetype()
        if library.FT_Load_Glyph(self._face, glyph, _NO_SCALE):
            return None
        found = self._face.contents.glyph.contents.outline
        if found.n_contours <= 0 or found.n_points <= 0:
            return None
        if library.FT_Outline_Get_Orientation(byref(found)) == _POSTSCRIPT:
            library.FT_Outline_Reverse(byref(found))
        return _copied(found)


def filled(parts: Sequence[tuple[Outline, int, int]], width: int, height: int) -> Plane:
    """Return the coverage, 0..255, of a picture by outlines.

    Args:
        parts: outlines and where each one's origin lies, in 1/64 pixels from the picture's left and upper side.
        width: of the picture.
        height: of the picture.
    """
    coverage: Plane = np.zeros((height, width), np.uint8)
    for shape, x, y in parts:
        _fill(shape, x, y, coverage)
    return coverage


def _fill(shape: Outline, x: int, y: int, coverage: Plane) -> None:
    """Add the coverage by one outline: so letters that touch within a pixel, as joined ones do, leave no gap.

    One by one, because FreeType goes over all lines again for each part of the picture that it has no room for at once.
    """
    height, width = coverage.shape
    left, right = max(0, (x + shape.left) // FINE), min(width, -(-(x + shape.right) // FINE))
    top, bottom = max(0, (y - shape.top) // FINE), min(height, -(-(y - shape.bottom) // FINE))
    if left >= right or top >= bottom:
        return
    plane = np.zeros((bottom - top, right - left), np.uint8)
    library = _freetype()
    whole, _kept = _given(shape.points + np.array((x - left * FINE, bottom * FINE - y), _POSITION), shape)
    bitmap = library.FT_Bitmap(
        rows=plane.shape[0], width=plane.shape[1], pitch=plane.shape[1], num_grays=256, pixel_mode=_GREY
    )
    bitmap.buffer = cast(_address(plane), type(bitmap.buffer))
    with _LOCK:
        _check(library.FT_Outline_Get_Bitmap(_handle(), byref(whole), byref(bitmap)))
    target = coverage[top:bottom, left:right]
    np.add(target, np.minimum(plane, ~target), out=target)


def _band(shape: Outline, radius: int) -> Outline | None:
    """Return the outline of what lies within *radius* of the lines of *shape*."""
    library = _freetype()
    stroker = library.FT_Stroker()
    _check(library.FT_Stroker_New(_handle(), byref(stroker)))
    try:
        library.FT_Stroker_Set(stroker, radius, _ROUND_CAP, _ROUND_JOIN, 0)
        own, _kept = _given(shape.points, shape)
        _check(library.FT_Stroker_ParseOutline(stroker, byref(own), False))
        points, contours = c_uint(), c_uint()
        _check(library.FT_Stroker_GetCounts(stroker, byref(points), byref(contours)))
        if not 0 < points.value <= MOST_POINTS:
            return None
        places = np.zeros((points.value, 2), _POSITION)
        room = Outline.of(places, np.zeros(points.value, np.uint8), np.zeros(contours.value, np.int16))
        target, _held = _given(places, room)
        target.n_points = target.n_contours = 0
        library.FT_Stroker_Export(stroker, byref(target))
        return _joined([_copied(target), *_narrow_holes(shape, radius)])
    finally:
        library.FT_Stroker_Done(stroker)


def _narrow_holes(shape: Outline, radius: int) -> Iterator[Outline]:
    """Yield the holes of a letter that a band fills, as outlines of what is in them.

    The band that FreeType makes turns inside out there. No point of a hole is farther from its edge than half its width
    and height, and, where it is convex, twice its area by its perimeter.
    """
    first = 0
    for end in shape.ends:
        points, tags = shape.points[first : end + 1], shape.tags[first : end + 1]
        first = int(end) + 1
        x, y = points.T.astype(np.float64)
        area = float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
        around = float(np.hypot(x - np.roll(x, -1), y - np.roll(y, -1)).sum())
        if area > 0 and radius >= min(2 * area / around, np.ptp(x) / 2, np.ptp(y) / 2):
            yield Outline.of(points[::-1], tags[::-1], np.array([len(points) - 1], np.int16))


def _joined(shapes: Sequence[Outline]) -> Outline:
    firsts = np.cumsum([0, *(len(shape.points) for shape in shapes)])
    ends = [shape.ends + first for shape, first in zip(shapes, firsts[:-1], strict=True)]
    return Outline.of(
        np.concatenate([shape.points for shape in shapes]),
        np.concatenate([shape.tags for shape in shapes]),
        np.concatenate(ends).astype(np.int16),
    )


def _given(points: NDArray[np.int_], shape: Outline) -> tuple[Any, tuple[Any, ...]]:
    """Return *shape*, with its points at *points*, as FreeType's structure, and what has to live as long as it."""
    structure = _freetype().FT_Outline(n_contours=len(shape.ends), n_points=len(points), flags=0)
    arrays: tuple[NDArray[Any], ...] = tuple(map(np.ascontiguousarray, (points, shape.tags, shape.ends)))
    for name, array in zip(("points", "tags", "contours"), arrays, strict=True):
        setattr(structure, name, cast(_address(array), type(getattr(structure, name))))
    return structure, arrays


def _address(array: NDArray[Any]) -> int:
    # what ``array.ctypes.data`` says, in a tenth of its time
    address: int = array.__array_interface__["data"][0]
    return address


def _copied(structure: Any) -> Outline:
    count, contours = structure.n_points, structure.n_contours
    vectors = np.ctypeslib.as_array(cast(structure.points, POINTER(_freetype().FT_Pos)), (count, 2))
    tags = np.ctypeslib.as_array(cast(structure.tags, POINTER(c_ubyte)), (count,))
    ends = np.ctypeslib.as_array(cast(structure.contours, POINTER(c_short)), (contours,))
    return Outline.of(vectors.copy(), tags & np.uint8(_KIND_OF_POINT), ends.copy())


def _check(failed: int) -> None:
    if failed:
        raise RenderError(f"letters could not be drawn: FreeType says {failed}")


def load_freetype() -> None:
    """Load the library now rather than when the first letter is drawn."""
    _freetype()


@cache
def _freetype() -> ModuleType:
    return importlib.import_module("freetype.raw")


@cache
def _handle() -> c_void_p:
    library = _freetype()
    handle: c_void_p = library.FT_Library()
    _check(library.FT_Init_FreeType(byref(handle)))
    return handle
