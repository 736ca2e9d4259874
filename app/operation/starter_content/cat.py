"""A cat at the window, in front of the moon."""

from __future__ import annotations

import numpy as np

from app.operation.starter_content.drawing import Canvas, Mask, Points, ellipse, mirrored, moved, smooth, stroke
from artdag.codec.frame import Frame

WIDTH, HEIGHT = 1024, 768
MIDDLE = 512
SILL = 676
"""Row where the window sill begins."""

FUR, FUR_DARK, FUR_DEEP, CREAM = "#f2933d", "#d9722b", "#b9551f", "#fff1dc"
LINE, PINK = "#4a2a26", "#f39a9a"


def draw_cat() -> Frame:
    """Return the picture, ``rgb24``."""
    canvas = Canvas(WIDTH, HEIGHT, "rgb24")
    _night(canvas)
    _tail(canvas)
    body = _body(canvas)
    _head(canvas, body)
    _sill_things(canvas)
    return canvas.frame


def _night(canvas: Canvas) -> None:
    canvas.gradient((0, "#1b2250"), (420, "#3b3f86"), (SILL, "#8a5f9e"))
    place = np.random.default_rng(20).uniform((20, 16), (WIDTH - 20, 470), (90, 2))
    for number, (x, y) in enumerate(place):
        size = 0.9 + 1.5 * (number % 7 == 0) + 0.25 * (number % 3)
        canvas.fill(ellipse(x, y, size), "#fff6d8", opacity=0.55 + 0.15 * (number % 4))
    for radius, opacity in ((380, 0.07), (335, 0.09), (300, 0.12)):
        canvas.fill(ellipse(MIDDLE, 330, radius), "#ffeab8", opacity=opacity)
    moon = ellipse(MIDDLE, 330, 272)
    canvas.fill(moon, "#fff4d2", to="#ffd99a")
    inside = canvas.mask(moon)
    for x, y, size in ((330, 250, 34), (300, 395, 22), (696, 210, 26), (735, 330, 40), (672, 470, 20), (420, 120, 18)):
        canvas.fill(ellipse(x, y, size, size * 0.92), "#f6cf8e", opacity=0.55, within=inside)
    hills = (
        ("#5b4a8c", [(0, 590), (150, 540), (330, 600), (520, 560), (700, 610), (880, 545), (1024, 590)]),
        ("#453a78", [(0, 640), (180, 610), (400, 650), (640, 615), (860, 640), (1024, 605)]),
    )
    for color, ridge in hills:
        line = smooth([(-80, ridge[0][1]), *ridge, (1104, ridge[-1][1])], closed=False)
        canvas.fill(np.concatenate([line, [[1104, HEIGHT], [-80, HEIGHT]]]), color)
    canvas.fill(_box(0, SILL, WIDTH, HEIGHT), "#7b4a3a", to="#5a3230")
    canvas.fill(_box(0, SILL, WIDTH, SILL + 12), "#a5694c")


def _box(left: float, top: float, right: float, bottom: float) -> Points:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def _tail(canvas: Canvas) -> None:
    line = smooth(
        [(600, 660), (690, 676), (778, 640), (808, 552), (786, 470), (812, 404), (862, 392)], closed=False, steps=24
    )
    tail = stroke(line, 66, 40, middle=56)
    canvas.fill(tail, FUR)
    inside = canvas.mask(tail)
    for at in (44, 62, 80, 98, 114):
        across = line[at + 1] - line[at - 1]
        side = np.array([-across[1], across[0]]) / np.hypot(*across) * 44
        band = np.stack([line[at] - side, line[at] + across * 0.5, line[at] + side])
        canvas.fill(stroke(smooth([tuple(p) for p in band], closed=False), 13), FUR_DARK, within=inside)
    canvas.fill(ellipse(862, 388, 48, 42), CREAM, within=inside)


