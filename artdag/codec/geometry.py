"""Bringing pictures to a size: the arithmetic of boxes, and the filters that do it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal

from artdag.codec.frame import HAS_ALPHA, SUBSAMPLED
from artdag.codec.graph import EXACT, Filter, Filtered, converted, pinned
from artdag.codec.opaque import Opaque
from artdag.codec.stream import Video
from artdag.media import VideoShape

Mode = Literal["fit", "fill", "stretch", "pad"]


def even(value: float) -> int:
    """Return the nearest even number that is at least 2: chroma of 4:2:0 pictures has half the size."""
    return max(2, 2 * round(value / 2))


def inside(width: int, height: int, box_width: int, box_height: int) -> tuple[int, int]:
    """Return the largest even size of this aspect that fits the box."""
    scale = min(Fraction(box_width, width), Fraction(box_height, height))
    return min(even(float(width * scale)), even(box_width)), min(even(float(height * scale)), even(box_height))


def around(width: int, height: int, box_width: int, box_height: int) -> tuple[int, int]:
    """Return the smallest even size of this aspect that covers the box."""
    scale = max(Fraction(box_width, width), Fraction(box_height, height))
    return max(even(float(width * scale)), box_width), max(even(float(height * scale)), box_height)


def resized_shape(shape: VideoShape, width: int, height: int, mode: Mode) -> VideoShape:
    """Return what ``resized`` gives."""
    if mode == "fit":
        width, height = inside(shape.width, shape.height, width, height)
    return replace(shape, width=width, height=height)


def resized(video: Video, width: int, height: int, mode: Mode, background: str = "#000000") -> Video:
    """Return *video* in a size.

    Args:
        video: any size and format.
        width: of the box, even.
        height: of the box, even.
        mode: ``fit`` keeps the aspect inside the box (and may be smaller), ``fill`` covers the box and cuts what
            stands out evenly, ``stretch`` ignores the aspect, ``pad`` fits and fills the rest with *background*.
        background: ``#rrggbb``.
    """
    shape = video.shape
    target = resized_shape(shape, width, height, mode)
    if (shape.width, shape.height) == (target.width, target.height):
        return video
    filters: list[Filter] = []
    inner = (target.width, target.height)
    if mode == "fill":
        inner = around(shape.width, shape.height, width, height)
    elif mode == "pad":
        inner = inside(shape.width, shape.height, width, height)
    if inner != (shape.width, shape.height):
        filters += [Filter.of("scale", w=inner[0], h=inner[1], flags=EXACT), pinned(shape.pixel_format)]
    if mode == "fill" and inner != (width, height):
        x, y = (inner[0] - width) // 4 * 2, (inner[1] - height) // 4 * 2
        filters.append(Filter.of("crop", w=width, h=height, x=x, y=y, exact=1))
    if mode == "pad" and inner != (width, height):
        x, y = (width - inner[0]) // 4 * 2, (height - inner[1]) // 4 * 2
        filters.append(Filter.of("pad", width=width, height=height, x=x, y=y, color="0x" + background[1:]))
    return Filtered(video, filters, target)


def in_format(video: Video, pixel_format: str, background: str = "#000000") -> Video:
    """Return *video* in a pixel format; what is see-through and cannot stay so is laid on *background*."""
    if video.shape.pixel_format in HAS_ALPHA and pixel_format not in HAS_ALPHA:
        video = Opaque(video, background)
    if video.shape.pixel_format == pixel_format:
        return video
    filters = converted(video.shape.pixel_format, pixel_format)
    return Filtered(video, filters, replace(video.shape, pixel_format=pixel_format))


def nearest_format(have: str, offered: tuple[str, ...]) -> str:
    """Return the format among *offered* that keeps most of what *have* holds: itself, alpha, then full colour."""
    if have in offered:
        return have
    alpha, full = have in HAS_ALPHA, have not in SUBSAMPLED

    def loss(name: str) -> tuple[bool, bool]:
        return alpha and name not in HAS_ALPHA, full and name in SUBSAMPLED

    return min(offered, key=loss)
