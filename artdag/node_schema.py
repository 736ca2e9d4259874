"""The JSON Schema of a node: the settings and inputs of each node type, and of each effect."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from artdag.effect import Effect, EffectCatalog
from artdag.errors import ParameterError
from artdag.expansion import RECIPE
from artdag.media import Kind
from artdag.node_type import NodeType, Slots
from artdag.params import ParamSpec, specs
from artdag.recipe import MAX_LISTED, SourceConfig, SourceListConfig
from artdag.settings_schema import NAME_PATTERN, Definitions, Schema, settings_schema, when

EFFECT, MAP = "EFFECT", "MAP"
NODE_REF: Schema = {"description": "Id of a node.", "type": "string"}


def node_schema(node_types: Mapping[str, NodeType], effects: EffectCatalog, shared: Definitions) -> Schema:
    """Return the schema of a node of any of *node_types*."""
    part = {
        "type": "object",
        "properties": {
            "id": {"description": "Its name within the recipe.", "type": "string", "pattern": NAME_PATTERN},
            "type": {"description": "What it does.", "enum": list(node_types)},
            "config": {"description": "Its settings."},
            "inputs": {
                "description": "Ids of nodes: a list in order, one alone, or a map of slots.",
                "type": ["array", "string", "object", "null"],
                "items": NODE_REF,
                "additionalProperties": NODE_REF,
            },
        },
        "required": ["id", "type"],
        "additionalProperties": False,
        "allOf": [  # one of them holds; with oneOf, all that is wrong would be told of the whole node
            when("type", [one.name], _of_type(one, node_types, effects, shared)) for one in node_types.values()
        ],
    }
    return shared.ref("node", part)


def _of_type(
    node_type: NodeType, node_types: Mapping[str, NodeType], effects: EffectCatalog, shared: Definitions
) -> Schema:
    summary = node_type.doc.strip().split("\n\n", 1)[0].replace("\n", " ")
    config = {"description": summary, **_config(node_type, node_types, effects, shared)}
    branch: Schema = {
        "properties": {"config": shared.ref(node_type.name, config)},
        "required": ["config"] if "required" in config else [],
    }
    if node_type.name == EFFECT:
        return {**branch, "allOf": list(_inputs_of_effects(node_type, effects, shared))}
    slots = slots_of(node_type, effects)
    return branch if slots is None else _with_inputs(branch, slots, shared)


def _config(
    node_type: NodeType, node_types: Mapping[str, NodeType], effects: EffectCatalog, shared: Definitions
) -> Schema:
    if node_type.config in _WAYS:
        return _source(node_type.config, shared)
    config = settings_schema(node_type.config, shared)
    properties = config["properties"]
    if node_type.name == EFFECT:
        properties["effect"]["anyOf"] = [effect_name(effects, shared), shared.param]
        return {**config, "allOf": [_params_of(effect, shared) for effect in effects]}
    if node_type.name == MAP:
        names = [one.name for one in node_types.values() if _is_operation(one, effects)]
        properties["operation"]["anyOf"] = [{"enum": names}, shared.param]
        return {**config, "allOf": [_config_of(name, shared) for name in names]}
    return config


def _config_of(operation: str, shared: Definitions) -> Schema:
    given = {"anyOf": [{"$ref": f"#/$defs/{operation}"}, shared.param]}
    return when("operation", [operation], {"properties": {"config": given}})


def _is_operation(node_type: NodeType, effects: EffectCatalog) -> bool:
    """Return whether a MAP can do it: it takes one input, and gives one result."""
    if node_type.name == EFFECT:
        return True
    slots = slots_of(node_type, effects)
    return slots is not None and slots.minimum <= 1 and slots.maximum != 0 and not node_type.gives_list


_WAYS: Mapping[type[Any], Mapping[str, Schema]] = {
    SourceConfig: {"input": {"const": True}, "asset": {"type": "string"}, "hash": {"type": "string"}},
    SourceListConfig: {"input": {"const": True}, "assets": {"type": "array"}},
}
"""What says where media come from: exactly one of these."""


def _source(declaration: type[Any], shared: Definitions) -> Schema:
    config = settings_schema(declaration, shared, written_out=True)
    kind = shared.ref("kind", {"enum": [kind.value for kind in Kind]})
    asset = {"type": "object", "properties": {"asset": {"type": "string"}}, "required": ["asset"]}
    medium = shared.ref(
        "medium", {"anyOf": [{**asset, "additionalProperties": False}, pin(shared), {"type": "string"}]}
    )
    several: Schema = {"type": "array", "items": medium, "minItems": 1, "maxItems": MAX_LISTED}
    forms: dict[str, list[Schema]] = {
        "accept": [{"type": "array", "items": kind, "minItems": 1}, kind],
        "default": [several if declaration is SourceListConfig else medium],
        "hash": [_digest(shared)],
        "assets": [several],
    }
    for name in forms.keys() & config["properties"].keys():
        config["properties"][name]["anyOf"] = [*forms[name], {"type": "null"}]
    ways = _WAYS[declaration].items()
    return {**config, "oneOf": [{"properties": {way: chosen}, "required": [way]} for way, chosen in ways]}


def _params_of(effect: Effect, shared: Definitions) -> Schema:
    settings = settings_schema(effect.params, shared)
    params = shared.ref(f"effect.{effect.name}", {"description": effect.summary, **settings})
    required = {"required": ["params"]} if "required" in settings else {}
    given = {"anyOf": [params, shared.param]}
    return when("effect", [effect.name], {"properties": {"params": given}, **required})


def _inputs_of_effects(node_type: NodeType, effects: EffectCatalog, shared: Definitions) -> Iterator[Schema]:
    """Yield the inputs of all effects that take the same, for one such group after the other."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for effect in effects:
        groups.setdefault(tuple(item.slot for item in effect.wired), []).append(effect.name)
    for names in groups.values():
        slots = node_type.slots(node_type.config(effect=names[0]), effects)
        yield {
            "if": {"properties": {"config": when("effect", names, {})["if"]}, "required": ["config"]},
            "then": _with_inputs({"properties": {}, "required": []}, slots, shared),
        }


