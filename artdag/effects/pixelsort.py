"""Sort pixels by lightness along lines, wherever they are neither too dark nor too light.

Lines run towards *degrees* (0 is the right, 90 the top) through all pixels, each pixel on one line. On a line, pixels
whose luma (0 to 255) lies from *low* to *high* and that follow one another make a run; each run is sorted from dark to
light along the line, equal ones in the order they had. Where *low* is above *high* nothing is sorted. Colour and
opacity move along, at full size.

A frame of 1280 × 720 takes some 18 ms: 4 to bring colour to full size and back, the rest to sort half a million pixels
or more by luma and by run and to fetch each along its line.
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
    back: NDArray[np.intp]
    """For each pixel its place in that order."""
    goes_on: NDArray[np.bool_]
    """Which of them do not begin a line."""
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
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    sorted_number = number.ravel()[order]
    goes_on = np.zeros(len(order), np.bool_)
    goes_on[1:] = sorted_number[1:] == sorted_number[:-1]
    firsts = np.flatnonzero(~goes_on)
    cuts = firsts[np.unique(np.searchsorted(firsts, np.arange(0, len(order), PART)).clip(max=len(firsts) - 1))]
    stops = [*cuts[1:].tolist(), len(order)]
    parts = tuple(slice(first, stop) for first, stop in zip(cuts.tolist(), stops, strict=True))
    return Lines(order, back, goes_on, parts)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    pixels = packed(picture)
    found = lines(picture.width, picture.height, params.degrees)
    level = np.clip((np.arange(256) - 16) * (255 / 219), 0, 255)
    movable = np.flatnonzero((level >= params.low - 1e-9) & (level <= params.high + 1e-9)).astype(np.uint8)
    if len(movable):
        source, target = pixels.ravel(), np.empty(pixels.size, np.uint32)
        for part in found.parts:
            line = target[part]
            np.take(source, found.places[part], out=line, mode="clip")
            sort_runs(line, found.goes_on[part], movable[0], movable[-1])
        pixels = target.take(found.back, mode="clip").reshape(pixels.shape)
    unpack(pixels, result)
    return result


def sort_runs(pixels: NDArray[np.uint32], goes_on: NDArray[np.bool_], low: np.uint8, high: np.uint8) -> None:
    """Sort each run of pixels by luma, their lowest byte, in place.

    Args:
        pixels: of some lines, one after the other.
        goes_on: which of them do not begin a line.
        low: the darkest luma that moves.
        high: the lightest.
    """
    luma = pixels.astype(np.uint8)
    moves = luma - low <= high - low  # around 256: what is below low is far above
    joined = goes_on & moves
    joined[1:] &= moves[:-1]
    inside = joined.copy()
    inside[:-1] |= joined[1:]
    places = np.flatnonzero(inside)  # those in runs of two or more
    # Small whole numbers are sorted by counting: by luma first, then, keeping that order, by run.
    run = np.cumsum(~joined.take(places, mode="clip"), dtype=np.uint16 if len(places) < 65536 else np.uint32)
    order = np.argsort(luma.take(places, mode="clip"), kind="stable")
    order = order.take(np.argsort(run.take(order, mode="clip"), kind="stable"), mode="clip")
    pixels[places] = pixels.take(places.take(order, mode="clip"), mode="clip")


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


EFFECT = Effect(
    name="pixelsort",
    group="look",
    params=Params,
    pixel_formats=("yuv444p", "yuva444p"),
    frame=frame,
    cost_class="heavy",
)
