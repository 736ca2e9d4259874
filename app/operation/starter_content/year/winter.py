"""January, February and December: snow, and three kinds of night."""

from __future__ import annotations

import numpy as np

from app.operation.starter_content.drawing import Canvas, ellipse, smooth, stroke
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
from app.operation.starter_content.year.things import cottage, flakes, smoke, stars
from app.operation.starter_content.year.tree import branches, snow_on_branches, tree
from artdag.codec.frame import Frame


def january() -> Frame:
    """Return a clear night under a full moon."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#0b1740"), (250, "#234584"), (420, "#8fb2dd"), (HEIGHT, "#8fb2dd"))
    stars(canvas, 170, "#ffffff")
    glow(canvas, 250, 150, 320, "#c4d9ff", 0.6)
    canvas.fill(ellipse(250, 150, 58), "#fcfdff", to="#dde9ff")
    for x, y, size in ((232, 136, 12), (268, 168, 16), (262, 124, 7), (238, 176, 8)):
        canvas.fill(ellipse(x, y, size, size * 0.9), "#c3d4f2", opacity=0.6)
    land(canvas, MOUNTAINS, "#5876b0", "#8fb0dd")
    land(canvas, FOOTHILLS, "#3c5a97", "#6f90c6")
    firs(canvas, "#22386c", "#dfeaf8")
    land(canvas, MEADOWS, "#c3d6ef", "#9bb8de")
    cottage(canvas, "#3b4a78", "#26335c", "#ffd27a", snow="#f2f7ff", lit=True)
    smoke(canvas, "#cfdcf3", 0.4)
    branches(canvas, "#263257", "#18203d", "#51629a")
    snow_on_branches(canvas, "#f4f8ff")
    land(canvas, HILL, "#f3f7fe", "#9db8de")
    tracks(canvas, "#a9c1e4")
    land(canvas, FRONT, "#e1ebf9", "#8caad6")
    flakes(canvas, 170, "#ffffff")
    return canvas.frame


def february() -> Frame:
    """Return the northern lights, and a snowman who looks at them."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#04121f"), (220, "#07303f"), (420, "#1a6a6c"), (HEIGHT, "#1a6a6c"))
    stars(canvas, 200, "#e9fffb", until=360, seed=12)
    aurora(canvas)
    land(canvas, MOUNTAINS, "#12414d", "#1f6f74")
    land(canvas, FOOTHILLS, "#0c2f3b", "#15505a")
    firs(canvas, "#07212c", "#9fd9d2")
    land(canvas, MEADOWS, "#8fcfc9", "#3f8a92")
    cottage(canvas, "#183e4c", "#0d2833", "#ffd27a", snow="#d9f5ee", lit=True)
    branches(canvas, "#0b2430", "#061720", "#2f6670")
    snow_on_branches(canvas, "#cdeee8")
    land(canvas, HILL, "#d3f3ec", "#4f9aa0")
    snowman(canvas, 590, on(HILL, 590) + 4)
    land(canvas, FRONT, "#b5e2dc", "#3a818b")
    return canvas.frame


