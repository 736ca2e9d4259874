"""Let the sound ring in a room.

The sound is convolved with what a room of this *size* answers to a click, which is worked out from its walls and from
*seed*: mirror images of the source, then noise that fades, 60 dB in 0.115 s for each metre of its longest side
(``artdag.codec.room`` has the formulas). *damping* makes high tones fade faster. The result is (1 - *mix*) times the
sound and *mix* times the room, which is as loud as the sound. It is as long as the sound, and what still rings then
fades out in 20 ms. The picture stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from artdag.codec.audible import heard_through, sounding
from artdag.codec.convolve import Convolved
from artdag.codec.mixing import gains
from artdag.codec.room import response
from artdag.codec.stream import Samples, Sound
from artdag.effect import SOUNDS, Effect, Input
from artdag.media import SAMPLE_RATE
from artdag.params import Constant, Range

FADE = SAMPLE_RATE // 50
BUILT = Constant("decides how the room is built")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    size: Annotated[float, Range(2, 50, "m"), BUILT, "The room's longest side: 4 a bathroom, 40 a church."] = 12.0
    damping: Annotated[float, Range(0, 1), BUILT, "How much sooner high tones fade: 0 bare stone, 1 curtains."] = 0.5
    mix: Annotated[float, Range(0, 1), "How much of the room is heard; 0 changes nothing."] = 0.3
    seed: Annotated[int, Range(0, 2**31 - 1), BUILT, "Another seed is another place in the room."] = 1


class Room(Sound):
    """*dry* in a room."""

    def __init__(self, dry: Sound, params: Params) -> None:
        self._dry = dry
        self._params = params
        self._wet: Convolved | None = None
        self.shape = dry.shape

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        params = self._params
        if self._wet is None:
            self._wet = Convolved(self._dry, response(params.size, params.damping, params.seed))
        for begin, dry, wet in self._wet.beside(first, stop):
            index = np.arange(begin, begin + dry.shape[1])
            fade = np.minimum((self.shape.sample_count - index) / FADE, 1)
            mix = gains(params.mix, begin, begin + dry.shape[1])
            yield np.asarray(dry + mix * (wet * fade - dry), np.float32)


def same_as(params: Params) -> str | None:
    return "input" if params.mix == 0 else None


EFFECT = Effect(
    name="reverb",
    group="sound",
    params=Params,
    inputs=(Input("input", SOUNDS),),
    streams=heard_through(Room),
    gives=sounding("reverb"),
    same_as=same_as,
    cost_class="light",
)
