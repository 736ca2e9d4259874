"""The language reference, from declarations: each node type with its settings, and the profiles; also in Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from artdag.codec.profile import DEFAULTS, PROFILES
from artdag.effect import EffectCatalog
from artdag.errors import InputError
from artdag.media import Kind
from artdag.node_schema import slots_of
from artdag.node_type import NodeType, Slots
from artdag.params import ParamSpec, plain, specs
from artdag.settings_schema import classes_in

BEGIN = "<!-- made by `python -m artdag reference docs/recipes.md`: change the declarations, not this -->"
END = "<!-- made until here -->"

_TYPES: Mapping[str, str] = {
    "float": "number",
    "int": "whole number",
    "bool": "true or false",
    "text": "text",
    "color": "colour",
    "group": "map",
}
_JSON_TYPES: Mapping[str, str] = {
    "array": "list",
    "object": "map",
    "number": "number",
    "integer": "whole number",
    "string": "text",
    "boolean": "true or false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What there is to say of one node type; code stands between backticks."""

    name: str
    doc: str
    wiring: str
    """What comes in, and what it gives."""
    rows: tuple[tuple[str, str, str, str], ...]
    """Setting, what it takes, what holds without it, what it means."""


def sections(node_types: Mapping[str, NodeType], effects: EffectCatalog) -> tuple[Section, ...]:
    """Return one for each of *node_types*, by name."""
    return tuple(
        Section(
            name=name,
            doc=node_types[name].doc.strip(),
            wiring=_wiring(node_types[name], effects),
            rows=tuple(_rows(node_types[name].config)),
        )
        for name in sorted(node_types)
    )


def profiles() -> tuple[tuple[str, str, str], ...]:
    """Return name, kind and media type of each profile that results are written in."""
    return tuple(
        (f"`{name}`", kind.value, f"`{profile.media_type}`{' (the usual one)' if DEFAULTS[kind] == name else ''}")
        for (kind, name), profile in sorted(PROFILES.items(), key=lambda entry: entry[0][::-1])
    )


def reference(node_types: Mapping[str, NodeType], effects: EffectCatalog) -> str:
    """Return all of it in Markdown."""
    told = [_in_markdown(section) for section in sections(node_types, effects)]
    table = "\n".join(["| profile | for | gives |", "|---|---|---|", *map(_line, profiles())])
    return "\n".join(["## Node types\n", *told, f"## Output profiles\n\n{table}\n"])


def renewed(document: str, section: str) -> str:
    """Return *document* with *section* in place of what stands between its two marks.

    Raises:
        InputError: when they are not there.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"there is no place for the tables: lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{section}\n{END}{after}"


def _in_markdown(section: Section) -> str:
    head = ["| setting | takes | without it | what it means |", "|---|---|---|---|"]
    table = "\n".join([*head, *map(_line, section.rows)]) if section.rows else "It has no settings."
    return f"### {section.name}\n\n{section.doc}\n\n{section.wiring}\n\n{table}\n"


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _wiring(node_type: NodeType, effects: EffectCatalog) -> str:
    slots = slots_of(node_type, effects)
    if slots is None:
        return "Inputs and result are those of what it names."
    gives = "a list" if node_type.gives_list else _gives(node_type, slots)
    return f"Inputs: {_taken(slots)}. Gives {gives}."


def _taken(slots: Slots) -> str:
    if slots.maximum == 0:
        return "none"
    if slots.names:
        return ", ".join(
            f"`{name}` ({_kinds(slots.accepted(position))}{'' if position < slots.minimum else '; may be missing'})"
            for position, name in enumerate(slots.names)
        )
    most = " or more" if slots.maximum is None else f" to {slots.maximum}" if slots.maximum != slots.minimum else ""
    return f"{slots.minimum}{most} ({_kinds(slots.accepted(0))})"


def _gives(node_type: NodeType, slots: Slots) -> str:
    if node_type.gives is not None:
        return _kinds([node_type.gives])
    if slots.gives is not None:
        return _kinds(slots.gives)
    return "what the file is" if slots.maximum == 0 else "what its first input is"


def _kinds(kinds: Any) -> str:
    names = [kind.value for kind in Kind if kind in kinds]
    return ", ".join(names[:-1]) + (" or " if len(names) > 1 else "") + names[-1]


def _rows(declaration: type[Any], prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield name, what it takes, what holds without it and its meaning; what is inside a map comes below it."""
    for spec in specs(declaration):
        name = f"{prefix}{spec.name}"
        yield f"`{name}`", _takes(spec), _without(spec), spec.doc
        inner = [spec.group] if spec.group else classes_in(spec.parsed.schema) if spec.parsed else []
        for one in inner:
            yield from _rows(one, f"{name}.")


def _takes(spec: ParamSpec) -> str:
    if spec.parsed is not None:
        return _own_form(spec.parsed.schema)
    if spec.choices:
        return ", ".join(f"`{choice}`" for choice in spec.choices)
    words = _TYPES[spec.type]
    if spec.low is not None and spec.high is not None:
        unit = "characters" if spec.type == "text" else spec.unit
        words += f", {spec.low:.12g} to {spec.high:.12g} {unit}".rstrip()
    constant = spec.type in ("float", "int") and not spec.can_change
    return f"{words}; constant: it {spec.constant}" if constant else words


def _own_form(schema: Any) -> str:
    """Return in words what a setting with a form of its own takes; its meaning says the rest."""
    if isinstance(schema, ParamSpec):
        return _takes(schema)
    if not isinstance(schema, Mapping):
        return "map"
    if "enum" in schema:
        return ", ".join(f"`{choice}`" for choice in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_own_form, schema["anyOf"])))
    if "allOf" in schema:
        return _own_form(schema["allOf"][0])
    kinds = schema.get("type", ())
    words = [_JSON_TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind in _JSON_TYPES]
    if words == ["list"] and "items" in schema:
        return f"list of: {_own_form(schema['items'])}"
    return " or ".join(words) or "its own form"


def _without(spec: ParamSpec) -> str:
    if spec.required:
        return "needed"
    if spec.default is None:
        return "—"
    if isinstance(spec.default, (str, bool)):
        return f"`{json.dumps(spec.default)}`" if isinstance(spec.default, bool) else f"`{spec.default}`"
    if isinstance(spec.default, (int, float)):
        return f"{spec.default:.12g}"
    return f"`{json.dumps(plain(spec.default), default=str)}`"
