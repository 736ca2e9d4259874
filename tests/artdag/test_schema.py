"""The published schema and the checker agree: on all that is declared, now and whatever is added."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artdag import recipe_reader
from artdag.checker import checked_recipe
from artdag.errors import ParameterError, Problem, RecipeError
from artdag.node_schema import EFFECT
from artdag.params import Constant, Parsed, Range, specs
from artdag.recipe_reader import recipe_for_effect
from artdag.schema import RECIPE_NAME_PATTERN, recipe_schema
from artdag.settings_schema import NAME_PATTERN, Definitions, color, settings_schema
from artdag.yaml_document import read_yaml
from tests.artdag import test_any_recipe
from tests.artdag.made_up import (
    POOL,
    WORLD,
    Fault,
    effect_node,
    faults,
    is_taken,
    node_of,
    right,
)

SCHEMA = recipe_schema(WORLD.node_types, WORLD.effects)
SCHEMA_OF = jsonschema_rs.Draft202012Validator(SCHEMA)
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
NODE_TYPES = sorted(WORLD.node_types)
EFFECTS = [effect.name for effect in WORLD.effects]


def within(examples: int) -> settings:
    """Try so many recipes; most that are made up are not right, and making them takes its time."""
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )


def complaints(document: Any) -> list[str]:
    """Return what the schema finds wrong, each with its place."""
    return [
        f"{'.'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in SCHEMA_OF.iter_errors(document)
    ]


def test_it_is_a_schema_of_the_draft_it_names_and_every_reference_leads_somewhere():
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(SCHEMA)
    text = json.dumps(SCHEMA, allow_nan=False)
    named = set(re.findall(r'"#/\$defs/([^"]+)"', text))
    assert named == set(SCHEMA["$defs"])
    assert len(text) < 300_000


# --- what the checker takes, the schema takes -------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_fit(path):
    assert complaints(read_yaml(path.read_bytes()).value) == []


@pytest.mark.parametrize("name", EFFECTS)
def test_the_recipe_that_the_name_of_an_effect_means_fits(name):
    assert complaints(read_yaml(recipe_for_effect(WORLD.effects.get(name))).value) == []


def test_the_first_recipe_of_all_fits():
    text = f"""\
name: dog
registry: {{effects: {{dog: {{hash: "{WORLD.effects.get("dog").code_hash}"}}}}}}
dag:
  nodes:
    - {{id: source, type: SOURCE, config: {{input: true}}}}
    - {{id: out, type: EFFECT, config: {{effect: dog}}, inputs: [source]}}
  output: out
