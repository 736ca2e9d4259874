"""Bend the picture into waves that travel along it.

``horizontal`` moves each row sideways: the pixel at (x, y) comes from x + *amplitude* sin(2π (y / *wavelength* -
*speed* t)), t in seconds, so that waves run down for positive speeds. ``vertical`` moves each column up and down, and
waves run to the right; ``both`` is both at once. Beyond its sides the picture is turned over. Fetched linearly between
samples 1/256 apart. Opacity moves along.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from artdag.codec.bordered import Border
from artdag.codec.frame import Frame, Moment
from artdag.codec.remap import ONE, Field, Fixed, Lattice, Places, fixed, lattices, remapped
from artdag.effect import Effect
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amplitude: Annotated[float, Range(0, 500, "px"), "How far it bends to each side; 0 changes nothing."] = 12.0
    wavelength: Annotated[float, Range(2, 10_000, "px"), "From one crest to the next."] = 180.0
    speed: Annotated[float, Range(-25, 25, "turns/s"), "Waves passing per second; 0 stands still."] = 0.5
    axis: Annotated[Literal["horizontal", "vertical", "both"], "Which way pixels move."] = "horizontal"


def field(params: Params, lattice: Lattice, time_s: float) -> Field:
    passed = math.fmod(params.speed * time_s, 1)

    def shifts(along: Places, span: int) -> NDArray[np.int32]:
        wave = np.sin(2 * math.pi * (along / params.wavelength - passed))
        return np.rint(wave * (params.amplitude * ONE / span)).astype(np.int32)

    def places(rows: slice) -> tuple[Fixed, Fixed]:
        x, y = fixed(lattice.x, lattice.across), fixed(lattice.y(rows), lattice.down)
        return (
            x + shifts(lattice.y(rows), lattice.across) if params.axis != "vertical" else x,
            y + shifts(lattice.x, lattice.down) if params.axis != "horizontal" else y,
        )

    return places


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    luma, chroma = lattices(picture.width, picture.height, picture.pixel_format)
    fields = field(params, luma, moment.time_s), field(params, chroma, moment.time_s)
    return remapped(picture, fields, border=Border(math.ceil(params.amplitude) + 1))


def same_as(params: Params) -> str | None:
    return "input" if params.amplitude == 0 else None


EFFECT = Effect(name="wave", group="geometry", params=Params, frame=frame, same_as=same_as)
