"""One picture at a time in another size or colour model, by the exact scaler; see-through ones without fringes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from artdag.codec.frame import HAS_ALPHA, Frame, Plane, stamped
from artdag.codec.graph import EXACT, Filter, GraphLine, converted, pinned
from artdag.codec.premultiplied import premultiplied, straight
from artdag.media import VideoShape

_ONCE = Fraction(1)


def in_model(picture: Frame, pixel_format: str) -> Frame:
    """Return *picture* in another pixel format, both with opacity or both without."""
    if picture.pixel_format == pixel_format:
        return picture
    return _through(picture, converted(picture.pixel_format, pixel_format), pixel_format)


def scaled(picture: Frame, width: int, height: int) -> Frame:
    """Return *picture* in another size; see ``Scaler``."""
    return Scaler(picture).scaled(width, height)


class Scaler:
    """Makes one picture as large as is asked, again and again.

    Colours of a see-through picture count as much as they are seen: what is hidden in transparent parts does not
    come out at their edges.
    """

    def __init__(self, picture: Frame) -> None:
        self._picture = picture
        self._source: Frame | None = None  # what the filter gets, worked out when a first size is asked for

    def scaled(self, width: int, height: int) -> Frame:
        picture = self._picture
        if (picture.width, picture.height) == (width, height):
            return picture
        if self._source is None:
            self._source = premultiplied(picture)
        scale = Filter.of("scale", w=width, h=height, flags=EXACT)
        return straight(_through(self._source, [scale], picture.pixel_format))


def _through(picture: Frame, filters: Sequence[Filter], pixel_format: str) -> Frame:
    shape = VideoShape(
        width=picture.width,
        height=picture.height,
        pixel_format=picture.pixel_format,
        frame_rate=_ONCE,
        frame_count=1,
    )
    line = GraphLine(shape, (*filters, pinned(pixel_format)))
    (carrier,) = [*line.through(picture.carrier), *line.rest()]
    return Frame.over(stamped(carrier, 0, _ONCE))


def colours_of(picture: Frame) -> tuple[Plane, ...]:
    """Return Y, U and V, or R, G and B, each (height, width), of any pixel format."""
    if picture.planes[0].ndim == 3:
        return tuple(picture.planes[0][..., channel] for channel in range(3))
    if picture.pixel_format == "gbrp":
        green, blue, red = picture.planes
        return red, green, blue
    return picture.planes[:3]


def alpha_of(picture: Frame) -> Plane | None:
    """Return the opacity, 0..255; None where there is none."""
    if picture.pixel_format not in HAS_ALPHA:
        return None
    return picture.planes[0][..., 3] if picture.planes[0].ndim == 3 else picture.planes[3]
