"""Rendering: one pass whatever the chain, the same bytes wherever it runs, and nothing left where it fails."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from artdag.catalog import load_effects
from artdag.codec.check import check_result
from artdag.codec.decode import open_media
from artdag.codec.encode import encode
from artdag.codec.frame import Frame
from artdag.codec.probe import probe
from artdag.codec.profile import profile_for
from artdag.codec.stream import Media
from artdag.codec.tally import Tally
from artdag.digest import Digest
from artdag.effect import EffectCatalog
from artdag.errors import BrokenMediaError, RenderError
from artdag.executor import Renderer, chosen_profile
from artdag.media import SAMPLE_RATE, Kind, MediaFacts, Shape
from artdag.plan import Plan
from tests.artdag.codec.files import a_sound_file, a_video_file, an_image_file
from tests.artdag.codec.synthetic import Flashes, Wave
from tests.artdag.nodes.bench import Made, a_video, applied, effects, frames, made, node_types, samples
from tests.artdag.shelf import CLIP, OTHER, SONG, text_of, using
from tests.artdag.studio import Studio, still

EXACT = "output: {profile: lossless}"


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def threads_of_ours() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("artdag")]


def opened(path: Path) -> Media:
    return open_media(path, probe(path))


CHAIN = (
    CLIP,
    "{id: cut, type: SEGMENT, config: {offset: 0.2, duration: 0.6}, inputs: [clip]}",
    "{id: native, type: EFFECT, config: {effect: blur, params: {radius: 3}}, inputs: [cut]}",
    "{id: numpy, type: EFFECT, config: {effect: sepia, params: {amount: 0.5}}, inputs: [native]}",
    "{id: look, type: TRANSFORM, config: {effects: {gamma: 1.5, hue: 30}}, inputs: [numpy]}",
    "{id: box, type: RESIZE, config: {width: 40, height: 40, mode: pad}, inputs: [look]}",
    "{id: last, type: EFFECT, config: {effect: pixelate, params: {size: 4}}, inputs: [box]}",
)


def by_hand(clip: Made) -> Made:
    cut = made("SEGMENT", {"offset": 0.2, "duration": 0.6}, clip)
    soft = applied("sepia", applied("blur", cut, radius=3), amount=0.5)
    look = made("TRANSFORM", {"effects": {"gamma": 1.5, "hue": 30}}, soft)
    return applied("pixelate", made("RESIZE", {"width": 40, "height": 40, "mode": "pad"}, look), size=4)


# --- one pass ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(60)], ids=str)
def test_a_chain_is_one_decode_and_one_encode_to_the_frame(studio, rate):
    clip = studio.add(a_video_file(studio.folder, count=30, rate=rate, sound=False))
    rendered = studio.render(studio.plan(*CHAIN, inputs={"clip": clip}))
    first, count = int(Fraction(1, 5) * rate + Fraction(1, 2)), rendered.facts.picture.frame_count
    assert count == int(Fraction(4, 5) * rate + Fraction(1, 2)) - first if rate < 30 else count == 18
    tally = rendered.tally
    assert (tally.decoders_opened, tally.encoders_opened) == (1, 1)
    assert tally.frames_encoded == count
    assert count <= tally.frames_decoded <= 30 + 1, "one more may be read to see where the picture begins"


def test_a_long_clip_is_one_pass_with_an_encoder_for_each_two_seconds(studio):
    clip = studio.add(a_video_file(studio.folder, count=130, rate=Fraction(25)))
    rendered = studio.render(studio.plan(CLIP, using("invert"), inputs={"clip": clip}))
    tally = rendered.tally
    assert (tally.frames_decoded, tally.frames_encoded) == (130, 130)
    assert tally.decoders_opened == 2, "picture and sound"
    assert tally.encoders_opened == 3 + 1, "three groups of pictures, and sound"
    assert studio.left() == [rendered.path.name]


def test_what_comes_out_is_what_the_nodes_make_of_the_file(studio):
    path = a_video_file(studio.folder, count=25, rate=Fraction(25))
    plan = studio.plan(*CHAIN, inputs={"clip": studio.add(path)}, head=EXACT)
    rendered = studio.render(plan)
    wanted = by_hand(a_video(25, rate=Fraction(25)))
    shown = opened(rendered.path)
    assert frames(shown.video) == frames(wanted.media.video)
    assert np.array_equal(samples(shown), samples(wanted.media))


def test_a_source_used_twice_is_read_for_each_use_and_the_result_is_right(studio):
    clip = studio.add(a_video_file(studio.folder, count=10, rate=Fraction(25), sound=False))
    plan = studio.plan(
        CLIP, using("invert"), "{id: both, type: SEQUENCE, inputs: [clip, it, clip]}", inputs={"clip": clip}, head=EXACT
    )
    rendered = studio.render(plan)
    own = a_video(10, rate=Fraction(25), sound=False)
    shown = frames(opened(rendered.path).video)
    assert shown == frames(own.media.video) + frames(applied("invert", own).media.video) + frames(own.media.video)
    assert rendered.tally.frames_encoded == 30


def test_two_outputs_are_two_files_each_with_its_own_frames(studio):
    clip = studio.add(a_video_file(studio.folder, count=10, rate=Fraction(25), sound=False))
    box = "{id: box, type: RESIZE, config: {width: 32, height: 32, mode: stretch}, inputs: [it]}"
    plan = studio.plan(CLIP, using("invert"), box, inputs={"clip": clip}, outputs="{small: box, whole: it}")
    sizes = {name: studio.render(plan, name).facts.picture.width for name in plan.outputs}
    assert sizes == {"small": 32, "whole": 64}
    assert len(studio.left()) == 2


def test_the_dog_over_a_still_and_a_clip(studio):
    dog = studio.add(a_video_file(studio.folder, "dog", count=4, width=20, height=10, rate=Fraction(50)))
    for source in (an_image_file(studio.folder), a_video_file(studio.folder, count=6, rate=Fraction(25))):
        plan = studio.plan(CLIP, using("dog", overlay=True), inputs={"clip": studio.add(source), "dog": dog})
        rendered = studio.render(plan)
        assert rendered.facts.kind is probe(source).kind
        assert rendered.facts.picture.frame_count == probe(source).picture.frame_count


# --- everything with everything ---------------------------------------------------------------------------------------

SEQUENCE = (
    "{id: it, type: SEQUENCE, config: {transition: {type: %s, duration: 0.1}, still_duration: 0.4}, inputs: [%s]}"
)


@pytest.mark.parametrize("transition", ["cut", "crossfade"])
@pytest.mark.parametrize("order", ["clip, photo, silent", "photo, silent, clip", "silent, clip, photo"])
def test_unlike_clips_become_one_file_with_sound_as_long_as_the_picture(studio, transition, order):
    inputs = {
        "clip": studio.add(a_video_file(studio.folder, count=12, rate=Fraction(30000, 1001), width=50, height=30)),
        "silent": studio.add(a_video_file(studio.folder, "silent", count=9, rate=Fraction(25), sound=False)),
        "photo": studio.add(an_image_file(studio.folder, width=33, height=21)),
    }
    sources = [CLIP.replace("clip", name) for name in inputs]
    plan = studio.plan(*sources, SEQUENCE % (transition, order), inputs=inputs)
    rendered = studio.render(plan)
    shape = plan.by_key[plan.outputs["it"]].shape
    check_result(rendered.facts, shape, profile_for(Kind.VIDEO, None))
    assert rendered.facts.sound.duration_s == pytest.approx(shape.video.sample_count / SAMPLE_RATE, abs=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (2, 2), (63, 47)], ids=str)
@pytest.mark.parametrize("kind", ["video", "image"])
def test_any_size_goes_through_a_chain(studio, size, kind):
    make = a_video_file if kind == "video" else an_image_file
    source = studio.add(make(studio.folder, width=size[0], height=size[1], **({"count": 3} if kind == "video" else {})))
    nodes = (
        CLIP,
        using("blur", radius=2),
        using("sepia", "it").replace("id: it", "id: b"),
        using("flip", "b").replace("id: it", "id: c"),
    )
    rendered = studio.render(studio.plan(*nodes, inputs={"clip": source}))
    found = (rendered.facts.picture.width, rendered.facts.picture.height)
    assert found == (size if kind == "image" else tuple(side + side % 2 for side in size))


@pytest.mark.parametrize(
    ("nodes", "kind"),
    [
        ((CLIP, using("sepia")), Kind.VIDEO),
        ((CLIP.replace("clip", "photo"), using("sepia", "photo")), Kind.IMAGE),
        ((SONG, using("gain", "song")), Kind.AUDIO),
        ((CLIP.replace("clip", "photo"), SONG, "{id: it, type: MUX, inputs: [photo, song]}"), Kind.VIDEO),
        ((CLIP.replace("clip", "photo"), "{id: it, type: SEQUENCE, inputs: [photo]}"), Kind.VIDEO),
    ],
)
def test_each_kind_becomes_a_file_of_its_kind(studio, nodes, kind):
    makers = {"clip": a_video_file, "photo": an_image_file, "song": a_sound_file}
    named = [name for name in makers if any(f"id: {name}," in node for node in nodes)]
    rendered = studio.render(
        studio.plan(*nodes, inputs={name: studio.add(makers[name](studio.folder)) for name in named})
    )
    assert rendered.facts.kind is kind


def test_sound_alone_goes_through_a_chain(studio):
    song = studio.add(a_sound_file(studio.folder))
    cut = "{id: cut, type: SEGMENT, config: {offset: 0.25, duration: 0.5}, inputs: [song]}"
    rendered = studio.render(studio.plan(SONG, cut, using("gain", "cut"), inputs={"song": song}))
    assert rendered.facts.kind is Kind.AUDIO
    assert rendered.facts.sound.duration_s == pytest.approx(0.5, abs=1e-4)
    assert rendered.tally.frames_encoded == 0


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)], ids=str)
def test_one_frame_is_a_clip(studio, rate):
    clip = studio.add(a_video_file(studio.folder, count=1, rate=rate))
    plan = studio.plan(CLIP, using("invert"), inputs={"clip": clip})
    assert studio.render(plan).facts.picture.frame_count == 1


# --- flash and beep ---------------------------------------------------------------------------------------------------


def flash_and_beep_file(folder: Path, rate: Fraction, lit: int) -> Path:
    video = Flashes(60, {lit}, rate=rate)
    count, begin = video.shape.sample_count, int(lit * SAMPLE_RATE / rate)
    wave = np.zeros((2, count), np.float32)
    wave[:, begin : begin + 2400] = 0.8 * np.sin(np.arange(2400) * 2 * np.pi * 1000 / SAMPLE_RATE)
    sound = Wave(count, samples=wave)
    path = folder / "flash.mp4"
    shape = Shape(kind=Kind.VIDEO, video=video.shape, sound=sound.shape)
    encode(Media(video=video, sound=sound), shape, profile_for(Kind.VIDEO, "web"), path)
    return path


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001)], ids=str)
def test_flash_and_beep_meet_within_5_ms_after_three_renders(studio, rate):
    """Each render decodes what the one before encoded, as L1 would: what an encoder adds must not add up."""
    path = flash_and_beep_file(studio.folder, rate, 40)
    for number in range(3):
        cut = f"{{id: cut, type: SEGMENT, config: {{offset: {float(4 / rate)}}}, inputs: [clip]}}"
        soft = using("sepia", "cut")
        plan = studio.plan(
            CLIP, cut, soft, "{id: q, type: SEQUENCE, inputs: [it, it]}", inputs={"clip": studio.add(path)}
        )
        rendered = studio.render(plan)
        path = studio.folder / f"{number}.mp4"
        rendered.path.rename(path)
    media = opened(path)
    lit = [
        index
        for index, frame in enumerate(media.video.frames(0, media.video.shape.frame_count))
        if Frame.over(frame).planes[0].mean() > 128
    ]
    heard = np.abs(samples(media)[0]) > 0.3
    loud = np.nonzero(heard)[0]
    starts = loud[np.concatenate([[True], np.diff(loud) > 4800])]
    assert len(lit) == len(starts) == 8
    for frame, start in zip(lit, starts, strict=True):
        assert abs(start / SAMPLE_RATE - float(frame / rate)) < 0.005


# --- the same bytes ---------------------------------------------------------------------------------------------------

RENDER = """
import sys
from pathlib import Path
from artdag.local_store import LocalStore
from artdag.recipe_reader import parse_recipe
store = LocalStore(Path(sys.argv[1]))
recipe = parse_recipe(Path(sys.argv[2]).read_bytes())
inputs = dict(pair.split("=", 1) for pair in sys.argv[3:])
plan = store.plan(recipe, {node: store.add(Path(path)) for node, path in inputs.items()}, {})
for name, digest in store.carry_out(plan).outputs.items():
    print(plan.plan_id, name, digest)
