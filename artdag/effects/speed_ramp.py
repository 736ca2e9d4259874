"""Play it slower or faster, at a speed that may change on the way.

*factor* 2 is twice as fast. With keyframes it lies on the time of the result, and what has been played at time t is the
integral of the factor from 0 to t: the result ends where that reaches the length of the input, to the nearest frame.
From [0, 1] to [2, 3], linear, 4 s are played in 2 s. It cannot follow a sound: then nobody would know how long it gets.

With *smooth* each frame is the mean of all that passes while it is seen: slow motion blends from frame to frame, fast
motion blurs as in a camera. Without, it is the frame nearest in time. Sound moves with the picture like a tape: faster
is higher. For its own pitch, at a speed that stays, there is the speed of a TRANSFORM. A sound alone works likewise.
A still stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated

from artdag.animation import Animation, Keyframes
from artdag.codec.pace import Pace, Paced, PacedSmoothly, SoundPaced
from artdag.codec.stream import Media
from artdag.effect import Effect, Input
from artdag.errors import ParameterError, Problem
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    factor: Annotated[float, Range(0.1, 10), "How many times as fast."] = 0.5
    smooth: Annotated[bool, "Mix the frames that pass while one is seen."] = True


def pace(params: Params, rate: Fraction) -> Pace:
    """Return the pace on a grid of *rate* steps a second.

    Raises:
        ParameterError: when it follows a sound.
    """
    factor: float | Animation = params.factor
    if isinstance(factor, Animation) and not isinstance(factor, Keyframes):
        message = "'factor' of speed_ramp cannot follow a sound, as it decides the length: give it keyframes"
        raise ParameterError(message, problems=[Problem(message=message, field="config.params.factor")])
    return Pace(factor, rate)


def gives(params: Params, shapes: tuple[Shape, ...]) -> Shape:
    shape = shapes[0]
    if shape.kind is Kind.IMAGE:
        return shape
    if shape.video is None:
        assert shape.sound is not None
        count = pace(params, Fraction(SAMPLE_RATE)).lasting(shape.sound.sample_count)
        return replace(shape, sound=SoundShape(sample_count=count))
    count = pace(params, shape.video.frame_rate).lasting(shape.video.frame_count)
    video = replace(shape.video, frame_count=count)
    return replace(shape, video=video, sound=SoundShape(sample_count=video.sample_count) if shape.sound else None)


def streams(inputs: tuple[Media, ...], params: Params, shape: Shape) -> Media:
    (media,) = inputs
    if shape.kind is Kind.IMAGE:
        return media
    video, sound = media.video, media.sound
    if video is not None:
        assert shape.video is not None
        paced = PacedSmoothly if params.smooth else Paced
        video = paced(video, pace(params, video.shape.frame_rate), shape.video)
    if sound is not None:
        assert shape.sound is not None
        sound = SoundPaced(sound, pace(params, Fraction(SAMPLE_RATE)), shape.sound.sample_count)
    return Media(video=video, sound=sound)


def same_as(params: Params) -> str | None:
    return "input" if params.factor == 1 else None


EFFECT = Effect(
    name="speed_ramp",
    group="time",
    params=Params,
    inputs=(Input("input", (Kind.VIDEO, Kind.IMAGE, Kind.AUDIO)),),
    streams=streams,
    gives=gives,
    same_as=same_as,
    cost_class="light",
)
