"""Play it several times, one after the other, with or without a crossfade.

With *crossfade_s* the end of each turn and the beginning of the next are seen and heard together for so long, never
more than half a turn, one giving way to the other in even steps; n frames with f of crossfade last
*count* × (n - f) + f frames. *seamless* lets the beginning of the first turn come out of the end of a turn too, and
ends where the next turn would begin, so that a player that repeats the result shows no seam: *count* × (n - f) frames,
even with a *count* of 1. A sound alone loops likewise. See-through parts weigh as much as they are seen. A still stays
as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated

import numpy as np

from artdag.codec.frame import Frame
from artdag.codec.mean import WHOLE, mean
from artdag.codec.retime import SoundReordered
from artdag.codec.stream import Media, Sound
from artdag.codec.timeline import Joined, SoundCut, SoundJoined, Span, cut, spans
from artdag.effect import Effect, Input
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape, frame_at, samples_at
from artdag.params import Constant, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    count: Annotated[int, Range(1, 100), Constant("decides the length"), "How many times it is played."] = 2
    crossfade_s: Annotated[
        float, Range(0, 60, "s"), Constant("decides the length"), "How long one turn gives way to the next."
    ] = 0.0
    seamless: Annotated[bool, "Let the end lead into the beginning, for players that repeat."] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """How turns lie on a grid, of frames or of samples."""

    turn: int
    """Length of one."""
    overlap: int
    count: int
    """Turns that are heard or seen, in part at least."""
    begin: int
    """What of them all comes before the result."""
    length: int
    """Of the result."""

    @classmethod
    def of(cls, params: Params, length: int, overlap: int) -> Turns:
        overlap = min(overlap, length // 2)
        step = length - overlap
        if params.seamless:
            return cls(turn=length, overlap=overlap, count=params.count + 1, begin=step, length=params.count * step)
        whole = params.count * step + overlap
        return cls(turn=length, overlap=overlap, count=params.count, begin=0, length=whole)

    @property
    def spans(self) -> list[Span]:
        return spans([self.turn] * self.count, self.overlap)


def turns(params: Params, shape: Shape) -> Turns:
    """Return how the turns of *shape*, of its frames if it has any, lie."""
    if shape.video is not None:
        overlap = frame_at(params.crossfade_s, shape.video.frame_rate)
        return Turns.of(params, shape.video.frame_count, overlap)
    assert shape.sound is not None
    return Turns.of(params, shape.sound.sample_count, round(params.crossfade_s * SAMPLE_RATE))


def gives(params: Params, shapes: tuple[Shape, ...]) -> Shape:
    shape = shapes[0]
    if shape.kind is Kind.IMAGE:
        return shape
    length = turns(params, shape).length
    if shape.video is None:
        return replace(shape, sound=SoundShape(sample_count=length))
    video = replace(shape.video, frame_count=length)
    return replace(shape, video=video, sound=SoundShape(sample_count=video.sample_count) if shape.sound else None)


def streams(inputs: tuple[Media, ...], params: Params, shape: Shape) -> Media:
    (media,) = inputs
    if shape.kind is Kind.IMAGE:
        return media
    own = Shape(
        kind=shape.kind,
        video=media.video.shape if media.video is not None else None,
        sound=media.sound.shape if media.sound is not None else None,
    )
    laid = turns(params, own)
    if media.video is None:
        assert media.sound is not None
        return Media(sound=_heard(media.sound, laid, lambda index: index))
    rate = media.video.shape.frame_rate
    joined = Joined([media.video] * laid.count, overlap=laid.overlap, mix=crossfade)
    video = cut(joined, laid.begin, laid.length)
    sound = _heard(media.sound, laid, _samples_of(rate)) if media.sound is not None else None
    return Media(video=video, sound=sound)


def _samples_of(rate: Fraction) -> Callable[[int], int]:
    return lambda frame: samples_at(frame, rate)


def _heard(sound: Sound, laid: Turns, sample: Callable[[int], int]) -> Sound:
    """Return *sound* in turns; *sample* tells the first sample of each place on the grid they lie on."""
    places = [Span(sample(span.start), sample(span.stop)) for span in laid.spans]
    parts = [_lasting(sound, place.stop - place.start) for place in places]
    count = sample(laid.length)
    return SoundCut(SoundJoined(parts, places), sample(laid.begin + laid.length) - count, count)


def _lasting(sound: Sound, count: int) -> Sound:
    """Return *sound* made *count* samples long, which is one more or less where a turn of frames is no whole number."""
    own = sound.shape.sample_count
    if count <= own:
        return SoundCut(sound, 0, count)
    return SoundReordered(sound, lambda index: np.minimum(index, own - 1).astype(float), count)


def crossfade(leaving: Frame, entering: Frame, share: float) -> Frame:
    weight = round(share * WHOLE)
    return mean([leaving, entering], [WHOLE - weight, weight])


def same_as(params: Params) -> str | None:
    return "input" if params.count == 1 and not params.seamless else None


EFFECT = Effect(
    name="loop",
    group="time",
    params=Params,
    inputs=(Input("input", (Kind.VIDEO, Kind.IMAGE, Kind.AUDIO)),),
    streams=streams,
    gives=gives,
    same_as=same_as,
    cost_class="light",
)
