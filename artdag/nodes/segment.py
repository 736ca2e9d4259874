"""A part of a clip: from *offset* for *duration*, or from *start* to *end*; exact to the frame and the sample.

With `precise: false` it begins and ends at the nearest key frames of a clip that comes straight from one file, so that
whole groups of pictures are copied into a result that copies at all. Where none are known, it is exact.

A still is held as long as *duration* says, at 25 frames per second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from artdag.codec.stream import Media
from artdag.codec.timeline import SoundCut, cut, held
from artdag.effect import Effect, EffectCatalog
from artdag.errors import ParameterError
from artdag.media import SAMPLE_RATE, STILL_RATE, Kind, Shape, SoundShape, frame_at, samples_at
from artdag.node_type import ALL_KINDS, Building, Excerpt, Nearest, NodeType, Place, Settled, Slots
from artdag.params import Constant, Range

_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    offset: Annotated[
        float | None, Range(0, _DAY_S, "s"), Constant("decides the length"), "Where it begins (default 0)."
    ] = None
    duration: Annotated[
        float | None,
        Range(0.001, _DAY_S, "s"),
        Constant("decides the length"),
        "How long it lasts; to the end without.",
    ] = None
    start: Annotated[
        float | None, Range(0, _DAY_S, "s"), Constant("decides the length"), "Another word for offset."
    ] = None
    end: Annotated[
        float | None, Range(0.001, _DAY_S, "s"), Constant("decides the length"), "Where it ends, instead of a duration."
    ] = None
    precise: Annotated[bool, "Exact to the frame; false: from key frame to key frame, the nearest ones."] = True


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=1, maximum=1, kinds=(ALL_KINDS,), gives=ALL_KINDS)


def check(config: Config, effects: EffectCatalog) -> None:
    if config.offset is not None and config.start is not None:
        raise ParameterError("SEGMENT takes 'offset' or 'start', not both")
    if config.duration is not None and config.end is not None:
        raise ParameterError("SEGMENT takes 'duration' or 'end', not both")


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    begin_s = config.offset if config.offset is not None else config.start or 0.0
    end_s = config.end if config.duration is None else begin_s + config.duration
    (shape,) = inputs
    if shape.kind is Kind.IMAGE:
        return _held(shape, begin_s, end_s)
    if shape.video is not None:
        rate, length = shape.video.frame_rate, shape.video.frame_count
        first = frame_at(begin_s, rate)
        stop = length if end_s is None else min(length, frame_at(end_s, rate))
    else:
        assert shape.sound is not None
        length = shape.sound.sample_count
        first = round(begin_s * SAMPLE_RATE)
        stop = length if end_s is None else min(length, round(end_s * SAMPLE_RATE))
    if first >= length:
        whole = (shape.video or shape.sound).duration_s  # type: ignore[union-attr]  # one of them is there
        raise ParameterError(f"SEGMENT begins at {begin_s:g} s, but the clip ends at {whole:g} s")
    if stop <= first:
        raise ParameterError(f"SEGMENT from {begin_s:g} s to {end_s:g} s holds nothing: it must end after it begins")
    return _part(shape, first, stop, length)


def _part(shape: Shape, first: int, stop: int, length: int) -> Settled:
    params = {"first": first, "count": stop - first}
    same_as = 0 if (first, stop) == (0, length) else None
    return Settled(params=params, shape=_shape(shape, first, stop - first), same_as=same_as)


def snapped(config: Config, settled: Settled, inputs: tuple[Shape, ...], nearest: Nearest) -> Settled:
    (shape,) = inputs
    if config.precise or shape.video is None or "first" not in settled.params:
        return settled
    length = shape.video.frame_count
    first = nearest(settled.params["first"], range(length))
    stop = nearest(settled.params["first"] + settled.params["count"], range(first + 1, length + 1))
    return _part(shape, first, stop, length)


def _held(shape: Shape, begin_s: float, end_s: float | None) -> Settled:
    """Return a still shown as long as is asked for; without an end it stays a still."""
    assert shape.video is not None
    if end_s is None:
        return Settled(params={}, shape=shape, same_as=0)
    count = max(1, frame_at(end_s, STILL_RATE) - frame_at(begin_s, STILL_RATE))
    video = replace(shape.video, frame_rate=STILL_RATE, frame_count=count)
    return Settled(params={"held": count}, shape=Shape(kind=Kind.VIDEO, video=video))


def _shape(shape: Shape, first: int, count: int) -> Shape:
    if shape.video is None:
        return replace(shape, sound=SoundShape(sample_count=count))
    video = replace(shape.video, frame_count=count)
    return replace(shape, video=video, sound=SoundShape(sample_count=video.sample_count) if shape.sound else None)


def build(building: Building) -> Media:
    (media,), shape = building.inputs, building.shape
    if "held" in building.params:
        assert media.video is not None
        return Media(video=held(media.video, STILL_RATE, building.params["held"]))
    first, count = building.params["first"], building.params["count"]
    video = cut(media.video, first, count) if media.video is not None else None
    sound = media.sound
    if sound is not None:
        assert shape.sound is not None
        rate = shape.video.frame_rate if shape.video is not None else None
        begin = samples_at(first, rate) if rate is not None else first
        sound = SoundCut(sound, begin, shape.sound.sample_count)
    return Media(video=video, sound=sound)


def excerpt(
    params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape, effect: Effect | None, frames: range
) -> Excerpt | None:
    if "held" in params:
        return Excerpt(local="held", inputs=(range(1),))
    first = params["first"]
    return Excerpt(local=None, inputs=(range(frames.start + first, frames.stop + first),), unchanged=True)


def places(params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape) -> tuple[Place, ...]:
    return (Place(first=0, input=0, begin=params["first"], unchanged=True),) if "first" in params else ()


NODE = NodeType(
    name="SEGMENT",
    config=Config,
    slots=slots,
    settle=settle,
    snapped=snapped,
    excerpt=excerpt,
    places=places,
    check=check,
    build=build,
)
