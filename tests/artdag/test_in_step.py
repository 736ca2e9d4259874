"""Picture and sound stay together: a clip that flashes and beeps at once, through chains of twelve nodes."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.decode import open_media
from artdag.codec.encode import encode
from artdag.codec.frame import Frame
from artdag.codec.profile import profile_for
from artdag.codec.stream import Media
from artdag.media import SAMPLE_RATE, Kind, Shape, samples_at
from tests.artdag.codec.synthetic import Flashes, Wave
from tests.artdag.studio import Studio

SECONDS = 6
RATES = (Fraction(25), Fraction(30000, 1001))
CLIP = "{id: clip, type: SOURCE, config: {input: true}}"
Grow = Callable[[random.Random, str, str], list[str]]
"""(dice, name of the new node, name of the last one) -> lines of nodes, the new one last."""


def one(kind: str, config: str = "") -> Grow:
    return lambda dice, name, last: [f"{{id: {name}, type: {kind}, config: {{{config}}}, inputs: [{last}]}}"]


def effect(what: str, params: str = "") -> Grow:
    return one("EFFECT", f"effect: {what}, params: {{{params}}}")


def trimmed(dice: random.Random, name: str, last: str) -> list[str]:
    begin = dice.choice((0.04, 0.1, 0.233, 0.5))
    return [f"{{id: {name}, type: SEGMENT, config: {{offset: {begin}}}, inputs: [{last}]}}"]


def doubled(dice: random.Random, name: str, last: str) -> list[str]:
    """The last half a second once more, behind another joint."""
    part = f"{{id: {name}_part, type: SEGMENT, config: {{duration: 1.1}}, inputs: [{last}]}}"
    joint = dice.choice(("{type: cut}", "{type: crossfade, duration: 0.2}", "{type: wipe_left, duration: 0.3}"))
    return [part, f"{{id: {name}, type: SEQUENCE, config: {{transition: {joint}}}, inputs: [{last}, {name}_part]}}"]


def parted(dice: random.Random, name: str, last: str) -> list[str]:
    """Picture and sound on ways of their own, and together again."""
    heard = f"{{id: {name}_heard, type: EFFECT, config: {{effect: gain, params: {{gain_db: -1}}}}, inputs: [{last}]}}"
    seen = f"{{id: {name}_seen, type: EFFECT, config: {{effect: vignette}}, inputs: [{last}]}}"
    return [heard, seen, f"{{id: {name}, type: MUX, inputs: [{name}_seen, {name}_heard]}}"]


def layered(dice: random.Random, name: str, last: str) -> list[str]:
    small = f"{{id: {name}_small, type: RESIZE, config: {{width: 16, height: 12, mode: stretch}}, inputs: [{last}]}}"
    config = "inputs: [{}, {position: [4, 4], opacity: 0.5}]"
    return [small, f"{{id: {name}, type: LAYER, config: {{{config}}}, inputs: [{last}, {name}_small]}}"]


GROWN: tuple[Grow, ...] = (
    *(trimmed, doubled, parted, layered),
    *(one("TRANSFORM", f"effects: {{speed: {speed}}}") for speed in (0.8, 1.25)),
    one("RESIZE", "width: 48, height: 36, mode: stretch"),
    one("RESIZE", "width: 80, height: 60, mode: fill"),
    one("TRANSFORM", "effects: {contrast: 1.05, blur: 1}"),
    *(effect("film_grain", "intensity: 0.1"), effect("zoom", "factor: {keyframes: [[0, 1], [5, 1.3]]}")),
    *(effect("speed_ramp", "factor: {keyframes: [[0, 1.2], [4, 0.9]]}"), effect("shake"), effect("lowpass")),
    *(effect("hue_shift", "degrees: 40"), effect("gain", "gain_db: 1"), effect("mirror")),
)


@pytest.fixture(scope="module", params=RATES, ids=str)
def studio(request, tmp_path_factory):
    rate = request.param
    studio = Studio(tmp_path_factory.mktemp("studio"))
    count = int(SECONDS * rate)
    lit = {int(second * rate) + further for second in range(1, SECONDS) for further in range(3)}
    samples = np.zeros((2, samples_at(count, rate)), np.float32)
    for frame in lit:
        begin, end = samples_at(frame, rate), samples_at(frame + 1, rate)
        samples[:, begin:end] = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(begin, end) / SAMPLE_RATE)
    video, sound = Flashes(count, lit, rate=rate), Wave(samples.shape[1], samples=samples)
    shape = Shape(kind=Kind.VIDEO, video=video.shape, sound=sound.shape)
    path = studio.folder / "clip.mp4"
    encode(Media(video=video, sound=sound), shape, profile_for(shape.kind, "web"), path)
    studio.clip = studio.add(path)
    return studio


def starts(values: np.ndarray, step_s: float) -> list[float]:
    """Return when *values* come up over half of what they reach, having been low for a while."""
    high = values > values.max() / 2
    return [
        index * step_s
        for index in range(1, len(high))
        if high[index] and not high[max(0, index - round(0.1 / step_s)) : index].any()
    ]


@pytest.mark.parametrize("seed", range(4))
def test_flash_and_beep_stay_together_through_twelve_nodes(studio, seed):
    dice = random.Random(seed)
    nodes, last = [CLIP], "clip"
    ways = list(GROWN)
    for place in range(12):
        name, grow = f"n{place}", dice.choice(ways)
        nodes += grow(dice, name, last)
        last = name
        if sum("speed" in node for node in nodes) == 2:  # each shows whole frames: up to half a frame early or late
            ways = [way for way in ways if "speed" not in way(dice, "", "")[0]]
    made = studio.render(studio.plan(*nodes, inputs={"clip": studio.clip}))
    media = open_media(made.path, made.facts)
    count, rate = media.video.shape.frame_count, media.video.shape.frame_rate
    lumas = np.array([Frame.over(frame).planes[0].mean() for frame in media.video.frames(0, count)])
    samples = np.concatenate(list(media.sound.samples(0, media.sound.shape.sample_count)), axis=1)
    block = SAMPLE_RATE // 1000
    loud = np.abs(samples[0][: samples.shape[1] // block * block]).reshape(-1, block).max(axis=1)
    flashes, beeps = starts(lumas - lumas.min(), float(1 / rate)), starts(loud, 0.001)
    assert len(flashes) >= 2
    for flash in flashes:
        nearest = min(beeps, key=lambda beep: abs(beep - flash))
        assert abs(nearest - flash) <= float(1 / rate) + 0.005, (nodes, flash, beeps)
