"""Clips one after the other, with a cut or a transition between neighbours.

Every clip is brought to one size, one format and the frame grid of the first video; a still lasts *still_duration*,
a silent clip gets silence. `transition` is one map for all joints, or a list with one for each. Both clips are seen
during a transition, so it shortens the whole by its duration. `fade` goes out into *background* and comes in from it;
`wipe` and `slide` name the direction in which the edge, or both clips, move; `circle` opens from the middle. Sound
crosses over exactly as long as the picture; at a `fade` the one falls silent before the other rises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Any, Literal

from artdag.codec.geometry import even, in_format, resized
from artdag.codec.stream import Media, Video
from artdag.codec.timeline import (
    Joined,
    SoundJoined,
    conformed,
    held,
    lasting,
    sample_span,
    sound_of,
    spans,
)
from artdag.codec.transitions import Transition, mixer
from artdag.effect import PICTURES, Effect, EffectCatalog
from artdag.errors import ParameterError, Problem
from artdag.media import Kind, Shape, SoundShape, VideoShape, frame_at
from artdag.node_type import Building, Excerpt, NodeType, Place, Settled, Slots
from artdag.params import Color, Constant, Parsed, Range
from artdag.params import settle as settle_params

STILL_RATE = Fraction(25)
"""Frames per second of a sequence made of stills alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """What happens between two clips."""

    type: Annotated[Transition, "How one gives way to the other."] = "cut"
    duration: Annotated[float, Range(0.01, 60, "s"), Constant("decides the length"), "How long both are seen."] = 0.5


def _joints(raw: Any) -> Joint | tuple[Joint, ...]:
    """Return one for all joints, or one for each."""
    if not isinstance(raw, list):
        return settle_params(Joint, raw, field="config.transition", what="transition")
    found: list[Joint] = []
    problems: list[Problem] = []
    for number, entry in enumerate(raw):
        try:
            found.append(settle_params(Joint, entry, field=f"config.transition.{number}", what="transition"))
        except ParameterError as error:
            problems += error.problems
    if problems:
        raise ParameterError(problems[0].message, problems=problems)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    transition: Annotated[
        Joint | tuple[Joint, ...],
        Parsed(_joints, {"anyOf": [Joint, {"type": "array", "items": Joint}]}),
        "Between neighbours: {type, duration} for all, or a list with one for each joint.",
    ] = Joint()
    target_size: Annotated[Literal["first", "last", "largest", "explicit"], "Whose size all get."] = "first"
    width: Annotated[int | None, Range(2, 8192, "px"), Constant("decides the size"), "For explicit."] = None
    height: Annotated[int | None, Range(2, 8192, "px"), Constant("decides the size"), "For explicit."] = None
    background: Annotated[Color, "Beside clips of another aspect, and what a fade goes through."] = Color("#000000")
    still_duration: Annotated[
        float, Range(0.04, 3600, "s"), Constant("decides the length"), "How long a still is shown."
    ] = 3.0


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
    joints = _joints_between(config.transition, len(counts))
    overlaps = [
        0 if joint.type == "cut" else max(1, frame_at(joint.duration, rate))  # asked for is asked for: never no frame
        for joint in joints
    ]
    _check_lengths(counts, joints, overlaps, rate)
    width, height = _size(config, clips)
    frame_count = spans(counts, overlaps)[-1].stop
    pixel_format = "yuv420p"
    video = VideoShape(width=width, height=height, pixel_format=pixel_format, frame_rate=rate, frame_count=frame_count)
    has_sound = any(shape.sound is not None for shape in inputs)
    params = {
        "counts": counts,
        "overlaps": overlaps,
        "transitions": [joint.type for joint in joints],
        "width": width,
        "height": height,
        "background": str(config.background),
        "frame_rate": str(rate),
    }
    sound = SoundShape(sample_count=video.sample_count) if has_sound else None
    return Settled(params=params, shape=Shape(kind=Kind.VIDEO, video=video, sound=sound))


def _joints_between(given: Joint | tuple[Joint, ...], clips: int) -> tuple[Joint, ...]:
    if isinstance(given, Joint):
        return (given,) * (clips - 1)
    if len(given) != clips - 1:
        message = f"{clips} clips have {clips - 1} joints, and 'transition' lists {len(given)}: one for each"
        raise ParameterError(message, problems=[Problem(message=message, field="config.transition")])
    return given


