"""Lists: several media in one node, the same operation on each, and pieces as long as beats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest

from artdag.checker import checked_recipe
from artdag.errors import ArtDagError, InputError, ParameterError, RecipeError
from artdag.local_store import LocalStore
from artdag.pieces import piece_counts
from artdag.planner import by_place, inputs_by_node
from artdag.recipe import variable_inputs
from artdag.recipe_reader import parse_recipe
from tests.artdag.studio import still

STILLS = "{id: stills, type: SOURCE_LIST, config: {input: true, accept: [image]}}"
SHOW = "{id: show, type: SEQUENCE, config: {still_duration: 0.2}, inputs: [stills]}"


def recipe(*nodes: str, output: str = "show") -> bytes:
    listed = "".join(f"\n    - {node}" for node in nodes)
    return f"name: listed\ndag:\n  nodes:{listed}\n  output: {output}\n".encode()


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "store")


@pytest.fixture
def three(store, tmp_path):
    colors = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    return [store.add(still(tmp_path / f"{place}.png", color)) for place, color in enumerate(colors)]


def refusal(store, text: bytes, inputs: Any) -> str:
    with pytest.raises(ArtDagError) as caught:
        store.plan(checked_recipe(text, store.world())[0], inputs, {})
    return "; ".join(problem.message for problem in caught.value.problems) or caught.value.message


def test_a_list_fills_the_inputs_of_what_takes_any_number(store, three):
    plan = store.plan(parse_recipe(recipe(STILLS, SHOW)), {"stills": three}, {})
    assert [plan.by_key[key].params["digest"] for _, key in plan.by_key[plan.nodes["show"]].inputs] == three
    assert list(plan.nodes) == ["stills[0]", "stills[1]", "stills[2]", "show"]
    outcome = store.carry_out(plan)
    assert store.facts(outcome.outputs["show"]).picture.frame_count == 15


def test_order_is_meaning_and_a_list_is_what_its_entries_are(store, three):
    text = parse_recipe(recipe(STILLS, SHOW))
    turned = store.plan(text, {"stills": three[::-1]}, {})
    plan = store.plan(text, {"stills": three}, {})
    assert plan.outputs != turned.outputs
    nodes = [f"{{id: n{place}, type: SOURCE, config: {{hash: '{digest}'}}}}" for place, digest in enumerate(three)]
    single = recipe(*nodes, SHOW.replace("[stills]", "[n0, n1, n2]"))
    assert store.plan(parse_recipe(single), {}, {}).outputs == plan.outputs


def test_a_list_stands_among_single_inputs(store, three):
    nodes = (STILLS, "{id: last, type: SOURCE, config: {input: true}}", SHOW.replace("[stills]", "[last, stills]"))
    plan = store.plan(parse_recipe(recipe(*nodes)), [*three, three[0]], {})
    shown = [plan.by_key[key].params["digest"] for _, key in plan.by_key[plan.nodes["show"]].inputs]
    assert shown == [three[0], *three]


def test_inputs_by_place_are_the_same_inputs(store, three):
    text = parse_recipe(recipe(STILLS, SHOW))
    flat = by_place(inputs_by_node(text, {"stills": three}))
    assert list(flat) == ["stills[0]", "stills[1]", "stills[2]"]
    assert store.plan(text, flat, {}).outputs == store.plan(text, {"stills": three}, {}).outputs
    assert inputs_by_node(text, {f"stills[{place}]": three[0] for place in (10, 9)}) == {"stills": [three[0]] * 2}


def test_fixed_media_make_a_list(store, three):
    store.assets["red"] = three[0]
    fixed = recipe(f"{{id: stills, type: SOURCE_LIST, config: {{assets: [red, '{three[1]}']}}}}", SHOW)
    plan = store.plan(checked_recipe(fixed, store.world())[0], {}, {})
    assert [plan.by_key[plan.nodes[f"stills[{place}]"]].params["digest"] for place in (0, 1)] == three[:2]


def test_what_a_run_does_not_give_is_what_the_recipe_says(store, three):
    store.assets["red"] = three[0]
    usual = f"{{id: stills, type: SOURCE_LIST, config: {{input: true, default: [red, '{three[1]}']}}}}"
    (hole,) = variable_inputs(parse_recipe(recipe(usual, SHOW)))
    assert [(one.asset, one.digest) for one in hole.defaults] == [("red", None), (None, three[1])]
    text = checked_recipe(recipe(usual, SHOW), store.world())[0]
    assert store.plan(text, {}, {}).outputs == store.plan(text, {"stills": three[:2]}, {}).outputs
    assert store.plan(text, {"stills": three}, {}).outputs != store.plan(text, {}, {}).outputs
    del store.assets["red"]
    assert "one or more media, in order, and of its default 'red' is not here" in refusal(
        store, recipe(usual, SHOW), {}
    )


def test_a_map_does_the_same_to_each(store, three):
    text = recipe(
        STILLS,
        "{id: grey, type: MAP, config: {operation: EFFECT, config: {effect: grayscale}}, inputs: [stills]}",
        SHOW.replace("[stills]", "[grey]"),
    )
    plan = store.plan(checked_recipe(text, store.world())[0], {"stills": three}, {})
    single = [
        store.plan(
            parse_recipe(
                recipe(
                    f"{{id: one, type: SOURCE, config: {{hash: '{digest}'}}}}",
                    "{id: grey, type: EFFECT, config: {effect: grayscale}, inputs: [one]}",
                    output="grey",
                )
            ),
            {},
            {},
        )
        for digest in three
    ]
    assert [plan.nodes[f"grey[{place}]"] for place in range(3)] == [one.nodes["grey"] for one in single]


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ([STILLS], "the output names 'show', which is no node"),
        ([STILLS.replace("stills", "show")], "the output 'show' is a list of 3: put a SEQUENCE behind it"),
        (
            [STILLS, "{id: show, type: MUX, inputs: [stills, stills]}"],
            "MUX needs audio or video in slot 'audio'; 'stills' gives image",
        ),
        (
            [STILLS, "{id: show, type: EFFECT, config: {effect: sepia}, inputs: [stills]}"],
            "EFFECT takes one thing in each slot, and 'stills' is a list of 3: a MAP does it to each",
        ),
        (
            [STILLS, "{id: show, type: MAP, config: {operation: EFECT}, inputs: [stills]}"],
            "there is no node type 'EFECT'",
        ),
        (
            [STILLS, "{id: show, type: MAP, config: {operation: MUX}, inputs: [stills]}"],
            "MAP gives one item at a time, and MUX takes 2 inputs",
        ),
        (
            [STILLS, "{id: show, type: MAP, config: {operation: EFFECT, config: {effect: sepai}}, inputs: [stills]}"],
            "there is no effect 'sepai'",
        ),
        (
            [STILLS, "{id: show, type: MAP, config: {operation: RESIZE, config: {with: 3}}, inputs: [stills]}"],
            "RESIZE has no setting 'with'",
        ),
        (
            [
                STILLS,
                "{id: heard, type: ANALYZE, config: {features: [duration, beats]}, inputs: [stills]}",
                "{id: show, type: MAP, config: {operation: SEGMENT, config: {precise: false}, timing: {}},"
                " inputs: [stills, heard]}",
            ],
            "'timing' gives exact lengths: 'precise: false' does not go with it",
        ),
        (["{id: show, type: SOURCE_LIST}"], "'show' must say exactly one of 'input: true' and 'assets: [NAME, …]'"),
        (["{id: show, type: SOURCE_LIST, config: {assets: [rde]}}"], "there is no asset 'rde' here"),
        (
            ["{id: show, type: SOURCE_LIST, config: {assets: []}}"],
            "write a list of 1 to 1,000 assets or content hashes",
        ),
    ],
)
def test_a_sentence_says_what_is_wrong(store, three, nodes, sentence):
    given = {"stills": three} if any("id: stills" in node for node in nodes) else {"show": three}
    assert sentence in refusal(store, recipe(*nodes), given)


def test_a_list_has_something_in_it(store, three):
    assert "the input 'stills' is needed: one or more media" in refusal(store, recipe(STILLS, SHOW), {"stills": []})
    single = recipe("{id: show, type: SOURCE, config: {input: true}}")
    assert "'show' takes one medium, not a list" in refusal(store, single, {"show": three})


@dataclass(frozen=True)
class Timing:
    feature: str = "beats"
    every: int = 1
    least_s: float = 0.1


REPORT: Mapping[str, Any] = {"duration": 3.0, "beats": [0.5, 1.0, 1.5, 2.0, 2.5], "onsets": []}


@pytest.mark.parametrize(
    ("timing", "counts"),
    [
        (Timing(), [13, 12, 13, 12, 13, 12]),
        (Timing(every=2), [25, 25, 25]),
        (Timing(every=4), [50, 25]),
        (Timing(least_s=0.6), [25, 25, 25]),
        (Timing(feature="onsets"), [75]),
        (Timing(every=9), [75]),
    ],
)
def test_pieces_last_from_beat_to_beat_without_drift(timing, counts):
    assert sum(counts) == 75
    assert piece_counts(REPORT, timing, Fraction(25)) == counts


def test_a_beat_at_the_very_beginning_is_the_beginning():
    early = {**REPORT, "beats": [0.0067, *REPORT["beats"]]}
    for every in (1, 2, 4):
        counts = piece_counts(early, Timing(every=every), Fraction(25))
        assert counts == piece_counts(REPORT, Timing(every=every), Fraction(25))
    assert piece_counts({**REPORT, "beats": [0.06, 1.0]}, Timing(every=2), Fraction(25)) == [25, 50]


def test_a_report_that_does_not_tell_is_told():
    with pytest.raises(ParameterError, match="the ANALYZE node has no downbeats"):
        piece_counts(REPORT, replace(Timing(), feature="downbeats"), Fraction(25))
    with pytest.raises(ParameterError, match="the ANALYZE node has no duration"):
        piece_counts({"beats": []}, Timing(), Fraction(25))


def test_errors_are_of_the_right_sort(store, three):
    with pytest.raises(InputError):
        store.plan(parse_recipe(recipe(STILLS, SHOW)), {}, {})
    with pytest.raises(RecipeError):
        store.plan(parse_recipe(recipe(STILLS.replace("stills", "show"))), {"show": three}, {})
