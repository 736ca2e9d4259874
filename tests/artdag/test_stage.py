"""Which passes a plan needs: none for what is there, one for each output that is not."""

from __future__ import annotations

import pytest

from artdag.plan import ENCODE
from artdag.stage import stages
from tests.artdag.shelf import CLIP, SONG, a_plan, the_world, using

BOX = "{id: box, type: RESIZE, config: {width: 32, height: 32}, inputs: [it]}"
TWO = "{box: box, whole: it}"


def test_an_output_is_one_pass_with_all_that_it_needs():
    plan = a_plan(CLIP, using("invert"), BOX)
    (stage,) = stages(plan, ())
    assert plan.by_key[stage.key].type == ENCODE
    assert stage.nodes == ("clip", "it", "box")


def test_what_is_done_makes_no_stage():
    plan = a_plan(CLIP, using("invert"), BOX, outputs=TWO)
    box, whole = plan.outputs["box"], plan.outputs["whole"]
    assert [stage.key for stage in stages(plan, {box})] == [whole]
    assert stages(plan, {box, whole}) == ()
    assert [stage.key for stage in stages(plan, {plan.nodes["it"]})] == [box, whole]


def test_two_outputs_are_two_passes_over_common_steps():
    plan = a_plan(CLIP, using("invert"), BOX, outputs=TWO)
    first, second = stages(plan, ())
    assert (first.nodes, second.nodes) == (("clip", "it", "box"), ("clip", "it"))
    assert sum(step.effect == "invert" for step in plan.steps) == 1


def test_outputs_of_the_same_work_are_one_pass():
    twin = using("invert").replace("id: it", "id: twin")
    plan = a_plan(CLIP, using("invert"), twin, outputs="{one: it, two: twin}")
    assert plan.outputs["one"] == plan.outputs["two"]
    (stage,) = stages(plan, ())
    assert stage.nodes == ("clip", "it", "twin")


@pytest.mark.parametrize("node", [using("identity"), using("dog")])
def test_an_output_that_is_an_inputs_own_bytes_needs_none(node):
    assert stages(a_plan(CLIP, node, world=the_world("dog")), ()) == ()


def test_more_frames_and_more_pixels_cost_more():
    def cost(*nodes: str, **inputs: str) -> float:
        (stage,) = stages(a_plan(*nodes, inputs=inputs), ())
        return stage.cost_s

    enlarged = "{id: box, type: RESIZE, config: {width: 640, height: 480}, inputs: [clip]}"
    one = cost(CLIP, using("invert"))
    assert 0 < cost(CLIP, using("invert"), clip="blink") < cost(CLIP, using("invert"), clip="silent")
    assert one < cost(CLIP, enlarged)
    assert cost(SONG, "{id: cut, type: SEGMENT, config: {duration: 1}, inputs: [song]}") > 0
    assert cost(CLIP, using("invert"), clip="photo") > 0
