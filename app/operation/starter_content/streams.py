"""Streams over what is drawn and played here: frames by number, and a block of samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, stamped
from artdag.codec.stream import Samples, Sound, Video
from artdag.media import SoundShape, VideoShape


class Drawn(Video):
    """A clip whose frames are drawn when they are asked for."""

    def __init__(self, shape: VideoShape, draw: Callable[[int], Frame]) -> None:
        self.shape = shape
        self._draw = draw

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        for index in range(first, stop):
            yield stamped(self._draw(index).carrier, index, self.shape.frame_rate)


class Played(Sound):
    """Samples held in memory."""

    def __init__(self, samples: NDArray[np.float32]) -> None:
        self.shape = SoundShape(sample_count=samples.shape[1])
        self._samples = samples

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        yield self._samples[:, first:stop]


def clip(width: int, height: int, frame_rate: int, duration_s: int, draw: Callable[[int], Frame]) -> Drawn:
    """Return a clip of ``yuv420p`` frames."""
    shape = VideoShape(
        width=width,
        height=height,
        pixel_format="yuv420p",
        frame_rate=Fraction(frame_rate),
        frame_count=frame_rate * duration_s,
    )
    return Drawn(shape, draw)


def still(frame: Frame) -> Drawn:
    """Return a picture as a stream of its one frame."""
    shape = VideoShape(
        width=frame.width,
        height=frame.height,
        pixel_format=frame.pixel_format,
        frame_rate=Fraction(1),
        frame_count=1,
    )
    return Drawn(shape, lambda index: frame)