"""


def test_the_same_plan_gives_the_same_bytes_in_two_empty_stores_and_two_processes(tmp_path):
    files = {
        "clip": a_video_file(tmp_path, count=60),
        "photo": an_image_file(tmp_path),
        "song": a_sound_file(tmp_path),
    }
    recipe = tmp_path / "recipe.yaml"
    recipe.write_bytes(
        text_of(
            *(CLIP.replace("clip", name) for name in files),
            "{id: film, type: SEQUENCE, config: {transition: {type: crossfade, duration: 0.2}}, inputs: [clip, photo]}",
            using("sepia", "film"),
            "{id: still, type: RESIZE, config: {width: 30}, inputs: [photo]}",
            "{id: quiet, type: EFFECT, config: {effect: gain}, inputs: [song]}",
            outputs="{film: it, still: still, quiet: quiet}",
            output="it",
        )
    )
    said = set()
    for number in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": number, "TZ": f"UTC-{number}", "OMP_NUM_THREADS": number}
        words = [str(tmp_path / number), str(recipe), *(f"{name}={path}" for name, path in files.items())]
        command = [sys.executable, "-c", RENDER, *words]
        said.add(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
    (one,) = said
    assert len(one.splitlines()) == 3


def test_the_same_plan_twice_gives_the_same_bytes(studio):
    clip = studio.add(a_video_file(studio.folder, count=20))
    plan = studio.plan(*CHAIN, inputs={"clip": clip})
    bytes_ = [hashlib.sha256(studio.render(plan).path.read_bytes()).hexdigest() for _ in range(2)]
    assert bytes_[0] == bytes_[1]


def test_a_plan_that_was_written_down_renders_the_same_bytes(studio):
    clip = studio.add(a_video_file(studio.folder, count=20))
    plan = studio.plan(*CHAIN, inputs={"clip": clip})
    again = Plan.from_json(json.loads(plan.to_bytes()))
    assert studio.render(again).path.read_bytes() == studio.render(plan).path.read_bytes()


# --- progress ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["video", "sound"])
def test_progress_never_falls_and_ends_at_the_whole(studio, kind):
    if kind == "video":
        plan = studio.plan(CLIP, using("sepia"), inputs={"clip": studio.add(a_video_file(studio.folder))})
    else:
        plan = studio.plan(SONG, using("gain", "song"), inputs={"song": studio.add(a_sound_file(studio.folder))})
    told: list[tuple[int, int]] = []
    studio.render(plan, on_progress=lambda done, total: told.append((done, total)))
    total = 25 if kind == "video" else SAMPLE_RATE
    assert told[-1] == (total, total)
    assert {whole for _, whole in told} == {total}
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_listener_that_fails_stops_the_render_and_leaves_nothing(studio):
    plan = studio.plan(CLIP, using("sepia"), inputs={"clip": studio.add(a_video_file(studio.folder))})

    def stop(done: int, total: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        studio.render(plan, on_progress=stop)
    assert studio.left() == []
    assert threads_of_ours() == []


# --- failure ----------------------------------------------------------------------------------------------------------

FAULTY = """
\"\"\"Fail in the middle.\"\"\"
from artdag.effect import Effect

