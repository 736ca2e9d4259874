"""Lines of text as a see-through picture: letters with an outline, a shadow and a box behind them.

Letters are filled from their outlines, without hinting, so that they have one shape and one place at every size, and
may lie between pixels. Where they stand says ``shaping``. What no typeface has is drawn as an empty box.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import yuv_of
from artdag.codec.fontfile import UNITS, FontFile, face
from artdag.codec.frame import IS_RGB, Frame, Plane
from artdag.codec.lookup import bands
from artdag.codec.outline import FINE, Outline, filled
from artdag.codec.shaping import shaped
from artdag.codec.sheet import Sheet
from artdag.codec.softness import softened
from artdag.codec.wrapping import height_of, width_of
from artdag.params import Color

Coverage = NDArray[np.float32]
"""(height, width), 0..1."""
Values = tuple[np.float32, ...]
"""Of a colour, in three planes."""

SMALLEST = 1.0
"""Pixels: smaller letters are not drawn at all."""
PADDING = 0.3
"""How far a box reaches beyond its letters, to the sides, in sizes; above and below half as far."""
_ROUND = 0.15
"""The radius of a box's corners, in sizes."""
SHADOW_OPACITY = 0.65
_THROW = 2.2
"""How far a shadow reaches, in its distances: it is moved by 0.7 of one, and three standard deviations soft."""
_OVERHANG = 0.4
"""How far a letter may reach out of the width it takes, or a box out of its letters, in sizes."""
_LARGE = 400
"""Pixels: outlines of letters of this size are not kept for the next frame."""
_TALLEST = 4
"""How far stacked marks may reach above or below their line, in sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How letters look; lengths are in pixels of the picture."""

    size: float
    """Of the letters, as typefaces count it: from one line to the next where they are set solid."""
    bold: bool = False
    color: Color = Color("#ffffff")
    spacing: float = 1.2
    """From one line to the next, in sizes."""
    align: float = 0.5
    """Of lines in their block: 0 left, 1 right."""
    outline: float = 0.0
    outline_color: Color = Color("#000000")
    shadow: float = 0.0
    """How far it falls to the right and down; it is as soft as far, and black."""
    box: float = 0.0
    """Its opacity."""
    box_color: Color = Color("#000000")


@lru_cache(maxsize=4)
def caption(
    lines: tuple[str, ...], look: Look, at: tuple[float, float], width: int, height: int, pixel_format: str
) -> Sheet | None:
    """Return what of a block of text lies within pictures of one size and format, ready to be laid over them.

    Args:
        lines: as they are to stand.
        look: of the letters.
        at: the upper left corner of their ``block`` in the picture, pixels.
        width: of the picture.
        height: of the picture.
        pixel_format: of the picture.
    """
    if look.size < SMALLEST or not any(lines):
        return None
    canvas = _Canvas.around(lines, look, at, width, height)
    if canvas is None:
        return None
    rgb = pixel_format in IS_RGB
    layer = _painted(canvas, rgb=rgb)
    return Sheet.of(layer, canvas.left, canvas.top, Frame.blank(width, height, pixel_format))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Canvas:
    """The part of the picture that the block touches."""

    lines: tuple[str, ...]
    look: Look
    x: float
    y: float
    """Of the block, from the canvas's corner."""
    left: int
    top: int
    width: int
    height: int

    @classmethod
    def around(
        cls, lines: tuple[str, ...], look: Look, at: tuple[float, float], width: int, height: int
    ) -> _Canvas | None:
        size = block(lines, look)
        thrown = _THROW * look.shadow
        reach = look.outline + look.size * _OVERHANG + thrown
        # what lies beyond the sides may throw its shadow into the picture
        left, top = (max(-math.ceil(thrown), math.floor(place - reach)) for place in at)
        right, bottom = (
            min(whole + math.ceil(thrown), math.ceil(place + own + reach))
            for whole, place, own in zip((width, height), at, size, strict=True)
        )
        if left >= right or top >= bottom:
            return None
        return cls(
            lines=lines,
            look=look,
            x=at[0] - left,
            y=at[1] - top,
            left=left,
            top=top,
            width=right - left,
            height=bottom - top,
        )


def block(lines: tuple[str, ...], look: Look) -> tuple[float, float]:
    """Return how wide and high the lines are together, in pixels, without what reaches beyond the letters."""
    return width_of(lines, bold=look.bold) * look.size, height_of(len(lines), look.spacing, bold=look.bold) * look.size


