"""A dog in a meadow that wags its tail and gives two soft barks; three seconds that begin again without a jump."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.operation.starter_content.drawing import Canvas, Mask, Points, ellipse, moved, smooth, stroke, turned
from app.operation.starter_content.streams import Drawn, clip
from artdag.codec.frame import Frame
from artdag.media import SAMPLE_RATE

WIDTH, HEIGHT = 640, 360
FRAME_RATE = 25
DURATION_S = 3
WAGS = 9
"""Swings of the tail from one side to the other and back, in the whole clip."""
BARKS_S = (1.12, 1.52)
"""When it barks."""

COAT, COAT_DARK, COAT_DEEP, CREAM = "#c98a4b", "#a96c36", "#7d4a26", "#fff0da"
EAR, LINE, TONGUE = "#8a5227", "#38231d", "#ef7d88"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """What moves in the dog at one moment, each -1..1 or 0..1."""

    wag: float
    breath: float
    bark: float
    blink: float

    @classmethod
    def at(cls, phase: float) -> Mood:
        """Return how it is at *phase* (0..1) of the clip."""
        time_s = phase * DURATION_S
        return cls(
            wag=float(np.sin(2 * np.pi * WAGS * phase)),
            breath=float(np.sin(2 * np.pi * 3 * phase)),
            bark=max(_pulse(time_s - start) for start in BARKS_S),
            blink=max(_pulse((time_s - start) * 1.6) for start in (0.42, 2.3)),
        )


def dog_clip() -> Drawn:
    """Return the picture."""
    meadow = _meadow()

    def draw(index: int) -> Frame:
        canvas = meadow.copy()
        _dog(canvas, index / (FRAME_RATE * DURATION_S))
        return canvas.frame

    return clip(WIDTH, HEIGHT, FRAME_RATE, DURATION_S, draw)


def _meadow() -> Canvas:
    canvas = Canvas(WIDTH, HEIGHT, "yuv420p")
    canvas.gradient((0, "#74c7ee"), (190, "#d3f1f4"), (HEIGHT, "#d3f1f4"))
    for size, opacity in ((72, 0.25), (54, 0.45), (40, 1)):
        canvas.fill(ellipse(540, 74, size), "#ffe9a3", opacity=opacity)
    for x, y, scale in ((120, 66, 1.0), (382, 52, 0.7), (610, 128, 0.6)):
        for dx, dy, width, height in ((-42, 6, 34, 15), (0, -6, 40, 26), (40, 5, 36, 17), (0, 11, 70, 12)):
            canvas.fill(ellipse(x + dx * scale, y + dy * scale, width * scale, height * scale), "#ffffff", opacity=0.92)
    ridges = (
        ("#a9d98a", "#8cc873", [(-40, 236), (90, 196), (250, 236), (400, 200), (560, 226), (680, 196)]),
        ("#7fc765", "#58a84e", [(-40, 266), (140, 250), (330, 270), (520, 246), (680, 268)]),
    )
    for color, low, ridge in ridges:
        line = smooth([(float(x), float(y)) for x, y in ridge], closed=False)
        canvas.fill(np.concatenate([line, [[680, HEIGHT], [-40, HEIGHT]]]), color, to=low)
    for x, y, scale in ((64, 212, 1.0), (104, 220, 0.75), (470, 218, 0.8)):
        canvas.fill(stroke(np.array([(x, y), (x, y + 34 * scale)]), 7 * scale), "#8a6242")
        for dx, dy, radius in ((-13, 0, 17), (13, 0, 17), (0, -15, 20), (0, 4, 18)):
            canvas.fill(ellipse(x + dx * scale, y + dy * scale - 6, radius * scale), "#4f9e58")
    place = np.random.default_rng(7).uniform((8, 284), (WIDTH - 8, HEIGHT - 8), (60, 2))
    for number, (x, y) in enumerate(place[np.argsort(place[:, 1])]):
        for lean in (-5, 0, 5):
            blade = stroke(np.array([(x, y + 6), (x + lean * 0.5, y), (x + lean, y - 8)]), 3, 1)
            canvas.fill(blade, "#3f8f45", opacity=0.8)
        if number % 4 == 0:
            color = ("#ffffff", "#ffd95a", "#f58fb0")[number // 4 % 3]
            for petal in range(5):
                turn = petal * 2 * np.pi / 5
                canvas.fill(ellipse(x + 4 * np.cos(turn), y - 10 + 4 * np.sin(turn), 3), color)
            canvas.fill(ellipse(x, y - 10, 2.4), "#f2a33a")
    return canvas


def _dog(canvas: Canvas, phase: float) -> None:
    """Draw the dog at *phase* (0..1) of the clip, seated, facing us, its tail behind it."""
    mood = Mood.at(phase)
    wag = mood.wag
    canvas.fill(ellipse(322, 328, 124, 15), "#2f6f3a", opacity=0.4)
    base = np.array(smooth([(380, 296), (416, 280), (440, 244), (446, 204), (462, 182)], closed=False))
    lift = np.linspace(0, 1, len(base))[:, None]
    tail = base + lift**1.4 * np.array([(34 * wag, 5 * abs(wag))])
    canvas.fill(stroke(tail, 30, 15, middle=27), COAT_DARK)
    canvas.fill(stroke(tail[-16:], 19, 14), CREAM)
    body = _seat(canvas, mood.breath)
    _head(canvas, body, mood)


def _pulse(time_s: float) -> float:
    """Return 0 but for a soft bump of 0.24 s that begins at 0."""
    return float(np.sin(np.pi * time_s / 0.24)) if 0 < time_s < 0.24 else 0.0


def _seat(canvas: Canvas, breath: float) -> Mask:
    """Draw body and legs and return where the body is."""
    for side in (-1, 1):
        canvas.fill(ellipse(320 + side * 60, 290, 44, 40), COAT_DARK)
        canvas.fill(ellipse(320 + side * 72, 322, 38, 15), CREAM)
        for toe in (-10, 8):
            mark = np.array([(320.0 + side * 72 + toe, 322.0), (320.0 + side * 72 + toe, 331.0)])
            canvas.fill(stroke(mark, 2.4), LINE, opacity=0.5)
    wide = 62 + 1.5 * breath
    half = [(30, 170), (48, 200), (wide, 250), (58, 300), (40, 322)]
    right = [(320 + x, y) for x, y in half]
    body = smooth([(320, 160), *right, (320, 326), *[(640 - x, y) for x, y in reversed(right)]])
    canvas.fill(body, COAT)
    bib = [(22, 190), (37, 226), (28, 266)]
    chest = smooth([(320, 176), *[(320 + x, y) for x, y in bib], (320, 286), *[(320 - x, y) for x, y in reversed(bib)]])
    canvas.fill(chest, CREAM)
    for side in (-1, 1):
        x = 320 + side * 26
        leg = smooth(
            [(x - 17, 250), (x - 16, 290), (x - 18, 322), (x, 330), (x + 18, 322), (x + 16, 290), (x + 17, 250)]
        )
        canvas.fill(leg, COAT)
        canvas.fill(ellipse(x, 324, 22, 13), CREAM)
        for toe in (-7, 7):
            canvas.fill(stroke(np.array([(x + toe, 324.0), (x + toe, 333.0)]), 2.4), LINE, opacity=0.55)
    canvas.fill(stroke(np.array([(320.0, 272.0), (320.0, 318.0)]), 3, 4), COAT_DEEP, opacity=0.5)
    return canvas.mask(body)


def _head(canvas: Canvas, body: Mask, mood: Mood) -> None:
    wag, breath, bark, blink = mood.wag, mood.breath, mood.bark, mood.blink
    tilt = 2.2 * wag - 3 * bark
    lift = 1.2 * breath - 7 * bark

    def placed(shape: Points) -> Points:
        return moved(turned(shape, tilt, (320, 176)), 0, lift)

    def mirrored(shape: Points) -> Points:
        return shape * (-1, 1) + (640, 0)

    swing = 3 * wag + 12 * bark
    ear = smooth([(274, 82), (248, 84), (222, 118), (214, 160), (228, 180), (248, 172), (262, 142), (276, 112)])
    ears = (turned(ear, swing, (268, 92)), turned(mirrored(ear), -swing + 4 * wag, (372, 92)))
    half = [(46, 66), (72, 98), (70, 140), (44, 172)]
    right = [(320 + x, y) for x, y in half]
    skull = smooth([(320, 58), *right, (320, 184), *[(640 - x, y) for x, y in reversed(right)]])
    canvas.fill(moved(placed(skull), 0, 8), COAT_DEEP, opacity=0.5, within=body)
    collar = stroke(smooth([(280, 174), (320, 190), (360, 174)], closed=False), 11)
    canvas.fill(collar, "#d8433f")
    canvas.fill(ellipse(320, 199, 9), "#ffd24d", to="#e59a1d")
    canvas.fill(placed(skull), COAT)
    blaze = [(9, 80), (12, 110), (38, 132), (42, 156), (24, 178)]
    face = smooth(
        [(320, 62), *[(320 + x, y) for x, y in blaze], (320, 184), *[(320 - x, y) for x, y in reversed(blaze)]]
    )
    canvas.fill(placed(face), CREAM)
    for shape in ears:
        canvas.fill(placed(shape), EAR, to="#6c3d1c")
    for side in (-1, 1):
        x = 320 + side * 34
        canvas.fill(placed(ellipse(x, 112, 11, 12.5 * (1 - 0.9 * blink) + 0.6)), LINE)
        if blink < 0.5:
            canvas.fill(placed(ellipse(x - 3.5, 107, 3.8)), "#ffffff")
            canvas.fill(placed(ellipse(x + 3.5, 117, 1.9)), "#ffffff", opacity=0.8)
        brow = stroke(smooth([(x - 9, 93), (x, 89 - 2 * bark), (x + 9, 93)], closed=False), 4.5, 3)
        canvas.fill(placed(brow), COAT_DEEP)
    opened = 4 + 15 * bark
    mouth = smooth([(300, 158), (320, 162), (340, 158), (334, 162 + opened), (320, 166 + opened), (306, 162 + opened)])
    canvas.fill(placed(mouth), "#6e2430")
    tongue = smooth([(310, 163), (330, 163), (331, 166 + opened), (320, 176 + opened * 0.7), (309, 166 + opened)])
    canvas.fill(placed(tongue), TONGUE)
    canvas.fill(placed(stroke(np.array([(320.0, 166.0), (320.0, 168.0 + opened * 0.7)]), 1.6)), "#c95568")
    cheek = smooth([(320, 142), (346, 146), (352, 160), (338, 168), (320, 162)])
    for shape in (cheek, mirrored(cheek)):
        canvas.fill(placed(shape), CREAM)
    smile = stroke(smooth([(320, 146), (321, 160), (336, 168), (351, 158)], closed=False), 3, 2.4)
    for shape in (smile, mirrored(smile)):
        canvas.fill(placed(shape), LINE)
    for x, y in ((334, 154), (341, 151), (343, 158)):
        for spot in (ellipse(x, y, 1.4), ellipse(640 - x, y, 1.4)):
            canvas.fill(placed(spot), COAT_DEEP, opacity=0.8)
    nose = smooth([(305, 134), (320, 131), (335, 134), (332, 143), (320, 150), (308, 143)])
    canvas.fill(placed(nose), "#2a1c1d")
    canvas.fill(placed(ellipse(314, 136, 4.5, 2)), "#ffffff", opacity=0.55)


def dog_sound() -> NDArray[np.float32]:
    """Return the sound, (2, n): two soft barks, silence at both ends."""
    sound = np.zeros(SAMPLE_RATE * DURATION_S)
    for number, start_s in enumerate(BARKS_S):
        voice = _woof(1.0 if number == 0 else 1.08)
        first = round((start_s + 0.01) * SAMPLE_RATE)
        sound[first : first + len(voice)] += voice * (0.42 if number == 0 else 0.36)
    return np.stack([sound, np.concatenate([np.zeros(9), sound[:-9]])]).astype(np.float32)


def _woof(pitch: float) -> NDArray[np.float64]:
    """Return one bark: a voice that falls, through a mouth that opens and closes, with a little breath."""
    count = round(0.26 * SAMPLE_RATE)
    time_s = np.arange(count) / SAMPLE_RATE
    tone_hz = pitch * (150 + 210 * np.exp(-((time_s - 0.045) ** 2) / 0.0032))
    turn = 2 * np.pi * np.cumsum(tone_hz) / SAMPLE_RATE
    voice = np.zeros(count)
    for number in range(1, 16):
        frequency = number * tone_hz
        mouth = np.exp(-(((frequency - 560) / 320) ** 2)) + 0.35 * np.exp(-(((frequency - 1250) / 420) ** 2)) + 0.08
        voice += mouth * np.sin(number * turn) / number**0.6
    breath = np.convolve(np.random.default_rng(3).normal(size=count + 11), np.hanning(12) / 6, "valid")
    swell = np.minimum(time_s / 0.018, 1) * np.exp(-((np.maximum(time_s - 0.05, 0) / 0.075) ** 2))
    woof: NDArray[np.float64] = (voice + 0.35 * breath * np.exp(-time_s / 0.05)) * swell
    woof *= np.minimum((count - np.arange(count)) / 480, 1)
    loudest: NDArray[np.float64] = woof / np.abs(woof).max()
    return loudest
