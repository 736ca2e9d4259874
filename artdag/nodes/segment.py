"""A part of a clip: from *offset* for *duration*, or from *start* to *end*; exact to the frame and the sample."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from artdag.codec.stream import Media
from artdag.codec.timeline import SoundCut, cut
from artdag.effect import EffectCatalog
from artdag.errors import ParameterError
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape, frame_at, samples_at
from artdag.node_type import Building, NodeType, Settled, Slots
from artdag.params import Range

_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    offset: Annotated[float | None, Range(0, _DAY_S, "s"), "Where it begins (default 0)."] = None
    duration: Annotated[float | None, Range(0.001, _DAY_S, "s"), "How long it lasts; to the end without."] = None
    start: Annotated[float | None, Range(0, _DAY_S, "s"), "Another word for offset."] = None
    end: Annotated[float | None, Range(0.001, _DAY_S, "s"), "Where it ends, instead of a duration."] = None


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=1, maximum=1, kinds=((Kind.VIDEO, Kind.AUDIO),))


def check(config: Config, effects: EffectCatalog) -> None:
    if config.offset is not None and config.start is not None:
        raise ParameterError("SEGMENT takes 'offset' or 'start', not both")
    if config.duration is not None and config.end is not None:
        raise ParameterError("SEGMENT takes 'duration' or 'end', not both")


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    begin_s = config.offset if config.offset is not None else config.start or 0.0
    end_s = config.end if config.duration is None else begin_s + config.duration
    (shape,) = inputs
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
    params = {"first": first, "count": stop - first}
    return Settled(
        params=params, shape=_shape(shape, first, stop - first), same_as=0 if (first, stop) == (0, length) else None
    )


def _shape(shape: Shape, first: int, count: int) -> Shape:
    if shape.video is None:
        return replace(shape, sound=SoundShape(sample_count=count))
    video = replace(shape.video, frame_count=count)
    return replace(shape, video=video, sound=SoundShape(sample_count=video.sample_count) if shape.sound else None)


def build(building: Building) -> Media:
    first, count = building.params["first"], building.params["count"]
    (media,), shape = building.inputs, building.shape
    video = cut(media.video, first, count) if media.video is not None else None
    sound = media.sound
    if sound is not None:
        assert shape.sound is not None
        rate = shape.video.frame_rate if shape.video is not None else None
        begin = samples_at(first, rate) if rate is not None else first
        sound = SoundCut(sound, begin, shape.sound.sample_count)
    return Media(video=video, sound=sound)


NODE = NodeType(name="SEGMENT", config=Config, slots=slots, settle=settle, check=check, build=build)
