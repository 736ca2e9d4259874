"""Streams made of arithmetic: every frame and every sample is known, and no file is needed."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np

from artdag.codec.frame import Frame, stamped
from artdag.codec.stream import Media, Samples, Sound, Video
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape, VideoShape


class Pattern(Video):
    """Moving stripes; every frame differs from every other."""

    def __init__(
        self,
        count: int = 10,
        *,
        width: int = 64,
        height: int = 48,
        rate: Fraction = Fraction(30),
        pixel_format: str = "yuv420p",
    ) -> None:
        self.shape = VideoShape(
            width=width, height=height, pixel_format=pixel_format, frame_rate=rate, frame_count=count
        )

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        for index in range(first, stop):
            yield stamped(self.picture(index).carrier, index, self.shape.frame_rate)

    def picture(self, index: int) -> Frame:
        frame = Frame.blank(self.shape.width, self.shape.height, self.shape.pixel_format)
        for number, plane in enumerate(frame.planes):
            y, x = np.mgrid[: plane.shape[0], : plane.shape[1]]
            stripes = (x * 3 + y * 5 + index * 7 + number * 40) % 200 + 20
            plane[:] = stripes[..., None] if plane.ndim == 3 else stripes
        return frame


class Flashes(Video):
    """Black, but for the frames in *lit*, which are white."""

    def __init__(self, count: int, lit: set[int], *, rate: Fraction = Fraction(30)) -> None:
        self.shape = VideoShape(width=64, height=48, pixel_format="yuv420p", frame_rate=rate, frame_count=count)
        self._lit = lit

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        for index in range(first, stop):
            frame = Frame.blank(self.shape.width, self.shape.height, "yuv420p")
            frame.planes[0][:] = 235 if index in self._lit else 16
            for plane in frame.planes[1:]:
                plane[:] = 128
            yield stamped(frame.carrier, index, self.shape.frame_rate)


class Wave(Sound):
    """A sine of *frequency_hz*, or the samples that are given."""

    def __init__(self, count: int, *, frequency_hz: float = 440.0, samples: Samples | None = None) -> None:
        self.shape = SoundShape(sample_count=count)
        times = np.arange(count) / SAMPLE_RATE
        sine = (0.4 * np.sin(2 * np.pi * frequency_hz * times)).astype(np.float32)
        self.all = np.stack([sine, -sine]) if samples is None else samples

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        for begin in range(first, stop, 1000):
            yield self.all[:, begin : min(begin + 1000, stop)]


def clip(video: Video, *, sound: bool = True) -> tuple[Media, Shape]:
    """Return *video*, with a tone as long as it is where *sound* says so, and its shape."""
    tone = Wave(video.shape.sample_count) if sound else None
    shape = Shape(kind=Kind.VIDEO, video=video.shape, sound=tone.shape if tone else None)
    return Media(video=video, sound=tone), shape
