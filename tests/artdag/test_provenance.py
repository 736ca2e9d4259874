"""The receipt of a run tells what was made of what, by which code, and on which machine."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest

from artdag.digest import Digest, StepKey, canonical_json, digest_bytes
from artdag.media import Kind, MediaFacts
from artdag.plan import ENCODE, SOURCE, Plan
from artdag.planner import make_plan
from artdag.provenance import Carried, infrastructure, make_record
from artdag.recipe_reader import parse_recipe
from artdag.result_cache import Result
from artdag.signing import Signer, verify_envelope
from tests.artdag.shelf import CLIP, text_of, the_world, using
from tests.builders import a_digest, a_run

BOX = "{id: box, type: RESIZE, config: {width: 32, height: 32}, inputs: [it]}"
AT = datetime(2026, 11, 24, 13, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=1)))


def result_of(plan: Plan, key: StepKey, seconds: float) -> Result:
    return Result(
        key=key,
        digest=a_digest(f"made of {key}"),
        facts=MediaFacts(kind=Kind.VIDEO, media_type="video/mp4", size=9),
        seconds=seconds,
        made_at="2026-11-24T12:00:00.000Z",
        made_by="here",
        material=plan.by_key[key].material,
    )


def recorded(*nodes: str, fresh: tuple[str, ...] = (), **parts: Any) -> tuple[dict[str, Any], Plan]:
    """Return the record of a run of *nodes* that rendered the outputs *fresh* and found the others made."""
    world = the_world("dog")
    recipe = parse_recipe(text_of(CLIP, *nodes, **parts))
    plan = make_plan(recipe, {"clip": a_digest("clip")}, {}, world)
    made = {key for key in plan.outputs.values() if plan.by_key[key].type == ENCODE}
    results = {key: result_of(plan, key, 1.23456) for key in made}
    outputs = {
        name: results[key].digest if key in results else Digest(plan.by_key[key].params["digest"])
        for name, key in plan.outputs.items()
    }
    run = a_run(recipe_id=recipe.recipe_id, plan_id=plan.plan_id, outputs=outputs, params={"amount": 0.5})
    record = make_record(
        run=run,
        recipe=recipe,
        plan=plan,
        carried=Carried(
            results=results,
            fresh={plan.outputs[name] for name in fresh},
            media_types=dict.fromkeys(outputs.values(), "video/mp4"),
        ),
        effects=world.effects,
        task_id="job-7",
        rendered_at=AT,
    )
    return record, plan


def test_it_has_every_field_of_the_contract():
    record, plan = recorded(using("invert"), fresh=("it",))
    assert record["task_id"] == "job-7"
    assert record["rendered_at"] == "2026-11-24T12:30:00.250Z"
    assert record["rendered_by"] == "@local@localhost"
    assert record["recipe"].keys() == {"id", "name", "version"}
    assert record["recipe"]["name"] == "tried"
    assert record["plan_id"] == plan.plan_id
    assert record["params"] == {"amount": 0.5}
    assert record["output"] == {
        "name": "night",
        "content_hash": a_digest(f"made of {plan.outputs['it']}"),
        "media_type": "video/mp4",
    }
    assert record["inputs"] == [{"name": "clip", "content_hash": a_digest("clip")}]
    effect = the_world().effects.get("invert")
    assert record["effects"] == [{"name": "invert", "version": "1", "content_hash": effect.code_hash}]
    assert len(record["run_id"]) == 36
    assert json.loads(canonical_json(record)) == record


def test_each_step_tells_its_node_key_type_bytes_and_cost():
    record, plan = recorded(using("invert"), fresh=("it",))
    keys = {"node", "step_key", "type", "effect", "content_hash", "cached", "seconds"}
    assert all(step.keys() == keys for step in record["steps"])
    told = [(step["node"], step["type"], step["cached"], step["seconds"]) for step in record["steps"]]
    assert told == [
        ("clip", SOURCE, True, 0.0),
        ("it", "EFFECT", False, 0.0),
        ("it", ENCODE, False, 1.235),
    ]
    assert [step["content_hash"] for step in record["steps"]] == [
        a_digest("clip"),
        None,
        record["output"]["content_hash"],
    ]
    assert [step["step_key"] for step in record["steps"]] == [step.key for step in plan.steps]


def test_what_came_from_the_cache_is_told_apart_step_by_step():
    record, _ = recorded(using("invert"), BOX, outputs="{whole: it}", fresh=("whole",))
    cached = {(step["node"], step["type"]): step["cached"] for step in record["steps"]}
    assert cached == {
        ("clip", SOURCE): True,
        ("it", "EFFECT"): False,
        ("box", "RESIZE"): True,
        ("box", ENCODE): True,
        ("whole", ENCODE): False,
    }
    everything, _ = recorded(using("invert"), BOX)
    assert all(step["cached"] for step in everything["steps"])
    assert sum(step["seconds"] for step in everything["steps"]) == 0


def test_several_outputs_are_all_told_and_the_first_is_the_main_one():
    record, plan = recorded(using("invert"), BOX, outputs="{whole: it}")
    assert record["output"] == record["outputs"][0]
    assert [output["name"] for output in record["outputs"]] == ["night", "whole"]
    assert record["outputs"][1]["content_hash"] == a_digest(f"made of {plan.outputs['whole']}")


@pytest.mark.parametrize(
    ("node", "effects", "inputs"),
    [
        (using("identity"), ["identity"], {"clip": "clip"}),
        (using("dog"), ["dog"], {"asset": "dog"}),
        (using("dog", overlay=True), ["dog"], {"clip": "clip", "dog": "dog"}),
    ],
)
def test_effects_that_gave_bytes_unchanged_are_named_and_assets_are_inputs(node, effects, inputs):
    record, _ = recorded(node)
    assert [effect["name"] for effect in record["effects"]] == effects
    told = {entry["name"]: entry["content_hash"] for entry in record["inputs"]}
    assert told == {name: a_digest(medium) for name, medium in inputs.items()}


def test_the_same_bytes_given_twice_are_told_of_both_nodes():
    same = "{id: same, type: SOURCE, config: {hash: '" + a_digest("clip") + "'}}"
    record, _ = recorded(same, "{id: both, type: MUX, inputs: [clip, same]}")
    assert [entry["name"] for entry in record["inputs"]] == ["clip", "same"]


def test_an_effect_that_a_param_names_is_told():
    head = "params: {which: {type: text, default: invert}}"
    node = "{id: it, type: EFFECT, config: {effect: {param: which}}, inputs: [clip]}"
    record, _ = recorded(node, head=head)
    assert [effect["name"] for effect in record["effects"]] == ["invert"]


def test_software_and_machine_are_named():
    facts = infrastructure()
    software, hardware = facts["software"], facts["hardware"]
    assert software.keys() >= {"name", "version", "content_hash", "ffmpeg", "packages"}
    assert software["name"] == "infra:artdag"
    assert {"libavcodec", "libavformat", "libavfilter"} <= software["ffmpeg"].keys()
    assert software["packages"]["av"]
    assert hardware.keys() == {"name", "cpu", "cores", "content_hash"}
    own = {name: value for name, value in hardware.items() if name != "content_hash"}
    assert hardware["content_hash"] == digest_bytes(canonical_json(own))


def test_what_is_not_installed_is_not_named(monkeypatch):
    def only_av(package: str) -> str:
        if package != "av":
            raise PackageNotFoundError(package)
        return "18"

    monkeypatch.setattr("artdag.provenance.version", only_av)
    assert infrastructure.__wrapped__()["software"]["packages"] == {"av": "18"}


def test_a_record_can_be_signed_and_checked():
    record, _ = recorded(using("invert"), fresh=("it",))
    signer = Signer.generate()
    assert verify_envelope(json.loads(json.dumps(signer.envelope(record))), [signer.public]) == record