""".encode()
    checked_recipe(text, WORLD)
    assert complaints(read_yaml(text).value) == []


@pytest.mark.parametrize("name", NODE_TYPES)
@within(40)
@given(data=st.data())
def test_nodes_that_the_checker_takes_fit(name, data):
    assert complaints(data.draw(right(node_of(WORLD.node_types[name])))) == []


@pytest.mark.parametrize("name", EFFECTS)
@within(15)
@given(data=st.data())
def test_effects_that_the_checker_takes_fit(name, data):
    assert complaints(data.draw(right(effect_node(WORLD.effects.get(name))))) == []


@pytest.mark.parametrize("name", NODE_TYPES)
def test_forms_that_a_setting_takes_fit_what_it_declares(name):
    node_type = WORLD.node_types[name]
    for spec in specs(node_type.config):
        shared = Definitions()
        own = SCHEMA["$defs"][name]["properties"][spec.name]
        form = jsonschema_rs.Draft202012Validator({**own, "$defs": {**SCHEMA["$defs"], **shared.found}})
        for value in POOL if spec.parsed is not None else []:
            try:
                spec.parsed.parse(value)
            except ParameterError:
                continue
            assert form.is_valid(value), f"{name}.{spec.name} takes {value!r}, and its Parsed.schema does not"


# --- what is wrong, both refuse ---------------------------------------------------------------------------------------


def refused_by_both(fault: Fault) -> None:
    assert not is_taken(fault.document), f"the checker takes it: {fault.what}"
    assert complaints(fault.document) != [], f"the schema takes it: {fault.what}"


@pytest.mark.parametrize("name", NODE_TYPES)
@within(60)
@given(data=st.data())
def test_a_fault_in_a_node_is_refused_by_both(name, data):
    document = data.draw(right(node_of(WORLD.node_types[name])))
    refused_by_both(data.draw(st.sampled_from(list(faults(document)))))


@pytest.mark.parametrize("name", EFFECTS)
@within(25)
@given(data=st.data())
def test_a_fault_in_an_effect_is_refused_by_both(name, data):
    document = data.draw(right(effect_node(WORLD.effects.get(name))))
    refused_by_both(data.draw(st.sampled_from(list(faults(document)))))


def test_every_single_fault_in_one_recipe_is_refused_by_both():
    document = {
        "name": "one",
        "params": {},
        "dag": {
            "nodes": [
                {"id": "in0", "type": "SOURCE", "config": {"input": True}},
                {"id": "it", "type": "EFFECT", "config": {"effect": "blur", "params": {}}, "inputs": ["in0"]},
            ],
            "output": "it",
        },
    }
    assert is_taken(document)
    found = list(faults(document))
    assert len(found) > 100
    for fault in found:
        refused_by_both(fault)


# --- what a schema cannot say -----------------------------------------------------------------------------------------

TYPES = "|".join(NODE_TYPES)
CANNOT_SAY = {
    "ids: that there is a node of that name, and only one": "is no node|is taken by the node|is no ANALYZE node",
    "cycles": "in a circle",
    "kinds: what a node gives and another takes": r"^\S+ needs [\w ]+ in slot",
    "the order of times": "are not in order",
    "lists: how many media they hold": "takes .* inputs, and is given 1$",
    "params: that they exist, and fit where they stand": "there is no param|, and that param is ",
    "params: that their numbers fit one another": "'min' .* is above 'max'|'[nitbce]' ",
    "what this server has": "there is no asset|there is no recipe|pinned to other code",
    "recipes in recipes: their inputs, params and outputs": r"^the recipe '|^in '|a part of itself",
    "rules between the settings of one node": rf"^({TYPES}) (?!has no setting|needs '\w+'$)|must say exactly one",
}


def can_be_said(problem: Problem, document: Any) -> bool:
    """Return whether a schema could have told *problem*; of settings with a form of their own it says what it can."""
    if '{"param": ' in json.dumps(part(document, problem.field or "")):  # what stands for it is the checker's to know
        return False
    found = re.match(r"dag\.nodes\.(\d+)\.config\.(\w+)", problem.field or "")
    if found is not None:
        node_type = WORLD.node_types[document["dag"]["nodes"][int(found[1])]["type"]]
        if any(spec.name == found[2] and spec.parsed and node_type.name != EFFECT for spec in specs(node_type.config)):
            return False
    return not any(re.search(pattern, problem.message) for pattern in CANNOT_SAY.values())


def part(document: Any, field: str) -> Any:
    """Return what *field*, a dotted path, leads to in *document*, or the last that is there."""
    for key in field.split("."):
        inner = document.get(key) if isinstance(document, dict) else None
        if isinstance(document, list) and key.isdigit() and int(key) < len(document):
            inner = document[int(key)]
        if inner is None:
            break
        document = inner
    return document


def found_wrong(text: bytes) -> tuple[Problem, ...]:
    """Return what the checker finds wrong."""
    try:
        checked_recipe(text, test_any_recipe.WORLD)
    except RecipeError as error:
        return error.problems
    return ()


def has_an_odd_default(document: dict[str, Any]) -> bool:
    """Return whether a param's default is null, which counts as an empty map where one should stand, or a map."""
    params = document.get("params")
    declared = params.values() if isinstance(params, dict) else ()
    defaults = [entry["default"] for entry in declared if isinstance(entry, dict) and "default" in entry]
    return any(default is None or isinstance(default, dict) for default in defaults)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_written_only_what_a_schema_cannot_say_divides_them(seed):
    chance = random.Random(1000 + seed)
    seen: Counter[str] = Counter()
    for _ in range(400):
        document = test_any_recipe.with_faults(chance)
        try:
            text = json.dumps(document, allow_nan=False).encode()
        except ValueError:
            continue  # JSON has no infinity
        problems, wrong = found_wrong(text), complaints(json.loads(text))
        seen["refused" if problems else "taken"] += 1
        if problems and not wrong:
            assert any(not can_be_said(problem, document) for problem in problems), problems
        if wrong and not problems:
            assert has_an_odd_default(document), wrong
    assert seen["taken"] > 5
    assert seen["refused"] > 100


# --- what it says -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    wide: Annotated[int, Range(2, 8, "px"), Constant("decides the size"), "Its width."] = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    amount: Annotated[float, Range(0, 1, "dB"), "How much."] = 0.5
    word: Annotated[str, Range(1, 3)]
    way: Literal["up", "down"] | None = None
    part: Part = Part()
    parts: Annotated[Any, Parsed(list, {"type": "array", "items": Part}), "Several."] = ()
    times: Annotated[Any, Parsed(list, {"type": "array", "items": specs(Part)[0]})] = ()
    rate: Annotated[Any, Parsed(str, {"type": ["number", "string"]})] = 25


