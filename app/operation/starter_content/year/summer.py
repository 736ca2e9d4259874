"""June, July and August: balloons, harvest, and shooting stars."""

from __future__ import annotations

import numpy as np

from app.operation.starter_content.drawing import Canvas, Points, ellipse, smooth, stroke
from app.operation.starter_content.year.hill import (
    FOOTHILLS,
    FRONT,
    HEIGHT,
    HILL,
    MEADOWS,
    MOUNTAINS,
    WIDTH,
    glow,
    land,
    on,
)
from app.operation.starter_content.year.things import cloud, cottage, flowers, grass, stars
from app.operation.starter_content.year.tree import branches, leaves
from artdag.codec.frame import Frame


def june() -> Frame:
    """Return a morning with balloons, and poppies in the grass."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#2f9fe0"), (240, "#86d0f3"), (420, "#e9faf6"), (HEIGHT, "#e9faf6"))
    for x, y, size in ((1130, 120, 130.0), (120, 250, 90.0), (620, 84, 84.0)):
        cloud(canvas, x, y, size, "#ffffff", to="#d9f1fb")
    land(canvas, MOUNTAINS, "#6fa9d8", "#b5dbe6")
    land(canvas, FOOTHILLS, "#58ae86", "#93d09a")
    for x, y, size, colors in (
        (250, 190, 1.0, ("#f0533f", "#fff1d6", "#f7b733")),
        (470, 300, 0.52, ("#2f7fd0", "#ffffff", "#35b6a6")),
        (1010, 92, 0.36, ("#8a56c8", "#ffd86b", "#f0533f")),
    ):
        balloon(canvas, x, y, size, colors)
    land(canvas, MEADOWS, "#6cc869", "#3fa45a")
    cottage(canvas, "#fff4df", "#c9543f", "#7fb3dc")
    branches(canvas, "#6b4a36", "#482f25", "#a07a58")
    leaves(canvas, "#2c8748", "#4bb052", "#a2dd68")
    land(canvas, HILL, "#84d46a", "#35a055")
    grass(canvas, HILL, "#62bd58", height=17)
    land(canvas, FRONT, "#55b857", "#237f46")
    grass(canvas, FRONT, "#43a64e", height=26, seed=9)
    flowers(canvas, FRONT, ("#ef3f36", "#ff6a4d"), count=110, size=7.5, middle="#33221f")
    flowers(canvas, FRONT, ("#ffffff",), count=40, size=4.5, seed=14)
    return canvas.frame


def july() -> Frame:
    """Return high noon over the corn."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#0fa3b8"), (230, "#5fd0cb"), (420, "#fff3c0"), (HEIGHT, "#fff3c0"))
    sun(canvas, 470, 170)
    land(canvas, MOUNTAINS, "#3f9fb2", "#9fd6c6")
    land(canvas, FOOTHILLS, "#3f9a78", "#86c489")
    land(canvas, MEADOWS, "#f5cf55", "#e0a637")
    furrows(canvas, MEADOWS, "#d99a2c", 10)
    cottage(canvas, "#fffaf0", "#d8583c", "#4fa7b8")
    branches(canvas, "#5f4330", "#3d2a20", "#98734f")
    leaves(canvas, "#1f7a52", "#35a060", "#86cf6b", size=1.06)
    land(canvas, HILL, "#f9d960", "#e3a233")
    furrows(canvas, HILL, "#d8962b", 15)
    bales(canvas)
    land(canvas, FRONT, "#eebb45", "#c97f25")
    grass(canvas, FRONT, "#d99a31", count=420, height=34, seed=9)
    flowers(canvas, FRONT, ("#e8483c", "#3f6fd0"), count=56, size=6.5, middle="#2a2330")
    return canvas.frame


