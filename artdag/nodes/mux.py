"""Put a picture and a sound together: the picture of one input, the sound of another.

The picture's frames stay as they are: what a file holds of it is copied where the result may hold it, not coded again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Annotated, Any

from artdag.codec.stream import Media
from artdag.codec.timeline import conformed, cut, held, sound_of
from artdag.effect import PICTURES, SOUNDS, Effect, EffectCatalog
from artdag.errors import ParameterError
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape
from artdag.node_type import Building, Excerpt, NodeType, Place, Settled, Slots
from artdag.params import Constant, Range

STILL_RATE = Fraction(25)
"""Frames per second of a still that becomes a clip where no other clip gives a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    video_stream: Annotated[
        int, Range(0, 1), Constant("decides the kind of its inputs"), "Which input gives the picture."
    ] = 0
    audio_stream: Annotated[
        int, Range(0, 1), Constant("decides the kind of its inputs"), "Which input gives the sound."
    ] = 1
    shortest: Annotated[bool, "End with the shorter one; otherwise the picture holds, or the sound is silent."] = True


def slots(config: Config, effects: EffectCatalog) -> Slots:
    kinds = [PICTURES, SOUNDS] if config.video_stream == 0 else [SOUNDS, PICTURES]
    names = ("video", "audio") if config.video_stream == 0 else ("audio", "video")
    return Slots(minimum=2, maximum=2, names=names, kinds=tuple(kinds))


def check(config: Config, effects: EffectCatalog) -> None:
    if config.video_stream == config.audio_stream:
        raise ParameterError("MUX takes picture and sound from two different inputs")


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    picture, sound = inputs[config.video_stream].video, _sound_shape(inputs[config.audio_stream])
    assert picture is not None
    still = inputs[config.video_stream].kind is Kind.IMAGE
    rate = STILL_RATE if still else picture.frame_rate
    under_sound = max(1, int(sound.sample_count * rate / SAMPLE_RATE))
    if still:
        count = under_sound
    elif config.shortest:
        count = min(picture.frame_count, under_sound)
    else:
        count = max(picture.frame_count, ceil(sound.sample_count * rate / SAMPLE_RATE))
    shape = replace(picture, frame_rate=rate, frame_count=count)
    return Settled(
        params={"video_stream": config.video_stream, "audio_stream": config.audio_stream, "frame_count": count},
        shape=Shape(kind=Kind.VIDEO, video=shape, sound=SoundShape(sample_count=shape.sample_count)),
    )


def _sound_shape(shape: Shape) -> SoundShape:
    """Return the sound of an input: of a silent clip, silence as long as its picture."""
    if shape.sound is not None:
        return shape.sound
    assert shape.video is not None
    return SoundShape(sample_count=shape.video.sample_count)


def build(building: Building) -> Media:
    params, shape = building.params, building.shape
    video, sound = building.inputs[params["video_stream"]].video, building.inputs[params["audio_stream"]].sound
    assert video is not None
    assert shape.video is not None
    assert shape.sound is not None
    if building.shapes[params["video_stream"]].kind is Kind.IMAGE:
        video = held(video, shape.video.frame_rate, shape.video.frame_count)
    elif shape.video.frame_count <= video.shape.frame_count:
        video = cut(video, 0, shape.video.frame_count)
    else:
        video = conformed(video, shape.video.frame_rate, shape.video.frame_count)
    return Media(video=video, sound=sound_of(sound, shape.sound.sample_count))


def excerpt(
    params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape, effect: Effect | None, frames: range
) -> Excerpt | None:
    """Return the frames of the picture's input, as they are; what is heard is no part of them."""
    own = inputs[params["video_stream"]]
    if own.kind is Kind.IMAGE or own.video is None or frames.stop > own.video.frame_count:
        return None
    seen = tuple(frames if position == params["video_stream"] else None for position in range(len(inputs)))
    return Excerpt(local=None, inputs=seen, unchanged=True)


def places(params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape) -> tuple[Place, ...]:
    own = inputs[params["video_stream"]]
    if own.kind is Kind.IMAGE or own.video is None or params["frame_count"] > own.video.frame_count:
        return ()
    return (Place(first=0, input=params["video_stream"], unchanged=True),)


NODE = NodeType(
    name="MUX",
    config=Config,
    slots=slots,
    settle=settle,
    check=check,
    build=build,
    excerpt=excerpt,
    places=places,
    gives=Kind.VIDEO,
)