def effect_name(effects: EffectCatalog, shared: Definitions) -> Schema:
    return shared.ref("effect_name", {"enum": [effect.name for effect in effects]})


def _digest(shared: Definitions) -> Schema:
    return shared.ref("digest", {"description": "Content hash.", "type": "string", "pattern": "^[0-9a-f]{64}$"})


def pin(shared: Definitions) -> Schema:
    properties = {"hash": _digest(shared)}
    return {"type": "object", "properties": properties, "required": ["hash"], "additionalProperties": False}


# --- inputs -----------------------------------------------------------------------------------------------------------


def _with_inputs(branch: Schema, slots: Slots, shared: Definitions) -> Schema:
    """Return *branch* with the inputs that fit *slots*; one may be a list, which stands for as many as it holds."""
    least = min(slots.minimum, 1)
    most = {} if slots.maximum is None else {"maxItems": slots.maximum}
    forms: list[Schema] = [{"type": "array", "items": NODE_REF, "minItems": least, **most}]
    if slots.maximum != 0:
        forms.append(NODE_REF)
    if slots.names:
        counts = {"minProperties": least, "maxProperties": len(slots.names)}
        named = {"properties": dict.fromkeys(slots.names, NODE_REF), "additionalProperties": False}
        forms.append({"type": "object", **named, **counts})
    elif least == 0:
        forms.append({"type": "object", "maxProperties": 0})
    if least == 0:
        forms.append({"type": "null"})
    counted = f"{least}_{'n' if slots.maximum is None else slots.maximum}"
    inputs = shared.ref("_".join(("inputs", counted, *slots.names)), {"anyOf": forms})
    required = [*branch["required"], "inputs"] if least else branch["required"]
    return {**branch, "properties": {**branch["properties"], "inputs": inputs}, "required": required}


def slots_of(node_type: NodeType, effects: EffectCatalog) -> Slots | None:
    """Return the inputs that a node of this type takes, whatever its settings are; None where they decide it all."""
    if node_type.name == RECIPE:  # it has those of the recipe it names
        return None
    found: list[Slots] = []
    for config in _configs(node_type.config):
        try:
            found.append(node_type.slots(config, effects))
        except ParameterError:
            return None
    if len({one.names == () for one in found}) > 1:
        return None
    maxima = [one.maximum for one in found]
    gives = tuple(dict.fromkeys(kind for one in found for kind in one.gives or ()))
    return dataclasses.replace(
        found[0],
        minimum=min(one.minimum for one in found),
        maximum=None if None in maxima else max(most for most in maxima if most is not None),
        names=tuple(dict.fromkeys(name for one in found for name in one.names)),
        kinds=max((one.kinds for one in found), key=len),
        gives=gives or None,
    )


_FEW = 8


def _configs(declaration: type[Any]) -> Iterator[Any]:
    """Yield settings with nothing given that need not be, then with one after the other of them in each of few ways."""
    declared = specs(declaration)
    usual = {spec.name: _stand_in(spec) for spec in declared if spec.required}
    yield declaration(**usual)
    for spec in declared:
        for value in _values(spec):
            yield declaration(**{**usual, spec.name: value})


def _values(spec: ParamSpec) -> tuple[Any, ...]:
    if spec.type == "bool":
        return (False, True)
    if spec.type == "int" and spec.low is not None and spec.high is not None and spec.high - spec.low < _FEW:
        return tuple(range(int(spec.low), int(spec.high) + 1))
    return spec.choices if spec.choices or spec.parsed is not None else (_stand_in(spec),)


def _stand_in(spec: ParamSpec) -> Any:
    """Return some value that fits; nothing where only its own form could say."""
    if spec.group is not None:
        return next(_configs(spec.group))
    if spec.choices:
        return spec.choices[0]
    simple = {"float": spec.low or 0.0, "int": int(spec.low or 0), "bool": False, "color": "#000000", "text": "x"}
    return simple.get(spec.type)
