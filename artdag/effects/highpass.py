"""Let high tones through and take low ones away, as on a telephone.

A Butterworth filter: at *frequency_hz* the level is down by 3 dB, and below it falls by 6 dB an octave for each
*order*. A frequency that changes over time is followed in steps of 2.5 ms. The picture stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artdag.codec.audible import heard_through, sounding
from artdag.codec.biquad import passed
from artdag.codec.stream import Sound
from artdag.effect import SOUNDS, Effect, Input
from artdag.params import Constant, Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    frequency_hz: Annotated[float, Range(20, 20_000, "Hz"), "Where the level is down by 3 dB."] = 300.0
    order: Annotated[
        int, Range(1, 8), Constant("decides the filter's memory"), "How steep: 6 dB an octave for each."
    ] = 4


def sound(heard: Sound, params: Params) -> Sound:
    return passed(heard, "high", params.frequency_hz, params.order)


EFFECT = Effect(
    name="highpass",
    group="sound",
    params=Params,
    inputs=(Input("input", SOUNDS),),
    streams=heard_through(sound),
    gives=sounding("highpass"),
    cost_class="light",
)
