"""Move the sound up or down in pitch without making it faster or slower.

By *semitones*, twelve to an octave: frequencies are multiplied by 2^(semitones / 12), to within one cent. It is a phase
vocoder with locked phases over frames of 85 ms (``artdag.codec.pitch`` has the method): chords stay clean, strokes stay
in place. Voices sound larger when they move down, smaller when they move up. The picture stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from artdag.codec.audible import heard_through, sounding
from artdag.codec.pitch import Pitched
from artdag.codec.stream import Sound
from artdag.effect import SOUNDS, Effect, Input
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    semitones: Annotated[float, Range(-12, 12), "How far; 0 changes nothing, 12 is an octave up."] = -4.0


def sound(heard: Sound, params: Params) -> Sound:
    return Pitched(heard, params.semitones)


def same_as(params: Params) -> str | None:
    return "input" if params.semitones == 0 else None


EFFECT = Effect(
    name="pitch",
    group="sound",
    params=Params,
    inputs=(Input("input", SOUNDS),),
    streams=heard_through(sound),
    gives=sounding("pitch"),
    same_as=same_as,
    cost_class="light",
)
