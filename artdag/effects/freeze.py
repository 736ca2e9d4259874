"""Stop for a while: the picture stands still, then the clip goes on.

The frame seen at *at_s* (the nearest one of the grid; the last one where the clip ends before) stands *for_s* longer
than it did, and everything after it comes later by that much, so the clip becomes longer. Sound is silent meanwhile
and goes on where it stopped, so that picture and sound keep together; it falls and rises within 10 ms before and after
the silence, so that nothing clicks. Opacity stays. A still stands already and stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

import numpy as np

from artdag.codec.stream import Media, Samples
from artdag.codec.timeline import Remapped, Silence, SoundCut, SoundJoined, SoundMapped, Span
from artdag.effect import Effect, Input
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape, VideoShape, frame_at, samples_at
from artdag.params import Constant, Range

FADE = SAMPLE_RATE // 100
"""Samples in which sound falls and rises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    at_s: Annotated[float, Range(0, 86_400, "s"), Constant("decides the length"), "When the picture stops."] = 0.5
    for_s: Annotated[float, Range(0, 60, "s"), Constant("decides the length"), "How long it stands still."] = 2.0


def place(params: Params, video: VideoShape) -> tuple[int, int]:
    """Return the frame that stands, and how many frames longer than it did."""
    at = min(frame_at(params.at_s, video.frame_rate), video.frame_count - 1)
    return at, frame_at(params.for_s, video.frame_rate)


def gives(params: Params, shapes: tuple[Shape, ...]) -> Shape:
    shape = shapes[0]
    if shape.kind is Kind.IMAGE:
        return shape
    assert shape.video is not None
    _, longer = place(params, shape.video)
    video = replace(shape.video, frame_count=shape.video.frame_count + longer)
    return replace(shape, video=video, sound=SoundShape(sample_count=video.sample_count) if shape.sound else None)


def streams(inputs: tuple[Media, ...], params: Params, shape: Shape) -> Media:
    (media,) = inputs
    if shape.kind is Kind.IMAGE:
        return media
    video, sound = media.video, media.sound
    assert video is not None
    assert shape.video is not None
    at, longer = place(params, video.shape)
    picture = Remapped(video, shape.video, lambda index: index if index <= at else max(at, index - longer))
    if sound is None or not longer:
        return replace(media, video=picture)
    rate, count = shape.video.frame_rate, shape.video.sample_count
    begin, end = samples_at(at, rate), samples_at(at + longer, rate)
    parts = [SoundCut(sound, 0, begin), Silence(end - begin), SoundCut(sound, begin, count - end)]
    joined = SoundJoined(parts, [Span(0, begin), Span(begin, end), Span(end, count)])
    return Media(video=picture, sound=SoundMapped(joined, partial(faded, begin, end)))


def faded(begin: int, end: int, block: Samples, first: int) -> Samples:
    """Return *block*, heard from sample *first* on, falling before the silence *begin* to *end* and rising after it."""
    index = np.arange(first, first + block.shape[1])
    away = np.maximum(begin - index, index - end + 1)
    return np.asarray(block * np.minimum(1, np.maximum(0, away) / FADE), np.float32)


def same_as(params: Params) -> str | None:
    return "input" if params.for_s == 0 else None


EFFECT = Effect(
    name="freeze",
    group="time",
    params=Params,
    inputs=(Input("input", (Kind.VIDEO, Kind.IMAGE)),),
    streams=streams,
    gives=gives,
    same_as=same_as,
    cost_class="light",
)
