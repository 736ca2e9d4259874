"""Recipes made up from what is declared, and what can be wrong with them: whatever node types and effects there are."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from artdag.animation import FEATURES
from artdag.checker import checked_recipe
from artdag.effect import Effect
from artdag.errors import ArtDagError, RecipeError
from artdag.expansion import RECIPE
from artdag.node_schema import MAP, slots_of
from artdag.node_type import NodeType, Slots
from artdag.params import ParamSpec, specs
from artdag.recipe_reader import parse_recipe
from artdag.settings_schema import classes_in
from artdag.world import World
from tests.artdag.shelf import CLIP, text_of, the_world
from tests.builders import a_digest

INNER = parse_recipe(text_of(CLIP, "{id: soft, type: EFFECT, config: {effect: blur}, inputs: [clip]}"))
WORLD: World = replace(
    the_world("dog"), assets={name: a_digest(name) for name in ("dog", "x", "clip")}, recipes=lambda _: INNER
)
"""Every recipe that a recipe may name is a blur."""
PARAMS = {name: {"type": name} for name in ("float", "int", "bool", "text", "color")} | {
    "enum": {"type": "enum", "choices": ["one", "two"]}
}
"""Of each type one, which a run must give."""
HEARD = "heard-sound"
"""Id of the node that numbers may be bound to."""
POOL: list[Any] = [
    *(0, 1, 2.5, -1, 25, True, "", "x", "50%", "30000/1001", "0" * 64, "video", "beats", "blur", [], {}),
    *(
        [0],
        [1.5, 3],
        [0.5, 1, 2],
        [2, 1],
        ["x"],
        ["right", "bottom"],
        ["50%", 0],
        [[0, 0]],
        ["video"],
        ["audio", "image"],
    ),
    *([{}], [{}, {}], [{"x": 1}], [[]], {"asset": "dog"}, {"hash": "0" * 64}, {"x": 1}),
    *(["duration"], ["tempo"], ["beats"], ["energy"], ["bands"], ["energy", "onsets", "bands", "beats"]),
]
"""For settings with forms of their own: some will fit."""

_WORDS = st.text("abc xyz-_.é€1", max_size=12)
_HEX = st.text("0123456789abcdefABCDEF", min_size=3, max_size=3)


def written(document: Any) -> bytes:
    """Return *document* as YAML: JSON is YAML."""
    return json.dumps(document, ensure_ascii=False).encode()


def is_taken(document: Any) -> bool:
    """Return whether the checker finds nothing wrong."""
    try:
        checked_recipe(written(document), WORLD)
    except RecipeError:
        return False
    return True


# --- what may be written ----------------------------------------------------------------------------------------------


def values(spec: ParamSpec, *, written_out: bool = False) -> SearchStrategy[Any]:
    """Return raw values that fit the declaration."""
    if spec.group is not None:
        return settings_of(spec.group)
    if spec.parsed is not None:
        return st.one_of(*_own_forms(spec))
    low, high = (-1e6, 1e6) if spec.low is None or spec.high is None else (spec.low, spec.high)
    whole = st.integers(int(low), int(high))
    plain: dict[str, SearchStrategy[Any]] = {
        "float": st.floats(low, high, allow_nan=False) | whole,
        "int": whole | whole.map(float),
        "bool": st.booleans(),
        "enum": st.sampled_from(spec.choices or ("none",)),
        "color": _HEX.map("#{0}".format) | _HEX.map("#{0}{0}".format) | st.sampled_from(["red", "Orange", "NAVY"]),
        "text": _WORDS.filter(lambda word: spec.low is None or spec.low <= len(word) <= (spec.high or 0)),
    }
    found = [plain[spec.type]]
    if spec.optional:
        found.append(st.none())
    if not written_out:
        found.append(st.just({"param": spec.type}))
    if spec.can_change:
        found += [_keyframes(plain[spec.type]), _bound(plain[spec.type])]
    return st.one_of(*found)


@st.composite
def _keyframes(draw: DrawFn, number: SearchStrategy[Any]) -> dict[str, Any]:
    times = sorted(draw(st.sets(st.integers(0, 1000), min_size=1, max_size=4)))
    ease = draw(st.sampled_from([{}, {"ease": "linear"}, {"ease": "smooth"}, {"ease": "hold"}]))
    return {"keyframes": [[time / 8, draw(number)] for time in times], **ease}


def _bound(number: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "bind": st.just(HEARD),
            "feature": st.sampled_from(FEATURES),
            "range": st.lists(number, min_size=2, max_size=2),
        },
        optional={"smooth_s": st.floats(0, 10)},
    )


def _own_forms(spec: ParamSpec) -> Iterator[SearchStrategy[Any]]:
    assert spec.parsed is not None
    if spec.optional:
        yield st.none()
    if fitting := [value for value in POOL if _fits(spec, value)]:
        yield st.sampled_from(fitting)
    for declaration in classes_in(spec.parsed.schema):
        one = settings_of(declaration)
        yield one
        yield st.lists(one, max_size=3)


def _fits(spec: ParamSpec, value: Any) -> bool:
    assert spec.parsed is not None
    try:
        spec.parsed.parse(value)
    except ArtDagError:
        return False
    return True


@st.composite
def settings_of(draw: DrawFn, declaration: type[Any], *, written_out: bool = False) -> dict[str, Any]:
    """Draw what is required, and up to three more."""
    declared = {spec.name: spec for spec in specs(declaration)}
    names = [name for name, spec in declared.items() if spec.required]
    others = sorted(set(declared) - set(names))
    if others:
        names += draw(st.lists(st.sampled_from(others), max_size=3, unique=True))
    return {name: draw(values(declared[name], written_out=written_out)) for name in names}


@st.composite
def node_of(draw: DrawFn, node_type: NodeType) -> dict[str, Any]:
    """Draw a node of this type over inputs called ``in0``, ``in1`` and so on."""
    if node_type.name == "EFFECT":
        return draw(effect_node(WORLD.effects.get(draw(st.sampled_from(sorted(WORLD.effects.effects))))))
    if node_type.name == MAP:
        return draw(_map_node())
    config = draw(settings_of(node_type.config, written_out=node_type.name.startswith("SOURCE")))
    slots = slots_of(node_type, WORLD.effects) or Slots(minimum=0, maximum=1)
    return {"id": "it", "type": node_type.name, "config": config, **draw(_inputs(slots))}


@st.composite
def _map_node(draw: DrawFn) -> dict[str, Any]:
    one = draw(st.sampled_from([name for name, found in sorted(WORLD.node_types.items()) if is_operation(found)]))
    done = draw(node_of(WORLD.node_types[one]).filter(lambda node: isinstance(node["inputs"], list)))
    timing = draw(st.sampled_from([{}, {"timing": {"every": 2}}]))
    config = {"operation": done["type"], "config": done["config"], **timing}
    return {"id": "it", "type": MAP, "config": config, "inputs": ["in0", "in1"] if timing else "in0"}


def is_operation(node_type: NodeType) -> bool:
    """Return whether a MAP can do it to one thing after the other."""
    slots = slots_of(node_type, WORLD.effects)
    return node_type.name not in (MAP, RECIPE) and (slots is None or (slots.minimum <= 1 and slots.maximum != 0))


@st.composite
def effect_node(draw: DrawFn, effect: Effect) -> dict[str, Any]:
    config = {"effect": effect.name, "params": draw(settings_of(effect.params))}
    names = tuple(item.slot for item in effect.wired)
    slots = Slots(minimum=len(names), maximum=len(names), names=names)
    return {"id": "it", "type": "EFFECT", "config": config, **draw(_inputs(slots))}


@st.composite
def _inputs(draw: DrawFn, slots: Slots) -> dict[str, Any]:
    most = slots.minimum + 2 if slots.maximum is None else slots.maximum
    count = draw(st.integers(slots.minimum, most))
    sources = [f"in{position}" for position in range(count)]
    forms: list[Any] = [sources]
    if count == 1:
        forms.append(sources[0])
    if count == 0:
        forms += [None, {}]
    if slots.names and count == len(slots.names):
        forms.append(dict(zip(slots.names, sources, strict=True)))
    return {"inputs": draw(st.sampled_from(forms))}


@st.composite
def recipe_around(draw: DrawFn, nodes: SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """Draw a recipe about one node of *nodes*, which may or may not be right."""
    node = draw(nodes)
    inputs = node["inputs"]
    wired = inputs.values() if isinstance(inputs, dict) else [inputs] if isinstance(inputs, str) else inputs or []
    sources = [{"id": one, "type": "SOURCE", "config": {"input": True}} for one in sorted(set(wired))]
    if HEARD in json.dumps(node):
        sources += [
            {"id": "sound", "type": "SOURCE", "config": {"input": True}},
            {"id": HEARD, "type": "ANALYZE", "inputs": "sound"},
        ]
    more: dict[str, list[Any]] = {
        "version": ["2", 2, 2.5],
        "description": ["", "what it does"],
        "owner": [None, "@ana@example.org"],
        "registry": [None, {}, {"assets": {"a": {"hash": "1" * 64}}}],
        "output": [None, {}, {"profile": "web"}, {"profile": None}],
    }
    chosen = draw(st.lists(st.sampled_from(sorted(more)), max_size=2, unique=True))
    dag = {"nodes": [*sources, node]} | draw(
        st.sampled_from([{"output": "it"}, {"outputs": {"a.b": "it"}}, {"output": "it", "outputs": {"all": "it"}}])
    )
    return {"name": "made-up", "params": PARAMS, "dag": dag} | {
        name: draw(st.sampled_from(more[name])) for name in chosen
    }


def right(nodes: SearchStrategy[dict[str, Any]]) -> SearchStrategy[dict[str, Any]]:
    """Return recipes about one of *nodes* each that the checker takes."""
    return recipe_around(nodes).filter(is_taken)


# --- what may be wrong ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a recipe, and the recipe that has it."""

    what: str
    document: dict[str, Any]


