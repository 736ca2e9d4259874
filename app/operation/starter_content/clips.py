"""Two colourful clips of unequal size and frame rate, each of which begins again without a jump."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.operation.starter_content.drawing import Canvas, Points, ellipse, moved, smooth, stroke, turned, yuv
from app.operation.starter_content.streams import Drawn, clip
from artdag.codec.frame import Frame

Heights = NDArray[np.float64]
"""The row of a ridge, for every column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swell:
    """One part of a moving ridge: a sine with a whole number of periods in the clip."""

    height: float
    """Pixels."""
    length: float
    """Pixels from crest to crest."""
    turns: int
    """Crests that pass in one clip; negative: leftwards."""
    start: float = 0.0
    """0..1 of a period."""

    def at(self, columns: Heights, phase: float) -> Heights:
        """Return the part at *columns*, at *phase* (0..1) of the clip."""
        return self.height * np.sin(2 * np.pi * (columns / self.length - self.turns * phase + self.start))


def ridge(base: float, swells: Sequence[Swell], columns: Heights, phase: float) -> Heights:
    """Return *base* plus all *swells*."""
    return base + sum((swell.at(columns, phase) for swell in swells), np.zeros(len(columns)))


def below(canvas: Canvas, heights: Heights, color: str, until: Heights | None = None) -> None:
    """Paint everything from a ridge down, or down to another one, with a smooth edge; *heights* is per column."""
    for index, plane in enumerate(canvas.frame.planes):
        step = 2 if index else 1
        lines = [heights] if until is None else [heights, until]
        upper, *lower = (line[::step] / step for line in lines)
        first = max(0, int(upper.min()) - 1)
        last = min(plane.shape[0], int((lower or [upper])[0].max()) + 2)
        value = np.float32(yuv(color)[index])
        if not lower:
            plane[last:] = value
        if first >= last:
            continue
        part = plane[first:last]
        rows = np.arange(first, last, dtype=np.float32)[:, None]
        share = np.clip(rows + 1 - upper.astype(np.float32), 0, 1)
        for line in lower:
            share *= np.clip(line.astype(np.float32) - rows, 0, 1)
        old = part.astype(np.float32)
        part[...] = old + (value - old) * share + np.float32(0.5)


def waves_clip() -> Drawn:
    """Return ``waves``: a little boat on an evening sea; 960 × 540, 25 frames per second, 4 s."""
    width, height, frame_count = 960, 540, 100
    sky = Canvas(width, height, "yuv420p")
    sky.gradient((0, "#2a2f74"), (130, "#8a4d97"), (235, "#f08a7c"), (310, "#ffcf8a"), (height, "#ffcf8a"))
    for size, opacity in ((150, 0.14), (118, 0.2), (92, 0.3)):
        sky.fill(ellipse(660, 268, size), "#fff0b0", opacity=opacity)
    sky.fill(ellipse(660, 268, 72), "#fff6cf", to="#ffd27a")
    for x, y, scale in ((180, 120, 1.1), (430, 74, 0.7), (840, 110, 0.9)):
        streaks = ((0, 0, 80), (-52, 13, 90), (58, 14, 84), (6, 27, 128))
        cloud = [ellipse(x + dx * scale, y + dy * scale, wide * scale, 9 * scale) for dx, dy, wide in streaks]
        sky.fill(ellipse(x, y, 200, 90), "#ffc2a1", opacity=0.6, within=sky.mask(*cloud))
    columns = np.arange(width, dtype=np.float64)
    layers = (
        (322, "#c7607f", "#f59a8a", [Swell(height=5, length=240, turns=1), Swell(height=3, length=130, turns=-1)]),
        (
            352,
            "#8d4a8b",
            "#c66c97",
            [Swell(height=8, length=320, turns=1, start=0.3), Swell(height=4, length=160, turns=2)],
        ),
        (
            390,
            "#5a4191",
            "#8d5fae",
            [Swell(height=12, length=480, turns=-1), Swell(height=5, length=192, turns=1, start=0.6)],
        ),
        (
            432,
            "#34418f",
            "#5a67bd",
            [Swell(height=14, length=384, turns=1, start=0.1), Swell(height=6, length=240, turns=2)],
        ),
        (
            482,
            "#1c3474",
            "#3a5bb0",
            [Swell(height=16, length=480, turns=-1, start=0.5), Swell(height=6, length=320, turns=1)],
        ),
    )

    def draw(index: int) -> Frame:
        phase = index / frame_count
        canvas = sky.copy()
        for number, (base, color, crest, swells) in enumerate(layers):
            line = ridge(base, swells, columns, phase)
            if number == 3:
                _boat(canvas, ridge(base, swells, np.array([330.0, 390.0]), phase))
            below(canvas, line, color)
            below(canvas, line, crest, until=line + 5 + 3 * np.sin(2 * np.pi * (columns / 160 + phase)))
            if number < 2:
                _glints(canvas, base, phase, number)
        return canvas.frame

    return clip(width, height, 25, 4, draw)


def _glints(canvas: Canvas, base: float, phase: float, number: int) -> None:
    for row in range(3):
        y = base + 12 + 8 * row
        sway = 10 * np.sin(2 * np.pi * (phase + 0.37 * row + 0.5 * number))
        reach = 52 - 11 * row + 12 * np.sin(2 * np.pi * (2 * phase + 0.21 * row))
        line = np.array([(660 + sway - reach, y), (660 + sway, y), (660 + sway + reach, y)])
        canvas.fill(stroke(line, 1.5, 1.5, middle=5), "#ffe9ae", opacity=0.75)


