"""September, October and November: apples, falling leaves, and fog."""

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
from app.operation.starter_content.year.things import birds, cottage, drifting, grass, smoke, streak
from app.operation.starter_content.year.tree import TREE_X, branches, leaves, tree
from artdag.codec.frame import Frame


def september() -> Frame:
    """Return a golden evening: apples, and geese on their way."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#f08a5d"), (200, "#f9b26b"), (420, "#ffe9a8"), (HEIGHT, "#ffe9a8"))
    glow(canvas, 1020, 330, 480, "#fff6c8", 0.9)
    canvas.fill(ellipse(1020, 330, 66), "#fffbe6", to="#fff0b4")
    for x, y, reach in ((250, 210, 180), (620, 130, 130), (1120, 210, 140)):
        streak(canvas, x, y, reach, "#ffdca6", opacity=0.75)
    land(canvas, MOUNTAINS, "#d98f6a", "#f4c98a")
    land(canvas, FOOTHILLS, "#b5784f", "#dba567")
    geese(canvas)
    land(canvas, MEADOWS, "#c99a45", "#a37632")
    vines(canvas)
    cottage(canvas, "#f9e2b8", "#8f3f37", "#ffd98a")
    branches(canvas, "#553626", "#38231b", "#9a6a44")
    leaves(canvas, "#6a7a2c", "#a3a637", "#e3cf5a")
    apples(canvas)
    land(canvas, HILL, "#cfae4a", "#8f7a2f")
    grass(canvas, HILL, "#b59a40", height=16)
    harvest(canvas)
    land(canvas, FRONT, "#a8893a", "#665a25")
    grass(canvas, FRONT, "#8f7832", height=26, seed=9)
    return canvas.frame


def october() -> Frame:
    """Return the tree on fire, and leaves in the air."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#1f7a8c"), (230, "#6fb3ae"), (420, "#f8e6b8"), (HEIGHT, "#f8e6b8"))
    for x, y, reach in ((210, 120, 150), (560, 64, 110), (1130, 150, 140)):
        streak(canvas, x, y, reach, "#eaf4e4", opacity=0.7)
    land(canvas, MOUNTAINS, "#3f7f8c", "#a9c2ae")
    land(canvas, FOOTHILLS, "#8f5a34", "#c98a48")
    wood(canvas)
    land(canvas, MEADOWS, "#d29a43", "#a8682f")
    cottage(canvas, "#f6e3c0", "#7d2f2b", "#ffcf70", lit=True)
    smoke(canvas, "#fff4dc", 0.6)
    branches(canvas, "#4a2a20", "#301a15", "#8f5638")
    leaves(canvas, "#b5341f", "#ea5f24", "#ffae3c", size=1.04)
    land(canvas, HILL, "#dba54b", "#9a5c2a")
    grass(canvas, HILL, "#c28a3c", height=15)
    fallen(canvas)
    pumpkins(canvas)
    land(canvas, FRONT, "#a9652c", "#5d3119")
    grass(canvas, FRONT, "#8f5226", height=22, seed=9)
    for color, seed in (("#ef6a26", 81), ("#ffb03c", 82), ("#c93a22", 83)):
        drifting(canvas, 26, color, size=8, seed=seed, top=130)
    return canvas.frame


