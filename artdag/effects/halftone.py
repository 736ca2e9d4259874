"""Print the picture in dots, in three inks or in one, as newspapers and comics are.

A screen of dots *size* pixels apart, turned by *degrees*, has at each pixel the height F of a smooth hill per dot,
spread so that a share d of the screen lies below F = d. Where the picture is darker than F there is ink: what is d dark
gets a share d of ink, with edges one pixel soft. *colored* prints cyan, magenta and yellow on white, for what the
picture lacks of red, green and blue, with their screens turned by 15°, 75° and 0° more; else BT.709 luma is printed in
*ink* on *paper*. Opacity stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, Moment, Plane
from artdag.codec.lookup import bands, by_bands
from artdag.effect import Effect
from artdag.params import Color, Range

ANGLES = (15.0, 75.0, 0.0)
"""Of the screens of cyan, magenta and yellow."""
FINE = 256
"""Samples along each side of the dot that its spread is worked out with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    size: Annotated[float, Range(2, 100, "px"), "From one dot to the next."] = 8.0
    degrees: Annotated[float, Range(-360, 360, "°"), "How the dots are turned."] = 15.0
    colored: Annotated[bool, "Three inks; else one."] = True
    ink: Annotated[Color, "Of the dots, where there is one ink."] = Color("#1b1b2a")
    paper: Annotated[Color, "Behind them, where there is one ink."] = Color("#f6efe0")


def hill(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the height at a place of the screen, in dots: 0 in the middle of a dot, 1 between four of them."""
    return (2 - np.cos(2 * np.pi * p) - np.cos(2 * np.pi * q)) / 4


@lru_cache(maxsize=1)
def spread() -> NDArray[np.float64]:
    """Return 1025 heights of the hill in 0..1 -> the share of the screen that lies below."""
    side = (np.arange(FINE) + 0.5) / FINE
    heights = np.sort(hill(side[None, :], side[:, None]).ravel())
    return np.searchsorted(heights, np.linspace(0, 1, 1025)) / FINE**2


def hardness(size: float) -> float:
    """Return by how much F rises over one pixel, turned over: it makes edges one pixel soft."""
    return min(size / 2, 60)


@lru_cache(maxsize=6)
def screen(width: int, height: int, size: float, degrees: float) -> Callable[[slice], NDArray[np.int16]]:
    """Return what gives F at every pixel of some rows, times 255 × hardness."""
    turn = math.radians(degrees)
    x = (np.arange(width) + 0.5 - width / 2)[None, :] / size

    def heights(rows: slice) -> NDArray[np.int16]:
        y = (np.arange(rows.start, rows.stop) + 0.5 - height / 2)[:, None] / size
        height_there = hill(x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn))
        share = np.interp(height_there, np.linspace(0, 1, 1025), spread())
        rounded: NDArray[np.int16] = np.rint(255 * hardness(size) * share - 1e-6).astype(np.int16)
        return rounded

    return by_bands(width, height, heights)


@lru_cache(maxsize=64)
def paper_left(size: float) -> NDArray[np.int16]:
    """Return value -> 255 - (the height up to which there is ink, in the screen's measure)."""
    k = hardness(size)
    dark, soft = 1 - np.arange(256) / 255, 0.5 / k
    # ink = clip(k (reach - F) + 1/2, 0, 1) has the mean "dark" over all F, near its ends too, where edges are cut off
    reach = np.where(dark < soft, np.sqrt(2 * dark / k) - soft, dark)
    reach = np.where(dark > 1 - soft, 1 + soft - np.sqrt(2 * (1 - dark) / k), reach)
    left: NDArray[np.int16] = np.rint(255 * (0.5 - k * reach)).astype(np.int16)
    return left


def printed(values: Plane, heights: NDArray[np.int16], table: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return how much paper is seen, 0..255."""
    left = np.take(table, values, mode="clip")
    left += heights
    return np.clip(left, 0, 255, out=left)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    source, target = picture.planes[0], result.planes[0]
    table = paper_left(params.size)
    inks = [ramp(ink, paper) for ink, paper in zip(params.ink.rgb, params.paper.rgb, strict=True)]
    angles = ANGLES if params.colored else (0.0,)
    screens = [screen(picture.width, picture.height, params.size, params.degrees + angle) for angle in angles]
    for rows in bands(picture.height):
        if params.colored:
            for channel, heights in enumerate(screens):
                target[rows, :, channel] = printed(source[rows, :, channel], heights(rows), table)
        else:
            left = printed(luma(source[rows]), screens[0](rows), table)
            for channel, ink in enumerate(inks):
                target[rows, :, channel] = np.take(ink, left, mode="clip")
    target[..., 3:] = source[..., 3:]
    return result


def ramp(ink: int, paper: int) -> Plane:
    """Return how much paper is seen -> the value between ink and paper."""
    values: Plane = np.rint(ink + (paper - ink) * np.arange(256) / 255).astype(np.uint8)
    return values


def luma(rgb: Plane) -> Plane:
    """Return BT.709 luma, 0..255, in weights of 1/256."""
    total = rgb[..., 0] * np.uint16(54) + rgb[..., 1] * np.uint16(183) + rgb[..., 2] * np.uint16(19)
    total += np.uint16(128)
    value: Plane = (total >> np.uint16(8)).astype(np.uint8)
    return value


EFFECT = Effect(name="halftone", group="look", params=Params, pixel_formats=("rgb24", "rgba"), frame=frame)