def _boat(canvas: Canvas, water: Heights) -> None:
    """Draw the boat so that it lies on the water, whose row is given below its stern and its bow."""
    x, y = 360.0, float(water.mean()) + 6
    tilt = float(np.degrees(np.arctan2(water[1] - water[0], 60)))

    def placed(points: Sequence[tuple[float, float]] | Points) -> Points:
        return moved(turned(np.asarray(points, np.float64), tilt), x, y)

    canvas.fill(placed([(-2, -128), (2, -128), (2, -16), (-2, -16)]), "#5a2d3e")
    sails = (
        ("#fff4e0", [(6, -122), (44, -84), (66, -30)], (6, -28)),
        ("#ff8f6b", [(-6, -108), (-36, -74), (-50, -30)], (-6, -28)),
    )
    for color, leech, foot in sails:
        canvas.fill(placed(np.concatenate([smooth(leech, closed=False), [foot]])), color)
    canvas.fill(placed([(2, -128), (26, -121), (2, -114)]), "#ffd24d")
    canvas.fill(placed(smooth([(72, -20), (54, 8), (0, 20), (-50, 8), (-70, -20)], closed=False)), "#8f2f45")
    canvas.fill(placed([(-70, -20), (72, -20), (68, -12), (-66, -12)]), "#ffd9b0")


def dunes_clip() -> Drawn:
    """Return ``dunes``: a walk through a desert morning; 640 × 640, 30 frames per second, 3 s."""
    size, frame_count = 640, 90
    sky = Canvas(size, size, "yuv420p")
    sky.gradient((0, "#2fa6b5"), (170, "#8fd6c4"), (300, "#fbe7b2"), (380, "#ffd08a"), (size, "#ffd08a"))
    for radius, opacity in ((120, 0.2), (96, 0.3)):
        sky.fill(ellipse(196, 206, radius), "#fff3c4", opacity=opacity)
    sky.fill(ellipse(196, 206, 74), "#ffffff", to="#ffe9a8")
    columns = np.arange(size, dtype=np.float64)
    layers = (  # base, shade, light, profile, how far the light reaches down
        (
            338,
            "#e9a072",
            "#f6bd8c",
            [Swell(height=20, length=320, turns=-1), Swell(height=7, length=160, turns=-2)],
            26,
        ),
        (
            392,
            "#d9744f",
            "#f29a63",
            [Swell(height=30, length=426, turns=-1, start=0.4), Swell(height=9, length=213, turns=-2)],
            48,
        ),
        (
            462,
            "#b84a45",
            "#e8734b",
            [Swell(height=36, length=640, turns=-1, start=0.15), Swell(height=12, length=320, turns=-2)],
            74,
        ),
        (
            552,
            "#7a2f46",
            "#9d3c49",
            [Swell(height=34, length=900, turns=-1, start=0.7), Swell(height=12, length=450, turns=-2)],
            96,
        ),
    )

    def draw(index: int) -> Frame:
        phase = index / frame_count
        canvas = sky.copy()
        for number, (x, y, wing) in enumerate(((420, 130, 19), (472, 104, 14), (506, 142, 12))):
            beat = float(np.sin(2 * np.pi * (3 * phase + 0.3 * number)))
            _bird(canvas, x + 8 * np.sin(2 * np.pi * (phase + 0.2 * number)), y, wing, beat)
        for number, (base, shade, light, swells, reach) in enumerate(layers):
            line = ridge(base, swells, columns, phase)
            if number == 2:
                _cactuses(canvas, base, swells, phase)
            below(canvas, line, shade)
            main = swells[0]
            lit = reach * np.clip(
                0.5 + 0.6 * np.sin(2 * np.pi * (columns / main.length - main.turns * phase + main.start + 0.22)),
                0,
                None,
            )
            below(canvas, line, light, until=line + lit**1.25 / reach**0.25)
        return canvas.frame

    return clip(size, size, 30, 3, draw)


def _bird(canvas: Canvas, x: float, y: float, wing: float, beat: float) -> None:
    tip, bend = y - wing * 0.55 * beat, y - wing * (0.35 + 0.25 * beat)
    for side in (-1, 1):
        line = smooth([(x, y), (x + side * wing * 0.55, bend), (x + side * wing * 1.2, tip)], closed=False)
        canvas.fill(stroke(line, 4, 1), "#2c5a66")


def _cactuses(canvas: Canvas, base: float, swells: Sequence[Swell], phase: float) -> None:
    """Draw cactuses that stand on a row of dunes and pass with it: 640 px in the clip, one pattern like the next."""
    for place, size in ((250, 1.0), (520, 0.7)):
        for x in (place - 640 * phase, place + 640 * (1 - phase)):
            y = float(ridge(base, swells, np.array([x]), phase)[0]) + 8
            for line, wide in (
                ([(0, 0), (0, -60), (0, -118)], 24),
                ([(0, -44), (-30, -48), (-34, -70), (-34, -88)], 15),
                ([(0, -60), (28, -64), (32, -84), (32, -104)], 15),
            ):
                body = stroke(smooth([(x + dx * size, y + dy * size) for dx, dy in line], closed=False), wide * size)
                canvas.fill(body, "#2f7d63")
            shine = np.array([(x - 5 * size, y - 14 * size), (x - 5 * size, y - 110 * size)])
            canvas.fill(stroke(shine, 3.5 * size), "#63b68a", opacity=0.8)
