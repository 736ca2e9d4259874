"""The JSON Schema (draft 2020-12) of the recipe language, for editors: made from what is declared, nothing twice.

What it takes is a recipe as far as a schema can say: ``docs/recipes.md`` lists what only the checker knows. What it
refuses, the checker refuses too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from artdag.codec.profile import PROFILES
from artdag.effect import EffectCatalog
from artdag.node_schema import NODE_REF, effect_name, node_schema, pin
from artdag.node_type import NodeType
from artdag.recipe_reader import MAX_NODES, MAX_OUTPUTS, ParamType
from artdag.settings_schema import NAME_PATTERN, Definitions, Schema, color, when

DRAFT = "https://json-schema.org/draft/2020-12/schema"

RECIPE_NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"


def recipe_schema(node_types: Mapping[str, NodeType], effects: EffectCatalog) -> dict[str, Any]:
    """Return the schema of recipes that may use *node_types* and *effects*."""
    shared = Definitions()
    pinned = {"additionalProperties": pin(shared)}
    return {
        "$schema": DRAFT,
        "title": "Art DAG recipe",
        "type": "object",
        "properties": {
            "name": {"description": "What it is called.", "type": "string", "pattern": RECIPE_NAME_PATTERN},
            "version": {
                "description": "Which version of it this is.",
                "default": "1.0",
                "type": ["string", "number"],
                "minLength": 1,
                "maxLength": 50,
            },
            "description": {"description": "What it does.", "type": "string", "maxLength": 5000},
            "owner": {"description": "Whose it is, as @name@host.", "type": ["string", "null"], "maxLength": 400},
            "registry": {
                "description": "What it is pinned to.",
                "type": ["object", "null"],
                "properties": {
                    "assets": {"description": "Fixed media, by name.", "type": ["object", "null"], **pinned},
                    "effects": {
                        "description": "Effects whose code may not be any other.",
                        "type": ["object", "null"],
                        "propertyNames": effect_name(effects, shared),
                        **pinned,
                    },
                },
                "additionalProperties": False,
            },
            "params": {
                "description": "Typed values that a person sets per run.",
                "type": ["object", "null"],
                "propertyNames": {"pattern": NAME_PATTERN},
                "additionalProperties": _declaration(shared),
            },
            "dag": _dag(node_types, effects, shared),
            "output": {
                "description": "How results are written.",
                "type": ["object", "null"],
                "properties": {"profile": {"enum": [*dict.fromkeys(name for _, name in PROFILES), None]}},
                "additionalProperties": False,
            },
        },
        "required": ["name", "dag"],
        "additionalProperties": False,
        "$defs": dict(sorted(shared.found.items())),
    }


# --- params -----------------------------------------------------------------------------------------------------------


def _declaration(shared: Definitions) -> Schema:
    number: Schema = {"type": ["number", "null"]}
    defaults: dict[str, Schema] = {
        "float": number,
        "int": {"type": ["integer", "null"]},
        "bool": {"type": ["boolean", "null"]},
        "color": {"anyOf": [color(shared), {"type": "null"}]},
    }
    words: Schema = {"type": ["string", "null"]}
    part = {
        "type": "object",
        "properties": {
            "type": {"description": "What kind of value.", "enum": list(get_args(ParamType))},
            "default": {"description": "Taken where a run gives nothing; without it a run must give one."},
            "min": {"description": "The least number."},
            "max": {"description": "The greatest number."},
            "choices": {"description": "For enum: the words to choose from."},
            "unit": {"description": "Shown behind it.", "type": "string", "maxLength": 20},
            "description": {"description": "What it does.", "type": "string", "maxLength": 2000},
        },
        "required": ["type"],
        "additionalProperties": False,
        "allOf": [
            *(
                when("type", [name], {"properties": {"default": defaults.get(name, words)}})
                for name in get_args(ParamType)
            ),
            {
                **when("type", ["float", "int"], {"properties": {"min": number, "max": number}}),
                "else": {"properties": {"min": {"type": "null"}, "max": {"type": "null"}}},
            },
            {
                **when(
                    "type",
                    ["enum"],
                    {
                        "properties": {"choices": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
                        "required": ["choices"],
                    },
                ),
                "else": {"properties": {"choices": {"type": "null"}}},
            },
        ],
    }
    return shared.ref("declaration", part)


# --- the DAG ----------------------------------------------------------------------------------------------------------


def _dag(node_types: Mapping[str, NodeType], effects: EffectCatalog, shared: Definitions) -> Schema:
    outputs = {"type": "object", "minProperties": 1}
    return {
        "description": "The nodes and which of them are results.",
        "type": "object",
        "properties": {
            "nodes": {
                "type": "array",
                "items": node_schema(node_types, effects, shared),
                "minItems": 1,
                "maxItems": MAX_NODES,
            },
            "output": {"description": "Id of the node that is the result.", "type": ["string", "null"]},
            "outputs": {
                "description": "Several results: name to node id; the first is the main one without 'output'.",
                "type": ["object", "null"],
                "propertyNames": {"pattern": RECIPE_NAME_PATTERN},
                "additionalProperties": NODE_REF,
                "maxProperties": MAX_OUTPUTS,
            },
        },
        "required": ["nodes"],
        "anyOf": [
            {"properties": {"output": {"type": "string"}}, "required": ["output"]},
            {"properties": {"outputs": outputs}, "required": ["outputs"]},
        ],
        "additionalProperties": False,
    }