def _body(canvas: Canvas) -> Mask:
    """Draw it and return where it is."""
    canvas.fill(ellipse(MIDDLE + 8, 706, 205, 20), "#3c1f24", opacity=0.35)
    outline = [
        (MIDDLE, 396),
        (600, 430),
        (634, 520),
        (660, 610),
        (650, 680),
        (600, 708),
        (MIDDLE, 708),
        (424, 708),
        (374, 680),
        (364, 610),
        (390, 520),
        (424, 430),
    ]
    body = smooth(outline)
    canvas.fill(body, FUR)
    inside = canvas.mask(body)
    canvas.fill(
        smooth([(600, 420), (650, 520), (690, 620), (660, 730), (560, 730), (596, 600), (590, 500)]),
        FUR_DARK,
        opacity=0.55,
        within=inside,
    )
    for y, reach in ((505, 46), (548, 52), (592, 50)):
        mark = stroke(smooth([(372, y - 14), (372 + reach, y), (372 + reach * 1.5, y + 14)], closed=False), 20, 4)
        canvas.fill(mark, FUR_DARK, within=inside)
        canvas.fill(mirrored(mark, MIDDLE), FUR_DEEP, opacity=0.8, within=inside)
    bib = smooth([(452, 446), (446, 520), (474, 590), (MIDDLE, 618), (550, 590), (578, 520), (572, 446), (MIDDLE, 430)])
    canvas.fill(bib, CREAM, within=inside)
    for haunch in (ellipse(412, 648, 62, 60), ellipse(612, 648, 62, 60)):
        canvas.fill(haunch, FUR_DARK, opacity=0.35, within=inside)
        canvas.fill(moved(haunch, 0, 4), FUR, opacity=0.9, within=inside)
    for x in (474, 550):
        leg = smooth(
            [
                (x - 30, 560),
                (x - 27, 640),
                (x - 30, 700),
                (x, 708),
                (x + 30, 700),
                (x + 27, 640),
                (x + 30, 560),
                (x, 530),
            ]
        )
        canvas.fill(leg, FUR)
        canvas.fill(stroke(np.array([(MIDDLE, 600.0), (MIDDLE, 690.0)]), 5, 7), FUR_DEEP, opacity=0.5)
        paw = ellipse(x, 700, 40, 24)
        canvas.fill(paw, CREAM)
        for toe in (-13, 13):
            canvas.fill(stroke(np.array([(x + toe, 700.0), (x + toe, 716.0)]), 3.5), LINE, opacity=0.55)
    for x in (392, 632):
        canvas.fill(ellipse(x, 702, 44, 20), CREAM)
        for toe in (-14, 14):
            canvas.fill(stroke(np.array([(x + toe, 704.0), (x + toe, 716.0)]), 3.5), LINE, opacity=0.45)
    return inside


def _head(canvas: Canvas, body: Mask) -> None:
    ear = smooth([(376, 306), (366, 226), (380, 142), (392, 134), (392, 134), (404, 140), (452, 178), (494, 222)])
    inner = smooth([(398, 270), (391, 220), (396, 172), (402, 172), (430, 196), (456, 224)])
    for side in (ear, mirrored(ear, MIDDLE)):
        canvas.fill(side, FUR)
    for side in (inner, mirrored(inner, MIDDLE)):
        canvas.fill(side, PINK, to="#d9707a")
    right = [(586, 222), (640, 268), (664, 330), (690, 384), (690, 384), (652, 404), (588, 440), (MIDDLE, 452)]
    left = [(2 * MIDDLE - x, y) for x, y in reversed(right[:-1])]
    head = smooth([(MIDDLE, 208), *right, *left])
    canvas.fill(moved(head, 0, 12), LINE, opacity=0.18, within=body)
    canvas.fill(head, FUR)
    inside = canvas.mask(head)
    canvas.fill(
        smooth([(610, 200), (720, 300), (700, 420), (540, 470), (624, 400), (646, 310)]),
        FUR_DARK,
        opacity=0.5,
        within=inside,
    )
    canvas.fill(
        stroke(smooth([(MIDDLE, 205), (MIDDLE, 240), (MIDDLE, 276)], closed=False), 22, 6), FUR_DEEP, within=inside
    )
    marks = (
        stroke(smooth([(466, 212), (474, 238), (486, 264)], closed=False), 19, 5),
        stroke(smooth([(426, 232), (438, 254), (454, 272)], closed=False), 15, 4),
        stroke(smooth([(346, 338), (378, 342), (404, 338)], closed=False), 15, 4),
        stroke(smooth([(334, 376), (374, 372), (402, 360)], closed=False), 14, 4),
    )
    for mark in marks:
        canvas.fill(mark, FUR_DEEP, within=inside)
        canvas.fill(mirrored(mark, MIDDLE), FUR_DEEP, within=inside)
    for cheek in (ellipse(420, 388, 30, 20), ellipse(604, 388, 30, 20)):
        canvas.fill(cheek, "#f57f5b", opacity=0.45)
    muzzle = smooth(
        [(MIDDLE, 348), (548, 358), (572, 388), (556, 418), (MIDDLE, 436), (468, 418), (452, 388), (476, 358)]
    )
    canvas.fill(muzzle, CREAM, within=inside)
    for x in (448, 576):
        canvas.fill(ellipse(x, 324, 43, 45), LINE)
        canvas.fill(ellipse(x, 325, 38, 40), "#cfe86a", to="#6fae3a")
        canvas.fill(ellipse(x, 326, 17, 33), "#1d1626")
        canvas.fill(ellipse(x - 11, 309, 10), "#ffffff")
        canvas.fill(ellipse(x + 11, 344, 5), "#ffffff", opacity=0.85)
    nose = smooth([(494, 362), (MIDDLE, 359), (530, 362), (526, 372), (MIDDLE, 383), (498, 372)])
    canvas.fill(nose, "#e5697a")
    canvas.fill(ellipse(504, 366, 6, 2.6), "#ffffff", opacity=0.5)
    canvas.fill(stroke(np.array([(MIDDLE, 381.0), (MIDDLE, 396.0)]), 4), LINE)
    smile = stroke(smooth([(MIDDLE, 396), (500, 409), (482, 411), (470, 400)], closed=False), 4.5, 3)
    canvas.fill(smile, LINE)
    canvas.fill(mirrored(smile, MIDDLE), LINE)
    for y, tip in ((378, 350), (390, 388), (401, 424)):
        hair = stroke(smooth([(462, y), (390, (y + tip) / 2 - 6), (312, tip)], closed=False), 4, 1.2)
        canvas.fill(hair, "#fffaf0", opacity=0.95)
        canvas.fill(mirrored(hair, MIDDLE), "#fffaf0", opacity=0.95)
    collar = stroke(smooth([(416, 428), (464, 462), (MIDDLE, 471), (560, 462), (608, 428)], closed=False), 18)
    canvas.fill(collar, "#1fa3a3", within=np.maximum(body, inside))
    canvas.fill(ellipse(MIDDLE, 488, 19), "#ffd24d", to="#e59a1d")
    canvas.fill(stroke(np.array([(498.0, 488.0), (526.0, 488.0)]), 3), "#9a6412")
    canvas.fill(ellipse(MIDDLE, 496, 4), "#7a4b10")
    canvas.fill(ellipse(506, 481, 4.5), "#fff3c4", opacity=0.9)


