"""Clips and stills of one colour: what becomes of them can be worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from artdag.codec.frame import Frame
from artdag.codec.stream import Media
from artdag.media import Kind, Shape
from tests.artdag.codec.synthetic import Pattern
from tests.artdag.effects.apply import filled
from tests.artdag.nodes.bench import Made


class Colours(Pattern):
    """Frames of one colour each: frame i is ``colours[i]``, code values of its planes or channels."""

    def __init__(self, *colours: tuple[int, ...], **shape: Any) -> None:
        super().__init__(len(colours), **{"width": 16, "height": 12, "rate": Fraction(25), **shape})
        self.colours = colours

    def picture(self, index: int) -> Frame:
        return filled(self.shape.width, self.shape.height, self.shape.pixel_format, *self.colours[index])


def plain(*colours: tuple[int, ...], **shape: Any) -> Made:
    video = Colours(*colours, **shape)
    return Made(Media(video=video), Shape(kind=Kind.VIDEO, video=video.shape))


def still(colour: tuple[int, ...], pixel_format: str = "rgb24", **shape: Any) -> Made:
    video = Colours(colour, pixel_format=pixel_format, **{**shape, "rate": Fraction(1)})
    return Made(Media(video=video), Shape(kind=Kind.IMAGE, video=video.shape))


def shown(item: Made, index: int = 0) -> Frame:
    video = item.media.video
    return Frame.over(next(iter(video.frames(index, index + 1))))


def grey(level: int) -> tuple[int, int, int]:
    return level, 128, 128


def lumas(item: Made) -> list[int]:
    count = item.shape.video.frame_count
    return [int(Frame.over(frame).planes[0][0, 0]) for frame in item.media.video.frames(0, count)]
