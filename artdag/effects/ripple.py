"""Let rings run over the picture, as from a stone thrown into water.

The pixel at distance r from (x W, y H) comes from r + *amplitude* f sin(2π (r / *wavelength* - *speed* t)) in the same
direction, t in seconds, so that rings run outwards for positive speeds; f = min(1, 2 r / *wavelength*) leaves the
centre where it is. r is taken in steps of 1/16 px. Beyond its sides the picture is turned over. Fetched linearly
between samples 1/256 apart. Opacity moves along.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.bordered import Border
from artdag.codec.frame import Frame, Moment
from artdag.codec.remap import KEPT, ONE, Field, Fixed, Lattice, fixed, lattices, remapped
from artdag.effect import Effect
from artdag.params import Range

STEPS = 16
"""Distances per pixel that are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amplitude: Annotated[float, Range(0, 500, "px"), "How far rings bend; 0 changes nothing."] = 10.0
    wavelength: Annotated[float, Range(2, 10_000, "px"), "From one ring to the next."] = 120.0
    speed: Annotated[float, Range(-25, 25, "turns/s"), "Rings passing per second; 0 stands still."] = 0.5
    x: Annotated[float, Range(0, 1), "The centre: 0 is the left side, 1 the right."] = 0.5
    y: Annotated[float, Range(0, 1), "The centre: 0 is the top, 1 the bottom."] = 0.5


def distances(lattice: Lattice, rows: slice, center_x: float, center_y: float) -> NDArray[np.int32]:
    x, y = lattice.x - center_x, lattice.y(rows) - center_y
    steps: NDArray[np.int32] = np.rint(np.sqrt(x * x + y * y) * STEPS).astype(np.int32)
    return steps


@lru_cache(maxsize=4)
def kept_distances(lattice: Lattice, center_x: float, center_y: float) -> NDArray[np.int32]:
    return np.concatenate([distances(lattice, rows, center_x, center_y) for rows in lattice.bands])


def pushes(params: Params, farthest: float, time_s: float) -> NDArray[np.float32]:
    """Return for each distance what the way from the centre is multiplied by to give the shift, in pixels."""
    radius = np.arange(1, math.ceil(farthest * STEPS) + 3) / STEPS
    phase = radius / params.wavelength - math.fmod(params.speed * time_s, 1)
    fade = np.minimum(1, 2 * radius / params.wavelength)
    shift = params.amplitude * fade * np.sin(2 * math.pi * phase) / radius
    return np.concatenate([[0], shift]).astype(np.float32)


def field(params: Params, picture: Frame, lattice: Lattice, table: NDArray[np.float32]) -> Field:
    center_x, center_y = params.x * picture.width, params.y * picture.height
    kept = lattice.width * lattice.height <= KEPT
    base_x, across = fixed(lattice.x, lattice.across), scaled(lattice.x - center_x, lattice.across)

    def places(rows: slice) -> tuple[Fixed, Fixed]:
        found = (
            kept_distances(lattice, center_x, center_y)[rows] if kept else distances(lattice, rows, center_x, center_y)
        )
        push = np.take(table, found, mode="clip")
        y = lattice.y(rows)
        return (
            base_x + np.rint(push * across).astype(np.int32),
            fixed(y, lattice.down) + np.rint(push * scaled(y - center_y, lattice.down)).astype(np.int32),
        )

    return places


def scaled(way: NDArray[np.float64], span: int) -> NDArray[np.float32]:
    return (way * (ONE / span)).astype(np.float32)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    luma, chroma = lattices(picture.width, picture.height, picture.pixel_format)
    table = pushes(params, math.hypot(picture.width + 1, picture.height + 1), moment.time_s)
    fields = field(params, picture, luma, table), field(params, picture, chroma, table)
    return remapped(picture, fields, border=Border(math.ceil(params.amplitude) + 1))


def same_as(params: Params) -> str | None:
    return "input" if params.amplitude == 0 else None


EFFECT = Effect(name="ripple", group="geometry", params=Params, frame=frame, same_as=same_as)
