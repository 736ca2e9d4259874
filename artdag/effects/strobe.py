"""Flash: show the picture and one colour by turns, so many times a second.

The frame at time t (seconds from the beginning) lies at the share t × *rate_hz* mod 1 of its period and is shown where
that is below *shown*, else it is *color*; worked out in whole fractions, so that no frame slips. A rate above the frame
rate catches whatever falls on the frames. Opacity stays. More than three flashes a second can harm people with
photosensitive epilepsy.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from artdag.codec.bordered import color_values
from artdag.codec.frame import Frame, Moment
from artdag.effect import Effect
from artdag.params import Color, Range

FINEST = 10**6
"""Settings are taken as fractions with at most this denominator: 0.1 is a tenth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    rate_hz: Annotated[float, Range(0, 60, "Hz"), "Flashes a second; 0 shows the picture all the time."] = 3.0
    shown: Annotated[float, Range(0, 1), "Share of each period in which the picture is seen; 1 always."] = 0.5
    color: Annotated[Color, "What is seen in between."] = Color("#000000")


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    shown = is_shown(params, moment)
    values = color_values(params.color, picture.pixel_format)
    for number, (source, target) in enumerate(zip(picture.planes, result.planes, strict=True)):
        if shown or number == 3:
            target[...] = source
        elif target.ndim == 3:
            target[..., :3] = values[:3]
            target[..., 3:] = source[..., 3:]
        else:
            target[...] = values[number]
    return result


def is_shown(params: Params, moment: Moment) -> bool:
    rate, shown = (Fraction(value).limit_denominator(FINEST) for value in (params.rate_hz, params.shown))
    return rate == 0 or moment.index / moment.frame_rate * rate % 1 < shown


EFFECT = Effect(name="strobe", group="time", params=Params, frame=frame, cost_class="light")
