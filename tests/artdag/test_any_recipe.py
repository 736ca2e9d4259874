"""Whatever a recipe says, it is planned or refused in words: thousands of recipes, each a good one with faults."""

from __future__ import annotations

import copy
import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from artdag.checker import checked_recipe
from artdag.errors import InputError, ParameterError, RecipeError
from artdag.plan import Plan
from artdag.planner import make_plan
from artdag.recipe import Recipe, variable_inputs
from artdag.recipe_reader import parse_recipe
from artdag.stage import stages
from tests.artdag.shelf import SHELF, the_world
from tests.builders import a_digest

INNER = b"""
name: inner
params: {how: {type: float, default: 2, min: 0, max: 20}}
dag:
  nodes:
    - {id: it, type: SOURCE, config: {input: true, default: dog}}
    - {id: soft, type: EFFECT, config: {effect: blur, params: {radius: {param: how}}}, inputs: [it]}
  output: soft
"""
REPORT = {"duration": 1.5, "beats": [0.2, 0.7, 1.2], "onsets": [], "energy": {"rate": 10, "values": [0, 1, 0.5]}}
WORLD = replace(
    the_world("dog"),
    recipes=lambda word: parse_recipe(INNER) if word == "inner" else None,
    reports=lambda key: REPORT if key < "8" else None,
)
GOOD: dict[str, Any] = {
    "name": "tried",
    "version": "1",
    "registry": {
        "assets": {"bark": {"hash": a_digest("song")}},
        "effects": {"blur": {"hash": WORLD.effects.get("blur").code_hash}},
    },
    "params": {
        "n": {"type": "float", "default": 3},
        "i": {"type": "int", "min": 1, "max": 90},
        "t": {"type": "text"},
        "b": {"type": "bool"},
        "c": {"type": "color", "default": "red"},
        "e": {"type": "enum", "choices": ["fit", "pad"]},
    },
    "dag": {
        "nodes": [
            {"id": "clip", "type": "SOURCE", "config": {"input": True, "accept": ["video", "image"]}},
            {"id": "other", "type": "SOURCE", "config": {"input": True, "default": {"asset": "dog"}}},
            {"id": "fixed", "type": "SOURCE", "config": {"asset": "bark"}},
            {"id": "cut", "type": "SEGMENT", "config": {"offset": 0.1, "duration": 0.5}, "inputs": ["clip"]},
            {"id": "look", "type": "TRANSFORM", "config": {"effects": {"hue": 30, "speed": 2}}, "inputs": ["cut"]},
            {
                "id": "list",
                "type": "TRANSFORM",
                "config": {"effects": [{"hue": {"param": "n"}}, {"blur": 2}]},
                "inputs": ["look"],
            },
            {
                "id": "soft",
                "type": "EFFECT",
                "config": {"effect": "blur", "params": {"radius": {"param": "n"}}},
                "inputs": ["list"],
            },
            {
                "id": "dog",
                "type": "EFFECT",
                "config": {"effect": "dog", "params": {"overlay": {"param": "b"}}},
                "inputs": ["soft"],
            },
            {
                "id": "box",
                "type": "RESIZE",
                "config": {
                    "width": {"param": "i"},
                    "height": 32,
                    "mode": {"param": "e"},
                    "background": {"param": "c"},
                },
                "inputs": ["dog"],
            },
            {
                "id": "seq",
                "type": "SEQUENCE",
                "config": {"transition": {"type": "crossfade", "duration": 0.1}, "still_duration": 1},
                "inputs": ["box", "other"],
            },
            {
                "id": "mux",
                "type": "MUX",
                "config": {"shortest": True},
                "inputs": {"video": "seq", "audio": "mixed"},
            },
            {"id": "hear", "type": "ANALYZE", "config": {"features": ["duration", "beats"]}, "inputs": ["fixed"]},
            {"id": "pictures", "type": "SOURCE_LIST", "config": {"input": True, "accept": ["image", "video"]}},
            {
                "id": "cuts",
                "type": "MAP",
                "config": {"operation": "SEGMENT", "config": {"offset": 0}, "timing": {"feature": "beats", "every": 2}},
                "inputs": {"items": "pictures", "timing": "hear"},
            },
            {
                "id": "grey",
                "type": "MAP",
                "config": {"operation": "EFFECT", "config": {"effect": "grayscale"}},
                "inputs": ["cuts"],
            },
            {"id": "film", "type": "SEQUENCE", "config": {}, "inputs": ["grey"]},
            {
                "id": "inside",
                "type": "RECIPE",
                "config": {"recipe": "inner", "params": {"how": {"param": "n"}}},
                "inputs": ["film"],
            },
            {
                "id": "pulse",
                "type": "EFFECT",
                "config": {
                    "effect": "zoom",
                    "params": {
                        "factor": {"bind": "hear", "feature": "beat", "range": [1, 1.2], "smooth_s": 0.2},
                        "x": {"keyframes": [[0, 0.2], [1, 0.7]], "ease": "smooth"},
                    },
                },
                "inputs": ["inside"],
            },
            {"id": "tone", "type": "GENERATE", "config": {"kind": "tone", "duration": 1, "frequency": 220}},
            {"id": "pattern", "type": "GENERATE", "config": {"kind": "test_pattern", "width": 32, "height": 18}},
            {"id": "either", "type": "SWITCH", "config": {"times": [0.2, 0.4]}, "inputs": ["pulse", "pattern"]},
            {
                "id": "both",
                "type": "BLEND",
                "config": {"mode": "screen", "opacity": 0.5},
                "inputs": ["either", "other"],
            },
            {
                "id": "stack",
                "type": "LAYER",
                "config": {"inputs": [{}, {"position": ["right", 3], "opacity": {"keyframes": [[0, 0], [1, 1]]}}]},
                "inputs": ["both", "pattern"],
            },
            {"id": "mixed", "type": "AUDIO_MIX", "config": {"gains": [1, 0.5]}, "inputs": ["fixed", "tone"]},
        ],
        "output": "mux",
        "outputs": {"a": "mux", "b": "box", "c": "stack"},
    },
    "output": {"profile": "web"},
}

