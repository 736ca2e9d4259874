"""Build the picture of characters, as on an old terminal.

The picture is cut into cells *char_size* pixels high and three quarters as wide, from the top left corner. Each shows
the character whose share of dots comes nearest to the cell's mean luma L (0 to 1, 1 standing for the fullest). Its luma
is sqrt(L), since letters cover only a part of their cell, and its chroma 1.4 times the cell's mean; or both are those
of *color*, where it is given, times sqrt(L). Behind it is the same colour times *background*. Characters are five by
seven dots, scaled by area. Opacity stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import at_chroma, keep_alpha, yuv_of
from artdag.codec.frame import SUBSAMPLED, Frame, Moment, Plane
from artdag.codec.lookup import bands
from artdag.codec.typeface import characters_by_weight, dots, drawn
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Color, Range

VIVID = 1.4
"""Chroma of a character, in those of its cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    char_size: Annotated[int, Range(4, 200, "px"), "Height of a character."] = 16
    color: Annotated[Color | None, "Of all characters; not given: the picture's own colours."] = None
    background: Annotated[float, Range(0, 1), "How bright the cell is behind its character; 0 is black."] = 0.25


@lru_cache(maxsize=1)
def choice() -> NDArray[np.intp]:
    """Return luma, in code values -> the character's place among those sorted by weight."""
    weights = np.array([dots(character).sum() for character in characters_by_weight()])
    level = np.clip((np.arange(256) - 16) / 219, 0, 1)
    return np.asarray(np.abs(level[:, None] - weights[None, :] / weights.max()).argmin(axis=1))


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    height, width = params.char_size, max(3, round(params.char_size * 3 / 4))
    glyphs = cells_drawn(height, width, params.background)
    mean = cell_means(picture.planes[0], height, width)
    cells = np.rint(mean).astype(np.uint8)
    light = np.sqrt(np.clip((mean - 16) / 219, 0, 1))
    tint = yuv_of(np.array(params.color.rgb) / 255) if params.color is not None else None
    brightness = light * (219 if tint is None else tint[0] - 16)
    letters = choice()[cells]
    luma = result.planes[0]
    coverage = np.empty(luma.shape, np.uint8)
    for row, top in enumerate(range(0, picture.height, height)):
        # one line of characters: (columns, height, width) -> (height, columns × width)
        line = glyphs[letters[row]].transpose(1, 0, 2).reshape(height, -1)
        rows = slice(top, min(top + height, picture.height))
        coverage[rows] = line[: rows.stop - top, : picture.width]
        strength = np.rint(brightness[row] * (256 / 255)).astype(np.uint16).repeat(width)[: picture.width]
        value = coverage[rows] * strength
        value += np.uint16(128)
        value >>= np.uint16(8)
        value += np.uint16(16)
        luma[rows] = np.minimum(value, 235)
    step = 2 if picture.pixel_format in SUBSAMPLED else 1
    thin = at_chroma(coverage, picture)
    down, across = (np.arange(length) * step // side for length, side in zip(thin.shape, (height, width), strict=True))
    for number in (1, 2):
        if tint is None:
            there = (cell_means(picture.planes[number], height, width, step) - 128) * VIVID
        else:
            there = light * (tint[number] - 128)
        wanted = np.rint(np.clip(there, -112, 112)).astype(np.int32)
        for rows in bands(len(thin)):
            mixed = wanted[down[rows]][:, across] * thin[rows]
            result.planes[number][rows] = (mixed + 128 * 255 + 127) // 255
    keep_alpha(picture, result)
    return result


@lru_cache(maxsize=16)
def cells_drawn(height: int, width: int, background: float) -> Plane:
    """Return each character in its cell, as shares of its colour, 0..255."""
    coverage = drawn(characters_by_weight(), height, width)
    shares: Plane = np.rint(255 * background + (1 - background) * coverage - 1e-6).astype(np.uint8)
    return shares


def cell_means(plane: Plane, height: int, width: int, step: int = 1) -> NDArray[np.float64]:
    """Return the mean of each cell; of chroma, each of whose samples spans *step* pixels, of those that begin in it."""
    rows, columns = (starts(length, side, step) for length, side in zip(plane.shape, (height, width), strict=True))
    sums = np.add.reduceat(plane, rows, axis=0, dtype=np.uint32)
    sums = np.add.reduceat(sums, columns, axis=1)
    areas = np.diff(rows, append=plane.shape[0])[:, None] * np.diff(columns, append=plane.shape[1])[None, :]
    means: NDArray[np.float64] = sums / areas
    return means


def starts(length: int, side: int, step: int) -> NDArray[np.intp]:
    """Return the first sample of each cell along one side."""
    return np.arange(0, length * step, side) // step


EFFECT = Effect(name="ascii_art", group="look", params=Params, pixel_formats=YUV_FORMATS, frame=frame)