def november() -> Frame:
    """Return fog: a pale sun, crows, and a deer."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    canvas.gradient((0, "#aab3bd"), (240, "#cfd2d3"), (420, "#f1e7da"), (HEIGHT, "#f1e7da"))
    glow(canvas, 420, 210, 300, "#fff8e8", 0.8)
    canvas.fill(ellipse(420, 210, 52), "#fffaf0", opacity=0.9)
    land(canvas, MOUNTAINS, "#c3c6c9", "#ded9d2")
    land(canvas, FOOTHILLS, "#a9b0b3", "#cfccc6")
    fog(canvas, 430, 70)
    land(canvas, MEADOWS, "#98a09f", "#b3b3ab")
    cottage(canvas, "#a9a39c", "#6f6c70", "#ffdf9a", lit=True)
    smoke(canvas, "#eceae6", 0.5)
    fog(canvas, 520, 60)
    branches(canvas, "#4b4a4e", "#343338", "#77757a")
    crows(canvas)
    land(canvas, HILL, "#8b9086", "#60675f")
    grass(canvas, HILL, "#777c70", height=18)
    deer(canvas, 520, on(HILL, 520) + 8)
    fog(canvas, 650, 56)
    land(canvas, FRONT, "#5f665e", "#3d443f")
    grass(canvas, FRONT, "#525950", height=28, seed=9)
    return canvas.frame


def geese(canvas: Canvas) -> None:
    """Let geese fly south in a wedge."""
    flock = [(330.0, 110.0, 17.0)]
    for number in range(1, 6):
        flock += [(330 + 34.0 * number, 110 + 15.0 * number, 16), (330 + 30.0 * number, 110 - 13.0 * number, 15)]
    birds(canvas, flock, "#5a2f2a")


def vines(canvas: Canvas) -> None:
    """Plant rows of vines on the far side of the valley."""
    rows = []
    for number in range(16):
        x = 40 + 58 * number + (150 if number > 3 else 0)
        if x > WIDTH - 10:
            break
        top = on(MEADOWS, min(x, WIDTH - 1)) + 10
        rows += [
            ellipse(x + 9 * step * (x - 640) / 640, top + 13 * step, 7 + step, 4 + 0.6 * step) for step in range(5)
        ]
    canvas.fill(rows, "#6f6a2c", opacity=0.85)


def apples(canvas: Canvas) -> None:
    """Hang apples into the crown."""
    places = [limb.tip for limb in tree() if limb.depth == 5][::2]
    places += [limb.tip for limb in tree() if limb.depth == 4][::2]
    canvas.fill([ellipse(x + 3, y + 13, 7.4) for x, y in places], "#8f231d")
    canvas.fill([ellipse(x + 2, y + 12, 6.6) for x, y in places], "#df3b2c")
    canvas.fill([ellipse(x - 0.5, y + 9.5, 1.8) for x, y in places], "#ffc7a8")


def harvest(canvas: Canvas) -> None:
    """Lean a ladder against the tree, and put a full basket beside it."""
    foot, top = on(HILL, 706) + 10, 372.0
    rails = [np.array([(690.0 + dx, foot), (756.0 + dx * 0.7, top)]) for dx in (0, 30)]
    canvas.fill([stroke(rail, 4.5) for rail in rails], "#8a5a34")
    rungs = []
    for step in range(1, 9):
        share = step / 9
        left, right = (rail[0] + (rail[1] - rail[0]) * share for rail in rails)
        rungs.append(stroke(np.array([left, right]), 3.4))
    canvas.fill(rungs, "#a8713f")
    x, y = 912.0, on(HILL, 912) + 16
    canvas.fill(ellipse(x, y + 1, 34, 5), "#4a3a18", opacity=0.4)
    canvas.fill(
        [
            ellipse(x + dx, y - 27 - dy, 7)
            for dx, dy in ((-16, 0), (-5, 2), (6, 3), (16, 0), (-10, 8), (1, 10), (11, 8))
        ],
        "#df3b2c",
        to="#b02a20",
    )
    canvas.fill(np.array([(x - 29, y - 27), (x + 29, y - 27), (x + 21, y), (x - 21, y)]), "#b5793f", to="#7f4f28")
    canvas.fill(
        [
            stroke(np.array([(x - 28 + row, y - 20 + 8 * row / 3), (x + 28 - row, y - 20 + 8 * row / 3)]), 1.6)
            for row in (0, 3, 6)
        ],
        "#e0aa66",
        opacity=0.7,
    )
    canvas.fill([ellipse(742, on(HILL, 742) + 26, 6), ellipse(866, on(HILL, 866) + 30, 6)], "#d4372a")


def wood(canvas: Canvas) -> None:
    """Paint a wood in all its colours behind the meadows."""
    random = np.random.default_rng(90)
    for color, count in (("#7a3a24", 60), ("#b5542a", 60), ("#d9822f", 50), ("#e8a53c", 36)):
        crowns = []
        for x, lift, size in zip(
            random.uniform(-10, WIDTH + 10, count),
            random.uniform(-6, 20, count),
            random.uniform(11, 21, count),
            strict=True,
        ):
            crowns.append(ellipse(x, on(MEADOWS, float(np.clip(x, 0, WIDTH - 1))) - lift, size, size * 0.95))
        canvas.fill(crowns, color)


def fallen(canvas: Canvas) -> None:
    """Strew leaves under the tree."""
    random = np.random.default_rng(91)
    for color in ("#c9421f", "#f0782a", "#ffb545"):
        places = zip(
            random.normal(TREE_X, 150, 80), random.uniform(4, 84, 80), random.uniform(2.5, 5.5, 80), strict=True
        )
        canvas.fill(
            [
                ellipse(x, on(HILL, float(np.clip(x, 0, WIDTH - 1))) + down, size, size * 0.45, x % 60 - 30)
                for x, down, size in places
            ],
            color,
        )


def pumpkins(canvas: Canvas) -> None:
    """Put pumpkins on the hill."""
    for x, down, size in ((560, 22, 22), (604, 26, 15), (1040, 20, 19)):
        y = on(HILL, x) + down
        canvas.fill(ellipse(x + 3, y + 1, size * 1.25, size * 0.2), "#5a2f14", opacity=0.45)
        for dx, wide, color in (
            (-0.62, 0.5, "#d9641c"),
            (0.62, 0.5, "#d9641c"),
            (-0.32, 0.52, "#ee7d22"),
            (0.32, 0.52, "#ee7d22"),
            (0.0, 0.46, "#ff9a35"),
        ):
            canvas.fill(ellipse(x + dx * size, y - size * 0.66, wide * size, size * 0.7), color)
        canvas.fill(
            stroke(
                smooth([(x, y - size * 1.28), (x + 2, y - size * 1.5), (x + 7, y - size * 1.62)], closed=False), 5, 3
            ),
            "#5d6b2c",
        )


def fog(canvas: Canvas, y: float, thick: float) -> None:
    """Let a bank of fog lie in the valley, thickest at the row *y*."""
    first, last = int(y - thick), min(HEIGHT, int(y + thick))
    rows = np.arange(first, last, dtype=np.float32)[:, None]
    columns = np.arange(WIDTH, dtype=np.float32)[None, :]
    wave = 12 * np.sin(columns / 150 + y) + 7 * np.sin(columns / 61 + 2 * y)
    share = np.clip(1 - np.abs(rows - y - wave) / (thick - 20), 0, 1)
    share = (share * share * (3 - 2 * share) * np.float32(0.72))[..., None]
    part = canvas.frame.planes[0][first:last]
    old = part.astype(np.float32)
    part[...] = old + (np.array((241, 236, 228), np.float32) - old) * share + np.float32(0.5)


def crows(canvas: Canvas) -> None:
    """Let crows fly around the tree, and some sit in it."""
    birds(
        canvas,
        [(560, 150, 21), (628, 106, 17), (1040, 134, 19), (1096, 190, 14), (480, 226, 13), (980, 84, 12)],
        "#2b2a2f",
    )
    for x, y in sorted({limb.tip for limb in tree() if limb.depth == 4})[::5]:
        body: list[Points] = [ellipse(x, y - 5, 8, 4.6, -24), ellipse(x + 7, y - 10, 3.6)]
        beak = np.array([(x + 9, y - 12), (x + 15, y - 9), (x + 9, y - 8)])
        canvas.fill([*body, beak, np.array([(x - 5, y - 6), (x - 17, y + 2), (x - 6, y)])], "#2b2a2f")


def deer(canvas: Canvas, x: float, y: float) -> None:
    """Paint a stag that looks over its shoulder."""
    legs = [
        smooth([(x + dx, y - 40), (x + dx + bend, y - 20), (x + dx - 1, y + 2)], closed=False)
        for dx, bend in ((-22, -4), (-15, 2), (16, 3), (24, -2))
    ]
    body = smooth(
        [(x - 30, y - 56), (x, y - 58), (x + 26, y - 60), (x + 34, y - 46), (x + 14, y - 36), (x - 22, y - 36)]
    )
    neck = smooth([(x + 18, y - 56), (x + 30, y - 84), (x + 40, y - 84), (x + 36, y - 48)])
    head = smooth([(x + 28, y - 92), (x + 40, y - 94), (x + 58, y - 82), (x + 54, y - 77), (x + 38, y - 80)])
    ear = ellipse(x + 28, y - 93, 3, 8, -50)
    antlers = []
    for side in (-1, 1):
        beam = smooth([(x + 35, y - 92), (x + 35 + side * 10, y - 112), (x + 35 + side * 22, y - 130)], closed=False)
        antlers.append(stroke(beam, 3.4, 1.6))
        for place, tip in ((8, (4, -124)), (14, (12, -138))):
            antlers.append(stroke(np.array([beam[place], (x + 35 + side * tip[0], y + tip[1])]), 2.6, 1.2))
    tail = ellipse(x - 32, y - 54, 3.5, 7, 20)
    canvas.fill([body, neck, head, ear, tail, *antlers, *(stroke(leg, 8, 4) for leg in legs)], "#4a423f")