FITTING: dict[str, Any] = {"clip": a_digest("clip"), "pictures": [a_digest("photo"), a_digest("clip")]}
JUNK: list[Any] = [
    *(None, True, False, 0, 1, -1, 3, 2.5, 1e300, -1e-300, math.inf, math.nan, 10**17, "9" * 17, "", "x", "é", "\0"),
    *("clip", "other", "cut", "mux", "param", "blur", "dog", "fit", "web", "red", "#fff", "a.b", "video", "crossfade"),
    *("SOURCE", "EFFECT", "SEGMENT", "largest", "explicit", [], {}, [1], [[]], [{}], ["clip"], ["blur"], ["audio"]),
    *({"param": "n"}, {"param": "zz"}, {"param": None}, {"param": [1]}, {"asset": "dog"}, {"hash": "beef"}),
    *({"a": {"b": 1}}, {"hue": 3}, {"speed": 9}),
    *({"keyframes": [[0, 1], [1, 2]]}, {"keyframes": [[1, 1], [0, 2]]}, {"keyframes": 3}, {"keyframes": [[0, "x"]]}),
    *({"bind": "hear", "feature": "beat", "range": [0, 1]}, {"bind": "clip"}, {"bind": []}, "inner", "pictures"),
]
NAMES = [
    "width",
    "height",
    "offset",
    "start",
    "end",
    "duration",
    "zz",
    "input",
    "asset",
    "hash",
    "effects",
    "params",
    "inputs",
    "id",
    "type",
    "target_size",
    "min",
    "max",
    "default",
    "choices",
    "accept",
    "outputs",
    "output",
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(item, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def with_faults(chance: random.Random) -> Any:
    document = copy.deepcopy(GOOD)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 6])):
        places = list(paths(document))
        if not places:
            break
        *above, key = chance.choice(places)
        parent, what = at(document, tuple(above)), chance.random()
        if what < 0.45:
            parent[key] = copy.deepcopy(chance.choice(JUNK))
        elif what < 0.6:
            del parent[key]
        elif what < 0.75:
            parent[key] = copy.deepcopy(at(document, chance.choice(places)))
        elif isinstance(parent, dict):
            parent[chance.choice(NAMES)] = copy.deepcopy(chance.choice(JUNK))
        else:
            parent.insert(key, copy.deepcopy(chance.choice(JUNK)))
    return document


def spelt(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))}: {spelt(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(spelt, value))}]"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf"
    return json.dumps(value)


def some_params(recipe: Recipe, chance: random.Random) -> dict[str, Any]:
    choices = {
        "float": [0, 1, -5, 50, 300],
        "int": [1, 2, 50, 90],
        "bool": [True, False],
        "text": ["x"],
        "color": ["#123"],
    }
    return {
        decl.name: chance.choice(decl.spec.choices or choices[decl.type])
        for decl in recipe.params
        if decl.spec.required or chance.random() < 0.3
    }


def carry(recipe: Recipe, chance: random.Random) -> str:
    """Plan *recipe* with some media of the shelf; return what came of it."""
    holes = [hole.node for hole in variable_inputs(recipe) if chance.random() < 0.9]
    inputs: dict[str, Any] = {node: a_digest(chance.choice(list(SHELF))) for node in holes}
    for node in holes:
        if chance.random() < 0.7 and node in FITTING:
            inputs[node] = FITTING[node]
        elif chance.random() < 0.4:
            inputs[node] = [a_digest(chance.choice(list(SHELF))) for _ in range(chance.choice([0, 1, 3]))]
    try:
        plan = make_plan(recipe, inputs, some_params(recipe, chance), WORLD)
    except (RecipeError, InputError, ParameterError) as error:
        return type(error).__name__
    assert Plan.from_json(json.loads(plan.to_bytes())).plan_id == plan.plan_id
    assert plan.outputs
    stages(plan, ())
    return "planned"


@pytest.mark.parametrize("seed", range(8))
def test_any_recipe_is_planned_or_refused_in_words(seed):
    chance = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(150):
        text = spelt(with_faults(chance)).encode()
        try:
            recipe, _ = checked_recipe(text, WORLD)
        except RecipeError as error:
            seen[
                "refused" if error.problems and all(one.message and one.line for one in error.problems) else "bare"
            ] += 1
        else:
            seen.update(carry(recipe, chance) for _ in range(3))
    assert seen["refused"]
    assert seen["planned"]
    assert not seen["bare"], "a refusal says what is wrong and where"


def test_the_good_one_is_good():
    recipe, warnings = checked_recipe(spelt(GOOD).encode(), WORLD)
    assert warnings == ()
    values = {"i": 20, "t": "x", "b": True, "e": "pad"}
    plan = make_plan(recipe, FITTING, values, replace(WORLD, reports=lambda _: REPORT))
    assert list(plan.outputs) == ["a", "b", "c"]
    assert make_plan(recipe, FITTING, values, replace(WORLD, reports=lambda _: None)).first_part
