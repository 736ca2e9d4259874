"""What stands, grows, flies and falls around the hill."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.operation.starter_content.drawing import Canvas, Points, ellipse, smooth, stroke, turned
from app.operation.starter_content.year.hill import HEIGHT, WIDTH, Line, glow, on

COTTAGE_X, COTTAGE_Y = 330.0, 508.0
"""The middle of its lower edge."""


def cottage(canvas: Canvas, wall: str, roof: str, window: str, *, snow: str | None = None, lit: bool = False) -> None:
    """Paint the cottage."""
    x, y = COTTAGE_X, COTTAGE_Y
    canvas.fill(_box(x + 16, y - 78, x + 30, y - 44), "#6b4a48")
    canvas.fill(_box(x - 40, y - 36, x + 40, y + 4), wall)
    canvas.fill(_box(x + 12, y - 36, x + 40, y + 4), "#1b1836", opacity=0.16)
    canvas.fill(np.array([(x - 52, y - 32), (x - 30, y - 66), (x + 30, y - 66), (x + 52, y - 32)]), roof)
    if snow is not None:
        canvas.fill(np.array([(x - 55, y - 32), (x - 32, y - 69), (x + 32, y - 69), (x + 55, y - 32)]), snow)
        canvas.fill(_box(x + 14, y - 83, x + 32, y - 77), snow)
    canvas.fill(_box(x - 8, y - 24, x + 8, y + 4), "#5a3434")
    for left in (x - 31, x + 17):
        canvas.fill(_box(left, y - 25, left + 15, y - 11), window)
        canvas.fill([_box(left + 6.6, y - 25, left + 8.4, y - 11), _box(left, y - 18.8, left + 15, y - 17.2)], wall)
    if lit:
        for left in (x - 24, x + 24):
            glow(canvas, left, y - 18, 62, "#ffc860", 0.55)


def _box(left: float, top: float, right: float, bottom: float) -> Points:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def smoke(canvas: Canvas, color: str, opacity: float = 0.5) -> None:
    """Let the chimney smoke."""
    x, y = COTTAGE_X + 23, COTTAGE_Y - 84
    line = smooth([(x, y), (x + 7, y - 26), (x - 2, y - 56), (x + 16, y - 92), (x + 8, y - 128)], closed=False)
    canvas.fill(stroke(line, 5, 24), color, opacity=opacity)


def stars(canvas: Canvas, count: int, color: str, *, until: float = 330.0, seed: int = 2) -> None:
    """Scatter stars over the sky down to the row *until*, fewer below than above."""
    random = np.random.default_rng(seed)
    across, down = random.uniform(0, WIDTH, count), until * random.uniform(0, 1, count) ** 1.3
    sizes = random.uniform(0.6, 1.5, count) * np.where(random.uniform(0, 1, count) < 0.08, 1.7, 1.0)
    shown = [ellipse(x, y, size) for x, y, size in zip(across, down, sizes, strict=True)]
    for part, opacity in enumerate((0.95, 0.6, 0.4)):
        canvas.fill(shown[part::3], color, opacity=opacity)


def flakes(canvas: Canvas, count: int, color: str, *, seed: int = 3, size: float = 1.0) -> None:
    """Let it snow: many small flakes far away, some large ones near."""
    random = np.random.default_rng(seed)
    across, down = random.uniform(0, WIDTH, count), random.uniform(0, HEIGHT, count)
    sizes = size * (1.0 + 2.6 * random.uniform(0, 1, count) ** 4)
    shown = [ellipse(x, y, radius) for x, y, radius in zip(across, down, sizes, strict=True)]
    for part, opacity in enumerate((0.9, 0.7, 0.5)):
        canvas.fill(shown[part::3], color, opacity=opacity)


def cloud(
    canvas: Canvas, x: float, y: float, size: float, color: str, *, to: str | None = None, opacity: float = 1.0
) -> None:
    """Paint a heap of cloud, *size* px from its middle to its end, flat below."""
    puffs = ((-0.62, -0.1, 0.3), (-0.24, -0.26, 0.4), (0.2, -0.2, 0.36), (0.58, -0.09, 0.28), (0.0, -0.2, 0.34))
    heap = [ellipse(x + dx * size, y + dy * size, radius * size, radius * size * 0.8) for dx, dy, radius in puffs]
    line = np.array([(x - 0.86 * size, y), (x + 0.82 * size, y)])
    canvas.fill([*heap, stroke(line, 0.26 * size)], color, to=to, opacity=opacity)


def streak(canvas: Canvas, x: float, y: float, reach: float, color: str, *, opacity: float = 0.6) -> None:
    """Paint a long thin cloud."""
    parts = ((0, 0, 1.0, 7), (-0.35, 11, 0.7, 6), (0.4, -10, 0.62, 5))
    lines = [
        stroke(
            np.array([(x + (dx - long) * reach, y + dy), (x + dx * reach, y + dy), (x + (dx + long) * reach, y + dy)]),
            1,
            1,
            middle=wide * 1.6,
        )
        for dx, dy, long, wide in parts
    ]
    canvas.fill(lines, color, opacity=opacity)


def birds(canvas: Canvas, places: Sequence[tuple[float, float, float]], color: str) -> None:
    """Paint birds far away, each at (x, y) with wings of that length."""
    wings = []
    for number, (x, y, wing) in enumerate(places):
        lift = wing * (0.5 if number % 2 else 0.32)
        for side in (-1, 1):
            line = smooth([(x, y), (x + side * wing * 0.5, y - lift), (x + side * wing, y - lift * 0.55)], closed=False)
            wings.append(stroke(line, max(2.2, wing * 0.2), 1))
    canvas.fill(wings, color)


def grass(canvas: Canvas, line: Line, color: str, *, count: int = 260, height: float = 16, seed: int = 8) -> None:
    """Let blades of grass stand along *line*."""
    random = np.random.default_rng(seed)
    blades = []
    for x, tall, lean in zip(
        random.uniform(-4, WIDTH + 4, count),
        height * random.uniform(0.4, 1, count),
        random.uniform(-0.5, 0.5, count),
        strict=True,
    ):
        y = on(line, x) + 3
        blades.append(np.array([(x - 2, y), (x + 2.2, y), (x + lean * tall, y - tall)]))
    canvas.fill(blades, color)


def flowers(
    canvas: Canvas,
    line: Line,
    colors: Sequence[str],
    *,
    count: int = 90,
    size: float = 4.0,
    seed: int = 4,
    middle: str = "#ffd24d",
) -> None:
    """Scatter flowers over the ground below *line*: small ones far away, large ones near."""
    random = np.random.default_rng(seed)
    across, near = random.uniform(0, WIDTH, count), np.sort(random.uniform(0, 1, count) ** 0.8)
    for number, color in enumerate(colors):
        petals, hearts = [], []
        for x, share in zip(across[number :: len(colors)], near[number :: len(colors)], strict=True):
            top = on(line, float(x)) + 6
            y, radius = top + share * (HEIGHT - top), size * (0.4 + 0.9 * share)
            for turn in range(0, 360, 72):
                leaf = ellipse(x, y - radius * 0.62, radius * 0.5, radius * 0.62)
                petals.append(turned(leaf, turn + number * 20, (float(x), float(y))))
            hearts.append(ellipse(x, y, radius * 0.36))
        canvas.fill(petals, color)
        canvas.fill(hearts, middle)


def drifting(canvas: Canvas, count: int, color: str, *, size: float = 5.0, seed: int = 6, top: float = 90) -> None:
    """Let petals or leaves of one colour drift through the air."""
    random = np.random.default_rng(seed)
    shown = [
        ellipse(x, y, size * scale, size * scale * 0.5, turn=turn)
        for x, y, scale, turn in zip(
            random.uniform(0, WIDTH, count),
            random.uniform(top, HEIGHT, count),
            random.uniform(0.6, 1.2, count),
            random.uniform(0, 180, count),
            strict=True,
        )
    ]
    canvas.fill(shown, color)