def _check_lengths(counts: Sequence[int], joints: Sequence[Joint], overlaps: Sequence[int], rate: Fraction) -> None:
    for position, count in enumerate(counts):
        touching = range(max(0, position - 1), min(position + 1, len(joints)))
        if count < sum(overlaps[number] for number in touching):
            named = " and ".join(
                dict.fromkeys(
                    f"{joints[number].type} of {joints[number].duration:g} s" for number in touching if overlaps[number]
                )
            )
            raise ParameterError(
                f"clip {position + 1} lasts {float(count / rate):g} s, too short for the transitions that touch it:"
                f" {named}"
            )


def _count(shape: Shape, rate: Fraction, still_s: float) -> int:
    assert shape.video is not None
    return max(1, frame_at(still_s, rate)) if shape.kind is Kind.IMAGE else lasting(shape.video, rate)


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
    rate, overlaps, counts = shape.video.frame_rate, params["overlaps"], params["counts"]
    clips = [
        _clip(media, own, shape.video, count, params["background"])
        for media, own, count in zip(building.inputs, building.shapes, counts, strict=True)
    ]
    mixers = [mixer(name, params["background"]) for name in params["transitions"]]
    video = Joined(clips, overlap=overlaps, mix=mixers)
    if shape.sound is None:
        return Media(video=video)
    places = [sample_span(span, rate) for span in spans(counts, overlaps)]
    sounds = [
        sound_of(media.sound, place.stop - place.start) for media, place in zip(building.inputs, places, strict=True)
    ]
    dips = [name == "fade" for name in params["transitions"]]
    return Media(video=video, sound=SoundJoined(sounds, places, dips))


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


def excerpt(
    params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape, effect: Effect | None, frames: range
) -> Excerpt | None:
    """Return the clips that are seen in *frames*, each with its place; what is not seen is no part of it."""
    assert shape.video is not None
    rate, counts, overlaps = shape.video.frame_rate, params["counts"], params["overlaps"]
    seen: list[Any] = []
    parts: list[range | None] = []
    alone = False
    places = spans(counts, overlaps)
    for number, (place, own) in enumerate(zip(places, inputs, strict=True)):
        begin, end = max(frames.start, place.start), min(frames.stop, place.stop)
        if begin >= end:
            parts.append(None)
            continue
        assert own.video is not None
        is_still, same_grid = own.kind is Kind.IMAGE, _on_its_grid(own, counts[number], rate)
        entering = params["transitions"][number - 1] if number and begin < places[number - 1].stop else None
        alone = same_grid and entering is None and len(frames) == end - begin and _is_of_size(own, shape)
        seen.append(
            {
                "at": begin - frames.start,
                "still": is_still,
                "entering": [entering, overlaps[number - 1], begin - place.start] if entering else None,
                "clip": None if is_still or same_grid else [begin - place.start, counts[number], own.video.frame_count],
            }
        )
        parts.append(
            range(1)
            if is_still
            else range(begin - place.start, end - place.start)
            if same_grid
            else range(own.video.frame_count)
        )
    looks = {name: params[name] for name in ("width", "height", "background", "frame_rate")}
    return Excerpt(local=[looks, seen], inputs=tuple(parts), unchanged=alone and len(seen) == 1)


def _on_its_grid(own: Shape, count: int, rate: Fraction) -> bool:
    """Return whether frame for frame of a clip is shown."""
    video = own.video if own.kind is Kind.VIDEO else None
    return video is not None and (video.frame_rate, video.frame_count) == (rate, count)


def _is_of_size(own: Shape, shape: Shape) -> bool:
    sizes = [(one.video.width, one.video.height, one.video.pixel_format) for one in (own, shape) if one.video]
    return sizes[0] == sizes[1]


def places(params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape) -> tuple[Place, ...]:
    """Return where each clip begins, and where it is seen by itself."""
    assert shape.video is not None
    found: list[Place] = []
    taken_until = 0
    for number, (place, own) in enumerate(zip(spans(params["counts"], params["overlaps"]), inputs, strict=True)):
        seen = number if _on_its_grid(own, params["counts"][number], shape.video.frame_rate) else None
        for first, alone in ((place.start, place.start >= taken_until), (taken_until, True)):
            if place.start <= first < place.stop and not (found and found[-1].first >= first):
                unchanged = alone and seen is not None and _is_of_size(own, shape)
                found.append(Place(first=first, input=seen, begin=first - place.start, unchanged=unchanged))
        taken_until = place.stop
    return tuple(found)


NODE = NodeType(
    name="SEQUENCE",
    config=Config,
    slots=slots,
    settle=settle,
    check=check,
    build=build,
    excerpt=excerpt,
    places=places,
    gives=Kind.VIDEO,
)
