"""Pictures drawn from sound: its samples around each moment, shapes that stand in columns, and their colours.

Whatever is measured of the sound has a whole number of its own, counted from its beginning, and depends on nothing
else: so a frame is the same whatever was drawn before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import halved, yuv_of
from artdag.codec.composite import mixed
from artdag.codec.drawing import flat, specks
from artdag.codec.frame import Frame, Plane, stamped
from artdag.codec.grid import STANDARD_RATES
from artdag.codec.lookup import bands
from artdag.codec.stream import Media, Samples, Sound, Video
from artdag.codec.timeline import Silence
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape, VideoShape
from artdag.params import Color

Row = NDArray[np.float32]
"""One value for each column of a picture."""

MOST_WIDE, MOST_HIGH = 4096, 4096
_NEAR_HZ = 0.006
"""So near to a standard frame rate, that one is meant: 29.97 is 30000/1001."""


def rate_of(frame_rate: float) -> Fraction:
    """Return the exact rate that a number in a recipe means."""
    near = [rate for rate in STANDARD_RATES if abs(float(rate) - frame_rate) < _NEAR_HZ]
    return near[0] if near else Fraction(frame_rate).limit_denominator(1001)


def picture_shape(source: Shape, width: int, height: int, frame_rate: float, *, see_through: bool) -> Shape:
    """Return the shape of a clip that is drawn from *source* and lasts as long, up to a whole frame."""
    rate = rate_of(frame_rate)
    count = max(1, -(-_sample_count(source) * rate.numerator // (SAMPLE_RATE * rate.denominator)))
    video = VideoShape(
        width=width,
        height=height,
        pixel_format="yuva420p" if see_through else "yuv420p",
        frame_rate=rate,
        frame_count=count,
    )
    return Shape(kind=Kind.VIDEO, video=video, sound=SoundShape(sample_count=video.sample_count))


def _sample_count(source: Shape) -> int:
    if source.sound is not None:
        return source.sound.sample_count
    assert source.video is not None
    return source.video.sample_count


def heard(media: Media) -> Sound:
    """Return the sound of *media*, or silence as long as its picture."""
    if media.sound is not None:
        return media.sound
    assert media.video is not None
    return Silence(media.video.shape.sample_count)


Painter = Callable[[int], Frame]
"""Number of a frame -> the frame; asked for one after the other."""


class Drawn(Video):
    """Frames that are painted from a sound: *painter* makes what paints one range of them."""

    def __init__(self, sound: Sound, painter: Callable[[Passing], Painter], shape: VideoShape) -> None:
        self._sound = sound
        self._painter = painter
        self.shape = shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        paint = self._painter(Passing(self._sound))
        for index in range(first, stop):
            yield stamped(paint(index).carrier, index, self.shape.frame_rate)


class Passing:
    """The samples of a sound, asked for in ranges that may overlap and never begin earlier than the last one did."""

    def __init__(self, sound: Sound) -> None:
        self._sound = sound
        self._source: Iterator[Samples] | None = None
        self._kept = np.zeros((2, 0), np.float32)
        self._start = 0
        """Of what is kept."""

    def between(self, low: int, high: int) -> Samples:
        """Return the samples *low* ≤ i < *high*, silent before the sound's beginning and behind its end."""
        count = self._sound.shape.sample_count
        begin, end = min(max(low, 0), count), max(0, min(high, count))
        if self._source is None:
            self._start, self._source = begin, iter(self._sound.samples(begin, count))
        parts = [self._kept]
        have = self._start + self._kept.shape[1]
        while have < end:
            part = next(self._source)
            parts.append(part)
            have += part.shape[1]
        whole = np.concatenate(parts, axis=1)
        self._kept = whole[:, max(0, begin - self._start) :]
        self._start = max(begin, self._start)
        found = np.zeros((2, high - low), np.float32)
        if begin < end:
            found[:, begin - low : end - low] = self._kept[:, begin - self._start : end - self._start]
        return found


