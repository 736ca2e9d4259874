"""Several sounds heard at once, each with its own gain; of clips, the sound counts.

The mix is as long as the longest of them. Where `normalize` is set, one gain for the whole mix keeps it below full
scale: with P the highest peak that the mix would have, everything is multiplied by min(1, 0.98 / P). So what is soft
enough stays exactly as it is, and nothing ever pumps. Without it, what exceeds full scale is left to whatever follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from artdag.animation import Animation
from artdag.codec.mixing import Limited, Mixed
from artdag.codec.stream import Media
from artdag.codec.timeline import Silence
from artdag.effect import SOUNDS, EffectCatalog
from artdag.errors import ParameterError, Problem
from artdag.media import Kind, Shape, SoundShape
from artdag.node_type import Building, NodeType, Settled, Slots
from artdag.params import Parsed, Range, plain, settled, specs

CEILING = 0.98
"""What the highest peak is brought down to: below 1, since encoders overshoot a little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry of `gains`."""

    gain: Annotated[float, Range(0, 2)] = 1.0


Gains = tuple[float | Animation, ...]


def _gains(raw: Any) -> Gains:
    if not isinstance(raw, (list, tuple)):
        raise ParameterError("'gains' is a list of numbers from 0 to 2, one for each input")
    (spec,) = specs(_Entry)
    found: list[float | Animation] = []
    problems: list[Problem] = []
    for position, entry in enumerate(raw):
        try:
            found.append(settled(spec, entry))
        except ParameterError as error:
            problems.append(Problem(message=error.message, field=f"config.gains.{position}", hint="0 to 2"))
    if problems:
        raise ParameterError(problems[0].message, problems=problems)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    gains: Annotated[
        Gains | None,
        Parsed(_gains, {"type": ["array", "null"], "items": specs(_Entry)[0]}),
        "How loud each input is, from 0 to 2; 1 each where none are given.",
    ] = None
    normalize: Annotated[bool, "Bring a mix that would exceed full scale down, all of it by the same gain."] = True


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=2, maximum=None, kinds=(SOUNDS,))


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    gains = config.gains if config.gains is not None else (1.0,) * len(inputs)
    if len(gains) != len(inputs):
        message = f"AUDIO_MIX has {len(inputs)} inputs, and 'gains' has {len(gains)}: there is one for each"
        raise ParameterError(message, problems=[Problem(message=message, field="config.gains")])
    longest = max(_length(shape) for shape in inputs)
    return Settled(
        params={"gains": plain(gains), "normalize": config.normalize},
        shape=Shape(kind=Kind.AUDIO, sound=SoundShape(sample_count=longest)),
    )


def _length(shape: Shape) -> int:
    """Return how many samples an input lasts: a silent clip, as long as its picture."""
    if shape.sound is not None:
        return shape.sound.sample_count
    assert shape.video is not None
    return shape.video.sample_count


def build(building: Building) -> Media:
    sounds = [
        media.sound if media.sound is not None else Silence(_length(shape))
        for media, shape in zip(building.inputs, building.shapes, strict=True)
    ]
    mix = Mixed(sounds, building.params["gains"])
    return Media(sound=Limited(mix, CEILING) if building.params["normalize"] else mix)


NODE = NodeType(name="AUDIO_MIX", config=Config, slots=slots, settle=settle, build=build, gives=Kind.AUDIO)
