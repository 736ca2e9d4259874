"""Whatever can be planned can be rendered: random chains over media of every sort, each file checked as ever."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path

import pytest

from artdag.errors import RecipeError
from artdag.plan import SOURCE
from tests.artdag.codec.files import a_sound_file, a_video_file, an_image_file
from tests.artdag.effects.examples import DATA, other_settings
from tests.artdag.nodes.bench import effects
from tests.artdag.shelf import CLIP
from tests.artdag.studio import Studio

VIDEOS = [
    (64, 48, Fraction(25), 12, True, "yuv420p"),
    (63, 47, Fraction(30), 7, False, "yuv420p"),
    (1, 1, Fraction(24000, 1001), 5, True, "yuv420p"),
    (40, 90, Fraction(30000, 1001), 1, True, "yuv420p"),
    (32, 18, Fraction(10), 6, True, "yuva420p"),
    (20, 20, Fraction(15, 2), 4, False, "rgba"),
]
IMAGES = [(33, 21, "rgb24"), (16, 40, "rgba"), (1, 1, "rgb24")]
SOUNDS = [0.0001, 0.02, 0.7]
HEADS = ["", "", *(f"output: {{profile: {name}}}" for name in ("lossless", "preview", "alpha"))]
OTHERS = [
    *("SEGMENT", "{offset: 0.05, duration: 0.1}"),
    *("SEGMENT", "{duration: 0.04}"),
    *("RESIZE", "{width: 31, height: 17, mode: pad, background: '#ff8800'}"),
    *("RESIZE", "{width: 2, height: 60, mode: fill}"),
    *("RESIZE", "{width: 100}"),
    *("TRANSFORM", "{effects: {speed: 0.5}}"),
    *("TRANSFORM", "{effects: [{blur: 1}, {speed: 3}, {saturation: 0}]}"),
    *("SEQUENCE", "{still_duration: 0.2, target_size: largest}"),
    *("SEQUENCE", "{transition: {type: crossfade, duration: 0.04}, still_duration: 0.2, target_size: last}"),
    *(
        "SEQUENCE",
        "{transition: [{type: fade, duration: 0.04}, {type: wipe_left, duration: 0.04}], still_duration: 0.2}",
    ),
    *("SEQUENCE", "{transition: {type: circle, duration: 0.04}, still_duration: 0.2}"),
    *("EFFECT", "{effect: hue_shift, params: {degrees: {keyframes: [[0, 0], [0.2, 90]]}}}"),
    *("EFFECT", "{effect: zoom, params: {factor: {keyframes: [[0, 1], [0.2, 2]], ease: smooth}}}"),
    *("TRANSFORM", "{effects: {brightness: {keyframes: [[0, 0], [0.3, 0.5]]}, blur: 1}}"),
    *("BLEND", "{mode: overlay, opacity: {keyframes: [[0, 0], [0.2, 1]]}}"),
    *("BLEND", "{mode: normal, opacity: 0.3}"),
    *("LAYER", "{inputs: [{}, {position: [center, 3], scale: {keyframes: [[0, 0.5], [0.2, 1.5]]}, opacity: 0.7}]}"),
    *("LAYER", "{inputs: [{}, {position: [-5, 50%], blend: multiply, start: 0.02}], sound: mix}"),
    *("SWITCH", "{times: [0.08, 0.16]}"),
    *("AUDIO_MIX", "{gains: [1, 0.5]}"),
    *("MUX", "{shortest: true}"),
    *("MUX", "{shortest: false}"),
]
NODES = list(zip(OTHERS[::2], OTHERS[1::2], strict=True))
INPUTS = {"SEQUENCE": 3, "MUX": 2, "BLEND": 2, "LAYER": 2, "SWITCH": 2, "AUDIO_MIX": 2}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="module")
def media(studio: Studio) -> dict[str, str]:
    def folder(name: str) -> Path:
        (studio.folder / name).mkdir()
        return studio.folder / name

    found = {}
    for number, (width, height, rate, count, sound, pixel_format) in enumerate(VIDEOS):
        shape = {"width": width, "height": height, "rate": rate, "pixel_format": pixel_format}
        found[f"v{number}"] = studio.add(a_video_file(folder(f"v{number}"), count=count, sound=sound, **shape))
    for number, (width, height, pixel_format) in enumerate(IMAGES):
        shape = {"width": width, "height": height, "pixel_format": pixel_format}
        found[f"i{number}"] = studio.add(an_image_file(folder(f"i{number}"), **shape))
    for number, seconds in enumerate(SOUNDS):
        found[f"s{number}"] = studio.add(a_sound_file(folder(f"s{number}"), seconds=seconds))
    return found


def a_node(name: str, available: list[str], chance: random.Random) -> str:
    if chance.random() < 0.5:
        effect = chance.choice([one for one in effects() if one.name not in DATA])
        params = other_settings(effect) if chance.random() < 0.5 else {}
        kind, config, count = "EFFECT", json.dumps({"effect": effect.name, "params": params}), len(effect.wired)
    else:
        kind, config = chance.choice(NODES)
        count = INPUTS.get(kind, 1)
    inputs = ", ".join(chance.choice(available) for _ in range(count))
    return f"{{id: {name}, type: {kind}, config: {config}, inputs: [{inputs}]}}"


@pytest.mark.parametrize("seed", range(6))
def test_any_plan_becomes_the_file_that_was_planned(studio, media, seed):
    chance = random.Random(seed)
    rendered = 0
    while rendered < 15:
        sources = chance.sample(sorted(media), chance.choice([1, 2, 3]))
        nodes, available = [CLIP.replace("clip", name) for name in sources], list(sources)
        for number in range(chance.choice([1, 2, 3, 5])):
            nodes.append(a_node(f"n{number}", available[-3:], chance))
            available.append(f"n{number}")
        inputs = {name: media[name] for name in sources} | {"dog": media["v0"]}
        try:
            plan = studio.plan(*nodes, inputs=inputs, head=chance.choice(HEADS))
        except RecipeError:
            continue  # a still has no sound, a clip is too short for its crossfade, …
        if plan.by_key[next(iter(plan.outputs.values()))].type != SOURCE:
            studio.render(plan).path.unlink()  # it raises where the file is not what was planned
            rendered += 1
