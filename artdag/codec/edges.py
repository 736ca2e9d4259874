"""Slopes of a picture: how luma changes to the right and downwards at every pixel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Plane
from artdag.codec.lookup import bands

Slope = NDArray[np.int16]


def slopes(plane: Plane, reach: int = 1) -> Iterator[tuple[slice, Slope, Slope]]:
    """Yield, band by band, the rows and their Sobel gradients to the right and down.

    The three by three samples lie *reach* pixels apart; beyond the sides the border repeats. A step of h, seen along
    it, gives 4 h; both are in -1020..1020.
    """
    height, width = plane.shape
    for band in bands(height):
        rows = np.clip(np.arange(band.start - reach, band.stop + reach), 0, height - 1)
        value = np.empty((len(rows), width + 2 * reach), np.int16)
        value[:, reach:-reach] = plane[rows]
        value[:, :reach], value[:, -reach:] = value[:, reach : reach + 1], value[:, -reach - 1 : -reach]
        middle = slice(reach, -reach)
        across = value[middle] * np.int16(2)
        across += value[: -2 * reach]
        across += value[2 * reach :]
        down = value[2 * reach :] - value[: -2 * reach]
        below = down[:, middle] * np.int16(2)
        below += down[:, : -2 * reach]
        below += down[:, 2 * reach :]
        yield band, across[:, 2 * reach :] - across[:, : -2 * reach], below


def strength(right: Slope, down: Slope) -> NDArray[np.uint16]:
    """Return the length of the gradient / 4 within 5 %, so that a step of h gives h whichever way it lies.

    0.97 of the larger part and 0.41 of the smaller: the usual stand-in for the square root.
    """
    across, along = np.abs(right).view(np.uint16), np.abs(down).view(np.uint16)
    larger = np.maximum(across, along)
    smaller = np.minimum(across, along)
    larger *= np.uint16(31)
    smaller *= np.uint16(13)
    larger += smaller  # at most 1020 × 44: within 16 bits
    larger >>= np.uint16(7)
    return larger
