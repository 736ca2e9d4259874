"""The tree on the hill: the same branches in all months, and what grows or lies on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from app.operation.starter_content.drawing import Canvas, Points, ellipse, moved, smooth, stroke

TREE_X, TREE_Y = 800.0, 540.0
"""Where its trunk meets the ground."""
_TWIGS = 6
"""How often it forks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limb:
    """A piece of the tree, from one fork to the next."""

    line: Points
    start: float
    """Width at its beginning, px."""
    end: float
    depth: int
    """0 for the trunk."""

    @property
    def tip(self) -> tuple[float, float]:
        return float(self.line[-1, 0]), float(self.line[-1, 1])


@cache
def tree() -> tuple[Limb, ...]:
    """Return the tree, from the trunk to the twigs: the same in all months."""
    random = np.random.default_rng(109)
    limbs: list[Limb] = []
    waiting = [(TREE_X, TREE_Y + 12, 2.0, 116.0, 31.0, 0)]
    for x, y, angle, length, width, depth in waiting:
        bend = angle + random.uniform(-9, 9)
        middle = (x + length * 0.5 * _sin(bend), y - length * 0.5 * _cos(bend))
        end = (x + length * _sin(angle), y - length * _cos(angle))
        thin = width * 0.68
        line = smooth([(x, y), middle, end], closed=False, steps=5)
        limbs.append(Limb(line=line, start=width, end=thin, depth=depth))
        if depth == _TWIGS:
            continue
        for turn in (-28.0, 30.0) if depth else (-40.0, -2.0, 38.0):
            leaning = float(np.clip((angle + turn + random.uniform(-10, 10)) * 0.92, -66, 66))
            reach = length * random.uniform(0.72, 0.88) * (1.0 if abs(leaning) < 40 else 0.92)
            waiting.append((*end, leaning, reach, thin * (0.84 if depth else 0.76), depth + 1))
    return tuple(limbs)


def _sin(degrees: float) -> float:
    return float(np.sin(np.radians(degrees)))


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def branches(canvas: Canvas, color: str, to: str, light: str) -> None:
    """Paint trunk and branches, from *color* at the top to *to* at the ground, lit a little from the left."""
    trunk = tree()[0]
    flare = [stroke(trunk.line[:3], 88, 46), stroke(trunk.line[:6], 56, trunk.start * 0.86)]
    canvas.fill([*flare, *(stroke(limb.line, limb.start, limb.end) for limb in tree())], color, to=to)
    lit = [
        stroke(moved(limb.line, -limb.start * 0.24, 0), limb.start * 0.26, limb.end * 0.26)
        for limb in tree()
        if limb.depth < 3
    ]
    canvas.fill(lit, light, opacity=0.5)


def snow_on_branches(canvas: Canvas, color: str) -> None:
    """Paint snow on the stronger branches that do not stand upright."""
    lying = []
    for limb in tree():
        across, up = limb.line[-1] - limb.line[0]
        if 0 < limb.depth < 6 and abs(across) > 0.4 * abs(up):
            line = moved(limb.line, 0, -limb.start * 0.3 - 0.5)
            lying.append(stroke(line, max(1.4, limb.start * 0.44), max(1.0, limb.end * 0.44)))
    canvas.fill(lying, color)


def leaves(canvas: Canvas, shade: str, body: str, light: str, *, size: float = 1.0, share: float = 1.0) -> None:
    """Paint the crown: leaves in the shade, in full colour, and lit from the upper left.

    Args:
        canvas: to paint on.
        shade: darkest colour.
        body: of most of it.
        light: where the light falls.
        size: of the tufts.
        share: how many there are, 0 to 1.
    """
    random = np.random.default_rng(5)
    places = np.array([limb.tip for limb in tree() if limb.depth >= _TWIGS - 3])
    count = len(places)
    places = places + random.uniform(-9, 9, (count, 2))
    sizes = random.uniform(17, 31, count) * size
    chosen = random.uniform(0, 1, count) <= share
    middle, reach = places.mean(axis=0), places.std(axis=0)
    lit = ((places - middle) / reach) @ np.array([-0.55, -0.8]) + random.uniform(-0.55, 0.55, count)
    tufts = list(zip(places[:, 0], places[:, 1], sizes, lit, chosen, strict=True))
    canvas.fill([_tuft(x + 4, y + 7, size) for x, y, size, _, seen in tufts if seen], shade)
    canvas.fill([_tuft(x, y, size * 0.86) for x, y, size, how, seen in tufts if seen and how > -0.75], body)
    canvas.fill([_tuft(x - 4, y - 6, size * 0.6) for x, y, size, how, seen in tufts if seen and how > 0.55], light)


def _tuft(x: float, y: float, radius: float) -> Points:
    return ellipse(x, y, radius, radius * 0.84, turn=x * 7 % 60 - 30)
