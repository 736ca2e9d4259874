"""Clips one after the other, with a cut or a crossfade between them.

Every clip is brought to one size, one format and the frame grid of the first video; a still lasts *still_duration*,
a silent clip gets silence. Sound crosses over exactly as long as the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Literal

from artdag.codec.geometry import even, in_format, resized
from artdag.codec.stream import Media, Video
from artdag.codec.timeline import (
    Joined,
    SoundJoined,
    conformed,
    crossfade,
    held,
    sample_span,
    sound_of,
    spans,
)
from artdag.effect import PICTURES, EffectCatalog
from artdag.errors import ParameterError
from artdag.media import Kind, Shape, SoundShape, VideoShape, frame_at
from artdag.node_type import Building, NodeType, Settled, Slots
from artdag.params import Color, Range

STILL_RATE = Fraction(25)
"""Frames per second of a sequence made of stills alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    type: Annotated[Literal["cut", "crossfade"], "What happens between two clips."] = "cut"
    duration: Annotated[float, Range(0.01, 60, "s"), "How long both are seen."] = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    transition: Annotated[Transition, "Between neighbours."] = Transition()
    target_size: Annotated[Literal["first", "last", "largest", "explicit"], "Whose size all get."] = "first"
    width: Annotated[int | None, Range(2, 8192, "px"), "For target_size explicit."] = None
    height: Annotated[int | None, Range(2, 8192, "px"), "For target_size explicit."] = None
    background: Annotated[Color, "Beside clips of another aspect."] = Color("#000000")
    still_duration: Annotated[float, Range(0.04, 3600, "s"), "How long a still is shown."] = 3.0


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=1, maximum=None, kinds=(PICTURES,))


def check(config: Config, effects: EffectCatalog) -> None:
    if config.target_size == "explicit":
        if config.width is None or config.height is None:
            raise ParameterError("SEQUENCE with target_size explicit needs 'width' and 'height'")
    elif config.width is not None or config.height is not None:
        raise ParameterError("SEQUENCE takes 'width' and 'height' only with target_size explicit")


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    clips = [shape.video for shape in inputs if shape.video is not None]
    rate = next((shape.video.frame_rate for shape in inputs if shape.kind is Kind.VIDEO and shape.video), STILL_RATE)
    counts = [_count(shape, rate, config.still_duration) for shape in inputs]
    overlap = 0
    if config.transition.type != "cut" and len(counts) > 1:
        overlap = max(1, frame_at(config.transition.duration, rate))  # asked for is asked for: never a silent cut
    for position, count in enumerate(counts):
        needed = overlap * (2 if 0 < position < len(counts) - 1 else 1)
        if overlap and count < needed:
            raise ParameterError(
                f"clip {position + 1} lasts {float(count / rate):g} s, too short for the {config.transition.type}s"
                f" of {config.transition.duration:g} s that touch it"
            )
    width, height = _size(config, clips)
    frame_count = spans(counts, overlap)[-1].stop
    pixel_format = "yuv420p"
    video = VideoShape(width=width, height=height, pixel_format=pixel_format, frame_rate=rate, frame_count=frame_count)
    has_sound = any(shape.sound is not None for shape in inputs)
    params = {
        "counts": counts,
        "overlap": overlap,
        "transition": config.transition.type if overlap else "cut",
        "width": width,
        "height": height,
        "background": str(config.background),
        "frame_rate": str(rate),
    }
    sound = SoundShape(sample_count=video.sample_count) if has_sound else None
    return Settled(params=params, shape=Shape(kind=Kind.VIDEO, video=video, sound=sound))


def _count(shape: Shape, rate: Fraction, still_s: float) -> int:
    assert shape.video is not None
    if shape.kind is Kind.IMAGE:
        return max(1, frame_at(still_s, rate))
    return max(1, int(shape.video.frame_count / shape.video.frame_rate * rate + Fraction(1, 2)))


def _size(config: Config, clips: Sequence[VideoShape]) -> tuple[int, int]:
    if config.width is not None and config.height is not None:
        return even(config.width), even(config.height)
    if config.target_size == "largest":
        chosen = max(clips, key=lambda clip: clip.width * clip.height)
    else:
        chosen = clips[0 if config.target_size == "first" else -1]
    return even(chosen.width), even(chosen.height)


def build(building: Building) -> Media:
    params, shape = building.params, building.shape
    assert shape.video is not None
    rate, overlap, counts = shape.video.frame_rate, params["overlap"], params["counts"]
    clips = [
        _clip(media, own, shape.video, count, params["background"])
        for media, own, count in zip(building.inputs, building.shapes, counts, strict=True)
    ]
    video = Joined(clips, overlap=overlap, mix=crossfade)
    if shape.sound is None:
        return Media(video=video)
    places = [sample_span(span, rate) for span in spans(counts, overlap)]
    sounds = [
        sound_of(media.sound, place.stop - place.start) for media, place in zip(building.inputs, places, strict=True)
    ]
    return Media(video=video, sound=SoundJoined(sounds, places))


def _clip(media: Media, own: Shape, target: VideoShape, count: int, background: str) -> Video:
    video = media.video
    assert video is not None
    if own.kind is not Kind.IMAGE:
        video = conformed(video, target.frame_rate, count)
    video = resized(in_format(video, target.pixel_format, background), target.width, target.height, "pad", background)
    if own.kind is Kind.IMAGE:
        video = held(video, target.frame_rate, count)
    assert replace(video.shape) == replace(target, frame_count=count), (video.shape, target)
    return video


NODE = NodeType(name="SEQUENCE", config=Config, slots=slots, settle=settle, check=check, build=build, gives=Kind.VIDEO)