def december() -> Frame:
    """Return an evening with lights in the tree."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#241748"), (180, "#5b2f77"), (320, "#c56b8c"), (430, "#ffc79b"), (HEIGHT, "#ffc79b"))
    stars(canvas, 110, "#fff4e0", until=220, seed=21)
    glow(canvas, 560, 440, 420, "#ffe0a8", 0.55)
    land(canvas, MOUNTAINS, "#a5628f", "#d99aa8")
    land(canvas, FOOTHILLS, "#74477f", "#a870a0")
    firs(canvas, "#43285a", "#ead7ee")
    land(canvas, MEADOWS, "#dcc3e2", "#a98cc4")
    cottage(canvas, "#6b4270", "#452650", "#ffdf8a", snow="#fbf2fb", lit=True)
    smoke(canvas, "#f4dff0", 0.45)
    branches(canvas, "#3a2146", "#271432", "#7a5286")
    snow_on_branches(canvas, "#fdf3fb")
    lights(canvas)
    land(canvas, HILL, "#f6e9f7", "#a98bc6")
    glow(canvas, 800, 560, 230, "#ffcf85", 0.35)
    land(canvas, FRONT, "#e6d2ec", "#9377b6")
    flakes(canvas, 190, "#ffffff", seed=31)
    return canvas.frame


def firs(canvas: Canvas, color: str, snow: str) -> None:
    """Paint a wood on both sides of the valley."""
    random = np.random.default_rng(14)
    trees, caps = [], []
    for x, tall in zip(
        np.concatenate([random.uniform(-10, 210, 17), random.uniform(960, 1290, 24)]),
        random.uniform(34, 74, 41),
        strict=True,
    ):
        y = on(MEADOWS, float(np.clip(x, 0, WIDTH - 1))) + 8
        for part, wide in ((0.0, 0.34), (0.3, 0.27), (0.58, 0.19)):
            foot, tip = y - tall * part, y - tall * min(1, part + 0.48)
            trees.append(np.array([(x - tall * wide, foot), (x + tall * wide, foot), (x, tip)]))
            caps.append(
                np.array(
                    [(x - tall * wide * 0.45, tip + tall * 0.22), (x, tip), (x + tall * wide * 0.1, tip + tall * 0.2)]
                )
            )
    canvas.fill(trees, color)
    canvas.fill(caps, snow, opacity=0.75)


def tracks(canvas: Canvas, color: str) -> None:
    """Leave the tracks of a hare up the hill."""
    steps = []
    for number in range(13):
        x = 470 + 22 * number
        y = on(HILL, x) + 26 - 1.1 * number
        steps += [ellipse(x, y, 3.4, 1.7), ellipse(x + 7, y - 2.5, 3.4, 1.7), ellipse(x + 13, y + 2.5, 2.4, 1.4)]
    canvas.fill(steps, color)


def aurora(canvas: Canvas) -> None:
    """Hang curtains of light into the sky: rays that are bright below and fade upwards."""
    columns = np.arange(WIDTH, dtype=np.float32)
    rows = np.arange(400, dtype=np.float32)[:, None]
    plane = canvas.frame.planes[0][:400]
    picture = plane.astype(np.float32)
    for base, reach, tall, color, start in (
        (250, 46, 210, (70, 240, 170), 0.1),
        (310, 34, 170, (60, 210, 210), 0.55),
        (215, 30, 180, (160, 110, 255), 0.82),
    ):
        wave = 2 * np.pi * (columns / 760 + start)
        foot = base + reach * np.sin(wave) + 0.4 * reach * np.sin(2.3 * wave + 1)
        rays = 0.62 + 0.24 * np.sin(columns / 9 + 3 * np.sin(columns / 70)) + 0.14 * np.sin(columns / 3.7 + start)
        ends = np.clip(0.5 - 0.75 * np.cos(2 * np.pi * columns / WIDTH + start * 3), 0, 1)
        above = (foot - rows) / tall
        share = np.where(above >= 0, np.clip(1 - above, 0, 1) ** 1.8, np.clip(1 + above * 12, 0, 1))
        share = (share * rays * ends * 0.72)[..., None]
        picture += (np.array(color, np.float32) - picture * 0.35) * share
    plane[...] = np.clip(picture, 0, 255) + np.float32(0.5)


def snowman(canvas: Canvas, x: float, y: float) -> None:
    """Paint a snowman who looks up to the right."""
    for dy, size in ((-20, 24), (-54, 17), (-80, 12)):
        canvas.fill(ellipse(x, y + dy, size), "#f4fffc", to="#8fc7c6")
    canvas.fill(stroke(smooth([(x - 15, y - 68), (x, y - 64), (x + 14, y - 68)], closed=False), 6), "#e2574c")
    canvas.fill(stroke(np.array([(x + 9.0, y - 66), (x + 14.0, y - 46)]), 6, 5), "#c9453f")
    canvas.fill([ellipse(x + dx, y - 84, 1.7) for dx in (1, 7)], "#12262e")
    canvas.fill(np.array([(x + 5, y - 80), (x + 5, y - 76), (x + 21, y - 82)]), "#f6923d")
    canvas.fill([ellipse(x + 3, y - dy, 1.9) for dy in (58, 51)], "#12262e")
    for side, tip in ((-1, (-34, -74)), (1, (36, -82))):
        arm = np.array([(x + side * 14.0, y - 56), (x + tip[0], y + tip[1])])
        canvas.fill(stroke(arm, 3.2, 1.6), "#3b2a24")
    canvas.fill([_box(x - 13, y - 92, x + 13, y - 89), _box(x - 9, y - 108, x + 9, y - 90)], "#1c2b38")


def _box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def lights(canvas: Canvas) -> None:
    """Hang warm bulbs into the crown, and a star on its top."""
    tips = sorted({limb.tip for limb in tree() if limb.depth in (4, 5)})
    for number, (x, y) in enumerate(tips[::2]):
        color = ("#ffd76b", "#ff9c6b", "#fff0b8", "#ff7f8c")[number % 4]
        glow(canvas, x, y, 26, color, 0.75)
        canvas.fill(ellipse(x, y, 3.4), "#fff8e0")
    x, y = min((limb.tip for limb in tree()), key=lambda tip: tip[1])
    glow(canvas, x, y - 10, 90, "#ffe9a0", 0.8)
    angle = np.arange(10) * np.pi / 5
    reach = np.where(np.arange(10) % 2 == 0, 19.0, 7.5)
    canvas.fill(np.stack([x + reach * np.sin(angle), y - 12 - reach * np.cos(angle)], axis=1), "#fff3c0", to="#ffc94d")
