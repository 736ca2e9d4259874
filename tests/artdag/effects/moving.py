"""Clips in which every frame is known, for effects that go through time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import av
import numpy as np

from artdag.codec.frame import IS_RGB, Frame, stamped
from artdag.codec.stream import Media, Samples, Video
from artdag.media import Kind, Shape, VideoShape
from tests.artdag.codec.synthetic import Wave
from tests.artdag.effects.apply import filled
from tests.artdag.nodes.bench import Made

RATE = Fraction(25)


class Shown(Video):
    """The frames that *draw* gives by number."""

    def __init__(self, draw: Callable[[int], Frame], count: int, rate: Fraction = RATE) -> None:
        first = draw(0)
        self.shape = VideoShape(
            width=first.width,
            height=first.height,
            pixel_format=first.pixel_format,
            frame_rate=rate,
            frame_count=count,
        )
        self.draw = draw
        self.asked: list[tuple[int, int]] = []

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        self.asked.append((first, stop))
        for index in range(first, stop):
            yield stamped(self.draw(index).carrier, index, self.shape.frame_rate)


def a_clip(draw: Callable[[int], Frame], count: int, rate: Fraction = RATE, *, sound: Samples | None = None) -> Made:
    video = Shown(draw, count, rate)
    tone = None if sound is None else Wave(video.shape.sample_count, samples=sound)
    shape = Shape(kind=Kind.VIDEO, video=video.shape, sound=tone.shape if tone else None)
    return Made(Media(video=video, sound=tone), shape)


def grey(luma: int, width: int = 6, height: int = 4, pixel_format: str = "yuv444p") -> Frame:
    return filled(width, height, pixel_format, luma, 128, 128, *([255] if "a" in pixel_format else []))


def grain(width: int = 18, height: int = 14, pixel_format: str = "yuv420p") -> Callable[[int], Frame]:
    """Return what draws frames of noise: nothing is like it was before, and every code value comes up."""

    def draw(index: int) -> Frame:
        picture = Frame.blank(width, height, pixel_format)
        numbers = np.random.default_rng(index)
        for number, plane in enumerate(picture.planes):
            high = 256 if pixel_format in IS_RGB or number == 3 else 241
            plane[...] = numbers.integers(0, high, plane.shape)
        return picture

    return draw


def lumas(made: Made, first: int = 0, stop: int | None = None) -> list[int]:
    """Return the luma in the upper left corner of each frame."""
    video = made.media.video
    assert video is not None
    stop = video.shape.frame_count if stop is None else stop
    return [int(Frame.over(frame).planes[0].flat[0]) for frame in video.frames(first, stop)]


def noise(count: int) -> Samples:
    return np.random.default_rng(1).uniform(-0.9, 0.9, (2, count)).astype(np.float32)
