"""Sort pixels by lightness along lines, wherever they are neither too dark nor too light.

Lines run towards *degrees* (0 is the right, 90 the top) through all pixels, each pixel on one line. On a line, pixels
whose luma (0 to 255) lies from *low* to *high* and that follow one another make a run; each run is sorted from dark to
light along the line, equal ones in the order they had. Where *low* is above *high* nothing is sorted. Colour and
opacity move along, at full size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, Moment
from artdag.codec.lookup import bands
from artdag.effect import Effect
from artdag.params import Range

PART = 1 << 14
"""Pixels worked on at once, if a line is not longer: what fits into the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    low: Annotated[float, Range(0, 255), "The darkest luma that moves."] = 60.0
    high: Annotated[float, Range(0, 255), "The lightest luma that moves."] = 200.0
    degrees: Annotated[float, Range(-360, 360, "°"), "Where the light ends gather: 0 right, 90 top."] = 90.0


@dataclass(frozen=True, slots=True)
class Lines:
    """All pixels in the order of the lines."""

    places: NDArray[np.intp]
    begins: NDArray[np.bool_]
    """Which of them begin a line."""
    parts: tuple[slice, ...]
    """Whole lines, as many at a time as are worked on at once."""


@lru_cache(maxsize=2)
def lines(width: int, height: int, degrees: float) -> Lines:
    turn = math.radians(degrees)
    right, down = round(math.cos(turn), 9), -round(math.sin(turn), 9)
    y, x = np.indices((height, width), np.int32)
    steep = abs(down) > abs(right)
    along, beside, slope = (y, x, right / down) if steep else (x, y, down / right)
    # one step along a line is one pixel along its longer side, so that lines fit side by side without gaps
    number = beside - np.floor((along + 0.5) * slope + 1e-6).astype(np.int32)
    place = along if (down if steep else right) > 0 else -along
    order = np.lexsort((place.ravel(), number.ravel()))
    sorted_number = number.ravel()[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = sorted_number[1:] != sorted_number[:-1]
    firsts = np.flatnonzero(begins)
    cuts = firsts[np.unique(np.searchsorted(firsts, np.arange(0, len(order), PART)).clip(max=len(firsts) - 1))]
    stops = [*cuts[1:].tolist(), len(order)]
    return Lines(order, begins, tuple(slice(first, stop) for first, stop in zip(cuts.tolist(), stops, strict=True)))


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    pixels = packed(picture)
    found = lines(picture.width, picture.height, params.degrees)
    level = np.clip((np.arange(256) - 16) * (255 / 219), 0, 255)
    movable = (level >= params.low - 1e-9) & (level <= params.high + 1e-9)
    source, target = pixels.ravel(), np.empty(pixels.size, np.uint32)
    for part in found.parts:
        places = found.places[part]
        line = np.take(source, places, mode="clip")
        sort_runs(line, found.begins[part], movable)
        target[places] = line
    unpack(target.reshape(pixels.shape), result)
    return result


def sort_runs(pixels: NDArray[np.uint32], begins: NDArray[np.bool_], movable: NDArray[np.bool_]) -> None:
    """Sort each run of pixels by luma, their lowest byte, in place.

    Args:
        pixels: of some lines, one after the other.
        begins: which of them begin a line.
        movable: luma -> whether such pixels move.
    """
    luma = pixels.astype(np.uint8)
    moves = np.take(movable, luma, mode="clip")
    stays = ~moves
    starts = begins | stays
    starts[1:] |= stays[:-1]
    moving = np.flatnonzero(moves)
    # Small whole numbers are sorted by counting: by luma first, then, keeping that order, by run.
    run = np.cumsum(starts, dtype=np.uint16 if len(starts) < 65536 else np.uint32)[moving]
    by_luma = np.argsort(luma[moving], kind="stable")
    by_run = np.argsort(run[by_luma], kind="stable")
    pixels[moving] = pixels[moving[by_luma[by_run]]]


def packed(picture: Frame) -> NDArray[np.uint32]:
    """Return each pixel's planes as the bytes of one number, luma lowest."""
    pixels = np.zeros((picture.height, picture.width), np.uint32)
    parts = pixels.view(np.uint8).reshape(picture.height, picture.width, 4)
    for number, plane in enumerate(picture.planes):
        parts[..., number] = plane
    return pixels


def unpack(pixels: NDArray[np.uint32], result: Frame) -> None:
    for rows in bands(result.height):
        parts = pixels[rows].view(np.uint8).reshape(-1, result.width, 4)
        for number, plane in enumerate(result.planes):
            plane[rows] = parts[..., number]


EFFECT = Effect(name="pixelsort", group="look", params=Params, pixel_formats=("yuv444p", "yuva444p"), frame=frame)
