"""What follows a sound: settings bound to it, and pieces cut on its beats, from recipe to frames."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from artdag.checker import checked_recipe
from artdag.codec.decode import open_media
from artdag.codec.encode import encode
from artdag.codec.frame import Frame
from artdag.codec.probe import probe
from artdag.codec.profile import profile_for
from artdag.codec.stream import Media
from artdag.errors import RecipeError
from artdag.local_store import LocalStore
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape
from artdag.planner import make_plan
from artdag.recipe_reader import parse_recipe
from tests.artdag.codec.synthetic import Pattern, Wave, clip
from tests.artdag.studio import still

BPM, LENGTH_S = 120, 8


def click_track() -> np.ndarray:
    """Return clicks every half second from 0.25 s on."""
    samples = np.zeros(LENGTH_S * SAMPLE_RATE, np.float32)
    click = np.sin(2 * np.pi * 1000 * np.arange(2400) / SAMPLE_RATE) * np.exp(-np.arange(2400) / 400)
    for start in np.arange(0.25, LENGTH_S - 0.1, 60 / BPM):
        first = round(start * SAMPLE_RATE)
        samples[first : first + 2400] += 0.8 * click[: len(samples) - first].astype(np.float32)
    return np.stack([samples, samples])


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("follows")
    store = LocalStore(folder / "store")
    wave = Wave(LENGTH_S * SAMPLE_RATE, samples=click_track())
    shape = Shape(kind=Kind.AUDIO, sound=SoundShape(sample_count=LENGTH_S * SAMPLE_RATE))
    encode(Media(sound=wave), shape, profile_for(Kind.AUDIO, "wav"), folder / "track.wav")
    store.assets["track"] = store.add(folder / "track.wav")
    media, shape = clip(Pattern(LENGTH_S * 25, width=64, height=48, rate=Fraction(25)), sound=False)
    encode(media, shape, profile_for(Kind.VIDEO, "lossless"), folder / "clip.mkv")
    store.assets["clip"] = store.add(folder / "clip.mkv")
    for number in range(3):
        shade = 60 + 80 * number
        store.assets[f"still{number}"] = store.add(still(folder / f"{number}.png", (shade, shade, shade)))
    return store


def recipe(*nodes: str, output: str) -> bytes:
    listed = "".join(f"\n    - {node}" for node in nodes)
    return f"name: follows\noutput: {{profile: lossless}}\ndag:\n  nodes:{listed}\n  output: {output}\n".encode()


def rendered(store: LocalStore, text: bytes) -> Path:
    outcome = store.carry_out(store.plan(checked_recipe(text, store.world())[0], {}, {}))
    return store.content.path(next(iter(outcome.outputs.values())))


def lumas(store: LocalStore, path: Path) -> np.ndarray:
    media = open_media(path, probe(path))
    assert media.video is not None
    count = media.video.shape.frame_count
    return np.array([Frame.over(frame).planes[0].mean() for frame in media.video.frames(0, count)])


TRACK = "{id: track, type: SOURCE, config: {asset: track}}"
HEAR = "{id: hear, type: ANALYZE, config: {features: [duration, tempo, beats]}, inputs: [track]}"
CLIP = "{id: clip, type: SOURCE, config: {asset: clip}}"


def test_a_setting_follows_the_beat(store):
    bound = "{bind: hear, feature: beat, range: [0, 0.8], smooth_s: 0.1}"
    text = recipe(
        TRACK, HEAR, CLIP,
        f"{{id: it, type: EFFECT, config: {{effect: brightness, params: {{amount: {bound}}}}}, inputs: [clip]}}",
        output="it",
    )  # fmt: skip
    plain = lumas(
        store,
        rendered(
            store, recipe(CLIP, "{id: it, type: RESIZE, config: {width: 64, height: 48}, inputs: [clip]}", output="it")
        ),
    )
    brighter = lumas(store, rendered(store, text)) - plain
    peaks = [index for index in range(1, len(brighter) - 1) if brighter[index] > brighter[index - 1] + 10]
    beats = 0.25 + np.arange(len(peaks)) * 0.5
    assert len(peaks) == 16
    assert np.abs(np.array(peaks) / 25 - beats).max() <= 0.06


def test_the_name_of_the_analysis_is_no_part_of_the_work(store):
    def key(name: str):
        bound = f"{{bind: {name}, feature: beat, range: [0, 9]}}"
        effect = f"{{id: it, type: EFFECT, config: {{effect: blur, params: {{radius: {bound}}}}}, inputs: [clip]}}"
        text = recipe(TRACK, HEAR.replace("id: hear", f"id: {name}"), CLIP, effect, output="it")
        return next(iter(store.plan(parse_recipe(text), {}, {}).outputs.values()))

    assert key("hear") == key("ears")


def test_pieces_are_cut_on_the_beats(store):
    text = recipe(
        TRACK, HEAR,
        "{id: stills, type: SOURCE_LIST, config: {assets: [still0, still1, still2]}}",
        "{id: cuts, type: MAP, config: {operation: SEGMENT, timing: {every: 2}}, inputs: [stills, hear]}",
        "{id: film, type: SEQUENCE, inputs: [cuts]}",
        "{id: both, type: MUX, inputs: [film, track]}",
        output="both",
    )  # fmt: skip
    light = lumas(store, rendered(store, text))
    assert len(light) == LENGTH_S * 25
    changes = [index for index in range(1, len(light)) if abs(light[index] - light[index - 1]) > 20]
    beats = np.arange(0.75, LENGTH_S - 0.1, 1.0)
    assert len(changes) == len(beats)
    assert np.abs(np.array(changes) / 25 - beats).max() <= 0.05


def test_what_is_heard_first_is_a_plan_of_its_own(store, tmp_path):
    fresh = LocalStore(tmp_path / "fresh")
    for name, digest in store.assets.items():
        fresh.assets[name] = fresh.add(store.content.path(digest))
    text = recipe(
        TRACK, HEAR, "{id: stills, type: SOURCE_LIST, config: {assets: [still0, still1]}}",
        "{id: cuts, type: MAP, config: {operation: SEGMENT, timing: {}}, inputs: [stills, hear]}",
        "{id: film, type: SEQUENCE, inputs: [cuts]}", output="film",
    )  # fmt: skip
    first = make_plan(parse_recipe(text), {}, {}, fresh.world())
    assert first.first_part
    assert list(first.outputs) == ["hear"]
    assert {"track", "hear", "stills[0]", "stills[1]"} <= set(first.nodes)
    whole = fresh.plan(parse_recipe(text), {}, {})
    assert not whole.first_part
    assert whole.outputs.keys() == {"film"}


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        ("{bind: heer, feature: beat, range: [0, 9]}", "'it' is bound to 'heer', which is no node"),
        ("{bind: clip, feature: beat, range: [0, 9]}", "'it' is bound to 'clip', which is no ANALYZE node"),
        ("{bind: hear, feature: beet, range: [0, 9]}", "'feature' of 'radius' must be one of energy"),
    ],
)
def test_a_wrong_binding_is_told(store, node, sentence):
    effect = f"{{id: it, type: EFFECT, config: {{effect: blur, params: {{radius: {node}}}}}, inputs: [clip]}}"
    with pytest.raises(RecipeError) as caught:
        checked_recipe(recipe(TRACK, HEAR, CLIP, effect, output="it"), store.world())
    assert any(sentence in problem.message for problem in caught.value.problems)
