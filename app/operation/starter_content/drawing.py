"""Drawing smooth flat shapes straight into the planes of a frame: curves, and a canvas that fills them.

Shapes are polygons in pixels, (n, 2). Their edges are smooth because a shape is first drawn four times as large, in the
box around it only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from artdag.codec.frame import IS_RGB, Frame

Points = NDArray[np.float64]
Mask = NDArray[np.uint8]
"""Coverage of every pixel of a canvas, 0..255."""
FINER = 4
"""How many times larger a shape is drawn before it is brought to size."""


def rgb(color: str) -> tuple[int, int, int]:
    """Return the channels of ``#rrggbb``."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def yuv(color: str) -> tuple[int, int, int]:
    """Return the code values of ``#rrggbb``, BT.709, limited range."""
    red, green, blue = (channel / 255 for channel in rgb(color))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        round(16 + 219 * luma),
        round(128 + 224 * (blue - luma) / 1.8556),
        round(128 + 224 * (red - luma) / 1.5748),
    )


def smooth(points: Sequence[tuple[float, float]], *, closed: bool = True, steps: int = 12) -> Points:
    """Return a curve through *points* (Catmull-Rom). A point given twice is a corner."""
    known = np.array(points, np.float64)
    ends = (known[-1:], known[:2]) if closed else (known[:1], known[-1:])
    around = np.concatenate([ends[0], known, ends[1]])
    before, start, end, after = around[:-3], around[1:-2], around[2:-1], around[3:]
    t = (np.arange(steps) / steps)[:, None, None]
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    line: Points = curve.transpose(1, 0, 2).reshape(-1, 2)
    return line if closed else np.concatenate([line, known[-1:]])


def ellipse(x: float, y: float, width: float, height: float | None = None, turn: float = 0.0) -> Points:
    """Return an ellipse of half axes *width* and *height*, turned by *turn* degrees clockwise."""
    angle = np.arange(72) * (2 * np.pi / 72)
    circle = np.stack([np.cos(angle) * width, np.sin(angle) * (width if height is None else height)], axis=1)
    return moved(turned(circle, turn), x, y)


def stroke(line: Points, start: float, end: float | None = None, *, middle: float | None = None) -> Points:
    """Return the outline of a line with round ends, *start* wide at its beginning and *end* at its end.

    Args:
        line: its points, at least two, none of them twice in a row.
        start: width in pixels.
        end: as *start* if not given.
        middle: width half way; between the two if not given.
    """
    end = start if end is None else end
    along = np.linspace(0, 1, len(line))
    middle = (start + end) / 2 if middle is None else middle
    width = np.interp(along, [0, 0.5, 1], [start, middle, end]) / 2
    heading = np.gradient(line, axis=0)
    heading /= np.maximum(np.hypot(heading[:, 0], heading[:, 1]), 1e-9)[:, None]
    side = np.stack([-heading[:, 1], heading[:, 0]], axis=1) * width[:, None]
    caps = []
    for place, sign in ((-1, 1), (0, -1)):
        angle = np.linspace(np.pi / 2, -np.pi / 2, 9)[1:-1, None]
        ahead, beside = heading[place] * sign, side[place] / max(width[place], 1e-9) * sign
        caps.append(line[place] + width[place] * (np.cos(angle) * ahead + np.sin(angle) * beside))
    outline: Points = np.concatenate([line + side, caps[0], (line - side)[::-1], caps[1]])
    return outline


def moved(shape: Points, right: float, down: float) -> Points:
    """Return *shape* elsewhere."""
    elsewhere: Points = shape + np.array([right, down])
    return elsewhere


def turned(shape: Points, degrees: float, about: tuple[float, float] = (0.0, 0.0)) -> Points:
    """Return *shape* turned clockwise around a point."""
    angle = np.radians(degrees)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned_shape: Points = (shape - about) @ matrix + about
    return turned_shape


def mirrored(shape: Points, x: float) -> Points:
    """Return *shape* reflected at the vertical line through *x*."""
    return moved(shape * np.array([-1.0, 1.0]), 2 * x, 0)


