"""Identity: equal work has equal keys however it is spelt, and other work has others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import artdag.effects
import artdag.world
from artdag.catalog import load_effects
from artdag.digest import digest_bytes
from artdag.effect import PICTURES, Effect
from artdag.errors import InputError, ParameterError, RecipeError
from artdag.media import SAMPLE_RATE, Kind, SoundShape
from artdag.plan import ENCODE, SOURCE, Plan
from artdag.planner import inputs_by_node, make_plan, source_shape
from artdag.recipe_reader import parse_recipe
from artdag.world import probe_name, toolchain
from tests.artdag.effects.examples import other_settings
from tests.artdag.shelf import CLIP, OTHER, SHELF, a_plan, a_recipe, key, key_of, the_world, using
from tests.builders import a_digest

OPERATIONS = {"saturation": 0.5, "contrast": 1.5, "brightness": 0.25, "gamma": 2, "hue": 30, "blur": 4, "sharpen": 1}
OPERATIONS["speed"] = 2


def transform(*operations: str, as_list: bool = False) -> str:
    entries = [f"{name}: {OPERATIONS[name]}" for name in operations]
    written = f"[{', '.join(f'{{{entry}}}' for entry in entries)}]" if as_list else f"{{{', '.join(entries)}}}"
    return f"{{id: it, type: TRANSFORM, config: {{effects: {written}}}, inputs: [clip]}}"


# --- what is meaning --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "inputs"),
    [
        ([CLIP, OTHER], "{id: it, type: SEQUENCE, inputs: [%s, %s]}"),
        ([CLIP, OTHER], "{id: it, type: MUX, inputs: [%s, %s]}"),
        ([CLIP, OTHER], "{id: it, type: MUX, inputs: {video: %s, audio: %s}}"),
        ([CLIP, OTHER], "{id: it, type: MUX, config: {video_stream: 1, audio_stream: 0}, inputs: [%s, %s]}"),
    ],
)
def test_swapped_inputs_are_other_work(nodes, inputs):
    assert key(*nodes, inputs % ("clip", "other")) != key(*nodes, inputs % ("other", "clip"))


def test_the_order_of_the_inputs_of_a_run_is_meaning():
    nodes = (CLIP, OTHER, "{id: it, type: SEQUENCE, inputs: [clip, other]}")
    swapped = key(*nodes, inputs={"clip": "other", "other": "clip"})
    assert swapped != key(*nodes)
    recipe = a_recipe(*nodes)
    in_order = make_plan(recipe, [a_digest("other"), a_digest("clip")], {}, the_world())
    assert key_of(in_order) == swapped


@pytest.mark.parametrize(
    "name",
    [
        effect.name
        for effect in load_effects()
        if len(effect.wired) > 1 and effect.wired[0].kinds == effect.wired[1].kinds == PICTURES
    ],
)
def test_swapped_inputs_of_an_effect_are_other_work(name):
    assert key(CLIP, OTHER, using(name, "clip", "other")) != key(CLIP, OTHER, using(name, "other", "clip"))


def test_the_asset_that_fills_an_input_is_part_of_the_key():
    lay = using("dog", overlay=True)
    swapped = [
        key(CLIP, lay, inputs={"clip": one}, world=replace(the_world(), assets={"dog": a_digest(other)}))
        for one, other in (("clip", "other"), ("other", "clip"))
    ]
    assert swapped[0] != swapped[1]


@given(st.permutations(sorted(OPERATIONS)))
def test_the_order_of_a_map_in_transform_is_no_meaning(names):
    assert key(CLIP, transform(*names)) == key(CLIP, transform(*OPERATIONS))


@given(st.permutations(sorted(OPERATIONS)).filter(lambda names: names != sorted(OPERATIONS)))
def test_the_order_of_a_list_in_transform_is_meaning(names):
    assert key(CLIP, transform(*names, as_list=True)) != key(CLIP, transform(*sorted(OPERATIONS), as_list=True))


def test_every_order_of_three_operations_is_work_of_its_own():
    keys = {key(CLIP, transform(*names, as_list=True)) for names in permutations(["hue", "blur", "gamma"])}
    assert len(keys) == 6


@pytest.mark.parametrize(
    "effect", [pytest.param(effect, id=effect.name) for effect in load_effects() if effect.param_specs]
)
def test_every_setting_of_every_effect_is_part_of_the_key(effect: Effect):
    world = the_world("dog")
    settings = [{}, *({name: value} for name, value in other_settings(effect).items())]
    given = ["words" if Kind.DATA in item.kinds else "clip" for item in effect.wired]
    nodes = [CLIP, "{id: words, type: SOURCE, config: {input: true}}"][: len(set(given))]
    keys = [key(*nodes, using(effect.name, *given, **params), world=world) for params in settings]
    assert len(set(keys)) == len(keys)


def test_other_bytes_other_tools_and_other_outputs_are_other_work():
    blur = using("blur")
    plan = a_plan(CLIP, blur)
    assert key(CLIP, blur, inputs={"clip": "silent"}) != key_of(plan)
    assert key(CLIP, blur, world=replace(the_world(), toolchain="another build")) != key_of(plan)
    preview = a_plan(CLIP, blur, head="output: {profile: preview}")
    assert key_of(preview) == key_of(plan), "the frames are the same"
    assert preview.outputs != plan.outputs, "the file is not"


def test_the_toolchain_names_the_engine_and_the_build_of_the_media_library():
    for part in ("artdag ", "codec ", "av ", "libavcodec ", "libswscale ", "numpy "):
        assert part in toolchain()


@pytest.mark.parametrize("name", ["probe.py", "decode.py", "encode.py", "slices.py", "grouping.py", "timeslice.py"])
def test_the_toolchain_follows_the_code_that_looks_into_opens_and_writes_media(name, monkeypatch):
    own, whole, probing = artdag.world.code_hash, toolchain(), probe_name()
    edited = digest_bytes(b"edited")
    monkeypatch.setattr("artdag.world.code_hash", lambda path: edited if path.name == name else own(path))
    assert not whole.startswith(artdag.world._without_typefaces.__wrapped__())
    assert (probe_name.__wrapped__() != probing) is (name == "probe.py")


# --- what is not ------------------------------------------------------------------------------------------------------

SAME = [
    (
        "{id: it, type: SEGMENT, config: {offset: 0.2, duration: 0.4}, inputs: [clip]}",
        "{id: it, type: SEGMENT, config: {start: 0.2, end: 0.6}, inputs: [clip]}",
        "{id: it, type: SEGMENT, config: {start: .2, duration: 4e-1}, inputs: clip}",
        "{id: it, type: SEGMENT, config: {offset: 0.2001, end: 0.5999}, inputs: [clip]}  # the same frames",
        "{inputs: [clip], config: {end: 0.6, offset: 0.2}, type: SEGMENT, id: it}",
    ),
    (
        "{id: it, type: EFFECT, config: {effect: blur, params: {radius: 8}}, inputs: [clip]}",
        "{id: it, type: EFFECT, config: {effect: blur, params: {radius: 8.0}}, inputs: [clip]}",
        using("blur"),
        "{id: it, type: EFFECT, config: {effect: blur, params: {}}, inputs: {input: clip}}",
        "{id: other_name, type: EFFECT, config: {params: , effect: blur}, inputs: [clip]}",
    ),
    (
        "{id: it, type: MUX, inputs: [clip, other]}",
        "{id: it, type: MUX, config: {shortest: true, video_stream: 0, audio_stream: 1}, inputs: [clip, other]}",
        "{id: it, type: MUX, inputs: {audio: other, video: clip}}",
    ),
    (
        "{id: it, type: RESIZE, config: {width: 32, height: 32, mode: pad}, inputs: [clip]}",
        "{id: it, type: RESIZE, config: {width: 32.0, height: 32, mode: pad, background: '#000'}, inputs: [clip]}",
        "{id: it, type: RESIZE, config: {height: 32, width: 32, background: black, mode: pad}, inputs: [clip]}",
    ),
    (
        "{id: it, type: RESIZE, config: {width: 32}, inputs: [clip]}",
        "{id: it, type: RESIZE, config: {height: 24}, inputs: [clip]}",
        "{id: it, type: RESIZE, config: {width: 32, height: 24, mode: fit, background: red}, inputs: [clip]}",
    ),
    (
        "{id: it, type: TRANSFORM, config: {effects: {hue: 10, blur: 0, speed: 1}}, inputs: [clip]}",
        "{id: it, type: TRANSFORM, config: {effects: [{hue: 10}]}, inputs: [clip]}",
    ),
    (
        "{id: it, type: SEQUENCE, inputs: [clip, other]}",
        "{id: it, type: SEQUENCE, config: {transition: {type: cut, duration: 7}}, inputs: [clip, other]}",
        "{id: it, type: SEQUENCE, config: {target_size: explicit, width: 64, height: 48}, inputs: [clip, other]}",
        "{id: it, type: SEQUENCE, config: {still_duration: 9}, inputs: [clip, other]}",
    ),
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda spellings: spellings[0].split(",")[1].strip())
def test_spellings_of_the_same_work_have_one_key(spellings):
    keys = {
        key(CLIP, OTHER, spelling, output=spelling.split("id: ")[1].split(",")[0].rstrip("}")) for spelling in spellings
    }
    assert len(keys) == 1


def reordered(value: object, order: st.DataObject) -> object:
    if isinstance(value, dict):
        keys = order.draw(st.permutations(sorted(value)))
        return {name: reordered(value[name], order) for name in keys}
    if isinstance(value, list):
        return [reordered(item, order) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and order.draw(st.booleans()):
        return float(value)
    return value


EVERYTHING = """
name: tried
params: {wide: {type: int, default: 32}, soft: {type: float, default: 3, min: 0, max: 9}}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: other, type: SOURCE, config: {input: true}}
    - {id: cut, type: SEGMENT, config: {offset: 0, duration: 1}, inputs: [clip]}
    - {id: soft, type: EFFECT, config: {effect: blur, params: {radius: {param: soft}}}, inputs: {input: cut}}
    - {id: tone, type: TRANSFORM, config: {effects: {hue: 10, gamma: 2, speed: 2}}, inputs: [soft]}
    - {id: both, type: SEQUENCE, config: {transition: {type: crossfade, duration: 0.1}}, inputs: [tone, other]}
    - {id: box, type: RESIZE, config: {width: {param: wide}, height: 32, mode: pad}, inputs: [both]}
    - {id: put, type: MUX, inputs: {video: box, audio: clip}}
  output: put
