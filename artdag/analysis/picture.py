"""One pass over a clip: how much each frame differs from those before it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame
from artdag.codec.geometry import in_format, inside, resized
from artdag.codec.stream import Video

Whole = NDArray[np.int64]

UNIT = 1000
"""Whole numbers in one code value of luma."""
LAGS = 3
"""Each frame is compared with so many before it."""
_BOX = 80
"""Pixels of the longer side of the small pictures that are compared."""
_ROWS, _COLUMNS = 5, 8
"""Fields of a small picture."""
_DIFFERENT = 3 * UNIT
"""Difference from which on a field counts as another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Differences between frames, in thousandths of a code value; 0 where there is no frame to compare with."""

    frame_rate: Fraction
    luma: Whole
    """(n,): mean absolute difference of luma, pixel by pixel, from the frame before."""
    pixels: Whole
    """(n,): the same with half of that of both chroma planes."""
    fields: Whole
    """(LAGS, n): the same, but of the sorted pixels of each of 5 × 8 fields, from 1, 2 and 3 frames before. What moves
    within a field does not count."""
    others: Whole
    """(n,): per cent of the fields that differ from the frame before."""


def watch(video: Video) -> Seen:
    """Return the differences, in one pass that holds four small pictures."""
    count = video.shape.frame_count
    luma, pixels, others = (np.zeros(count, np.int64) for _ in range(3))
    fields = np.zeros((LAGS, count), np.int64)
    before: deque[_Picture] = deque(maxlen=LAGS)
    for index, carrier in enumerate(_small(video).frames(0, count)):
        picture = _Picture.of(Frame.over(carrier))
        for lag, earlier in enumerate(before):
            by_field = picture.by_field(earlier)
            fields[lag, index] = by_field.sum() // by_field.size
            if lag == 0:
                luma[index], pixels[index] = picture.by_pixel(earlier)
                others[index] = 100 * np.count_nonzero(by_field >= _DIFFERENT) // by_field.size
        before.appendleft(picture)
    return Seen(frame_rate=video.shape.frame_rate, luma=luma, pixels=pixels, fields=fields, others=others)


def _small(video: Video) -> Video:
    shape = video.shape
    if max(shape.width, shape.height) > _BOX:
        video = resized(video, *inside(shape.width, shape.height, _BOX, _BOX), "stretch")
    return in_format(video, "yuv444p")


@dataclass(frozen=True, slots=True)
class _Picture:
    """A small picture, and the same with the pixels of each field in order."""

    planes: NDArray[np.int16]
    """(3, height, width)."""
    sorted: NDArray[np.int16]
    """(3, fields, pixels of a field)."""

    @classmethod
    def of(cls, frame: Frame) -> _Picture:
        planes = np.stack(frame.planes)
        _, height, width = planes.shape
        rows, columns = min(_ROWS, height), min(_COLUMNS, width)
        tall, wide = height // rows, width // columns
        split = planes[:, : rows * tall, : columns * wide].reshape(3, rows, tall, columns, wide)
        fields = split.transpose(0, 1, 3, 2, 4).reshape(3, rows * columns, tall * wide)
        return cls(planes.astype(np.int16), np.sort(fields, axis=2).astype(np.int16))

    def by_pixel(self, other: _Picture) -> tuple[int, int]:
        """Return the difference of luma, and that with half of both chroma planes."""
        y, u, v = np.abs(self.planes - other.planes).sum(axis=(1, 2), dtype=np.int64).tolist()
        size = self.planes[0].size
        return y * UNIT // size, (2 * y + u + v) * UNIT // (2 * size)

    def by_field(self, other: _Picture) -> Whole:
        """Return the difference of each field, luma with half of both chroma planes."""
        y, u, v = np.abs(self.sorted - other.sorted).sum(axis=2, dtype=np.int64)
        return np.asarray((2 * y + u + v) * UNIT // (2 * self.sorted.shape[2]))
