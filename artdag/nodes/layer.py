"""Lay pictures and clips over a first one, each where, when and as it is told.

The first input is the base: it decides size, frame grid and length. A base that is a still becomes a clip where a clip
lies over it, on that clip's grid and until the last one ends; stills alone give a still. `inputs` has one map for each
input, the base's first, which stays empty: what is to be set is set for what lies above.

`position` is the layer's upper left corner in pixels of the base, which may be negative. `left`, `center`, `right`,
`top`, `bottom` and percentages are shares of the room that the layer leaves: 0% lies at the left or upper side, 100%
at the right or lower one, and what is between comes to an even pixel. Numbers are rounded to whole pixels. What lies
outside of the base is not seen.

Positions, opacity and scale may change over time, which is that of the base. A clip ends with its own end; a still is
seen to the end. Pictures that are see-through stay so, and so does the base.

The sound is the base's; where it has none, that of the first layer that has any, from its start on. With `sound: mix`
all are heard, brought down together where they would be louder than full scale.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Any, Literal

from artdag.animation import Animation
from artdag.codec.composite import Mode, layer_format
from artdag.codec.geometry import in_format
from artdag.codec.layered import Layer, Layered, Placement, clip_format
from artdag.codec.mixing import Limited, Mixed
from artdag.codec.stream import Media, Sound
from artdag.codec.timeline import Silence, SoundJoined, Span, conformed, held, lasting, sound_of
from artdag.effect import PICTURES, EffectCatalog
from artdag.errors import ParameterError, Problem
from artdag.media import Kind, Shape, SoundShape, VideoShape, frame_at, samples_at
from artdag.node_type import Building, NodeType, Settled, Slots
from artdag.params import Constant, Parsed, Range, Ungiven, plain, settled, specs
from artdag.params import settle as settle_params

MAX_SIDE = 8192
"""Pixels of the longer side of a layer, as large as it gets."""
_FARTHEST = 32_768
_DAY_S = 86_400
_WORDS = (
    {"left": "0%", "center": "50%", "right": "100%"},
    {"top": "0%", "center": "50%", "bottom": "100%"},
)
_PERCENT = re.compile(r"(-?[0-9]{1,4}(?:\.[0-9]{1,6})?) *%", re.ASCII)

Coordinate = float | Animation | str
"""Pixels, or a share of the room that is left, such as ``50%``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pixels:
    position: Annotated[float, Range(-_FARTHEST, _FARTHEST, "px")] = 0.0


def _position(raw: Any) -> tuple[Coordinate, Coordinate]:
    if not isinstance(raw, (list, tuple)) or len(raw) != 2:
        raise ParameterError(
            "'position' is [x, y]: pixels, words such as [right, bottom], or shares such as ['50%', 0]"
        )
    return _coordinate(raw[0], 0), _coordinate(raw[1], 1)


def _coordinate(raw: Any, axis: int) -> Coordinate:
    words = _WORDS[axis]
    if isinstance(raw, Ungiven) and raw.type in ("text", "enum"):
        return "50%"
    if isinstance(raw, str):
        if raw in words:
            return words[raw]
        if found := _PERCENT.fullmatch(raw):
            return f"{float(found[1]) + 0.0:g}%"
        raise ParameterError(
            f"'position' takes pixels, a share such as '50%', or one of {', '.join(words)}; not {raw!r}"
        )
    value: Coordinate = settled(specs(_Pixels)[0], raw)
    return value


