"""March, April and May: wind, rain, and blossom."""

from __future__ import annotations

import numpy as np

from app.operation.starter_content.drawing import Canvas, Points, ellipse, moved, smooth, stroke, turned
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
from app.operation.starter_content.year.things import cloud, cottage, drifting, flowers, grass, smoke, streak
from app.operation.starter_content.year.tree import branches, leaves, tree
from artdag.codec.frame import Frame


def march() -> Frame:
    """Return a windy day: a kite, crocuses, and the last snow."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#7fa6d6"), (240, "#b9d0ea"), (420, "#fdf0d5"), (HEIGHT, "#fdf0d5"))
    for x, y, reach in ((190, 92, 150), (560, 56, 120), (1080, 118, 170), (420, 210, 110), (900, 238, 90)):
        streak(canvas, x, y, reach, "#ffffff", opacity=0.8)
    land(canvas, MOUNTAINS, "#93a9cf", "#c9cfe0")
    summits(canvas, "#ffffff")
    land(canvas, FOOTHILLS, "#8ba58f", "#b6c09a")
    land(canvas, MEADOWS, "#a9bd72", "#7f9a55")
    patches(canvas, MEADOWS, "#f6f8fb")
    cottage(canvas, "#f4e3c8", "#b4553f", "#7d9cc4")
    smoke(canvas, "#ffffff", 0.55)
    branches(canvas, "#6b4c3c", "#4a3229", "#a17f62")
    buds(canvas, "#b8d44f")
    land(canvas, HILL, "#b7c878", "#789a50")
    patches(canvas, HILL, "#f4f7fb")
    grass(canvas, HILL, "#93ad57", height=13)
    land(canvas, FRONT, "#8fae57", "#5c8140")
    grass(canvas, FRONT, "#7a9c4a", height=20, seed=9)
    flowers(canvas, FRONT, ("#8a5cc8", "#f4c63a", "#b48be6"), count=120, size=6.5, middle="#ffb02e")
    kite(canvas)
    return canvas.frame


def april() -> Frame:
    """Return a shower with sun behind it: a rainbow, and somebody under a red umbrella."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#4d6c90"), (230, "#86a9bf"), (420, "#d9ecd9"), (HEIGHT, "#d9ecd9"))
    glow(canvas, 60, 380, 460, "#fff7cf", 0.6)
    rainbow(canvas)
    for x, y, size, color in (
        (170, 84, 150, "#6f8aa8"),
        (1120, 96, 170, "#5f7c9d"),
        (640, 48, 140, "#7793b0"),
        (420, 128, 90, "#8ea9c2"),
    ):
        cloud(canvas, x, y, size, color, to="#a9bfd0", opacity=0.92)
    land(canvas, MOUNTAINS, "#6f93a3", "#a3c3b8")
    land(canvas, FOOTHILLS, "#5d9c83", "#8cc49a")
    land(canvas, MEADOWS, "#7cc47a", "#4fa065")
    cottage(canvas, "#f1e6d2", "#a84b41", "#ffe29a")
    branches(canvas, "#5d4336", "#3f2c25", "#8f6d55")
    leaves(canvas, "#4c9a4c", "#86c658", "#c6e77f", size=0.72, share=0.6)
    land(canvas, HILL, "#8fd07a", "#3f9a5b")
    grass(canvas, HILL, "#6fba62", height=15)
    walker(canvas, 560, on(HILL, 560) + 8)
    land(canvas, FRONT, "#5fb566", "#2c7f52")
    grass(canvas, FRONT, "#4aa25a", height=22, seed=9)
    flowers(canvas, FRONT, ("#fff3a8", "#ffffff"), count=70, size=5.5)
    rain(canvas, "#eaf4fb")
    return canvas.frame