def _painted(canvas: _Canvas, *, rgb: bool) -> Frame:
    """Return the canvas as a picture with opacity: box, shadow, outline and letters, one over the other."""
    look = canvas.look
    letters = _drawn(canvas, 0)
    edge = np.maximum(_drawn(canvas, look.outline), letters) if look.outline > 0 else None
    layers: list[tuple[Color, Plane, float]] = []
    if look.box > 0:
        layers.append((look.box_color, _boxed(canvas), look.box))
    if look.shadow > 0:
        layers.append((Color("#000000"), _shadow(letters if edge is None else edge, look.shadow), SHADOW_OPACITY))
    if edge is not None:
        layers.append((look.outline_color, edge, 1))
    layers.append((look.color, letters, 1))
    frame = Frame.blank(canvas.width, canvas.height, "rgba" if rgb else "yuva444p")
    planes = tuple(frame.planes[0][..., channel] for channel in range(4)) if rgb else frame.planes
    colours = [_values(color, rgb=rgb) for color, _, _ in layers]
    for rows in bands(canvas.height):
        coverages = [plane[rows] * np.float32(opacity / 255) for _, plane, opacity in layers]
        _stacked(coverages, colours, [plane[rows] for plane in planes])
    return frame


def _stacked(coverages: Sequence[Coverage], colours: Sequence[Values], planes: Sequence[Plane]) -> None:
    """Write into three planes of colour and one of opacity what layers, the lowest first, are together."""
    total = coverages[0]
    parts = [coverages[0] * value for value in colours[0]]
    for coverage, values in zip(coverages[1:], colours[1:], strict=True):
        rest = np.float32(1) - coverage
        total = total * rest + coverage
        parts = [part * rest + coverage * value for part, value in zip(parts, values, strict=True)]
    seen = total > 0
    safe = np.where(seen, total, np.float32(1))
    for plane, part, value in zip(planes[:3], parts, colours[-1], strict=True):
        plane[...] = np.rint(np.where(seen, part / safe, value))
    planes[3][...] = np.rint(total * np.float32(255))


def _values(color: Color, *, rgb: bool) -> Values:
    exact = np.array(color.rgb, np.float64)
    return tuple(np.float32(value) for value in (exact if rgb else yuv_of(exact / 255)))


def _drawn(canvas: _Canvas, outline: float) -> Plane:
    """Return the coverage, 0..255, by the letters, or by a band of *outline* pixels to both sides of their edges."""
    look = canvas.look
    scale = look.size * FINE / UNITS
    lines = [shaped(line, bold=look.bold) for line in canvas.lines]
    block_width = max(line.width for line in lines)
    kept = look.size < _LARGE
    first = canvas.y * FINE + face(bold=look.bold).ascent * scale
    slack = (look.size * _TALLEST + outline) * FINE
    parts: list[tuple[Outline, int, int]] = []
    for number, line in enumerate(lines):
        below = first + number * look.spacing * look.size * FINE
        if not -slack < below < canvas.height * FINE + slack:
            continue
        start = canvas.x * FINE + (block_width - line.width) * look.align * scale
        for glyph in line.glyphs:
            shape = (_outline if kept else _outline.__wrapped__)(glyph.font, glyph.number, look.size, outline)
            if shape is not None:
                parts.append((shape, round(start + glyph.x * scale), round(below - glyph.y * scale)))
    return filled(parts, canvas.width, canvas.height)


@lru_cache(maxsize=1024)
def _outline(font: FontFile, glyph: int, size: float, grown: float) -> Outline | None:
    return font.outline(glyph, size, grown)


def _boxed(canvas: _Canvas) -> Plane:
    """Return the coverage by a box with round corners behind the block."""
    look = canvas.look
    width, height = block(canvas.lines, look)
    half_width, half_height = width / 2 + PADDING * look.size, height / 2 + PADDING * look.size / 2
    radius = _ROUND * look.size
    x, y = (
        (np.abs(np.arange(count) + 0.5 - middle) - (half - radius)).astype(np.float32)
        for count, middle, half in (
            (canvas.width, canvas.x + width / 2, half_width),
            (canvas.height, canvas.y + height / 2, half_height),
        )
    )
    beyond_x, beyond_y = np.square(np.maximum(x, 0)), np.square(np.maximum(y, 0))
    coverage = np.empty((canvas.height, canvas.width), np.uint8)
    for rows in bands(canvas.height):
        away = np.sqrt(beyond_x + beyond_y[rows, None])
        away += np.minimum(np.maximum(x, y[rows, None]), 0)
        coverage[rows] = np.rint(np.clip(np.float32(0.5 + radius) - away, 0, 1) * 255)
    return coverage


def _shadow(coverage: Plane, distance: float) -> Plane:
    soft = softened(coverage, distance)
    moved = np.zeros_like(coverage)
    step = min(round(distance * 0.7), *(side - 1 for side in soft.shape))
    moved[step:, step:] = np.rint(np.clip(soft[: soft.shape[0] - step, : soft.shape[1] - step], 0, 255))
    return moved