def august() -> Frame:
    """Return a warm night under shooting stars, and a tent that is not asleep."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#080b2e"), (200, "#1d1f63"), (340, "#5a3a93"), (430, "#e58a9b"), (HEIGHT, "#e58a9b"))
    milky_way(canvas)
    stars(canvas, 330, "#ffffff", until=380, seed=7)
    for at_x, at_y, length in ((300, 90, 150), (560, 60, 110), (1120, 110, 170), (160, 230, 90)):
        meteor(canvas, at_x, at_y, length)
    land(canvas, MOUNTAINS, "#3c2c70", "#7a4f93")
    land(canvas, FOOTHILLS, "#281f56", "#44316f")
    land(canvas, MEADOWS, "#1e1d4d", "#17183f")
    cottage(canvas, "#2a2658", "#17153c", "#ffcf70", lit=True)
    branches(canvas, "#141233", "#0c0b24", "#3a3470")
    leaves(canvas, "#12123a", "#1d2052", "#3a3f82")
    land(canvas, HILL, "#25285f", "#12143c")
    tent(canvas, 590, on(HILL, 590) + 14)
    land(canvas, FRONT, "#191b48", "#0b0c28")
    grass(canvas, FRONT, "#14163f", height=24, seed=9)
    random = np.random.default_rng(70)
    for x, y in zip(random.uniform(40, 1240, 26), random.uniform(560, 700, 26), strict=True):
        glow(canvas, x, y, 15, "#f3ff9a", 0.75)
        canvas.fill(ellipse(x, y, 1.7), "#fbffd9")
    return canvas.frame


def balloon(canvas: Canvas, x: float, y: float, size: float, colors: tuple[str, str, str]) -> None:
    """Let a balloon rise; *y* is the middle of its envelope."""
    reach = 84 * size
    outline = [(0, -1.0), (0.62, -0.8), (0.96, -0.24), (0.82, 0.36), (0.34, 0.98), (0.2, 1.16)]
    envelope = smooth([*outline, *[(-dx, dy) for dx, dy in reversed(outline[1:])]]) * reach + (x, y)
    inside = canvas.mask(envelope)
    canvas.fill(envelope, colors[0])
    for number, wide in enumerate((0.8, 0.52, 0.22)):
        gore = ellipse(x, y - 0.02 * reach, reach * wide, reach * 1.3)
        canvas.fill(gore, (colors[1], colors[0], colors[2])[number], within=inside)
    shadow = smooth([(0.2, -1.1), (1.1, -0.6), (1.1, 0.7), (0.2, 1.3), (0.62, 0.4), (0.66, -0.4)]) * reach + (x, y)
    canvas.fill(shadow, "#1b1436", opacity=0.16, within=inside)
    canvas.fill(ellipse(x - 0.42 * reach, y - 0.42 * reach, 0.12 * reach, 0.26 * reach, 28), "#ffffff", opacity=0.45)
    low, high = y + 1.5 * reach, y + 1.1 * reach
    ropes = [
        stroke(np.array([(x + side * 0.19 * reach, high), (x + side * 0.12 * reach, low)]), max(1.0, 2 * size))
        for side in (-1, 1)
    ]
    canvas.fill(ropes, "#5a4030")
    basket = np.array(
        [
            (x - 0.15 * reach, low),
            (x + 0.15 * reach, low),
            (x + 0.12 * reach, low + 0.22 * reach),
            (x - 0.12 * reach, low + 0.22 * reach),
        ]
    )
    canvas.fill(basket, "#9a6a3c", to="#6d4526")


def sun(canvas: Canvas, x: float, y: float) -> None:
    """Let the sun burn, with rays."""
    glow(canvas, x, y, 430, "#fff7c2", 0.85)
    rays = []
    for number in range(24):
        angle, wide, far = number * np.pi / 12, 0.07, 330.0 if number % 2 else 240.0
        corners = [(106.0, angle - wide), (106.0, angle + wide), (far, angle)]
        rays.append(np.array([(x + radius * np.cos(turn), y + radius * np.sin(turn)) for radius, turn in corners]))
    canvas.fill(rays, "#fffbe0", opacity=0.28)
    canvas.fill(ellipse(x, y, 84), "#fff9d6", to="#ffdf73")


def furrows(canvas: Canvas, line: np.ndarray, color: str, count: int) -> None:
    """Draw the rows of the corn, nearer to each other the farther away."""
    columns = np.arange(0, WIDTH + 1, 16, dtype=np.float64)
    edge = np.array([on(line, float(column)) for column in columns])
    rows = [
        stroke(np.stack([columns, edge + 3 + 1.1 * number**1.75], axis=1), 1.0 + 0.22 * number)
        for number in range(1, count)
    ]
    canvas.fill(rows, color, opacity=0.5)


def bales(canvas: Canvas) -> None:
    """Leave bales of straw on the hill."""
    for x, down, size in ((560, 26, 24), (640, 12, 18), (1060, 22, 22)):
        y = on(HILL, x) + down
        canvas.fill(ellipse(x + 6, y + 2, size * 1.3, size * 0.2), "#8a5a1c", opacity=0.4)
        canvas.fill(
            stroke(np.array([(x, y - size * 0.8), (x + size * 0.9, y - size * 0.86)]), size * 1.7),
            "#d69a35",
            to="#b0741f",
        )
        canvas.fill(ellipse(x, y - size * 0.8, size * 0.85), "#f3c75c")
        for ring in (0.6, 0.34):
            canvas.fill(ellipse(x, y - size * 0.8, size * ring), "#c98c2c", opacity=0.5)
            canvas.fill(ellipse(x, y - size * 0.8, size * (ring - 0.1)), "#f3c75c")


def milky_way(canvas: Canvas) -> None:
    """Lay the band of the Milky Way over the sky."""
    random = np.random.default_rng(63)
    along = np.linspace(0, 1, 40)
    for share, shift in zip(along.tolist(), random.normal(0, 20, 40).tolist(), strict=True):
        x, y = 60 + 1000 * share, 390 - 420 * share + shift
        glow(canvas, x, y, random.uniform(60, 120), ("#8f7fe0", "#c39be8", "#6f8fe8")[int(share * 30) % 3], 0.2)
    dust = [
        ellipse(60 + 1000 * share + across, 390 - 420 * share + across * 0.4 + down, size)
        for share, across, down, size in zip(
            random.uniform(0, 1, 420),
            random.normal(0, 34, 420),
            random.normal(0, 30, 420),
            random.uniform(0.4, 1.0, 420),
            strict=True,
        )
    ]
    canvas.fill(dust, "#f4ecff", opacity=0.6)


def meteor(canvas: Canvas, x: float, y: float, long: float) -> None:
    """Let a star fall to the lower left."""
    line = np.array([(x, y), (x + long * 0.5, y - long * 0.27), (x + long, y - long * 0.54)])
    for wide, opacity in ((5.0, 0.18), (2.6, 0.85)):
        canvas.fill(stroke(line, wide, 0.3, middle=wide * 0.4), "#fffbe8", opacity=opacity)
    glow(canvas, x, y, 22, "#ffffff", 0.8)


def tent(canvas: Canvas, x: float, y: float) -> None:
    """Pitch a tent with a lamp in it."""
    glow(canvas, x, y - 26, 190, "#ffb45e", 0.6)
    canvas.fill(
        np.array([(x - 66, y + 2), (x - 6, y - 70), (x + 18, y - 70), (x + 92, y - 2)]), "#e5793c", to="#b94f2c"
    )
    canvas.fill(np.array([(x - 66, y + 2), (x - 6, y - 70), (x + 46, y + 4)]), "#ffd98c", to="#ff9f4a")
    canvas.fill(np.array([(x - 24, y + 3), (x - 6, y - 52), (x + 10, y + 3)]), "#fff3cf", to="#ffc96b")
    sitting: list[Points] = [
        ellipse(x - 8, y - 24, 5),
        smooth([(x - 16, y + 3), (x - 14, y - 16), (x - 2, y - 16), (x + 2, y + 3)]),
    ]
    canvas.fill(sitting, "#7a3a24")
    canvas.fill(
        [
            stroke(np.array([(x - 6, y - 70), (x - 2, y - 78)]), 2),
            stroke(np.array([(x + 92, y - 2), (x + 116, y + 8)]), 1.4),
        ],
        "#f6cf9a",
    )