"""


@given(st.data())
@settings(max_examples=40)
def test_neither_layout_nor_order_of_keys_nor_spelling_of_numbers_is_meaning(data):
    inputs = {"clip": a_digest("clip"), "other": a_digest("other")}
    plain = parse_recipe(EVERYTHING.encode())
    written = reordered(yaml.safe_load(EVERYTHING), data)
    text = "# a comment\n" + yaml.safe_dump(written, sort_keys=False, default_flow_style=data.draw(st.booleans()))
    other = parse_recipe(text.encode())
    assert other.recipe_id != plain.recipe_id
    one, two = (make_plan(recipe, inputs, {}, the_world()) for recipe in (plain, other))
    assert two.nodes == one.nodes
    assert two.outputs == one.outputs


def test_params_given_as_their_defaults_are_the_same_work():
    recipe, inputs = parse_recipe(EVERYTHING.encode()), [a_digest("clip"), a_digest("other")]
    plain = make_plan(recipe, inputs, {}, the_world())
    assert make_plan(recipe, inputs, {"wide": 32.0, "soft": 3}, the_world()) == plain
    assert make_plan(recipe, inputs, {"wide": 34}, the_world()).outputs != plain.outputs


def test_a_name_given_by_hash_or_by_asset_is_the_same_source():
    world = the_world("clip")
    plan = a_plan(CLIP, using("blur"), world=world)
    for config in (f"{{hash: {a_digest('clip')}}}", "{asset: clip}", "{input: true, default: {asset: clip}}"):
        source = f"{{id: source, type: SOURCE, config: {config}}}"
        assert key(source, "{id: it, type: EFFECT, config: {effect: blur}, inputs: [source]}", world=world) == key_of(
            plan
        )


# --- code -------------------------------------------------------------------------------------------------------------


def world_with_effects_in(folder: Path):
    catalog = load_effects([folder])
    assert catalog.refused == {}
    return replace(the_world(), effects=catalog)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("0.937", "0.938", False),
        ("ONE = 64", "ONE = 128", False),
        ("photographs", "pictures", True),
        ("Return luma", "Give luma", True),
        ("How much of the tint", "How strong the tint is", False),  # what a form shows is declared, not remarked
    ],
)
def test_an_effects_changed_code_changes_its_keys_and_a_changed_comment_does_not(tmp_path, old, new, same):
    source = (Path(next(iter(artdag.effects.__path__))) / "sepia.py").read_text("utf-8")
    assert old in source
    keys = []
    for number, text in enumerate((source, source.replace(old, new) + "# the end\n")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "browned.py").write_text(text.replace('name="sepia"', 'name="browned"'), "utf-8")
        node = "{id: it, type: EFFECT, config: {effect: browned}, inputs: [clip]}"
        after = "{id: end, type: RESIZE, config: {width: 32}, inputs: [it]}"
        plan = a_plan(CLIP, node, after, world=world_with_effects_in(folder))
        keys.append((plan.nodes["it"], plan.nodes["end"]))
    assert (keys[0][0] == keys[1][0]) is same
    assert (keys[0][1] == keys[1][1]) is same


def test_a_node_types_code_is_part_of_its_keys_and_of_no_other():
    world = the_world()
    changed = replace(world.node_types["RESIZE"], code_hash=a_digest("changed"))
    newer = replace(world, node_types={**world.node_types, "RESIZE": changed})
    nodes = (CLIP, "{id: soft, type: EFFECT, config: {effect: blur}, inputs: [clip]}")
    box = "{id: box, type: RESIZE, config: {width: 32}, inputs: [soft]}"
    one, two = a_plan(*nodes, box), a_plan(*nodes, box, world=newer)
    assert one.nodes["soft"] == two.nodes["soft"]
    assert one.nodes["box"] != two.nodes["box"]


def test_keys_are_the_same_in_every_process(tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(EVERYTHING, "utf-8")
    code = (
        "import sys; from pathlib import Path; from artdag.planner import make_plan;"
        "from artdag.recipe_reader import parse_recipe; from tests.artdag.shelf import the_world;"
        "from tests.builders import a_digest; recipe = parse_recipe(Path(sys.argv[1]).read_bytes());"
        "plan = make_plan(recipe, [a_digest('clip'), a_digest('other')], {}, the_world());"
        "sys.stdout.buffer.write(plan.to_bytes())"
    )
    seen = set()
    for seed in ("0", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code, str(recipe)]
        seen.add(subprocess.run(command, check=True, capture_output=True, env=environment).stdout)
    assert len(seen) == 1


# --- the plan ---------------------------------------------------------------------------------------------------------


def test_a_plan_is_a_value_that_survives_being_written_down():
    plan = make_plan(parse_recipe(EVERYTHING.encode()), [a_digest("clip"), a_digest("other")], {}, the_world())
    again = Plan.from_json(json.loads(plan.to_bytes()))
    assert again == plan
    assert again.plan_id == plan.plan_id
    assert [step.key for step in again.steps] == [step.key for step in plan.steps]
    known: set[str] = set()
    for step in plan.steps:
        assert all(source in known for _, source in step.inputs), "inputs come before users"
        known.add(step.key)


def test_only_what_the_outputs_need_is_planned_and_common_work_once():
    soft = "{id: %s, type: EFFECT, config: {effect: blur}, inputs: [clip]}"
    unused = "{id: unused, type: RESIZE, config: {width: 8}, inputs: [other]}"
    plan = a_plan(CLIP, OTHER, soft % "one", soft % "two", unused, "{id: it, type: SEQUENCE, inputs: [one, two]}")
    assert plan.nodes["one"] == plan.nodes["two"]
    assert "unused" not in plan.nodes
    assert "other" not in plan.nodes
    assert [step.type for step in plan.steps] == [SOURCE, "EFFECT", "SEQUENCE", ENCODE]


def test_several_outputs_share_what_they_have_in_common():
    nodes = (CLIP, "{id: soft, type: EFFECT, config: {effect: blur}, inputs: [clip]}")
    box = "{id: box, type: RESIZE, config: {width: 32}, inputs: [soft]}"
    plan = a_plan(*nodes, box, output="box", outputs="{square: box, whole: soft, again: box, same: clip}")
    assert list(plan.outputs) == ["square", "whole", "again", "same"]
    assert plan.outputs["square"] == plan.outputs["again"]
    assert plan.by_key[plan.outputs["same"]].type == SOURCE
    assert [step.type for step in plan.steps].count(ENCODE) == 2
    assert {step.key for step in plan.behind(plan.outputs["whole"])} < {step.key for step in plan.steps}


@pytest.mark.parametrize("name", ["clip", "photo", "song", "words"])
def test_a_source_that_is_the_output_is_its_own_bytes(name):
    plan = a_plan(
        "{id: it, type: SOURCE, config: {input: true, accept: [image, video, audio, data]}}", inputs={"it": name}
    )
    assert [step.type for step in plan.steps] == [SOURCE]


@pytest.mark.parametrize(
    "node",
    [
        "{id: it, type: EFFECT, config: {effect: identity}, inputs: [clip]}",
        "{id: it, type: SEGMENT, inputs: [clip]}",
        "{id: it, type: SEGMENT, config: {offset: 0, duration: 60}, inputs: [clip]}",
        "{id: it, type: RESIZE, config: {width: 64, height: 48}, inputs: [clip]}",
        "{id: it, type: TRANSFORM, config: {effects: {}}, inputs: [clip]}",
        "{id: it, type: TRANSFORM, config: {effects: {speed: 1, hue: 0}}, inputs: [clip]}",
    ],
)
def test_a_node_that_changes_nothing_is_no_step(node):
    plan = a_plan(CLIP, node)
    assert [step.type for step in plan.steps] == [SOURCE]
    assert plan.nodes["it"] == plan.nodes["clip"]


@pytest.mark.parametrize("name", ["clip", "photo", "song"])
def test_the_dog_is_the_asset_whatever_comes_in(name):
    plan = a_plan(CLIP, using("dog"), inputs={"clip": name}, world=the_world("dog"))
    (step,) = plan.steps
    assert step.params["digest"] == a_digest("dog")
    assert list(plan.nodes) == ["it"]
    with pytest.raises(RecipeError, match="'it' needs the asset 'dog', which is not on this server"):
        a_plan(CLIP, using("dog"))


# --- what does not fit ------------------------------------------------------------------------------------------------


def test_every_input_that_is_missing_is_told():
    recipe = a_recipe(
        CLIP,
        OTHER.replace("input: true", "input: true, name: The other, default: {asset: gone}"),
        "{id: it, type: SEQUENCE, inputs: [clip, other]}",
    )
    with pytest.raises(InputError) as caught:
        make_plan(recipe, {}, {}, the_world())
    assert [(problem.field, problem.message) for problem in caught.value.problems] == [
        ("inputs.clip", "the input 'clip' is needed"),
        ("inputs.other", "the input 'other' (The other) is needed, and its default 'gone' is not here"),
    ]


def test_inputs_that_do_not_fit_are_told():
    recipe = a_recipe(
        CLIP.replace("true", "true, accept: [image]"), OTHER, "{id: it, type: SEQUENCE, inputs: [clip, other]}"
    )
    with pytest.raises(InputError, match=r"takes image, and .* is video") as caught:
        make_plan(recipe, [a_digest("clip"), a_digest("nowhere")], {}, the_world())
    assert "there are no such bytes here" in caught.value.problems[1].message
    with pytest.raises(InputError, match="takes 2 inputs"):
        inputs_by_node(recipe, [a_digest("clip")] * 3)
    with pytest.raises(InputError, match="tried has no input 'clap': its inputs: clip, other"):
        inputs_by_node(recipe, {"clap": a_digest("clip")})


def test_an_input_that_no_output_needs_is_not_asked_for():
    plan = a_plan(CLIP, OTHER, using("blur"), inputs={"other": "none"})
    assert set(plan.nodes) == {"clip", "it"}


@pytest.mark.parametrize(
    ("node", "name", "told"),
    [
        (
            "{id: it, type: MUX, inputs: [clip, clip]}",
            "photo",
            "MUX needs audio or video in slot 'audio'; 'clip' gives image",
        ),
        ("{id: it, type: RESIZE, config: {width: 8}, inputs: [clip]}", "song", "RESIZE needs image or video in slot 1"),
        (
            "{id: it, type: SEGMENT, config: {offset: 2}, inputs: [clip]}",
            "clip",
            "SEGMENT begins at 2 s, but the clip ends at 1 s",
        ),
        (
            "{id: it, type: SEGMENT, config: {offset: 0.5, end: 0.4}, inputs: [clip]}",
            "clip",
            "SEGMENT from 0.5 s to 0.4 s holds nothing: it must end after it begins",
        ),
        (
            using("gain"),
            "silent",
            "gain needs a sound, and its input has none",
        ),
        ("{id: it, type: RESIZE, config: {width: 8192}, inputs: [clip]}", "glass", "RESIZE would give 8192×12288"),
    ],
)
def test_what_turns_out_not_to_fit_the_media_is_told_at_its_node(node, name, told):
    with pytest.raises(RecipeError) as caught:
        a_plan(CLIP, node, inputs={"clip": name})
    (problem,) = caught.value.problems
    assert told in problem.message
    assert (problem.line, problem.node) == (6, "it")


def test_all_that_does_not_fit_the_media_is_told_at_once():
    with pytest.raises(RecipeError) as caught:
        a_plan(
            CLIP,
            "{id: a, type: SEGMENT, config: {offset: 2}, inputs: [clip]}",
            "{id: b, type: SEGMENT, config: {offset: 3}, inputs: [clip]}",
            "{id: it, type: SEQUENCE, inputs: [a, b]}",
        )
    assert [problem.node for problem in caught.value.problems] == ["a", "b"]


def test_a_value_out_of_range_where_it_is_used_is_told_there():
    blur = "{id: it, type: EFFECT, config: {effect: blur, params: {radius: {param: n}}}, inputs: [clip]}"
    with pytest.raises(RecipeError) as caught:
        a_plan(CLIP, blur, head="params: {n: {type: float}}", params={"n": 300})
    assert "'radius' is 300, outside 0 to 200" in caught.value.message
    with pytest.raises(ParameterError, match="the param 'n' is needed"):
        a_plan(CLIP, blur, head="params: {n: {type: float}}")


def test_a_profile_that_does_not_fit_the_output_is_told():
    with pytest.raises(
        RecipeError, match="the output 'it' cannot be written so: there is no profile 'mp3' for video"
    ) as caught:
        a_plan(CLIP, using("blur"), head="output: {profile: mp3}")
    assert caught.value.problems[0].line == 2


# --- shapes -----------------------------------------------------------------------------------------------------------


def test_a_source_gives_sound_exactly_as_long_as_its_picture():
    clip = source_shape(SHELF["other"])
    assert clip.sound == SoundShape(sample_count=72_072)
    assert clip.video.sample_count == 72_072
    song = source_shape(SHELF["song"])
    assert (song.kind, song.video, song.sound.sample_count) == (Kind.AUDIO, None, 2 * SAMPLE_RATE)
    assert source_shape(SHELF["glass"]).video.pixel_format == "rgba"
    assert source_shape(SHELF["photo"]).video.frame_rate == Fraction(1)
    assert source_shape(SHELF["words"]).video is None


def test_what_would_last_for_days_is_refused_at_its_node():
    doubled = [
        f"{{id: twice{level}, type: SEQUENCE, inputs: [{before}, {before}]}}"
        for level, before in enumerate(["clip", *(f"twice{level}" for level in range(199))])
    ]
    with pytest.raises(RecipeError) as caught:
        a_plan(CLIP, *doubled, inputs={"clip": "clip"}, output="twice199")
    (problem,) = caught.value.problems
    assert "hours; 24 are the most" in problem.message
    assert problem.node is not None


def test_pictures_beyond_any_use_are_refused():
    for kind, size, most in (("photo", 8192, None), ("clip", 8192, "8192 × 4320 is the most")):
        node = f"{{id: it, type: RESIZE, config: {{width: {size}, height: {size}, mode: stretch}}, inputs: [clip]}}"
        if most is None:
            a_plan(CLIP, node, inputs={"clip": kind}, output="it")
            continue
        with pytest.raises(RecipeError, match=most):
            a_plan(CLIP, node, inputs={"clip": kind}, output="it")