def faults(document: dict[str, Any]) -> Iterator[Fault]:
    """Yield *document*, which is right, with one fault after the other that a schema can see."""
    for path, wrong in _faults(document):
        changed = copy.deepcopy(document)
        *above, last = path
        place: Any = changed
        for key in above:
            place = place[key]
        if wrong is GONE:
            del place[last]
        else:
            place[last] = wrong
        shown = "is gone" if wrong is GONE else f"= {wrong!r}"
        yield Fault(f"{'.'.join(map(str, path))} {shown}", changed)


GONE: Any = object()


def _faults(document: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield from (((name,), wrong) for name in ("no_such_key", "Name", "") for wrong in (1, None))
    yield from (((name,), GONE) for name in ("name", "dag"))
    yield from ((("name",), wrong) for wrong in ("", "a b", "-a", 3, None, "x" * 101))
    yield from ((("version",), wrong) for wrong in ("", True, [], None, "x" * 51))
    yield from ((("description",), wrong) for wrong in (3, None, "x" * 5001))
    yield from (
        (("registry",), wrong) for wrong in (3, [], {"no_such": {}}, {"effects": {"no_such": {"hash": "1" * 64}}})
    )
    yield from (
        (("registry",), {"assets": {"a": wrong}}) for wrong in ({}, None, {"hash": "1" * 63}, {"hash": "A" * 64})
    )
    yield from ((("output",), wrong) for wrong in ("web", {"profile": "no-such"}, {"no_such": 1}))
    yield from ((("params", "more"), wrong) for wrong in _WRONG_DECLARATIONS)
    yield ("params",), [1]
    yield ("params", "1a"), {"type": "int"}
    yield from ((("dag", "no_such"), wrong) for wrong in (1, None))
    yield from ((("dag", "nodes"), wrong) for wrong in (GONE, [], {}, None, [3]))
    yield from ((("dag", "outputs"), wrong) for wrong in ([], {"a b": "it"}, {"a": 3}))
    yield from ((("dag", "output"), wrong) for wrong in (3, []))
    last = len(document["dag"]["nodes"]) - 1
    node = document["dag"]["nodes"][last]
    for path, wrong in _node_faults(node):
        yield ("dag", "nodes", last, *path), wrong


_WRONG_DECLARATIONS: list[Any] = [
    *(None, {}, 3, {"type": "flaot"}, {"type": "int", "no_such": 1}, {"type": "enum"}, {"type": "enum", "choices": []}),
    *({"type": "text", "min": 1}, {"type": "int", "choices": ["a"]}, {"type": "float", "min": "0"}),
    *({"type": "enum", "choices": [1]}, {"type": "float", "default": "x"}, {"type": "int", "default": 1.5}),
    *({"type": "bool", "default": 1}, {"type": "text", "default": 3}, {"type": "color", "default": "no-such"}),
    *({"type": "float", "unit": "x" * 21}, {"type": "float", "description": 3}, {"type": ["float"]}),
]


def _node_faults(node: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    node_type = WORLD.node_types[node["type"]]
    yield from ((("no_such",), wrong) for wrong in (1, None))
    yield from ((("id",), wrong) for wrong in (GONE, "", "a b", "1a", 3, "x" * 65))
    yield from ((("type",), wrong) for wrong in (GONE, f"{node['type']}S", node["type"].lower(), 3, None))
    yield from ((("config",), wrong) for wrong in (3, [], "x"))
    yield from ((("inputs",), wrong) for wrong in (3, [3], {"a": 3}, [None]))
    if node_type.name == "EFFECT":
        effect = WORLD.effects.get(node["config"]["effect"])
        count, names = len(effect.wired), tuple(item.slot for item in effect.wired)
        slots: Slots | None = Slots(minimum=count, maximum=count, names=names)
        yield from ((("config", "effect"), wrong) for wrong in (GONE, f"{effect.name}x", 3, None))
        for name, wrong in _setting_faults(effect.params, node["config"]["params"]):
            yield ("config", "params", name), wrong
    else:
        slots = slots_of(node_type, WORLD.effects)
    for name, wrong in _setting_faults(node_type.config, node["config"]):
        yield ("config", name), wrong
    if slots is not None:
        if slots.maximum is not None:
            yield ("inputs",), ["it"] * (slots.maximum + 1)
        if slots.minimum:
            yield from ((("inputs",), wrong) for wrong in (GONE, None, []))
        if slots.names and slots.names[1:] == ():
            yield ("inputs",), {"no_such": "it"}


def _setting_faults(declaration: type[Any], given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "no_such", 1
    for spec in specs(declaration):
        if spec.required and spec.name in given:
            yield spec.name, GONE
        for wrong in _wrong(spec):
            yield spec.name, wrong


def _wrong(spec: ParamSpec) -> Iterator[Any]:
    """Yield values that do not fit; none for a setting with a form of its own."""
    if spec.parsed is not None:
        return
    if not spec.optional and spec.group is None:
        yield None
    yield from ({"param": 3}, {"param": "float", "no_such": 1}, {"no_such": 1}, [])
    if spec.group is not None:
        yield from (3, "x")
        yield from ({name: wrong} for name, wrong in _setting_faults(spec.group, {}))
        return
    kinds: dict[str, tuple[Any, ...]] = {
        "float": ("word", True, ""),
        "int": ("word", True, 0.5),
        "bool": ("yes", 1, 0),
        "text": (3, True),
        "enum": ("no-such", 3, ""),
        "color": ("no-such", "#12", "#1234567", 7),
    }
    yield from kinds[spec.type]
    if spec.low is not None and spec.high is not None:
        yield from ("x" * (int(spec.high) + 1),) if spec.type == "text" else (spec.low - 1, spec.high + 1)
    if spec.type in ("float", "int"):
        yield from _wrong_animations(spec)


def _wrong_animations(spec: ParamSpec) -> Iterator[Any]:
    fine = spec.low or 0
    yield from ({"keyframes": wrong} for wrong in ([], 3, [fine], [[0]], [[-1, fine]], [[86_401, fine]], [[0, "word"]]))
    yield from ({"keyframes": [[0, fine]], **more} for more in ({"ease": "no-such"}, {"no_such": 1}, {"bind": "it"}))
    bound = {"bind": "it", "feature": "energy", "range": [fine, fine]}
    yield from (
        {**bound, **more} for more in ({"bind": 3}, {"feature": "no-such"}, {"range": [fine]}, {"smooth_s": 11})
    )
    yield from ({**bound, "no_such": 1}, {"bind": "it"})
    if spec.high is not None:
        yield from ({"keyframes": [[0, spec.high + 1]]}, {**bound, "range": [fine, spec.high + 1]})
    if spec.constant is not None:
        yield from ({"keyframes": [[0, fine], [1, fine]]}, bound)
