"""A plan is a value: its steps are named by their work, and it can be written down and read again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from artdag.digest import Digest, digest_bytes, record_key, source_key
from artdag.errors import InvalidDigestError
from artdag.media import Kind, Shape
from artdag.plan import ENCODE, SOURCE, STEP_RECORD, Plan, Step
from tests.artdag.shelf import CLIP, SONG, a_plan, using
from tests.builders import a_digest

BOX = "{id: box, type: RESIZE, config: {width: 32, height: 32}, inputs: [it]}"


@pytest.fixture
def plan() -> Plan:
    return a_plan(CLIP, SONG, using("invert"), BOX, "{id: both, type: MUX, inputs: [box, song]}", outputs="{w: it}")


def test_a_source_is_named_by_its_bytes_alone(plan):
    step = plan.by_key[plan.nodes["clip"]]
    assert step.key == source_key(a_digest("clip"))
    assert replace(step, toolchain="other", shape=Shape(kind=Kind.DATA)).key == step.key


def test_other_steps_are_named_by_all_that_decides_them(plan):
    step = plan.by_key[plan.nodes["it"]]
    material = [step.type, step.effect, step.code, dict(step.params), [list(pair) for pair in step.inputs]]
    assert step.key == record_key(STEP_RECORD, *material, step.toolchain)
    others = [
        replace(step, type="OTHER"),
        replace(step, effect="other"),
        replace(step, code=Digest("1" * 64)),
        replace(step, params={**step.params, "intensity": 0.5}),
        replace(step, inputs=((step.inputs[0][0], source_key(a_digest("other"))),)),
        replace(step, inputs=(("other", step.inputs[0][1]),)),
        replace(step, toolchain="other"),
    ]
    assert len({step.key, *(other.key for other in others)}) == len(others) + 1


def test_inputs_come_before_users(plan):
    seen = set()
    for step in plan.steps:
        assert {source for _, source in step.inputs} <= seen
        seen.add(step.key)


def test_what_stands_behind_a_step_is_all_that_it_needs(plan):
    kinds = [step.type for step in plan.behind(plan.nodes["box"])]
    assert kinds == [SOURCE, "EFFECT", "RESIZE"]
    main = next(iter(plan.outputs.values()))
    assert {step.key for step in plan.behind(main)} == {step.key for step in plan.steps} - {plan.outputs["w"]}
    assert plan.by_key[main].type == ENCODE


def test_its_name_is_the_digest_of_how_it_is_kept(plan):
    assert plan.plan_id == digest_bytes(plan.to_bytes())
    read = Plan.from_json(json.loads(plan.to_bytes()))
    assert read == plan
    assert (read.plan_id, list(read.outputs)) == (plan.plan_id, ["both", "w"])
    assert [step.key for step in read.steps] == [step.key for step in plan.steps]
    assert [step.shape for step in read.steps] == [step.shape for step in plan.steps]


def test_a_changed_key_in_a_written_plan_does_not_pass_as_one(plan):
    record = json.loads(plan.to_bytes())
    record["nodes"]["clip"] = "../../etc/passwd"
    with pytest.raises(InvalidDigestError):
        Plan.from_json(record)


def test_a_step_is_read_back_by_its_work_and_not_by_what_the_record_claims(plan):
    record = plan.by_key[plan.nodes["it"]].to_json()
    assert Step.from_json({**record, "key": "0" * 64}).key == record["key"]
