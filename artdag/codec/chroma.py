"""Colour of YUV pictures worked out from luma or from R, G, B: BT.709, limited range, samples sited as in 4:2:0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import SUBSAMPLED, Frame, Plane

WEIGHTS = np.array([0.2126, 0.7152, 0.0722])
"""Of R, G and B in luma."""
BLUE_SPAN, RED_SPAN = 1.8556, 1.5748
"""What B - Y and R - Y are divided by to become U and V in -0.5..0.5."""


def yuv_of(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the code values Y, U, V, not rounded, of colours (…, 3) given in 0..1."""
    luma = rgb @ WEIGHTS
    u, v = (rgb[..., 2] - luma) / BLUE_SPAN, (rgb[..., 0] - luma) / RED_SPAN
    return np.stack([16 + 219 * luma, 128 + 224 * u, 128 + 224 * v], axis=-1)


def halved(plane: Plane) -> Plane:
    """Return the mean of every two by two pixels; the last row or column of an odd size counts twice."""
    height, width = plane.shape
    if height % 2 or width % 2:
        plane = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    rows = plane[::2].astype(np.uint16) + plane[1::2]
    mean: Plane = ((rows[:, ::2] + rows[:, 1::2] + 2) >> 2).astype(np.uint8)
    return mean


def at_chroma(plane: Plane, picture: Frame) -> Plane:
    """Return *plane*, as large as the picture's luma, at the places of its chroma samples."""
    return halved(plane) if picture.pixel_format in SUBSAMPLED else plane


def at_luma(plane: Plane, picture: Frame) -> Plane:
    """Return *plane*, as large as the picture's chroma, at the places of its luma samples, linearly between."""
    return doubled(plane, picture.height, picture.width) if picture.pixel_format in SUBSAMPLED else plane


def doubled(plane: Plane, height: int, width: int) -> Plane:
    """Return *plane* twice as large, cut to *height* and *width*: each sample 3/4 of the nearer, 1/4 of the farther."""
    tall = _between(plane.astype(np.uint16), 0)[:height]
    wide = _between(tall, 1)[:, :width]
    wide += np.uint16(8)
    wide >>= 4
    return wide.astype(np.uint8)


def _between(values: NDArray[np.uint16], axis: int) -> NDArray[np.uint16]:
    """Return four times the values at a quarter before and after each sample along *axis*; the borders repeat."""
    length = values.shape[axis]
    index = np.arange(length)
    before = np.take(values, np.maximum(index - 1, 0), axis=axis)
    after = np.take(values, np.minimum(index + 1, length - 1), axis=axis)
    shape = list(values.shape)
    shape[axis] *= 2
    result = np.empty(shape, np.uint16)
    even, odd = (slice(None),) * axis + (slice(0, None, 2),), (slice(None),) * axis + (slice(1, None, 2),)
    threefold = values * np.uint16(3)
    np.add(threefold, before, out=result[even])
    np.add(threefold, after, out=result[odd])
    return result


def keep_alpha(picture: Frame, result: Frame) -> None:
    """Copy the opacity of a YUV picture, where it has one."""
    if len(picture.planes) == 4:
        result.planes[3][...] = picture.planes[3]
