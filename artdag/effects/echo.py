"""Lay earlier frames over each frame: ghosts that follow whatever moves.

Echo k, of 1 to *count*, is the frame from k × *delay_s* ago (the nearest one of the grid, one frame at least), as
strong as *decay* to the power of k. ``mix`` is the mean of them all, weighed so, in steps of 1/256: nothing gets
lighter or darker. ``lighten`` fades each echo to black by its strength and shows at each pixel the lightest of them, in
its own colour; ``darken`` fades to white and shows the darkest. Before the clip's beginning there is nothing to echo.

The frames that wait for their echo are held: 512 MB of them at most, which is 5 s of 1920 × 1080 at 30 frames a second;
more is refused. Opacity echoes along. Sound stays as it is, and a still too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Literal

from artdag.animation import value_at
from artdag.codec.afterglow import BLACK, WHITE, Fade, lighter, negative
from artdag.codec.frame import Frame, Moment
from artdag.codec.mean import mean, weights_of
from artdag.codec.premultiplied import premultiplied, straight
from artdag.codec.stream import Media
from artdag.codec.window import Windowed, check_room
from artdag.codec.yuv import yuv_clip, yuv_shape
from artdag.effect import Effect
from artdag.media import Kind, Shape, VideoShape, frame_at
from artdag.params import Constant, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    delay_s: Annotated[
        float, Range(0, 5, "s"), Constant("decides how many frames are held"), "Time from one echo to the next."
    ] = 0.2
    decay: Annotated[float, Range(0, 1), "How strong each echo is against the one before; 0 leaves none."] = 0.6
    count: Annotated[int, Range(1, 16), Constant("decides how many frames are held"), "How many echoes."] = 3
    blend: Annotated[
        Literal["mix", "lighten", "darken"], "What is seen where they overlap: all, the lightest, the darkest."
    ] = "mix"


def distance(params: Params, shape: VideoShape) -> int:
    """Return the frames from one echo to the next."""
    return max(1, frame_at(params.delay_s, shape.frame_rate))


def gives(params: Params, shapes: tuple[Shape, ...]) -> Shape:
    shape = yuv_shape(shapes[0])
    assert shape.video is not None
    reach = params.count * distance(params, shape.video)
    check_room(shape.video, reach, "echo", "a shorter delay_s, a smaller count")
    return shape


def streams(inputs: tuple[Media, ...], params: Params, shape: Shape) -> Media:
    (media,) = inputs
    if shape.kind is Kind.IMAGE:
        return media
    assert media.video is not None
    step = distance(params, media.video.shape)
    video = Windowed(yuv_clip(media.video), partial(frame, params, step), params.count * step)
    return replace(media, video=video)


def frame(params: Params, step: int, window: Sequence[Frame], moment: Moment) -> Frame:
    """Return the last frame of *window* with its echoes, which lie *step* frames apart."""
    now = value_at(params, moment.time_s)
    echoes = [window[-1 - back] for back in range(0, min(len(window), now.count * step + 1), step)]
    strengths = [now.decay**number for number in range(len(echoes))]
    if now.blend == "mix":
        return mean(echoes, weights_of(strengths))
    return lightest(echoes, strengths) if now.blend == "lighten" else darkest(echoes, strengths)


def lightest(echoes: Sequence[Frame], strengths: Sequence[float], black: int = BLACK) -> Frame:
    if not any(strengths[1:]):
        return echoes[0]
    found = premultiplied(echoes[0])
    for echo, strength in zip(echoes[1:], strengths[1:], strict=True):
        found = lighter(found, premultiplied(echo), Fade.by(strength, black))
    return straight(found)


def darkest(echoes: Sequence[Frame], strengths: Sequence[float]) -> Frame:
    return negative(lightest([negative(echo) for echo in echoes], strengths, 255 - WHITE))


def same_as(params: Params) -> str | None:
    return "input" if params.decay == 0 else None


EFFECT = Effect(
    name="echo",
    group="time",
    params=Params,
    streams=streams,
    gives=gives,
    same_as=same_as,
)
