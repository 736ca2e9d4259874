"""Show one of several pictures at a time, changing at given times, or with the beats of a sound.

Every input runs along all the while and is at the timeline's time whenever it is seen: a clip shorter than the longest
begins again at its end, a still is held. All are brought to the first input's size (the rest is black) and to the
frame grid of the first video. The result is as long as the longest clip; of stills alone, the last one is seen as long
as the one before it. The sound of the first input that has any runs through, and begins again with its picture. A
change comes at the frame whose beginning lies nearest to its time; several at one frame are one change, and those at
the very beginning or after the end are none.

`times: {bind: NODE, feature: beats, every: 2}` changes at every second beat (downbeat, onset) that an ANALYZE node
hears, counted from the beginning. One input has to be a clip then: how long it all lasts does not follow the sound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, inf, nextafter
from typing import Annotated, Any, Literal

import av

from artdag.codec.geometry import even, in_format, resized
from artdag.codec.noise import random_bytes
from artdag.codec.stream import Media, Samples, Sound, Video
from artdag.codec.timeline import Span, conformed, held, passing, sound_of
from artdag.effect import PICTURES, EffectCatalog
from artdag.errors import ParameterError, Problem
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape, VideoShape, frame_at, samples_at
from artdag.node_type import Building, NodeType, Settled, Slots
from artdag.params import Constant, Parsed, Range, Ungiven, settled, specs
from artdag.params import settle as settle_params
from artdag.pieces import cut_frames

STILL_RATE = Fraction(25)
"""Frames per second where there are stills alone."""
MAX_TIMES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry of `times`."""

    time: Annotated[float, Range(0, 86_400, "s"), Constant("decides what is seen")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beats:
    """`times` that follow a sound."""

    bind: Annotated[str, Range(1, 200), "Id of an ANALYZE node."]
    feature: Annotated[Literal["beats", "downbeats", "onsets"], "What is followed."] = "beats"
    every: Annotated[int, Range(1, 1000), Constant("decides what is seen"), "So many of them to a change."] = 1
    least_s: Annotated[float, Range(0, 60, "s"), Constant("decides what is seen"), "None is seen for less."] = 0.1


def _times(raw: Any) -> tuple[float, ...] | Beats:
    if isinstance(raw, Mapping):
        return settle_params(Beats, raw, field="config.times", what="times")
    if not isinstance(raw, (list, tuple)) or not raw:
        raise ParameterError("'times' is a list of seconds, such as [1.5, 3, 4.5], or {bind: NODE, feature: beats}")
    if len(raw) > MAX_TIMES:
        raise ParameterError(f"'times' has {len(raw):,} entries; {MAX_TIMES:,} are the most")
    (spec,) = specs(_Entry)
    found: list[float] = []
    for position, entry in enumerate(raw):
        field = f"config.times.{position}"
        try:
            time = settled(spec, entry)
        except ParameterError as error:
            raise ParameterError(error.message, problems=[Problem(message=error.message, field=field)]) from error
        before = found[-1] if found else 0.0
        if isinstance(entry, Ungiven):
            time = nextafter(before, inf)
        if time <= before:
            why = f"{time:g} s stands after {before:g} s" if found else "the first change comes after 0 s"
            message = f"the times of SWITCH are not in order: {why}"
            raise ParameterError(message, problems=[Problem(message=message, field=field)])
        found.append(time)
    return tuple(found)


_LISTED = {"type": "array", "items": specs(_Entry)[0], "minItems": 1, "maxItems": MAX_TIMES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    times: Annotated[
        tuple[float, ...] | Beats,
        Parsed(_times, {"anyOf": [_LISTED, Beats]}),
        "When the next input is shown: seconds, each later than the one before; or the beats of a sound.",
    ]
    order: Annotated[Literal["round_robin", "random"], "In turn, or by chance but never the same twice running."] = (
        "round_robin"
    )
    seed: Annotated[
        int, Range(0, 2**31 - 1), Constant("decides what is seen"), "For random: another seed is another order."
    ] = 0


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=2, maximum=None, kinds=(PICTURES,))


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    rate = next((shape.video.frame_rate for shape in inputs if shape.kind is Kind.VIDEO and shape.video), STILL_RATE)
    clips = [shape.video for shape in inputs if shape.kind is Kind.VIDEO and shape.video is not None]
    count = max((_frames_on(clip, rate) for clip in clips), default=None)
    if count is None:
        count = _frames_of_stills(config.times, rate)
    seed = config.seed if config.order == "random" else None
    first = inputs[0].video
    assert first is not None
    video = VideoShape(
        width=even(first.width),
        height=even(first.height),
        pixel_format="yuv420p",
        frame_rate=rate,
        frame_count=count,
    )
    heard = next((position for position, shape in enumerate(inputs) if shape.sound is not None), None)
    return Settled(
        params={
            **_changes(config.times, rate, count, len(inputs), seed),
            "heard": heard,
            "width": video.width,
            "height": video.height,
            "frame_rate": str(rate),
            "frame_count": count,
        },
        shape=Shape(
            kind=Kind.VIDEO,
            video=video,
            sound=SoundShape(sample_count=video.sample_count) if heard is not None else None,
        ),
    )


def _frames_on(clip: VideoShape, rate: Fraction) -> int:
    """Return how many frames of a grid of *rate* a clip lasts."""
    # half down: half a frame more would show the beginning of the longest clip once again
    return max(1, ceil(clip.frame_count / clip.frame_rate * rate - Fraction(1, 2)))


def _frames_of_stills(times: tuple[float, ...] | Beats, rate: Fraction) -> int:
    """Return how long stills are shown: the last one as long as the one before it."""
    if isinstance(times, Beats):
        message = "stills that change with a sound have no length of their own: make one of them a clip, in a SEQUENCE"
        raise ParameterError(message, problems=[Problem(message=message, field="config.times")])
    before, last = (0.0, *times)[-2:]
    return max(1, 2 * frame_at(last, rate) - frame_at(before, rate))


def _changes(
    times: tuple[float, ...] | Beats, rate: Fraction, count: int, inputs: int, seed: int | None
) -> dict[str, Any]:
    """Return which input is seen from which frame on, or what that follows from once the sound is heard."""
    if isinstance(times, Beats):
        follows = {"feature": times.feature, "every": times.every, "least_s": times.least_s}
        return {"report": times.bind, "follows": follows, "seed": seed}
    parts = spans(times, rate, count)
    return {"starts": [part.start for part in parts], "shown": turns(len(parts), inputs, seed)}


def spans(times_s: Sequence[float], rate: Fraction, count: int) -> tuple[Span, ...]:
    """Return the parts that changes at these times (in order) cut *count* frames into."""
    changes = sorted({frame_at(time, rate) for time in times_s})
    starts = [0, *(frame for frame in changes if 0 < frame < count)]
    return tuple(Span(start, stop) for start, stop in pairwise([*starts, count]))


def turns(parts: int, inputs: int, seed: int | None) -> list[int]:
    """Return which of two or more *inputs* is seen in each part: in turn, or by chance where there is a *seed*."""
    if seed is None:
        return [part % inputs for part in range(parts)]
    words = random_bytes(8 * parts, seed, 0).view("<u8").tolist()
    shown = [words[0] % inputs]
    for word in words[1:]:
        other = word % (inputs - 1)
        shown.append(other + (other >= shown[-1]))
    return shown


def build(building: Building) -> Media:
    params, shape = building.params, building.shape
    assert shape.video is not None
    clips = [_clip(media, own, shape.video) for media, own in zip(building.inputs, building.shapes, strict=True)]
    starts, shown = _heard(building, shape.video) if "follows" in params else (params["starts"], params["shown"])
    parts = [Span(start, stop) for start, stop in pairwise([*starts, shape.video.frame_count])]
    video = Switched(clips, parts, shown)
    if shape.sound is None:
        return Media(video=video)
    sound, own = building.inputs[params["heard"]].sound, building.shapes[params["heard"]].video
    assert sound is not None
    assert own is not None
    once = _once(own, shape.video)
    looped = once is not None and once < shape.video.frame_count
    if once is not None and looped:
        return Media(video=video, sound=LoopedSound(sound, once, shape.video))
    return Media(video=video, sound=sound_of(sound, shape.sound.sample_count))


def _heard(building: Building, target: VideoShape) -> tuple[list[int], list[int]]:
    """Return the frames at which a part begins, as the sound has it, and which input is seen in each."""
    params = building.params
    timing = Beats(bind=params["report"], **params["follows"])
    cuts = cut_frames(building.reports[timing.bind], timing, target.frame_count, target.frame_rate)
    starts = [0, *cuts]
    return starts, turns(len(starts), len(building.inputs), params["seed"])


def _clip(media: Media, own: Shape, target: VideoShape) -> Video:
    video = media.video
    assert video is not None
    still = own.kind is Kind.IMAGE
    if not still:
        video = conformed(video, target.frame_rate, target.frame_count, beyond="loop")
    video = resized(in_format(video, target.pixel_format), target.width, target.height, "pad")
    return held(video, target.frame_rate, target.frame_count) if still else video


def _once(own: VideoShape, target: VideoShape) -> int | None:
    """Return after how many of the target's frames ``conformed`` lets the clip begin again; None where it need not."""
    ratio = own.frame_rate / target.frame_rate
    if passing(target.frame_count - 1, ratio) < own.frame_count:
        return None
    return max(1, int(own.frame_count / ratio))


class Switched(Video):
    """One of several clips at a time: *parts* follow one another, and in each the clip of that number is seen.

    All clips have one shape and one timeline. A clip is opened where it is seen, and only there.
    """

    def __init__(self, clips: Sequence[Video], parts: Sequence[Span], shown: Sequence[int]) -> None:
        self._clips = tuple(clips)
        self._parts = tuple(parts)
        self._shown = tuple(shown)
        self.shape = self._clips[0].shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        for part, number in zip(self._parts, self._shown, strict=True):
            begin, end = max(first, part.start), min(stop, part.stop)
            if begin < end:
                yield from self._clips[number].frames(begin, end)


class LoopedSound(Sound):
    """A sound that begins again with its picture, every *once* frames."""

    def __init__(self, upstream: Sound, once: int, shape: VideoShape) -> None:
        self._upstream = upstream
        self._once = once
        self._rate = shape.frame_rate
        self.shape = SoundShape(sample_count=shape.sample_count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        turn = int(first * self._rate / SAMPLE_RATE / self._once)
        turn -= samples_at(turn * self._once, self._rate) > first
        position = first
        while position < stop:
            start = samples_at(turn * self._once, self._rate)
            end = samples_at((turn + 1) * self._once, self._rate)
            until = min(stop, end)
            if position < until:
                yield from sound_of(self._upstream, end - start).samples(position - start, until - start)
                position = until
            turn += 1


NODE = NodeType(name="SWITCH", config=Config, slots=slots, settle=settle, build=build, gives=Kind.VIDEO)
