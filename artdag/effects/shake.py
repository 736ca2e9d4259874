"""Shake the picture as a camera held by hand does.

Sideways, up and down and turned about the middle, each by a noise of its own in -1..1, times *amplitude* pixels or
*degrees*: two thirds of one that finds a new direction *rate* times a second, one third of one twice as fast. Between
those moments it runs smoothly, t³ (6 t² - 15 t + 10). Every moment follows from *seed* and time alone (Philox). Beyond
its sides the picture is turned over. Fetched linearly between samples 1/256 apart. Opacity moves along.
Wild shaking takes up to 15 ms for a frame of 1280 × 720, for more of the picture is laid ready around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.bordered import Border
from artdag.codec.frame import Frame, Moment
from artdag.codec.remap import ONE, Field, Fixed, Lattice, fixed, lattices, remapped
from artdag.effect import Effect
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amplitude: Annotated[float, Range(0, 500, "px"), "How far it moves at most, each way."] = 10.0
    rate: Annotated[float, Range(0.05, 30, "Hz"), "How often it finds a new direction."] = 3.0
    degrees: Annotated[float, Range(0, 15, "°"), "How far it turns at most."] = 0.6
    seed: Annotated[int, Range(0, 2**31 - 1), "Another number, another shaking."] = 0


def noise(seed: int, time: float, stream: int) -> NDArray[np.float64]:
    """Return three values in -1..1 that run smoothly from one whole *time* to the next."""
    knot = math.floor(time)
    t = time - knot
    share = t * t * t * (t * (6 * t - 15) + 10)
    before, after = (
        np.random.Generator(np.random.Philox(key=[seed, 2 * number + stream])).uniform(-1, 1, 3)
        for number in (knot, knot + 1)
    )
    return np.asarray(before + share * (after - before), np.float64)


def motion(params: Params, time_s: float) -> tuple[float, float, float]:
    """Return how far the picture has moved right and down, in pixels, and turned clockwise, in degrees."""
    slow = noise(params.seed, time_s * params.rate, 0)
    fast = noise(params.seed, time_s * params.rate * 2, 1)
    right, down, turn = ((2 * a + b) / 3 for a, b in zip(slow.tolist(), fast.tolist(), strict=True))
    return params.amplitude * right, params.amplitude * down, params.degrees * turn


def field(lattice: Lattice, middle: tuple[float, float], moved: tuple[float, float, float]) -> Field:
    right, down, degrees = moved
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x = lattice.x - middle[0] - right

    def places(rows: slice) -> tuple[Fixed, Fixed]:
        y = lattice.y(rows) - middle[1] - down
        if degrees == 0:
            return fixed(middle[0] + x, lattice.across), fixed(middle[1] + y, lattice.down)
        to_right = np.rint(sin * y * (ONE / lattice.across)).astype(np.int32)
        to_below = np.rint(sin * x * (ONE / lattice.down)).astype(np.int32)
        return fixed(middle[0] + cos * x, lattice.across) + to_right, fixed(
            middle[1] + cos * y, lattice.down
        ) - to_below

    return places


def margin(picture: Frame, params: Params) -> int:
    """Return how far outside a corner can come from."""
    corner = math.hypot(picture.width, picture.height) / 2 + 1.5 * params.amplitude
    return math.ceil(1.5 * params.amplitude + corner * math.radians(params.degrees)) + 2


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    moved = motion(params, moment.time_s)
    middle = picture.width / 2, picture.height / 2
    luma, chroma = (
        field(lattice, middle, moved) for lattice in lattices(picture.width, picture.height, picture.pixel_format)
    )
    return remapped(picture, (luma, chroma), border=Border(margin(picture, params)))


def same_as(params: Params) -> str | None:
    return "input" if params.amplitude == params.degrees == 0 else None


EFFECT = Effect(name="shake", group="geometry", params=Params, frame=frame, same_as=same_as)