def frame(picture, params, moment):
    if moment.index == 12:
        raise ValueError("no such pixel")
    return picture

EFFECT = Effect(name="faulty", group="look", frame=frame)
"""


def test_an_effect_that_fails_in_mid_stream_is_named_with_its_node_and_leaves_nothing(studio):
    folder = studio.folder / "effects"
    folder.mkdir()
    (folder / "faulty.py").write_text(FAULTY)
    studio.effects = load_effects([folder])
    node = "{id: bad, type: EFFECT, config: {effect: faulty}, inputs: [clip]}"
    plan = studio.plan(CLIP, node, using("sepia", "bad"), inputs={"clip": studio.add(a_video_file(studio.folder))})
    with pytest.raises(RenderError, match="the effect faulty failed at frame 12: ValueError: no such pixel") as caught:
        studio.render(plan)
    assert caught.value.node == "bad"
    assert studio.left() == []
    assert threads_of_ours() == []


def test_a_damaged_source_is_named(studio):
    path = a_video_file(studio.folder, count=60, sound=False)
    clip = studio.add(path)
    content = bytearray(path.read_bytes())
    for at in range(len(content) // 2, len(content) - 200):
        content[at] ^= 0x55
    path.write_bytes(content)
    other = studio.add(a_video_file(studio.folder, "other", count=5))
    plan = studio.plan(
        CLIP, OTHER, "{id: it, type: SEQUENCE, inputs: [other, clip]}", inputs={"clip": clip, "other": other}
    )
    with pytest.raises(BrokenMediaError) as caught:
        studio.render(plan)
    assert caught.value.node == "clip"
    assert studio.left() == []
    assert threads_of_ours() == []


def test_a_result_that_is_not_what_was_planned_is_no_result(studio, monkeypatch):
    plan = studio.plan(CLIP, using("sepia"), inputs={"clip": studio.add(a_video_file(studio.folder))})
    real = probe

    def fewer(path: Path) -> MediaFacts:
        facts = real(path)
        return replace(facts, picture=replace(facts.picture, frame_count=24))

    monkeypatch.setattr("artdag.executor.probe", fewer)
    with pytest.raises(RenderError, match="it has 24 frames, not 25") as caught:
        studio.render(plan)
    assert caught.value.node == "it"
    assert studio.left() == []


def test_a_profile_that_was_changed_since_is_refused(studio):
    plan = studio.plan(CLIP, using("sepia"), inputs={"clip": studio.add(a_video_file(studio.folder))})
    step = plan.by_key[plan.outputs["it"]]
    older = replace(step, params={**step.params, "settings": {**step.params["settings"], "suffix": ".old"}})
    with pytest.raises(RenderError, match="the profile 'web' is not what it was when this was planned: run it again"):
        chosen_profile(older)


@pytest.mark.parametrize("changed", ["effect", "node type"])
def test_code_that_was_changed_since_renders_nothing_under_its_old_key(studio, changed):
    plan = studio.plan(CLIP, using("sepia"), inputs={"clip": studio.add(a_video_file(studio.folder))})
    other = {"code_hash": Digest("0" * 64)}
    newer: dict[str, Any] = {
        "effect": {"effects": EffectCatalog({"sepia": replace(effects().get("sepia"), **other)})},
        "node type": {"node_types": {**node_types(), "EFFECT": replace(node_types()["EFFECT"], **other)}},
    }[changed]
    with pytest.raises(RenderError, match="the code of the effect sepia is not what it was when this") as caught:
        studio.render(plan, **newer)
    assert caught.value.node == "it"
    assert studio.left() == []


# --- depth ------------------------------------------------------------------------------------------------------------


def chain_of(effect: str, count: int) -> tuple[str, ...]:
    nodes = [
        f"{{id: n{n}, type: EFFECT, config: {{effect: {effect}}}, inputs: [n{n - 1}]}}" for n in range(1, count + 1)
    ]
    return ("{id: n0, type: SOURCE, config: {input: true}}", *nodes)


def test_a_thousand_native_effects_are_one_pass(studio):
    clip = studio.add(a_video_file(studio.folder, count=2, width=8, height=8, sound=False))
    plan = studio.plan(*chain_of("flip", 1000), inputs={"n0": clip}, head=EXACT)
    rendered = studio.render(plan)
    assert frames(opened(rendered.path).video) == frames(opened(studio.files[clip]).video), (
        "turned an even number of times"
    )
    assert (rendered.tally.decoders_opened, rendered.tally.encoders_opened) == (1, 1)


def test_frame_effects_by_the_thousand_are_one_pass(studio):
    clip = studio.add(a_video_file(studio.folder, count=2, width=8, height=8, sound=False))
    rendered = studio.render(studio.plan(*chain_of("sepia", 2000), inputs={"n0": clip}))
    assert (rendered.tally.decoders_opened, rendered.tally.frames_encoded) == (1, 2)


@pytest.mark.slow
def test_ten_thousand_negatives_of_a_picture_are_the_picture(studio):
    picture = studio.add(still(studio.folder / "picture.png", size=(32, 24)))
    rendered = studio.render(studio.plan(*chain_of("invert", 9_999), inputs={"n0": picture}))
    once = studio.render(studio.plan(*chain_of("invert", 1), inputs={"n0": picture}))
    assert frames(opened(rendered.path).video) == frames(opened(once.path).video)


def test_what_goes_too_deep_is_refused_by_the_number_of_its_steps(studio):
    clip = studio.add(a_video_file(studio.folder, count=2, width=8, height=8, sound=False))
    speeds = [
        f"{{id: n{n}, type: TRANSFORM, config: {{effects: {{speed: {0.9 + n % 2 / 5}}}}}, inputs: [n{n - 1}]}}"
        for n in range(1, 1001)
    ]
    plan = studio.plan("{id: n0, type: SOURCE, config: {input: true}}", *speeds, inputs={"n0": clip})
    with pytest.raises(RenderError, match="1001 steps one behind the other are too many for one pass") as caught:
        studio.render(plan)
    assert caught.value.node == "n1000"
    assert studio.left() == []
    assert threads_of_ours() == []


@pytest.mark.parametrize(("count", "told"), [(200, RenderError), (3, MemoryError)])
def test_memory_that_does_not_suffice_is_told_by_the_number_of_steps_where_they_are_many(
    studio, monkeypatch, count, told
):
    def full(*_: object) -> None:
        raise av.MemoryError(errno.ENOMEM, "Cannot allocate memory")

    clip = studio.add(a_video_file(studio.folder, count=2, width=8, height=8, sound=False))
    plan = studio.plan(*chain_of("flip", count), inputs={"n0": clip})
    monkeypatch.setattr("artdag.codec.graph.GraphLine._build", full)
    with pytest.raises(told, match="201 steps one behind the other" if count > 100 else "Cannot allocate") as caught:
        studio.render(plan)
    assert getattr(caught.value, "node", None) == ("n200" if count > 100 else None)
    assert studio.left() == []


def test_streams_of_a_plan_are_opened_only_when_they_are_pulled(studio):
    clip = studio.add(a_video_file(studio.folder))
    plan = studio.plan(*CHAIN, inputs={"clip": clip})
    tally = Tally()
    renderer = Renderer(locate=studio.files.__getitem__, effects=effects(), node_types=node_types())
    media = renderer.media(plan, plan.nodes["last"], tally)
    assert tally == Tally()
    assert len(list(media.video.frames(3, 5))) == 2
    assert tally.decoders_opened == 1
