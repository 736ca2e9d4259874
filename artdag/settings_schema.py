"""JSON Schemas of settings, made from their declarations (``artdag.params``): what an editor offers and underlines.

Where the recipe language takes a value it takes ``{param: NAME}`` too; numbers that may change over time can also be
keyframes or bound to a sound. What a setting with a form of its own takes is told by its ``Parsed.schema``. In there a
settings class, or one ParamSpec of it, may stand in place of a schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from typing import Any
from urllib.parse import quote

from artdag.animation import EASES, FEATURES, MAX_KEYFRAMES
from artdag.params import _COLORS, ParamSpec, plain, specs

Schema = dict[str, Any]

_NULL: Schema = {"type": "null"}
_TYPES = {"float": "number", "int": "integer"}
NAME_PATTERN = "^[A-Za-z_][A-Za-z0-9_-]{0,63}$"
_PARAM: Schema = {
    "description": "The value of a param of this recipe.",
    "type": "object",
    "properties": {"param": {"type": "string", "pattern": NAME_PATTERN}},
    "required": ["param"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Definitions:
    """The parts that several places of a schema share, by name."""

    found: dict[str, Any] = field(default_factory=dict)

    def ref(self, name: str, part: Schema) -> Schema:
        """Return a reference to *part*, which is kept under *name*."""
        self.found.setdefault(name, part)
        return {"$ref": f"#/$defs/{quote(name)}"}  # effects are called as their files are

    @property
    def param(self) -> Schema:
        return self.ref("param", _PARAM)


def settings_schema(declaration: type[Any], shared: Definitions, *, written_out: bool = False) -> Schema:
    """Return the schema of a map of the settings that *declaration* declares.

    Args:
        declaration: a frozen dataclass.
        shared: gets the parts that are referred to.
        written_out: where values of params may not stand.
    """
    declared = specs(declaration)
    required = [spec.name for spec in declared if spec.required]
    schema: Schema = {
        "type": "object" if required else ["object", "null"],
        "properties": {spec.name: setting_schema(spec, shared, written_out=written_out) for spec in declared},
        "additionalProperties": False,
    }
    return schema | ({"required": required} if required else {})


def setting_schema(spec: ParamSpec, shared: Definitions, *, written_out: bool = False) -> Schema:
    """Return the schema of one setting: what may be written, what it means, and what holds where nothing is."""
    facts: Schema = {}
    if text := description(spec):
        facts["description"] = text
    if not spec.required and spec.default is not None and _is_json(default := plain(spec.default)):
        facts["default"] = default
    form = _scalar(spec, shared) if written_out and spec.type not in ("group", "custom") else _form(spec, shared)
    if spec.optional:
        form = {"anyOf": [*(form["anyOf"] if set(form) == {"anyOf"} else [form]), _NULL]}
    return facts | form


def description(spec: ParamSpec) -> str:
    """Return what people should know about a setting, beside what its type says."""
    words = [spec.doc]
    if spec.unit:
        words.append(f"Unit: {spec.unit}.")
    if spec.constant is not None and spec.type in _TYPES:
        words.append(f"It cannot change over time: it {spec.constant}.")
    return " ".join(word for word in words if word)


def _form(spec: ParamSpec, shared: Definitions) -> Schema:
    if spec.group is not None:
        return {"anyOf": [settings_schema(spec.group, shared), shared.param]}
    if spec.parsed is not None:
        own: Schema = _lifted(spec.parsed.schema, shared)
        return own if not own or shared.param in own.get("anyOf", ()) else {"anyOf": [own, shared.param]}
    scalar = _scalar(spec, shared)
    if spec.type in _TYPES:
        return _number(spec, scalar, shared)
    value: Schema = {"anyOf": [scalar, shared.param]}
    return shared.ref("bool_or_param", value) if spec.type == "bool" else value


def _scalar(spec: ParamSpec, shared: Definitions) -> Schema:
    if spec.type in _TYPES:
        bounds = {} if spec.low is None else {"minimum": spec.low, "maximum": spec.high}
        return {"type": _TYPES[spec.type], **bounds}
    if spec.type == "text":
        lengths = (
            {} if spec.low is None or spec.high is None else {"minLength": int(spec.low), "maxLength": int(spec.high)}
        )
        return {"type": "string", **lengths}
    if spec.type == "enum":
        return {"enum": list(spec.choices)}
    return color(shared) if spec.type == "color" else {"type": "boolean"}


def color(shared: Definitions) -> Schema:
    """Return the schema of a colour: a name in any case, or three or six hex digits."""
    names = "|".join("".join(f"[{letter.upper()}{letter}]" for letter in name) for name in _COLORS)
    pattern = f"^(?:#(?:[0-9a-fA-F]{{3}}){{1,2}}|{names})$"
    return shared.ref("color", {"anyOf": [{"enum": list(_COLORS)}, {"type": "string", "pattern": pattern}]})


def _number(spec: ParamSpec, scalar: Schema, shared: Definitions) -> Schema:
    """Return what stands for a number: itself, a param's, or, unless it is constant, one that changes."""
    name = spec.type if spec.low is None else f"{spec.type}_{spec.low:.12g}_{spec.high:.12g}"
    value = shared.ref(name, {"anyOf": [scalar, shared.param]})
    if not spec.can_change:
        return value
    values = {"keyframes": {"items": {"prefixItems": [True, value]}}}
    return shared.ref(
        f"{name}_changing",
        {
            "anyOf": [
                scalar,
                shared.param,
                {"allOf": [_keyframes(shared), {"properties": values}]},
                {"allOf": [_bound(shared), {"properties": {"range": {"items": value}}}]},
            ]
        },
    )