def schema_of(declaration: type[Any], **more: Any) -> dict[str, Any]:
    shared = Definitions()
    return {**settings_schema(declaration, shared, **more), "$defs": shared.found}


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"word": "abc"}, True),
        ({}, False),
        ({"word": "abcd"}, False),
        ({"word": {"param": "w"}}, True),
        ({"word": {"param": "not a name"}}, False),
        ({"word": "a", "amount": 1}, True),
        ({"word": "a", "amount": 1.01}, False),
        ({"word": "a", "amount": None}, False),
        ({"word": "a", "amount": {"keyframes": [[0, 0], [2.5, {"param": "a"}]], "ease": "smooth"}}, True),
        ({"word": "a", "amount": {"keyframes": [[0, 0], [2.5, 2]]}}, False),
        ({"word": "a", "amount": {"bind": "x", "feature": "beat", "range": [1, 0], "smooth_s": 0}}, True),
        ({"word": "a", "amount": {"bind": "x", "feature": "beat", "range": [1, 2]}}, False),
        ({"word": "a", "way": None}, True),
        ({"word": "a", "way": "left"}, False),
        ({"word": "a", "part": None}, True),
        ({"word": "a", "part": {"wide": 2.0}}, True),
        ({"word": "a", "part": {"wide": 2.5}}, False),
        ({"word": "a", "part": {"wide": {"keyframes": [[0, 2]]}}}, False),
        ({"word": "a", "part": {"high": 2}}, False),
        ({"word": "a", "parts": [{"wide": 3}, {}, None]}, True),
        ({"word": "a", "parts": [{"wide": 9}]}, False),
        ({"word": "a", "times": [3, {"param": "t"}]}, True),
        ({"word": "a", "times": [9]}, False),
        ({"word": "a", "rate": "30000/1001"}, True),
        ({"word": "a", "rate": {"param": "r"}}, True),
        ({"word": "a", "rate": True}, False),
    ],
)
def test_settings_fit_what_is_declared(given, fits):
    assert jsonschema_rs.Draft202012Validator(schema_of(Declared)).is_valid(given) is fits


def test_written_out_means_that_no_param_stands_there():
    form = jsonschema_rs.Draft202012Validator(schema_of(Declared, written_out=True))
    assert form.is_valid({"word": "abc"})
    assert not form.is_valid({"word": {"param": "w"}})


def test_what_a_setting_means_and_what_holds_without_it_is_told():
    told = schema_of(Declared)["properties"]
    assert (told["amount"]["description"], told["amount"]["default"]) == ("How much. Unit: dB.", 0.5)
    assert "default" not in told["word"]
    assert told["part"]["default"] == {"wide": 4}
    wide = told["part"]["anyOf"][0]["properties"]["wide"]
    assert wide["description"] == "Its width. Unit: px. It cannot change over time: it decides the size."


def test_a_complaint_names_the_place():
    document = json.loads(json.dumps(test_any_recipe.GOOD))
    place = next(place for place, node in enumerate(document["dag"]["nodes"]) if node["type"] == "RESIZE")
    document["dag"]["nodes"][place]["config"]["height"] = 1
    (complaint,) = complaints(document)
    assert complaint.startswith(f"dag.nodes.{place}.config.height: 1 is not valid")


@pytest.mark.parametrize(
    ("word", "fits"),
    [("#fff", True), ("#A0b1C2", True), ("Orange", True), ("#ffff", False), ("ora", False), ("", False), (0, False)],
)
def test_colours_fit_as_the_checker_takes_them(word, fits):
    shared = Definitions()
    color(shared)
    assert jsonschema_rs.Draft202012Validator(shared.found["color"]).is_valid(word) is fits


def test_the_document_has_the_keys_and_names_that_the_reader_knows():
    assert set(SCHEMA["properties"]) == {spec.name for spec in specs(recipe_reader._Top)}
    declaration = SCHEMA["$defs"]["declaration"]
    assert set(declaration["properties"]) == {spec.name for spec in specs(recipe_reader._ParamFields)}
    assert f"^{recipe_reader._NODE_ID.pattern}$" == NAME_PATTERN
    assert f"^{recipe_reader._NAME.pattern}$" == RECIPE_NAME_PATTERN


def test_every_node_type_and_effect_is_told_with_every_setting():
    definitions = SCHEMA["$defs"]
    for name, node_type in WORLD.node_types.items():
        assert definitions[name]["description"]
        assert set(definitions[name]["properties"]) == {spec.name for spec in specs(node_type.config)}
    for effect in WORLD.effects:
        told = definitions[f"effect.{effect.name}"]
        assert told["description"] == effect.summary
        assert set(told["properties"]) == {spec.name for spec in effect.param_specs}


def test_an_effect_may_be_called_as_no_reference_is():
    shared = Definitions()
    reference = shared.ref("effect.schön & 100%", {"const": 1})
    assert jsonschema_rs.Draft202012Validator({**reference, "$defs": shared.found}).is_valid(1)