def _axes() -> list[dict[str, Any]]:
    """Return the schemas of x and y."""
    share = {"type": "string", "pattern": f"^{_PERCENT.pattern}$"}
    return [{"anyOf": [specs(_Pixels)[0], {"enum": list(words)}, share]} for words in _WORDS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of `inputs`."""

    position: Annotated[
        tuple[Coordinate, Coordinate],
        Parsed(_position, {"type": "array", "prefixItems": _axes(), "minItems": 2, "maxItems": 2}),
        "Of the upper left corner: [x, y] in px, words or shares.",
    ] = (0.0, 0.0)
    opacity: Annotated[float, Range(0, 1), "0 is not seen."] = 1.0
    scale: Annotated[float, Range(0.01, 20), "Of its own size."] = 1.0
    start: Annotated[float, Range(0, _DAY_S, "s"), Constant("decides when it is seen"), "When it appears."] = 0.0
    blend: Annotated[Mode, "How its colours meet those below."] = "normal"


def _entries(raw: Any) -> tuple[Entry, ...]:
    if not isinstance(raw, (list, tuple)):
        raise ParameterError("'inputs' is a list of maps, one for each input, the base's first: [{}, {scale: 0.5}]")
    found: list[Entry] = []
    problems: list[Problem] = []
    for number, entry in enumerate(raw):
        try:
            found.append(settle_params(Entry, entry, field=f"config.inputs.{number}", what=f"input {number + 1}"))
        except ParameterError as error:
            problems += error.problems
    if problems:
        raise ParameterError(problems[0].message, problems=problems)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    inputs: Annotated[
        tuple[Entry, ...] | None,
        Parsed(_entries, {"type": "array", "items": Entry}),
        "For each input, the base's first: position, opacity, scale, start, blend.",
    ] = None
    sound: Annotated[Literal["base", "mix"], "Whose sound is heard: the base's, or that of all."] = "base"


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=1, maximum=None, kinds=(PICTURES,), gives=PICTURES)


def check(config: Config, effects: EffectCatalog) -> None:
    if config.inputs and config.inputs[0] != Entry():
        message = "the first entry of 'inputs' is the base's, which cannot be moved or changed: write {} for it"
        raise ParameterError(message, problems=[Problem(message=message, field="config.inputs.0")])


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    entries = config.inputs if config.inputs is not None else (Entry(),) * len(inputs)
    if len(entries) != len(inputs):
        message = (
            f"LAYER has {len(inputs)} inputs, and its 'inputs' lists {len(entries)}: one for each, the base's first"
        )
        raise ParameterError(message, problems=[Problem(message=message, field="config.inputs")])
    for number, (entry, shape) in enumerate(zip(entries, inputs, strict=True)):
        _check_size(number, entry, shape)
    starts, video = _timeline(entries, inputs)
    heard = _heard(config.sound, inputs)
    kind = Kind.IMAGE if all(shape.kind is Kind.IMAGE for shape in inputs) else Kind.VIDEO
    params = {
        "layers": [plain(replace(entry, start=0.0)) for entry in entries[1:]],
        "starts": starts,
        "heard": heard,
        "frame_rate": str(video.frame_rate),
        "frame_count": video.frame_count,
    }
    return Settled(
        params=params,
        shape=Shape(kind=kind, video=video, sound=SoundShape(sample_count=video.sample_count) if heard else None),
        same_as=0 if len(inputs) == 1 else None,
    )


def _check_size(number: int, entry: Entry, shape: Shape) -> None:
    assert shape.video is not None
    scale = entry.scale.high if isinstance(entry.scale, Animation) else entry.scale
    width, height = _size(shape.video, scale)
    if number and scale != 1 and max(width, height) > MAX_SIDE:
        message = f"input {number + 1} would become {width}×{height}: no side may be longer than {MAX_SIDE} px"
        raise ParameterError(message, problems=[Problem(message=message, field=f"config.inputs.{number}.scale")])


def _size(own: VideoShape, scale: float) -> tuple[int, int]:
    return max(1, math.floor(own.width * scale + 0.5)), max(1, math.floor(own.height * scale + 0.5))


def _timeline(entries: Sequence[Entry], inputs: Sequence[Shape]) -> tuple[list[int], VideoShape]:
    """Return the frames at which the inputs appear, and what the result looks like."""
    base = inputs[0].video
    assert base is not None
    clips = [shape.video if shape.kind is Kind.VIDEO else None for shape in inputs]
    rate = next((clip.frame_rate for clip in clips if clip is not None), base.frame_rate)
    starts = [frame_at(entry.start, rate) for entry in entries]
    if clips[0] is None and any(clips):
        ends = [start + lasting(clip, rate) for start, clip in zip(starts, clips, strict=True) if clip is not None]
        base = replace(base, pixel_format=clip_format(base.pixel_format), frame_rate=rate, frame_count=max(ends))
    for number, (start, entry) in enumerate(zip(starts, entries, strict=True)):
        if start >= base.frame_count:
            whole = f"the whole lasts {base.duration_s:g} s" if any(clips) else "stills alone give a still"
            message = f"input {number + 1} starts at {entry.start:g} s, and {whole}: it is never seen"
            raise ParameterError(message, problems=[Problem(message=message, field=f"config.inputs.{number}.start")])
    return starts, base


def _heard(sound: Literal["base", "mix"], inputs: Sequence[Shape]) -> list[int]:
    """Return the positions of the inputs whose sound is heard."""
    having = [position for position, shape in enumerate(inputs) if shape.sound is not None]
    return having if sound == "mix" else having[:1]


def build(building: Building) -> Media:
    params, target = building.params, building.shape.video
    assert target is not None
    entries = [settle_params(Entry, raw, what="LAYER") for raw in params["layers"]]
    base, *above = building.inputs
    assert base.video is not None
    video = in_format(base.video, target.pixel_format)
    if building.shapes[0].kind is Kind.IMAGE and building.shape.kind is Kind.VIDEO:
        video = held(video, target.frame_rate, target.frame_count)
    layers = [
        _layer(entry, media, shape, start, target)
        for entry, media, shape, start in zip(entries, above, building.shapes[1:], params["starts"][1:], strict=True)
    ]
    if building.shape.sound is None:
        return Media(video=Layered(video, layers))
    sounds = [
        _from(params["starts"][position], building.inputs[position].sound, target) for position in params["heard"]
    ]
    mixed = sounds[0] if len(sounds) == 1 else Limited(Mixed(sounds, [1.0] * len(sounds)), 1.0)
    return Media(video=Layered(video, layers), sound=mixed)


def _layer(entry: Entry, media: Media, shape: Shape, start: int, target: VideoShape) -> Layer:
    assert media.video is not None
    own = media.video.shape
    video = in_format(media.video, layer_format(target.pixel_format, own.pixel_format, entry.blend))
    still = shape.kind is Kind.IMAGE
    stop = target.frame_count
    if not still:
        count = lasting(own, target.frame_rate)
        video = conformed(video, target.frame_rate, count)
        stop = min(stop, start + count)
    place = _placing(entry, own, target)
    return Layer(video=video, first=start, stop=stop, place=place, mode=entry.blend, still=still)


def _placing(entry: Entry, own: VideoShape, target: VideoShape) -> Callable[[int], Placement]:
    def place(index: int) -> Placement:
        time_s = float(index / target.frame_rate)
        width, height = _size(own, _at(entry.scale, time_s))
        x, y = entry.position
        return Placement(
            x=_corner(x, target.width - width, time_s),
            y=_corner(y, target.height - height, time_s),
            width=width,
            height=height,
            opacity=_at(entry.opacity, time_s),
        )

    return place


def _at(value: float | Animation, time_s: float) -> float:
    return value.at(time_s) if isinstance(value, Animation) else value


def _corner(coordinate: Coordinate, room: int, time_s: float) -> int:
    """Return where a layer begins along one side, of whose pixels it leaves *room* (less than 0 where it is larger)."""
    if not isinstance(coordinate, str):
        return math.floor(_at(coordinate, time_s) + 0.5)
    share = Fraction(coordinate[:-1]) / 100
    # even in between: then colour samples of 4:2:0 pictures fall into place; at the sides it has no gap
    return int(share * room) if share in (0, 1) else 2 * math.floor(share * room / 2 + Fraction(1, 2))


def _from(start: int, sound: Sound | None, target: VideoShape) -> Sound:
    """Return a sound from frame *start* on, with silence before it and after its end."""
    assert sound is not None
    begin, end = samples_at(start, target.frame_rate), target.sample_count
    if begin == 0:
        return sound_of(sound, end)
    return SoundJoined([Silence(begin), sound_of(sound, end - begin)], [Span(0, begin), Span(begin, end)])


NODE = NodeType(name="LAYER", config=Config, slots=slots, settle=settle, check=check, build=build)
