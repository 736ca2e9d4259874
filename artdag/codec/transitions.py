"""What is seen while one clip gives way to the next: functions of (leaving, entering, share of the entering one).

A direction is that in which the picture, or its edge, moves: at ``wipe_left`` and ``slide_left`` the entering clip
comes from the right.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import yuv_of
from artdag.codec.frame import HAS_ALPHA, IS_RGB, SUBSAMPLED, Frame, Plane
from artdag.codec.lookup import bands
from artdag.codec.timeline import Mixer

Transition = Literal[
    "cut",
    "crossfade",
    "fade",
    "wipe_left",
    "wipe_right",
    "wipe_up",
    "wipe_down",
    "slide_left",
    "slide_right",
    "slide_up",
    "slide_down",
    "circle",
]
Direction = Literal["left", "right", "up", "down"]
Places = NDArray[np.float64]
"""Pixels from the left or upper side to the middle of each sample: (1, columns) or (rows, 1)."""

SOFTNESS = 180
"""The shorter side, divided by this, is how wide a soft edge is; 2 px at least."""


def mixer(name: Transition, background: str = "#000000") -> Mixer | None:
    """Return how the transition called *name* mixes two frames; None for a cut, which has none between.

    *background* (``#rrggbb``) is what a fade goes through.
    """
    mixers: dict[Transition, Mixer | None] = {
        "cut": None,
        "crossfade": crossfade,
        "fade": partial(fade, background=background),
        "wipe_left": partial(wipe, direction="left"),
        "wipe_right": partial(wipe, direction="right"),
        "wipe_up": partial(wipe, direction="up"),
        "wipe_down": partial(wipe, direction="down"),
        "slide_left": partial(slide, direction="left"),
        "slide_right": partial(slide, direction="right"),
        "slide_up": partial(slide, direction="up"),
        "slide_down": partial(slide, direction="down"),
        "circle": circle,
    }
    return mixers[name]


def crossfade(leaving: Frame, entering: Frame, share: float) -> Frame:
    """Return the weighted mean of two frames of one format, in steps of 1/256."""
    weight = np.uint16(round(share * 256))
    result = leaving.blank_like()
    for a, b, out in zip(leaving.planes, entering.planes, result.planes, strict=True):
        _mix(a, b, weight, out)
    return result


def fade(leaving: Frame, entering: Frame, share: float, background: str = "#000000") -> Frame:
    """Return the leaving clip going out into *background* in the first half, the entering one coming in after it."""
    picture, seen = (leaving, 1 - 2 * share) if share < 0.5 else (entering, 2 * share - 1)
    weight = np.uint16(round(seen * 256))
    result = picture.blank_like()
    for own, level, out in zip(picture.planes, _levels(background, picture.pixel_format), result.planes, strict=True):
        behind = level * (np.uint16(256) - weight) + np.uint16(128)
        out[...] = (own * weight + behind) >> np.uint16(8)
    return result


def _levels(color: str, pixel_format: str) -> list[NDArray[np.uint16]]:
    """Return the code values of a colour beside each plane: one, or one for each channel; opaque."""
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    if pixel_format == "gbrp":
        return [np.array(level, np.uint16) for level in (green, blue, red)]
    opaque = [255] * (pixel_format in HAS_ALPHA)
    if pixel_format in IS_RGB:
        return [np.array([red, green, blue, *opaque], np.uint16)]
    codes = np.rint(yuv_of(np.array([red, green, blue]) / 255))
    return [np.array(level, np.uint16) for level in (*codes, *opaque)]


def wipe(leaving: Frame, entering: Frame, share: float, direction: Direction) -> Frame:
    """Return the entering clip uncovered by a soft edge that crosses the picture."""
    width, height = leaving.width, leaving.height
    ways: dict[Direction, Callable[[Places, Places], Places]] = {
        "right": lambda x, y: x,
        "left": lambda x, y: width - x,
        "down": lambda x, y: y,
        "up": lambda x, y: height - y,
    }
    length = width if direction in ("left", "right") else height
    return _uncovered(leaving, entering, share, ways[direction], length)


def circle(leaving: Frame, entering: Frame, share: float) -> Frame:
    """Return the entering clip in a circle, soft at its edge, that opens from the middle to the corners."""
    middle_x, middle_y = leaving.width / 2, leaving.height / 2

    def from_middle(x: Places, y: Places) -> Places:
        across, down = x - middle_x, y - middle_y
        return np.asarray(np.sqrt(across * across + down * down))  # rounded as IEEE 754 says, unlike a hypotenuse

    return _uncovered(leaving, entering, share, from_middle, float(np.sqrt(middle_x**2 + middle_y**2)))


def _uncovered(
    leaving: Frame, entering: Frame, share: float, distance: Callable[[Places, Places], Places], length: float
) -> Frame:
    """Return the entering clip where *distance* (0 to *length*) lies before an edge, the leaving one behind it.

    At share 0 the edge lies before the picture, at 1 behind it; it is as wide as ``SOFTNESS`` says.
    """
    soft = max(2.0, min(leaving.width, leaving.height) / SOFTNESS)
    edge = share * (length + soft)
    result = leaving.blank_like()
    for index, (a, b, out) in enumerate(zip(leaving.planes, entering.planes, result.planes, strict=True)):
        step = 2 if leaving.pixel_format in SUBSAMPLED and index in {1, 2} else 1
        x, y = _middles(a.shape[1], step)[None, :], _middles(a.shape[0], step)[:, None]
        for rows in bands(len(a)):
            passed = np.clip((edge - distance(x, y[rows])) * (256 / soft) + 0.5, 0, 256)
            weight = passed.astype(np.uint16)
            _mix(a[rows], b[rows], weight if a.ndim == 2 else weight[..., None], out[rows])
    return result


def _middles(count: int, step: int) -> Places:
    return (np.arange(count, dtype=np.float64) + 0.5) * step


def _mix(a: Plane, b: Plane, weight: NDArray[np.uint16] | np.uint16, out: Plane) -> None:
    mixed = a * (np.uint16(256) - weight)
    mixed += b * weight
    mixed += np.uint16(128)
    mixed >>= np.uint16(8)
    out[...] = mixed


def slide(leaving: Frame, entering: Frame, share: float, direction: Direction) -> Frame:
    """Return the entering clip pushing the leaving one out, by an even number of pixels."""
    axis = 1 if direction in ("left", "right") else 0
    length = leaving.width if axis == 1 else leaving.height
    moved = min(length, int(share * length / 2 + 0.5) * 2)
    forth = direction in ("left", "up")
    first, second = (leaving, entering) if forth else (entering, leaving)
    begin = moved if forth else length - moved
    result = leaving.blank_like()
    for index, (a, b, out) in enumerate(zip(first.planes, second.planes, result.planes, strict=True)):
        step = 2 if leaving.pixel_format in SUBSAMPLED and index in {1, 2} else 1
        at = -(-begin // step)
        if axis == 1:
            out[:, : out.shape[1] - at], out[:, out.shape[1] - at :] = a[:, at:], b[:, :at]
        else:
            out[: len(out) - at], out[len(out) - at :] = a[at:], b[:at]
    return result
