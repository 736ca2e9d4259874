"""What each effect costs by itself: processor time for a frame of 720p.

Frames lie ready as ``yuv420p``. To bring them to the format that the effect works in, and its result to one that is
encoded, counts as its cost. Tables and fonts are made beforehand, as they are once in a process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np

from artdag.animation import live
from artdag.catalog import load_node_types
from artdag.codec.decode import open_media
from artdag.codec.frame import HAS_ALPHA, stamped
from artdag.codec.geometry import in_format
from artdag.codec.probe import probe
from artdag.codec.stream import Media, Samples, Sound, Video
from artdag.codec.timeline import copied
from artdag.effect import Effect, EffectCatalog, Input
from artdag.errors import ArtDagError
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape, VideoShape
from artdag.node_type import Building
from artdag.params import ParamSpec, settle
from benchmarks.cost import cost_in_child
from benchmarks.sources import FRAME_RATE, make_clip

PICTURES = 8
"""Different frames; they come round again."""
LONGEST_S = 1.0
"""Enough for a mean; what looks back or ahead gets ``WIDER`` times as much."""
WIDER = 4
WARM = 2
"""Frames before those that count."""
BARE_S = 0.2
"""Long enough to see how much memory a process has that does nothing."""
IDLE_MS = 0.05
"""What takes less for a frame does nothing to it."""
COMPANIONS = (
    b"LUT_3D_SIZE 2\n0 0 .2\n.9 0 0\n0 1 .1\n1 .8 0\n0 .1 1\n1 0 .8\n0 1 1\n1 1 .9\n",
    b"1\n00:00:00,000 --> 00:01:00,000\nA subtitle that is long enough for more than one line of the picture\n",
)
"""What inputs of data are tried with, one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """An effect with settings."""

    effect: Effect
    settings: str
    """In words."""
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a trial took."""

    settings: str
    ms: tuple[float, ...]
    """Processor time of each round, per frame of the result; of sound, per as much as lasts one frame."""
    megapixels: float
    """Of that frame; 0 where there is only sound."""
    memory_mb: float
    """What it held, the clip and the program aside."""
    quiet: bool
    """Whether a round was undisturbed."""

    @property
    def least(self) -> float:
        """That of the best round: what else a machine does only adds to processor time."""
        return min(self.ms)

    @property
    def idle(self) -> bool:
        """Whether there was nothing to do: the frames went through."""
        return self.megapixels > 0 and self.least < IDLE_MS


class Repeated(Video):
    """A few pictures over and over, all ready."""

    def __init__(self, pictures: Sequence[av.VideoFrame], count: int) -> None:
        first = pictures[0]
        self._frames = [copied(pictures[index % len(pictures)]) for index in range(count)]
        self.shape = VideoShape(
            width=first.width,
            height=first.height,
            pixel_format=first.format.name,
            frame_rate=Fraction(FRAME_RATE),
            frame_count=count,
        )

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        for index in range(first, stop):
            yield stamped(self._frames[index], index, self.shape.frame_rate)


class Noise(Sound):
    """One second of noise over and over."""

    def __init__(self, count: int) -> None:
        self._noise = np.random.default_rng(1).uniform(-0.3, 0.3, (2, SAMPLE_RATE)).astype(np.float32)
        self.shape = SoundShape(sample_count=count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        while first < stop:
            begin = first % SAMPLE_RATE
            block = self._noise[:, begin : begin + stop - first]
            yield block
            first += block.shape[1]


def trials(effect: Effect) -> list[Trial]:
    """Return the effect at its defaults, with all numbers well off them, and with each other choice by itself."""
    needed = {spec.name: striking(spec) for spec in effect.param_specs if spec.required}
    found = [Trial(effect=effect, settings="defaults", params=needed)]
    numbers = {spec.name: striking(spec) for spec in effect.param_specs if _has_range(spec)}
    if numbers:
        words = ", ".join(f"{name} {value:g}" for name, value in numbers.items())
        found.append(Trial(effect=effect, settings=words, params=needed | numbers))
    for spec in effect.param_specs:
        others: list[Any] = [not spec.default] if spec.type == "bool" else list(spec.choices)
        for value in others:
            if value != spec.default:
                words = f"{spec.name} {str(value).lower() if spec.type == 'bool' else value}"
                found.append(Trial(effect=effect, settings=words, params=needed | {spec.name: value}))
    return found


def _has_range(spec: ParamSpec) -> bool:
    return spec.type in ("float", "int") and spec.low is not None


def striking(spec: ParamSpec) -> Any:
    """Return a value that shows what the setting does: numbers well off the default, but not at the end."""
    if spec.low is not None and spec.high is not None and _has_range(spec):
        default = float(spec.low if spec.required or spec.default is None else spec.default)
        value = default + 0.6 * (min(spec.high, default + 180) - default)
        return round(value) if spec.type == "int" else round(value, 2)
    if spec.choices:
        return spec.choices[0]
    return {"bool": True, "color": "#e0542a", "float": 2.0, "int": 2}.get(spec.type, "Art DAG")


class Bench:
    """A clip and its sound, and what is tried on them."""

    def __init__(self, effects: EffectCatalog, folder: Path, seconds: float) -> None:
        path = make_clip(folder, LONGEST_S)
        video = open_media(path, probe(path)).video
        assert video is not None
        self._effects = effects
        self._node_type = load_node_types()["EFFECT"]
        self._count = max(WARM, round(min(seconds, LONGEST_S) * FRAME_RATE))
        self._long = Repeated(list(video.frames(0, PICTURES)), WIDER * self._count)
        self._short = Repeated(list(video.frames(0, PICTURES)), self._count)

    def measure(self, effect: Effect, rounds: int) -> list[Measured]:
        """Return what the trials of *effect* took, that with its defaults first."""
        bare_mb = cost_in_child(lambda: lambda: time.sleep(BARE_S)).peak_mb
        found = (self._measured(trial, rounds, bare_mb) for trial in trials(effect))
        return [measured for measured in found if measured is not None]

    def _measured(self, trial: Trial, rounds: int, bare_mb: float) -> Measured | None:
        """Return what *trial* took; None where its settings do not go together."""
        data = any(item.kinds == (Kind.DATA,) for item in trial.effect.wired)
        for text in COMPANIONS if data else (b"",):
            making = partial(self._made, trial, text)
            try:
                made = making()
                if data:
                    drain(made, 1)
            except ArtDagError:
                continue
            count, megapixels = extent(made)
            costs = [cost_in_child(partial(warmed, making)) for _ in range(rounds)]
            return Measured(
                settings=trial.settings,
                ms=tuple(cost.cpu_s * 1000 / count for cost in costs),
                megapixels=megapixels,
                memory_mb=max(0.0, min(cost.peak_mb for cost in costs) - bare_mb),
                quiet=any(cost.quiet for cost in costs),
            )
        return None

    def _made(self, trial: Trial, text: bytes) -> Media:
        """Return the streams, as planner and executor make them.

        Raises:
            ArtDagError: when the settings do not go together, or *text* is not what the effect reads.
        """
        effect = trial.effect
        given = [self._given(item, effect, text) for item in effect.inputs]
        config = settle(self._node_type.config, {"effect": effect.name, "params": trial.params})
        wired = tuple(shape for (_, shape), item in zip(given, effect.inputs, strict=True) if item.asset is None)
        settled = self._node_type.settle(config, wired, self._effects)
        if settled.effect is None or settled.same_as is not None or settled.same_as_asset is not None:
            return given[settled.same_as or 0][0]
        made = self._node_type.build(
            Building(
                params=live(settled.params, {}),
                inputs=tuple(media for media, _ in given),
                shapes=tuple(shape for _, shape in given),
                shape=settled.shape,
                effect=effect,
                seed=1,
            )
        )
        if made.video is not None:
            alpha = made.video.shape.pixel_format in HAS_ALPHA
            made = replace(made, video=in_format(made.video, "yuva420p" if alpha else "yuv420p"))
        return made

    def _given(self, item: Input, effect: Effect, text: bytes) -> tuple[Media, Shape]:
        if item.kinds == (Kind.DATA,):
            return Media(data=lambda: text), Shape(kind=Kind.DATA)
        video = self._short if effect.streams is None else self._long
        sound = Noise(video.shape.sample_count)
        if Kind.IMAGE not in item.kinds:
            return Media(sound=sound), Shape(kind=Kind.AUDIO, sound=sound.shape)
        if effect.streams is None:
            return Media(video=video), Shape(kind=Kind.VIDEO, video=video.shape)
        return Media(video=video, sound=sound), Shape(kind=Kind.VIDEO, video=video.shape, sound=sound.shape)


def warmed(making: Callable[[], Media]) -> Callable[[], object]:
    """Return the work that is measured; what a process makes once is made here."""
    drain(making(), WARM)
    made = making()
    return lambda: drain(made)


def drain(media: Media, most: int | None = None) -> None:
    """Ask for all, or for what lasts *most* frames."""
    if media.video is not None:
        length = media.video.shape.frame_count
        for _ in media.video.frames(0, length if most is None else min(most, length)):
            pass
    if media.sound is not None:
        count = media.sound.shape.sample_count
        for _ in media.sound.samples(0, count if most is None else min(most * SAMPLE_RATE // FRAME_RATE, count)):
            pass


def extent(media: Media) -> tuple[float, float]:
    """Return how many frames *media* lasts, and the megapixels of one."""
    if media.video is not None:
        shape = media.video.shape
        return float(shape.frame_count), shape.width * shape.height / 1e6
    assert media.sound is not None
    return media.sound.shape.duration_s * FRAME_RATE, 0.0