def may() -> Frame:
    """Return blossom."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#8fd0ee"), (220, "#cfe9f5"), (420, "#ffeef0"), (HEIGHT, "#ffeef0"))
    glow(canvas, 1060, 150, 330, "#fffbe2", 0.8)
    canvas.fill(ellipse(1060, 150, 50), "#fffdf0")
    for x, y, size in ((210, 150, 120), (470, 92, 80), (1190, 236, 90)):
        cloud(canvas, x, y, size, "#ffffff", to="#fde3ec", opacity=0.95)
    land(canvas, MOUNTAINS, "#a9bfe0", "#dcd9ea")
    land(canvas, FOOTHILLS, "#8cc3a0", "#b9dcae")
    land(canvas, MEADOWS, "#9ad784", "#66b86d")
    cottage(canvas, "#fff6e6", "#c75a52", "#8fb7d8")
    branches(canvas, "#6a4440", "#4a2d2c", "#a27269")
    leaves(canvas, "#d9709c", "#f7a6c4", "#ffdbe8", size=1.02)
    land(canvas, HILL, "#a9e08a", "#5ab567")
    grass(canvas, HILL, "#86cc74", height=15)
    petals_on_ground(canvas, "#fbc3d8")
    sheep(canvas)
    land(canvas, FRONT, "#7ccb72", "#3f9a58")
    grass(canvas, FRONT, "#63b863", height=22, seed=9)
    flowers(canvas, FRONT, ("#ffffff", "#ffd3e2", "#ffe680"), count=130, size=6)
    drifting(canvas, 70, "#ffc4d9", size=6, top=60)
    drifting(canvas, 30, "#ffffff", size=4.5, seed=16, top=60)
    return canvas.frame


def summits(canvas: Canvas, color: str) -> None:
    """Leave snow on the mountain tops."""
    for x, reach, deep in ((300, 66, 62), (930, 54, 50), (1090, 44, 36), (90, 34, 28), (450, 40, 28)):
        edge = [
            (x - reach, on(MOUNTAINS, x - reach) + 2),
            (x, on(MOUNTAINS, x) - 2),
            (x + reach, on(MOUNTAINS, x + reach) + 2),
        ]
        ridge = [(float(column), on(MOUNTAINS, float(column))) for column in range(x - reach, x + reach + 1, 4)]
        teeth = [
            (x + reach * (0.62 - 0.31 * step), on(MOUNTAINS, x) + deep * (0.72 if step % 2 else 1.12))
            for step in range(5)
        ]
        canvas.fill(np.array([*ridge, edge[2], *teeth, edge[0]], np.float64), color, opacity=0.9)


def patches(canvas: Canvas, line: np.ndarray, color: str) -> None:
    """Leave snow where it has not yet melted."""
    random = np.random.default_rng(23)
    shown = []
    for x, down, wide in zip(
        random.uniform(0, WIDTH, 16), random.uniform(14, 90, 16), random.uniform(16, 46, 16), strict=True
    ):
        shown.append(ellipse(x, on(line, float(x)) + down, wide, wide * 0.16))
        shown.append(ellipse(x + wide * 0.6, on(line, float(x)) + down + 3, wide * 0.6, wide * 0.12))
    canvas.fill(shown, color, opacity=0.85)


def buds(canvas: Canvas, color: str) -> None:
    """Let the first leaves come out."""
    tips = [limb.tip for limb in tree() if limb.depth >= 5]
    canvas.fill([ellipse(x, y, 3.6, 2.5, turn=x % 90) for x, y in tips], color)


def kite(canvas: Canvas) -> None:
    """Fly a kite, and let somebody hold it."""
    x, y = 420.0, 150.0
    line = smooth([(x, y + 20), (470, 330), (560, 470), (612, on(HILL, 612) - 34)], closed=False)
    canvas.fill(stroke(line, 1.3), "#fffaf0", opacity=0.9)
    tail = smooth([(x + 8, y + 48), (x + 34, y + 80), (x + 20, y + 112), (x + 52, y + 146)], closed=False)
    canvas.fill(stroke(tail, 2.4), "#e2503f")
    for place in (8, 18, 28):
        bow = tail[place]
        canvas.fill([ellipse(bow[0] - 6, bow[1], 6, 3.4, 25), ellipse(bow[0] + 6, bow[1], 6, 3.4, -25)], "#ffd24d")
    diamond = np.array([(0, -54), (38, -4), (0, 52), (-38, -4)], np.float64)
    for part, color in (((0, 1), "#ef5b48"), ((1, 2), "#ffd24d"), ((2, 3), "#ef5b48"), ((3, 0), "#ffb43b")):
        piece = np.array([diamond[part[0]], diamond[part[1]], (0, -4)])
        canvas.fill(moved(turned(piece, -18), x, y), color)
    child(canvas, 600, on(HILL, 600) + 6, "#2f6fb3")


def child(canvas: Canvas, x: float, y: float, coat: str) -> None:
    """Paint somebody small, with an arm stretched out."""
    canvas.fill(
        [stroke(np.array([(x - 4, y - 18), (x - 7, y)]), 6), stroke(np.array([(x + 4, y - 18), (x + 8, y)]), 6)],
        "#3a2f4a",
    )
    canvas.fill(smooth([(x - 8, y - 40), (x + 8, y - 40), (x + 12, y - 15), (x - 12, y - 15)]), coat)
    canvas.fill(stroke(np.array([(x + 5, y - 35), (x + 13, y - 44)]), 5), coat)
    canvas.fill(ellipse(x, y - 47, 8), "#f3c9a5")
    canvas.fill(smooth([(x - 9, y - 49), (x - 6, y - 57), (x + 6, y - 57), (x + 9, y - 50), (x, y - 52)]), "#8a3b2f")


def rainbow(canvas: Canvas) -> None:
    """Span a rainbow over the valley."""
    x, y = 500.0, 560.0
    for number, color in enumerate(("#ff6b6b", "#ffa85c", "#ffe66b", "#7ddf8a", "#6bb8ff", "#a98bff")):
        angle = np.linspace(np.pi, 2 * np.pi, 120)
        radius = 430.0 - 13 * number
        arc = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
        canvas.fill(stroke(arc, 13.6), color, opacity=0.5)


def walker(canvas: Canvas, x: float, y: float) -> None:
    """Paint somebody with an umbrella."""
    canvas.fill(
        [stroke(np.array([(x - 5, y - 22), (x - 9, y)]), 8), stroke(np.array([(x + 5, y - 22), (x + 8, y)]), 8)],
        "#2c3350",
    )
    canvas.fill(
        smooth([(x - 10, y - 58), (x + 10, y - 58), (x + 16, y - 18), (x - 16, y - 18)]), "#f2c230", to="#dc9f1d"
    )
    canvas.fill(ellipse(x - 1, y - 67, 12), "#f2c230")
    canvas.fill(ellipse(x + 3, y - 66, 8.4), "#f3c9a5")
    canvas.fill(stroke(np.array([(x + 8, y - 112), (x + 10, y - 44)]), 2.4), "#3a2f4a")
    top = (x + 8, y - 120)
    dome = smooth(
        [
            (top[0] - 48, top[1] + 34),
            (top[0] - 36, top[1] + 8),
            (top[0], top[1] - 8),
            (top[0] + 36, top[1] + 8),
            (top[0] + 48, top[1] + 34),
        ],
        closed=False,
    )
    hem = [(top[0] + 48 - 24 * step, top[1] + (34 if step % 2 == 0 else 27)) for step in range(1, 4)]
    canvas.fill(np.concatenate([dome, np.array(hem)]), "#e4473f", to="#c2322f")
    rib = smooth([(top[0], top[1] - 7), (top[0] - 14, top[1] + 12), (top[0] - 20, top[1] + 28)], closed=False)
    canvas.fill(
        [stroke(rib, 1.6), stroke(2 * np.array([top[0], 0]) + rib * np.array([-1, 1]), 1.6)], "#ffffff", opacity=0.3
    )


def rain(canvas: Canvas, color: str) -> None:
    """Let it rain, slanting."""
    random = np.random.default_rng(44)
    drops: list[Points] = []
    for x, y, long in zip(
        random.uniform(0, WIDTH + 60, 170), random.uniform(-20, HEIGHT, 170), random.uniform(10, 26, 170), strict=True
    ):
        drops.append(np.array([(x, y), (x + 1.3, y), (x - long * 0.22, y + long)]))
    canvas.fill(drops, color, opacity=0.55)


def petals_on_ground(canvas: Canvas, color: str) -> None:
    """Strew petals under the tree."""
    random = np.random.default_rng(51)
    places = zip(random.normal(800, 120, 110), random.uniform(6, 74, 110), random.uniform(1.6, 3.4, 110), strict=True)
    canvas.fill([ellipse(x, on(HILL, float(x)) + down, size, size * 0.5) for x, down, size in places], color)


def sheep(canvas: Canvas) -> None:
    """Let three sheep graze."""
    for x, size, side in ((548, 1.0, 1), (628, 0.8, -1), (1046, 0.9, -1)):
        y = on(HILL, x) + 14
        canvas.fill(
            [
                stroke(np.array([(x + dx * size, y - 10 * size), (x + dx * size, y)]), 3 * size)
                for dx in (-9, -4, 5, 10)
            ],
            "#3d3440",
        )
        wool = [
            ellipse(x + dx * size, y - dy * size, radius * size)
            for dx, dy, radius in ((-10, 16, 9), (0, 19, 10.5), (10, 16, 9), (-4, 12, 9), (6, 12, 9))
        ]
        canvas.fill(wool, "#fffdf7", to="#e6dfe6")
        canvas.fill(ellipse(x + side * 19 * size, y - 15 * size, 6.5 * size, 5 * size, side * 30), "#3d3440")