def _sill_things(canvas: Canvas) -> None:
    for tip, bend, color in (
        ((92, 396), (150, 480), "#2f8f6b"),
        ((236, 410), (196, 490), "#2f8f6b"),
        ((60, 486), (120, 530), "#3fae7d"),
        ((268, 500), (216, 540), "#3fae7d"),
        ((164, 360), (158, 470), "#56c690"),
    ):
        leaf = smooth([(164, 604), bend, tip], closed=False)
        canvas.fill(stroke(leaf, 12, 3, middle=46), color)
        canvas.fill(stroke(leaf, 3, 1), "#1f6b50", opacity=0.6)
    canvas.fill(ellipse(166, 704, 84, 13), "#3c1f24", opacity=0.35)
    pot = np.array([(100, 606), (230, 606), (212, 704), (118, 704)], np.float64)
    canvas.fill(pot, "#2c8fa8", to="#1f6c88")
    canvas.fill(_box(92, 594, 238, 624), "#3fb0c4")
    zigzag = np.array([(108, 652), (126, 636), (144, 652), (165, 636), (186, 652), (204, 636), (222, 652)], np.float64)
    canvas.fill(stroke(zigzag, 6), "#bfeaf0", within=canvas.mask(pot))
    canvas.fill(ellipse(896, 716, 84, 12), "#3c1f24", opacity=0.35)
    ball = ellipse(890, 652, 64)
    canvas.fill(ball, "#e8577e", to="#b93a6b")
    inside = canvas.mask(ball)
    for offset in (-44, -20, 4, 28):
        canvas.fill(
            stroke(smooth([(826, 640 + offset), (880, 606 + offset), (956, 626 + offset)], closed=False), 5),
            "#ff9bb4",
            opacity=0.85,
            within=inside,
        )
    for offset in (-10, 14):
        canvas.fill(
            stroke(smooth([(858 + offset, 712), (880 + offset, 660), (940 + offset, 612)], closed=False), 5),
            "#8f2b57",
            opacity=0.5,
            within=inside,
        )
    thread = smooth([(842, 700), (800, 724), (740, 716), (700, 734), (664, 728)], closed=False)
    canvas.fill(stroke(thread, 5), "#e8577e")