def _keyframes(shared: Definitions) -> Schema:
    time = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 86_400}, shared.param]}
    part = {
        "description": "A number that passes through the values given, each at its time in seconds.",
        "type": "object",
        "properties": {
            "keyframes": {
                "description": "[seconds, value] pairs in order of time.",
                "type": "array",
                "items": {"type": "array", "prefixItems": [time, True], "minItems": 2, "maxItems": 2},
                "minItems": 1,
                "maxItems": MAX_KEYFRAMES,
            },
            "ease": {
                "description": "How it goes from one to the next.",
                "default": "linear",
                "anyOf": [{"enum": list(EASES)}, shared.param],
            },
        },
        "required": ["keyframes"],
        "additionalProperties": False,
    }
    return shared.ref("keyframes", part)


def _bound(shared: Definitions) -> Schema:
    part = {
        "description": "A number that follows what a sound does.",
        "type": "object",
        "properties": {
            "bind": {"description": "Id of an ANALYZE node.", "type": "string"},
            "feature": {"description": "What is followed.", "anyOf": [{"enum": list(FEATURES)}, shared.param]},
            "range": {
                "description": "[from, to]: its values at 0 and at 1 of the feature.",
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
            },
            "smooth_s": {
                "description": "Over how many seconds it is smoothed.",
                "default": 0.1,
                "anyOf": [{"type": "number", "minimum": 0, "maximum": 10}, shared.param],
            },
        },
        "required": ["bind", "feature", "range"],
        "additionalProperties": False,
    }
    return shared.ref("bind", part)


_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_MAPS = ("properties", "patternProperties")
_SINGLE = ("items", "additionalProperties")


def _lifted(part: Any, shared: Definitions) -> Any:
    """Return a schema as a declaration has it, with its settings classes written out and params where values stand."""
    if isinstance(part, ParamSpec):
        return setting_schema(part, shared)
    if isinstance(part, type) and is_dataclass(part):
        return settings_schema(part, shared)
    if not isinstance(part, Mapping):
        return part
    lifted = dict(part)
    for key in _LISTS:
        if key in lifted:
            lifted[key] = [_lifted(one, shared) for one in lifted[key]]
    for key in _MAPS:
        if key in lifted:
            lifted[key] = {name: _lifted(one, shared) for name, one in lifted[key].items()}
    for key in _SINGLE:
        if key in lifted:
            lifted[key] = _lifted(lifted[key], shared)
    if "oneOf" in lifted:  # a param would fit each of them
        lifted["anyOf"] = lifted.pop("oneOf")
    return {"anyOf": [lifted, shared.param]} if _is_scalar(lifted) else lifted


def _is_scalar(part: Schema) -> bool:
    """Return whether *part* takes neither maps, which a param's would be one of, nor lists alone."""
    if "enum" in part or "const" in part:
        return True
    kinds = part.get("type", ())
    return bool(kinds) and not {"object", "array"} & {*([kinds] if isinstance(kinds, str) else kinds)}


def when(name: str, values: list[str], then: Schema) -> Schema:
    """Return the condition that *then* holds where the setting *name* has one of *values*."""
    chosen = {"const": values[0]} if len(values) == 1 else {"enum": values}
    return {"if": {"properties": {name: chosen}, "required": [name]}, "then": then}


def classes_in(part: Any) -> list[type[Any]]:
    """Return the settings classes that stand in the schema of a declaration, each once."""
    if isinstance(part, type) and is_dataclass(part):
        return [part]
    inner: list[Any] = []
    if isinstance(part, Mapping):
        inner = list(part.values())
    elif isinstance(part, (list, tuple)):
        inner = list(part)
    return list(dict.fromkeys(found for one in inner for found in classes_in(one)))


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    return isinstance(value, (str, int, float)) or value is None