class Canvas:
    """A picture being drawn, ``rgb24`` or ``yuv420p``."""

    def __init__(self, width: int, height: int, pixel_format: str) -> None:
        self._set(Frame.blank(width, height, pixel_format))

    def _set(self, frame: Frame) -> None:
        self.frame = frame
        self._rgb = frame.pixel_format in IS_RGB
        planes = frame.planes
        self._planes = [planes[0][..., channel] for channel in range(3)] if self._rgb else list(planes)

    def copy(self) -> Self:
        """Return a canvas of its own with the same picture."""
        other = object.__new__(type(self))
        other._set(self.frame.blank_like())
        for source, target in zip(self.frame.planes, other.frame.planes, strict=True):
            target[...] = source
        return other

    def gradient(self, *stops: tuple[float, str]) -> None:
        """Fill the whole picture from top to bottom; *stops* are (row, colour)."""
        rows = [row for row, _ in stops]
        for index, plane in enumerate(self._planes):
            step = self._step(index)
            values = [self._values(color)[index] for _, color in stops]
            plane[...] = np.rint(np.interp(np.arange(plane.shape[0]) * step, rows, values))[:, None]

    def fill(
        self,
        shape: Points | Sequence[Points],
        color: str,
        *,
        opacity: float = 1.0,
        to: str | None = None,
        within: Mask | None = None,
    ) -> None:
        """Fill *shape*.

        Args:
            shape: a polygon, or several that are filled as one; what lies outside the canvas is left out.
            color: ``#rrggbb``.
            opacity: 0..1.
            to: the colour at the lower end of the shape, for a gradient from *color* at its upper end.
            within: draw only where this mask lets it through.
        """
        shapes = [shape] if isinstance(shape, np.ndarray) else shape
        outline = np.concatenate(shapes)
        box = self._box(outline)
        if box is None:
            return
        left, top, right, bottom = box
        coverage = _coverage(shapes, box)
        if within is not None:
            coverage = (coverage.astype(np.uint16) * within[top:bottom, left:right] // 255).astype(np.uint8)
        weights = coverage.astype(np.float32) * np.float32(opacity / 255)
        for index, plane in enumerate(self._planes):
            step = self._step(index)
            part = plane[top // step : bottom // step, left // step : right // step]
            share = weights if step == 1 else weights.reshape(len(part), 2, -1, 2).mean(axis=(1, 3), dtype=np.float32)
            first = self._values(color)[index]
            value: float | NDArray[np.float32] = first
            if to is not None:
                rows = np.arange(top, bottom, step, dtype=np.float32)
                span = outline[:, 1].min(), outline[:, 1].max()
                value = np.interp(rows, span, (first, self._values(to)[index])).astype(np.float32)[:, None]
            old = part.astype(np.float32)
            part[...] = old + (value - old) * share + np.float32(0.5)

    def mask(self, *shapes: Points) -> Mask:
        """Return where *shapes* lie."""
        mask = np.zeros((self.frame.height, self.frame.width), np.uint8)
        for shape in shapes:
            box = self._box(shape)
            if box is not None:
                part = mask[box[1] : box[3], box[0] : box[2]]
                np.maximum(part, _coverage([shape], box), out=part)
        return mask

    def _values(self, color: str) -> tuple[int, int, int]:
        return rgb(color) if self._rgb else yuv(color)

    def _step(self, index: int) -> int:
        return 1 if self._rgb or index == 0 else 2

    def _box(self, shape: Points) -> tuple[int, int, int, int] | None:
        """Return left, top, right and bottom around *shape*, even, within the canvas."""
        low, high = np.floor(shape.min(axis=0) / 2) * 2, np.ceil(shape.max(axis=0) / 2 + 0.5) * 2
        left, top = (int(max(0, value)) for value in low)
        right, bottom = int(min(self.frame.width, high[0])), int(min(self.frame.height, high[1]))
        return (left, top, right, bottom) if left < right and top < bottom else None


def _coverage(shapes: Sequence[Points], box: tuple[int, int, int, int]) -> Mask:
    left, top, right, bottom = box
    large = Image.new("L", ((right - left) * FINER, (bottom - top) * FINER))
    draw = ImageDraw.Draw(large)
    for shape in shapes:
        # a point in the middle of a pixel is at + 0.5; Pillow's polygon reaches half a pixel beyond its corners
        corners = (shape - (left, top)) * FINER - 0.5
        draw.polygon(corners.ravel().tolist(), fill=255)
    return np.asarray(large.reduce(FINER))
