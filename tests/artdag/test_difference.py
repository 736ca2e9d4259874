"""Why work is other work than before: told node by node, from what the keys of two plans are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from artdag.difference import Difference, Earlier, Reason, differences, nearest
from artdag.plan import Plan, Step
from tests.artdag.shelf import CLIP, OTHER, SONG, a_plan

CUT = "{id: cut, type: SEGMENT, config: {offset: 0.2, duration: 0.4}, inputs: [clip]}"
COOL = "{id: cool, type: EFFECT, config: {effect: invert, params: {intensity: 0.4}}, inputs: [cut]}"
BOX = "{id: box, type: RESIZE, config: {width: 32, height: 32, mode: pad}, inputs: [cool]}"
NODES = (CLIP, CUT, COOL, BOX)


def changed(before: str, after: str, *nodes: str, **parts: Any) -> Mapping[str, Difference]:
    """Return how the plan differs after *before* is replaced by *after* in the nodes."""
    nodes = nodes or NODES
    return differences(a_plan(*(node.replace(before, after) for node in nodes), **parts), a_plan(*nodes, **parts))


def reasons(found: Mapping[str, Difference]) -> dict[str, Reason]:
    return {node: one.reasons[0] for node, one in found.items()}


def remade(plan: Plan, node: str, **changes: Any) -> Plan:
    """Return *plan* with another step for *node*, which nothing takes from, and its output."""
    old = plan.by_key[plan.nodes[node]]
    new = replace(old, **changes)
    last: Step = plan.by_key[next(iter(plan.outputs.values()))]
    written = replace(last, inputs=(("input", new.key),))
    steps = tuple(step for step in plan.steps if step.key not in (old.key, last.key))
    return replace(
        plan,
        steps=(*steps, new, written),
        nodes={**plan.nodes, node: new.key},
        outputs=dict.fromkeys(plan.outputs, written.key),
    )


def test_equal_plans_differ_in_nothing():
    assert set(reasons(changed("x", "x")).values()) == {Reason.SAME}


def test_a_changed_setting_is_told_with_both_values_and_what_follows_names_it():
    found = changed("0.4}}", "0.5}}")
    assert reasons(found) == {
        "clip": Reason.SAME,
        "cut": Reason.SAME,
        "cool": Reason.SETTINGS,
        "box": Reason.UPSTREAM,
        "[box]": Reason.UPSTREAM,
    }
    assert found["cool"].words == "`intensity` 0.4 → 0.5"
    assert found["box"].words == "`cool` before it changed (`intensity` 0.4 → 0.5)"
    assert found["box"].upstream == ("cool",)
    assert found["cool"].to_json() == {
        "reasons": ["settings"],
        "changes": [{"setting": "intensity", "before": 0.4, "after": 0.5}],
        "upstream": [],
    }


def test_what_is_counted_in_frames_is_told_in_seconds():
    assert changed("duration: 0.4", "duration: 0.6")["cut"].words == "`count` 0.4 s → 0.6 s"
    assert changed("offset: 0.2", "offset: 0.4")["cut"].words == "`first` 0.2 s → 0.4 s"


def test_another_input_is_told_where_it_is_given_and_wherever_it_goes():
    found = differences(a_plan(*NODES, inputs={"clip": "silent"}), a_plan(*NODES))
    assert found["clip"].reasons == (Reason.INPUT,)
    assert found["clip"].words.startswith("`clip` is another input: ")
    assert found["cut"].words == found["box"].words == found["clip"].words


def test_several_changes_are_told_in_one_clause_and_very_many_are_counted():
    adjust = "{id: it, type: TRANSFORM, config: {effects: {%s}}, inputs: [clip]}"
    before = adjust % "saturation: 1.2, contrast: 1.1, brightness: 0.1, gamma: 2, hue: 10"
    two = changed("hue: 10", "hue: 20", CLIP, before.replace("gamma: 2, ", ""))
    assert two["it"].words == "`hue` 10 → 20"
    many = differences(
        a_plan(CLIP, adjust % "saturation: 1.3, contrast: 1.2, brightness: 0.2, gamma: 3, hue: 20"),
        a_plan(CLIP, before),
    )
    assert many["it"].words == (
        "`saturation` 1.2 → 1.3, `contrast` 1.1 → 1.2, `brightness` 0.1 → 0.2 and 2 settings more"
    )
    assert len(many["it"].changes) == 5


def test_what_changes_over_time_is_told_as_people_read_it():
    moving = COOL.replace("0.4}", "{keyframes: [[0, 0], [1, 1]]}}")
    found = differences(a_plan(CLIP, CUT, moving, BOX), a_plan(*NODES))
    assert found["cool"].words == "`intensity` 0.4 → 0 → 1 over 1 s"
    track = "{id: track, type: ANALYZE, config: {features: [energy]}, inputs: [song]}"
    follows = COOL.replace("0.4}", "{bind: track, feature: energy, range: [0, 1]}}")
    louder = follows.replace("[0, 1]", "[0, 0.5]")
    nodes = (CLIP, SONG, track, CUT)
    found = differences(a_plan(*nodes, louder, BOX), a_plan(*nodes, follows, BOX))
    assert found["cool"].words == ("`intensity` follows energy of track, 0 to 1 → follows energy of track, 0 to 0.5")


def test_very_long_values_are_not_written_out():
    text = "{id: it, type: EFFECT, config: {effect: title, params: {text: '%s'}}, inputs: [clip]}"
    found = differences(a_plan(CLIP, text % ("a" * 200)), a_plan(CLIP, text % "b"))
    assert found["it"].words == "`text` changed"
    assert found["it"].changes[0].after == "a" * 200


def test_another_effect_and_another_wire_are_told_by_name():
    assert changed("invert, params: {intensity: 0.4}", "grayscale")["cool"].words == "it was invert and is grayscale"
    joined = "{id: both, type: SEQUENCE, inputs: [clip, other]}"
    swapped = changed("[clip, other]", "[other, clip]", CLIP, OTHER, joined)["both"]
    assert Reason.WIRING in swapped.reasons
    assert "it takes `other` where it took `clip`" in swapped.words
    more = changed("[clip, other]", "[clip, other, clip]", CLIP, OTHER, joined)["both"]
    assert "it takes 3 inputs where it took 2" in more.words


def test_a_new_node_and_a_renamed_one_are_told_apart():
    found = changed("id: cool", "id: cold", CLIP, CUT, COOL)
    assert found["cold"].is_same, "the same work under another name"
    shade = "{id: shade, type: EFFECT, config: {effect: grayscale}, inputs: [box]}"
    found = differences(a_plan(*NODES, shade), a_plan(*NODES))
    assert found["shade"].reasons == (Reason.NEW,)


def test_changed_code_and_a_changed_toolchain_are_told():
    plan = a_plan(*NODES)
    code = differences(remade(plan, "box", code="1" * 64), plan)
    assert code["box"].words == "the code of RESIZE changed"
    names = ("artdag 1; codec aa; av 18.1; numpy 2.4.5", "artdag 1; codec aa; av 18.1; numpy 2.4.6")
    old, new = (remade(plan, "box", toolchain=name) for name in names)
    found = differences(new, old)
    assert found["box"].reasons == (Reason.TOOLCHAIN,)
    assert found["box"].words == "the engine or a library of it changed (numpy 2.4.5 → 2.4.6)"


def test_an_output_that_is_written_otherwise_is_told_beside_the_nodes():
    found = differences(a_plan(*NODES, head="output: {profile: preview}"), a_plan(*NODES))
    assert found["box"].is_same
    assert found["[box]"].words == "`profile` web → preview"


def test_the_plan_with_most_work_in_common_is_the_nearest_and_the_newest_of_several():
    plan = a_plan(*NODES)
    far = a_plan(CLIP, CUT.replace("0.4}", "0.5}"), COOL, BOX)
    near = a_plan(CLIP, CUT, COOL, BOX.replace("pad", "fill"))
    strange = a_plan("{id: made, type: GENERATE, config: {kind: color, duration: 1}}")
    candidates = [Earlier(plan=one, name=str(place)) for place, one in enumerate([strange, far, near, near])]
    found = nearest(plan, candidates)
    assert found is candidates[2]
    assert nearest(plan, candidates[:1]) is None
    assert nearest(plan, []) is None
    other = nearest(a_plan(*NODES, inputs={"clip": "silent"}), candidates)
    assert other is candidates[1], "no work in common, but nodes of the same names that do the same"


def test_two_thousand_nodes_that_all_changed_are_compared_and_told_in_short():
    count = 2_000

    def wide(add: float) -> Plan:
        how = "{id: n%d, type: EFFECT, config: {effect: invert, params: {intensity: %g}}, inputs: [clip]}"
        nodes = (how % (number, number / 4_000 + add) for number in range(1, count + 1))
        names = ", ".join(f"n{number}" for number in range(1, count + 1))
        return a_plan(CLIP, *nodes, f"{{id: all, type: SEQUENCE, inputs: [{names}]}}")

    found = differences(wide(0.2), wide(0.20005))
    assert len(found["all"].upstream) == count
    assert found["all"].words == "`n1`, `n2`, `n3` and 1997 nodes more before it changed"
