"""Pictures that fade to black, and the lighter of two: what light leaves behind where it has moved on.

Of YUV pictures that are opaque or ``premultiplied``. The lighter of two is, pixel by pixel, the one with more luma, in
its own colour; where both have as much it is the first. In 4:2:0 the four pixels of a chroma sample decide together.
Everything is rounded towards black, so that faded often enough nothing is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import SUBSAMPLED, Frame, Plane
from artdag.codec.lookup import bands

BLACK, WHITE = 16, 235
"""Of luma."""
FINE = 1 << 16
"""Shares are taken in steps of one in so many."""

_Table = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Fade:
    """One step on the way to black: code value -> code value, for each sort of plane."""

    luma: _Table
    """Black and what is below it become 0, which is darker than anything."""
    chroma: _Table
    alpha: _Table

    @classmethod
    def by(cls, share: float, black: int = BLACK) -> Fade:
        """Return the fade that leaves *share* (0..1) of what was there; *black* is that of the luma."""
        return _fade(round(share * FINE), black)

    @property
    def steps(self) -> int:
        """How many of these steps leave nothing of anything; of a share of 1, which never does, the question fails."""
        assert self.alpha[255] < 255
        found = 0
        for table, ends in ((self.luma, {0}), (self.chroma, {128}), (self.alpha, {0})):
            left = np.arange(256, dtype=np.uint8)
            for step in count():
                if set(left.tolist()) <= ends:
                    found = max(found, step)
                    break
                left = table[left]
        return found


@lru_cache(maxsize=64)
def _fade(share: int, black: int) -> Fade:
    value = np.arange(256)
    luma = black + ((value - black) * share >> 16)
    luma[luma <= black] = 0
    distance = value - 128
    chroma = 128 + np.sign(distance) * (np.abs(distance) * share >> 16)
    return Fade(luma.astype(np.uint8), chroma.astype(np.uint8), (value * share >> 16).astype(np.uint8))


def lighter(picture: Frame, earlier: Frame, fade: Fade) -> Frame:
    """Return the lighter of *picture* and of *earlier*, faded; opacity is the greater one of both."""
    result = picture.blank_like()
    tail = np.empty(picture.planes[0].shape, np.uint8)
    for rows in bands(picture.height):
        np.take(fade.luma, earlier.planes[0][rows], out=tail[rows], mode="clip")
        np.maximum(picture.planes[0][rows], tail[rows], out=result.planes[0][rows])
    wins = _wins(tail, picture)
    for number in (1, 2):
        for rows in bands(len(wins)):
            out = result.planes[number][rows]
            out[...] = picture.planes[number][rows]
            faded = np.take(fade.chroma, earlier.planes[number][rows], mode="clip")
            np.copyto(out, faded, where=wins[rows])
    if len(picture.planes) == 4:
        np.maximum(picture.planes[3], fade.alpha[earlier.planes[3]], out=result.planes[3])
    return result


def _wins(tail: Plane, picture: Frame) -> NDArray[np.bool_]:
    """Return for each chroma sample whether *tail* is lighter there than *picture*."""
    if picture.pixel_format not in SUBSAMPLED:
        return tail > picture.planes[0]
    height, width = picture.planes[1].shape
    wins = np.empty((height, width), np.bool_)
    for rows in bands(height):
        pixels = slice(2 * rows.start, 2 * rows.stop)
        np.greater(_fours(tail[pixels]), _fours(picture.planes[0][pixels]), out=wins[rows])
    return wins


def _fours(plane: Plane) -> NDArray[np.uint16]:
    """Return the sums of every two by two pixels; the last row or column of an odd size counts twice."""
    height, width = plane.shape
    if height % 2 or width % 2:
        plane = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    rows = np.add(plane[::2], plane[1::2], dtype=np.uint16)
    return np.asarray(rows[:, ::2] + rows[:, 1::2])


def negative(picture: Frame) -> Frame:
    """Return *picture* with its luma turned over: the darker of two is the lighter of their negatives."""
    result = picture.blank_like()
    np.subtract(np.uint8(255), picture.planes[0], out=result.planes[0])
    for out, plane in zip(result.planes[1:], picture.planes[1:], strict=True):
        out[...] = plane
    return result
