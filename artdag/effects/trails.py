"""Let whatever moves leave a trail: the past fades away behind the present.

With the share d = *decay* to the power of 25 / frame rate, so that *decay* is what is left of the past from one frame
to the next at 25 frames a second, and as much after the same time at any rate:

``mix`` is d × before + (1 - d) × frame, a long exposure: what moves blurs, what stands stays. ``lighten`` shows at each
pixel the lighter of the frame and of what was shown before, its distance from black times d: light draws lines.
``darken`` likewise the darker, fading to white: dark figures on light ground.

Fading is rounded towards black (white), so after some frames nothing is left of one, to the last bit; in a mixture the
past is cut off once it weighs less than 1/512. Opacity leaves trails too. Sound stays as it is, and a still too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from artdag.animation import extremes, value_at
from artdag.codec.afterglow import BLACK, WHITE, Fade, lighter, negative
from artdag.codec.frame import Frame, Moment
from artdag.codec.lookup import bands
from artdag.codec.premultiplied import premultiplied, straight
from artdag.codec.retime import Carried, Carry
from artdag.codec.stream import Media
from artdag.codec.yuv import yuv_clip, yuv_shape
from artdag.effect import Effect
from artdag.media import Kind, Shape
from artdag.params import Range

USUAL_RATE = 25
"""Frames a second."""
UNSEEN = 1 / 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    decay: Annotated[float, Range(0, 0.98), "What is left from one frame to the next, at 25 frames a second."] = 0.85
    blend: Annotated[Literal["mix", "lighten", "darken"], "What leaves trails: all that moves, light or shade."] = "mix"


def share(decay: float, frame_rate: float) -> float:
    """Return what is left of the past from one frame to the next."""
    return float(decay ** (USUAL_RATE / frame_rate)) if decay else 0.0


def gives(params: Params, shapes: tuple[Shape, ...]) -> Shape:
    return yuv_shape(shapes[0])


def streams(inputs: tuple[Media, ...], params: Params, shape: Shape) -> Media:
    (media,) = inputs
    if shape.kind is Kind.IMAGE:
        return media
    assert media.video is not None
    video = yuv_clip(media.video)
    longest = share(max(settings.decay for settings in extremes(params)), float(video.shape.frame_rate))
    if params.blend == "mix":
        span = exposure(longest)
        return replace(media, video=Carried(video, partial(mixed, params, span), video.shape, look_back=2 * span))
    carry: Carry = partial(lightest if params.blend == "lighten" else darkest, params)
    # a colour may hang on luma that is as old as luma gets, and then last as long as colour does
    reach = 2 * Fade.by(longest, 0).steps
    return replace(media, video=Carried(video, carry, video.shape, look_back=reach))


def lightest(
    params: Params, picture: Frame, moment: Moment, before: Frame | None, black: int = BLACK
) -> tuple[Frame, Frame]:
    present = premultiplied(picture)
    if before is None:
        return picture, present
    left = share(value_at(params, moment.time_s).decay, float(moment.frame_rate))
    found = lighter(present, before, Fade.by(left, black))
    return straight(found), found


def darkest(params: Params, picture: Frame, moment: Moment, before: Frame | None) -> tuple[Frame, Frame]:
    found, kept = lightest(params, negative(picture), moment, before, 255 - WHITE)
    return negative(found), kept


# --- a long exposure --------------------------------------------------------------------------------------------------


def exposure(left: float) -> int:
    """Return after how many frames one weighs less than ``UNSEEN``, when *left* of the past is left after each."""
    return max(1, math.ceil(math.log(UNSEEN) / math.log(left))) if left else 1


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """The mean of the frames from *begin* on."""

    begin: int
    planes: tuple[NDArray[np.float32], ...]

    def add(self, picture: Frame, weight: np.float32) -> None:
        for total, plane in zip(self.planes, picture.planes, strict=True):
            for rows in bands(len(total)):
                part = np.subtract(plane[rows], total[rows], dtype=np.float32)
                part *= weight
                total[rows] += part


def mixed(
    params: Params, span: int, picture: Frame, moment: Moment, exposures: list[Exposure] | None
) -> tuple[Frame, list[Exposure]]:
    """Return the long exposure that ends with *picture*, and those to go on with.

    A mean never quite forgets, so every *span* frames a new one is begun, and shown when it is *span* frames old: what
    the older one knows beyond that is too little to be seen.
    """
    present, index = premultiplied(picture), moment.index
    weight = np.float32(1 - share(value_at(params, moment.time_s).decay, float(moment.frame_rate)))
    kept = list(exposures or ())
    for one in kept:
        one.add(present, weight)
    if index % span == 0:
        kept.append(Exposure(index, tuple(plane.astype(np.float32) for plane in present.planes)))
    ready = [one for one in kept if one.begin == 0 or one.begin <= index - span]
    if not ready:
        return picture, kept
    result = picture.blank_like()
    for out, total in zip(result.planes, ready[-1].planes, strict=True):
        for rows in bands(len(out)):
            out[rows] = total[rows] + np.float32(0.5)
    return straight(result), kept[kept.index(ready[-1]) :]


def same_as(params: Params) -> str | None:
    return "input" if params.decay == 0 else None


EFFECT = Effect(
    name="trails", group="time", params=Params, streams=streams, gives=gives, same_as=same_as, cost_class="light"
)
