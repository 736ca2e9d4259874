"""Adjust a picture or clip: colour, blur, sharpness and speed in one node.

`effects` is a map, applied in the fixed order saturation, contrast, brightness and gamma together, hue, blur, sharpen,
speed (the order written means nothing), or a list of one-entry maps, applied in the order written.

The operations are those of the effects color_adjust, hue_shift, blur and sharpen, to the same formulas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Any

from artdag.animation import Animation
from artdag.codec.adjust import blurred, sharpened, tone
from artdag.codec.geometry import in_format, nearest_format
from artdag.codec.graph import Filter, Filtered, FilteredOverTime
from artdag.codec.sound_graph import retimed_sound
from artdag.codec.stream import Media, Sound, Video
from artdag.codec.timeline import Remapped, passing
from artdag.effect import PICTURES, Effect, EffectCatalog
from artdag.errors import ParameterError, Problem
from artdag.media import Kind, Shape, SoundShape, VideoShape
from artdag.node_type import Building, Excerpt, NodeType, Settled, Slots, same_frames
from artdag.params import Constant, Parsed, Range, nearest, plain, specs
from artdag.params import settle as settle_params

FORMATS = ("yuv420p", "yuv444p", "yuva420p", "yuva444p")
TONE = ("saturation", "contrast", "brightness", "gamma")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """The operations, each with the value that changes nothing as its default."""

    saturation: Annotated[float, Range(0, 2), "0 is grey."] = 1.0
    contrast: Annotated[float, Range(0, 2), "Around middle grey."] = 1.0
    brightness: Annotated[float, Range(-1, 1), "Added to luma; 1 is the whole scale."] = 0.0
    gamma: Annotated[float, Range(0.1, 10), "Above 1 lifts the middle tones."] = 1.0
    hue: Annotated[float, Range(-360, 360, "°"), "Angle on the colour wheel."] = 0.0
    blur: Annotated[float, Range(0, 200, "px"), "Radius: twice the standard deviation of a Gaussian."] = 0.0
    sharpen: Annotated[float, Range(0, 5), "Strength of an unsharp mask over 5 × 5 pixels."] = 0.0
    speed: Annotated[
        float, Range(0.25, 4), Constant("decides the length"), "2 is twice as fast; sound keeps its pitch."
    ] = 1.0


_NAMES = tuple(spec.name for spec in specs(Effects))
_NEUTRAL = {spec.name: spec.default for spec in specs(Effects)}


def _operations(raw: Any) -> tuple[tuple[tuple[str, float], ...], ...]:
    """Return passes, each of (name, value) pairs: what runs together, in the order it runs."""
    if isinstance(raw, Mapping):
        values = settle_params(Effects, raw, field="config.effects", what="TRANSFORM")
        chosen = {name: getattr(values, name) for name in _NAMES if name in raw}
        tone = tuple((name, chosen[name]) for name in TONE if name in chosen)
        rest = [((name, chosen[name]),) for name in _NAMES if name in chosen and name not in TONE]
        return ((tone,) if tone else ()) + tuple(rest)
    if isinstance(raw, list):
        passes: list[tuple[tuple[str, float], ...]] = []
        problems: list[Problem] = []
        for position, entry in enumerate(raw):
            try:
                passes.append(_operation(entry, position))
            except ParameterError as error:
                problems += error.problems
        if problems:
            raise ParameterError(problems[0].message, problems=problems)
        return tuple(passes)
    raise ParameterError("'effects' is a map such as {blur: 4}, or a list of one-entry maps")


def _operation(entry: Any, position: int) -> tuple[tuple[str, float], ...]:
    field = f"config.effects.{position}"
    if not isinstance(entry, Mapping) or len(entry) != 1:
        message = "each entry of 'effects' is a map with one operation, such as {hue: 30}"
        raise ParameterError(message, problems=[Problem(message=message, field=field)])
    for name in entry:
        if name not in _NAMES:
            message = f"TRANSFORM has no operation {str(name)!r}"
            problem = Problem(message=message, field=f"{field}.{name}", hint=nearest(str(name), _NAMES))
            raise ParameterError(message, problems=[problem])
    values = settle_params(Effects, entry, field=field, what="TRANSFORM")
    return tuple((name, getattr(values, name)) for name in entry)


_ONE = {"type": "object", "minProperties": 1, "maxProperties": 1}
_SCHEMA = {"anyOf": [Effects, {"type": "array", "items": {"allOf": [Effects, _ONE]}}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    effects: Annotated[tuple[tuple[tuple[str, float], ...], ...], Parsed(_operations, _SCHEMA), "What to do."]


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=1, maximum=1, kinds=(PICTURES,))


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    (shape,) = inputs
    assert shape.video is not None
    passes = [
        changing
        for together in config.effects
        if (changing := [[name, plain(value)] for name, value in together if value != _NEUTRAL[name]])
    ]
    if not passes:
        return Settled(params={"effects": []}, shape=shape, same_as=0)
    video = shape.video
    for operation in map(dict, config.effects):
        for name, value in operation.items():
            if value == _NEUTRAL[name]:
                continue
            if name == "speed" and shape.kind is Kind.VIDEO:
                video = replace(video, frame_count=max(1, round(video.frame_count / Fraction(value))))
            elif name != "speed":
                video = replace(video, pixel_format=_format(video))
    sound = SoundShape(sample_count=video.sample_count) if shape.sound else None
    return Settled(params={"effects": passes}, shape=replace(shape, video=video, sound=sound))


def _format(shape: VideoShape) -> str:
    return nearest_format(shape.pixel_format, FORMATS)


def build(building: Building) -> Media:
    (media,) = building.inputs
    video, sound = media.video, media.sound
    assert video is not None
    for together in building.params["effects"]:
        operation = dict(together)
        if "speed" in operation:
            if building.shape.kind is Kind.VIDEO:
                video, sound = _retimed(video, sound, operation["speed"])
        else:
            video = in_format(video, _format(video.shape))
            video = _adjusted(video, operation)
    return Media(video=video, sound=sound)


def _adjusted(video: Video, operation: Mapping[str, float | Animation]) -> Video:
    shape = video.shape
    constant = {name: value for name, value in operation.items() if not isinstance(value, Animation)}
    changing = {name: value for name, value in operation.items() if isinstance(value, Animation)}
    if not changing:
        return Filtered(video, _filters(constant, shape), shape)

    def filters(time_s: float) -> Sequence[Filter]:
        now = {**constant, **{name: animation.at(time_s) for name, animation in changing.items()}}
        return _filters(now, shape)

    return FilteredOverTime(video, filters, shape)


def _retimed(video: Video, sound: Sound | None, speed: float) -> tuple[Video, Sound | None]:
    factor = Fraction(speed)
    own = video.shape
    shape = replace(own, frame_count=max(1, round(own.frame_count / factor)))
    faster = Remapped(video, shape, lambda index: min(passing(index, factor), own.frame_count - 1))
    return faster, retimed_sound(sound, speed, shape.sample_count) if sound is not None else None


def _filters(operation: Mapping[str, float], shape: VideoShape) -> Sequence[Filter]:
    name, value = next(iter(operation.items()))
    if name == "hue":
        return [Filter.of("hue", h=value)]
    if name == "blur":
        return blurred(value, shape)
    if name == "sharpen":
        return sharpened(value)
    return tone(**operation)


def excerpt(
    params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape, effect: Effect | None, frames: range
) -> Excerpt | None:
    if any("speed" in dict(together) for together in params["effects"]):
        return None
    return same_frames(params, inputs, shape, effect, frames)


NODE = NodeType(name="TRANSFORM", config=Config, slots=slots, settle=settle, excerpt=excerpt, build=build)