class Marching:
    """Measurements by whole numbers, asked for in ranges that move forward: each is worked out once."""

    def __init__(self, measure: Callable[[int, int], NDArray[Any]]) -> None:
        self._measure = measure
        self._first = 0
        self._values: NDArray[Any] | None = None

    def between(self, first: int, stop: int) -> NDArray[Any]:
        """Return the measurements *first* ≤ i < *stop*, along the first axis."""
        have = 0 if self._values is None else self._first + len(self._values)
        if self._values is None or first >= have:
            self._values = self._measure(first, stop)
        else:
            kept = self._values[first - self._first :]
            self._values = np.concatenate([kept, self._measure(have, stop)]) if stop > have else kept
        self._first = first
        return self._values[: stop - first]


def spans(top: Row, bottom: Row, weight: Row, height: int) -> Plane:
    """Return coverage, 0..255: in each column the part of each pixel between *top* and *bottom*, times *weight*."""
    coverage = np.zeros((height, len(top)), np.uint8)
    strength = weight * np.float32(255)
    for rows in bands(height):
        if top.min() >= rows.stop or bottom.max() <= rows.start:
            continue
        y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        share = np.minimum(bottom, y + 1)
        share -= np.maximum(top, y)
        np.clip(share, 0, 1, out=share)
        share *= strength
        coverage[rows] = np.rint(share, out=share)
    return coverage


def stadium(
    centers: NDArray[Any], extents: tuple[NDArray[Any], NDArray[Any]], pitch: float, width: int
) -> tuple[Row, Row, Row]:
    """Return how far bars with round ends reach in each column: before, behind and how much of the column they cover.

    Args:
        centers: of the bars along the row of columns, *pitch* apart, ascending.
        extents: from the middle line to one end of each and to the other, 0 or more, but taken as half a bar's width
            at least.
        pitch: columns from one bar to the next.
        width: columns.
    """
    radius = pitch * 0.31
    column = np.arange(width)
    place = np.clip(np.rint((column + 0.5 - centers[0]) / pitch).astype(np.intp), 0, len(centers) - 1)
    away = column + 0.5 - centers[place]
    cover = np.clip(np.minimum(away + 0.5, radius) - np.maximum(away - 0.5, -radius), 0, 1)
    cap = np.sqrt(np.maximum(radius**2 - away**2, 0)) - radius
    reaches = [np.maximum(extent, radius)[place] + cap for extent in extents]
    before, behind, weight = (values.astype(np.float32) for values in (*reaches, cover))
    return before, behind, weight


class Brush:
    """Paints coverage in a colour, or in one that changes from row to row, on a background or on nothing."""

    def __init__(
        self, shape: VideoShape, color: Color, color2: Color | None, background: Color | None, ramp: NDArray[np.float64]
    ) -> None:
        """Make ready.

        Args:
            shape: of the picture; see-through where there is no background.
            color: of the shapes where *ramp* is 0.
            color2: where it is 1; None: one colour everywhere.
            background: None for nothing.
            ramp: one value for each row, 0..1.
        """
        self._shape, self._color, self._background = shape, color, background
        size = (shape.width, shape.height, shape.pixel_format)
        self._plain = color2 is None
        self._paint = flat(*size, color) if color2 is None else _graded(shape, color, color2, ramp)
        self._ground = self._paint if background is None else flat(*size, background)

    def __call__(self, coverage: Plane) -> Frame:
        shape = self._shape
        if self._background is not None and self._plain:
            return specks(shape.width, shape.height, shape.pixel_format, (self._background, self._color), coverage)
        frame = Frame.blank(shape.width, shape.height, shape.pixel_format)
        if self._background is None:
            for out, plane in zip(frame.planes[:3], self._paint.planes, strict=False):
                out[...] = plane
            frame.planes[3][...] = coverage
            return frame
        thin = halved(coverage)
        for number, out in enumerate(frame.planes):
            share = thin if number else coverage
            mixed(self._ground.planes[number], self._paint.planes[number], share, out)
        return frame


def _graded(shape: VideoShape, color: Color, color2: Color, ramp: NDArray[np.float64]) -> Frame:
    frame = Frame.blank(shape.width, shape.height, shape.pixel_format)
    start, end = (np.array(one.rgb) / 255 for one in (color, color2))
    rows = np.rint(yuv_of(start + (end - start) * ramp[:, None]))
    frame.planes[0][...] = rows[:, :1]
    for number in (1, 2):
        frame.planes[number][...] = rows[::2, number : number + 1]
    return frame
