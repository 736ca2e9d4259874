"""Pictures made from nothing: colours, boxes, gradients and specks, in YUV or RGB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import cos, radians, sin

import av
import numpy as np
from numpy.typing import NDArray

from artdag.codec.bordered import color_values
from artdag.codec.chroma import halved, yuv_of
from artdag.codec.frame import PACKED, SUBSAMPLED, Frame, Plane, stamped
from artdag.codec.lookup import bands, looked_up
from artdag.codec.stream import Video
from artdag.media import VideoShape
from artdag.params import Color


class Painted(Video):
    """Frames that a function of their number paints, each a new one."""

    def __init__(self, paint: Callable[[int], Frame], shape: VideoShape) -> None:
        self._paint = paint
        self.shape = shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        for index in range(first, stop):
            yield stamped(self._paint(index).carrier, index, self.shape.frame_rate)


def flat(width: int, height: int, pixel_format: str, color: Color) -> Frame:
    """Return a picture of one colour."""
    frame = Frame.blank(width, height, pixel_format)
    fill(frame, (0, 0, width, height), color)
    return frame


def fill(frame: Frame, box: tuple[int, int, int, int], color: Color) -> None:
    """Paint the *box* (left, top, right, bottom) of a writable frame; left and top are even where it is subsampled."""
    left, top, right, bottom = box
    for part, value, step in _parts(frame, color):
        part[top // step : -(-bottom // step), left // step : -(-right // step)] = value


def gradient(width: int, height: int, pixel_format: str, colors: tuple[Color, Color], degrees: float) -> Frame:
    """Return a picture that goes evenly from one colour to the other, each value rounded once.

    At 0° it does so from left to right, at 90° from top to bottom. The colours themselves are reached in the corners
    (at the borders, where it runs along them), so no part of the picture stays flat.
    """
    frame = Frame.blank(width, height, pixel_format)
    start, end = (_exact(color, pixel_format) for color in colors)
    across, down = cos(radians(degrees)), sin(radians(degrees))
    whole = abs(width * across) + abs(height * down)
    for number, (part, _, step) in enumerate(_parts(frame, colors[0])):
        x = (np.arange(part.shape[1]) + 0.5) * step - width / 2
        y = (np.arange(part.shape[0]) + 0.5) * step - height / 2
        span = end[number] - start[number]
        along = (x * (across / whole) * span + (start[number] + span / 2)).astype(np.float32)
        beside = (y * (down / whole) * span).astype(np.float32)
        low, high = sorted((start[number], end[number]))
        for rows in bands(len(part)):
            value = along[None, :] + beside[rows, None]
            np.clip(value, low, high, out=value)
            part[rows] = np.rint(value, out=value)
    return frame


def specks(width: int, height: int, pixel_format: str, colors: tuple[Color, Color], shares: Plane) -> Frame:
    """Return a picture whose pixels lie between two colours, as far as *shares* (height, width), 0..255, say."""
    frame = Frame.blank(width, height, pixel_format)
    start, end = (_exact(color, pixel_format) for color in colors)
    thin = halved(shares) if pixel_format in SUBSAMPLED else shares
    for number, (part, _, step) in enumerate(_parts(frame, colors[0])):
        table = np.rint(start[number] + (end[number] - start[number]) * np.arange(256) / 255).astype(np.uint8)
        part[...] = looked_up(table, shares if step == 1 else thin)
    return frame


def _exact(color: Color, pixel_format: str) -> NDArray[np.float64]:
    """Return the values of each plane or channel, not rounded; the fourth is opaque."""
    rgb = np.array(color.rgb, np.float64)
    return np.append(rgb if pixel_format in PACKED else yuv_of(rgb / 255), 255.0)


def _parts(frame: Frame, color: Color) -> Iterator[tuple[Plane, int, int]]:
    """Yield each plane, or channel of a packed format; what *color* is in it; how many pixels wide its samples are."""
    values = color_values(color, frame.pixel_format)
    if frame.pixel_format in PACKED:
        for channel in range(PACKED[frame.pixel_format]):
            yield frame.planes[0][..., channel], values[channel], 1
        return
    for number, plane in enumerate(frame.planes):
        yield plane, values[number], 2 if number in (1, 2) and frame.pixel_format in SUBSAMPLED else 1
