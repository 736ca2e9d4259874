"""Lay a colour over the picture that comes and goes.

Luma and chroma are drawn towards those of *color*, by a share of *amount* that swings once in *period_s* seconds: from
none to all and back, smoothly or at once. Opacity stays.
"""

# A file to begin from. Copy it into the folder that EFFECTS_DIR names, under a name of your own, write that name below
# where effect_template stands, and start the server again. The text above is what the catalogue says of the effect.

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from artdag.codec.chroma import keep_alpha, yuv_of
from artdag.codec.frame import Frame, Moment
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Color, Constant, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amount: Annotated[float, Range(0, 1), "How much of the colour is seen at most; 0 changes nothing."] = 0.6
    color: Annotated[Color, "What is laid over the picture."] = Color("#ff8a3c")
    period_s: Annotated[float, Range(0.1, 60, "s"), Constant("is the beat of all"), "From one to the next."] = 2.0
    swing: Annotated[Literal["smooth", "steps"], "How it comes and goes."] = "smooth"
    light: Annotated[bool, "Whether light and dark are drawn along, or the colour alone."] = False


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    """Return *picture* under the colour. It is called for any frame, in any order, and keeps nothing."""
    result = picture.blank_like()  # what came is read-only
    amount = params.amount * share(params, moment.time_s)  # amount may be keyframed: here it is a number all the same
    codes = np.arange(256)
    wanted = yuv_of(np.array(params.color.rgb) / 255)
    for number, (source, target) in enumerate(zip(picture.planes[:3], result.planes[:3], strict=True)):
        own = 0.0 if number == 0 and not params.light else amount
        table = np.rint(codes + own * (wanted[number] - codes)).astype(np.uint8)
        np.take(table, source, out=target, mode="clip")  # a table is worked out once for 256 values, not for each pixel
    keep_alpha(picture, result)
    return result


def share(params: Params, time_s: float) -> float:
    turn = time_s / params.period_s % 1
    return 0.5 - 0.5 * math.cos(2 * math.pi * turn) if params.swing == "smooth" else float(turn >= 0.5)


EFFECT = Effect(
    name="effect_template",
    group="colour",  # basics, colour, detail, geometry, look, time, text, sound, or one of your own
    params=Params,
    pixel_formats=YUV_FORMATS,  # best first
    frame=frame,
    cost_class="light",
)
