"""Values of settings as a person would write them: numbers, colours, lists, and what changes over time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from artdag.animation import is_animation

_LISTED = 8
"""So many entries of a list are written out where it is longer than this and a bit."""
_POINTS = 4
_EASES = {"smooth": ", smooth", "hold": ", in steps"}


def format_value(value: Any) -> str:
    """Return ``yes``, ``0.5``, ``2 → 9 over 4 s, smooth`` or ``follows beat of track, 1 to 1.2``: never JSON."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        told = _animation(value) if is_animation(value) else None
        return told or ", ".join(f"{name} {format_value(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        return _list(value)
    return "–" if value is None else str(value)


def as_argument(value: Any) -> str:
    """Return *value* as ``-p name=…`` of the command line reads it: JSON, or the bare text where that is no JSON."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    try:
        json.loads(value)
    except ValueError:
        return value
    return json.dumps(value, ensure_ascii=False)


def _list(values: Sequence[Any]) -> str:
    if len(values) == 2 and isinstance(values[0], str) and not isinstance(values[1], str):
        return f"{values[0]} {format_value(values[1])}"  # one of a list of operations: what and how much
    if len(values) <= _LISTED + 2:
        return ", ".join(format_value(inner) for inner in values)
    return ", ".join(format_value(inner) for inner in values[:_LISTED]) + f" … {len(values):,} in all"


def _animation(raw: Mapping[str, Any]) -> str | None:
    """Return it in short; None where it is not written as one has to be."""
    return _keyframes(raw) if "keyframes" in raw else _bound(raw)


def _keyframes(raw: Mapping[str, Any]) -> str | None:
    points = raw["keyframes"]
    if not isinstance(points, list) or not points or not all(_is_pair_of_numbers(point) for point in points):
        return None
    values = [value for _, value in points]
    begin, end = points[0][0], points[-1][0]
    time = f"over {end:g} s" if begin == 0 else f"from {begin:g} s to {end:g} s"
    ease = _EASES.get(raw.get("ease", "linear"), "")
    if len(points) <= _POINTS:
        return f"{' → '.join(f'{value:g}' for value in values)} {time}{ease}"
    between = f"{len(points):,} keyframes between {min(values):g} and {max(values):g}"
    return f"{values[0]:g} → … → {values[-1]:g} {time}{ease}, {between}"


def _bound(raw: Mapping[str, Any]) -> str | None:
    span = raw.get("range")
    if not _is_pair_of_numbers(span) or not isinstance(raw.get("feature"), str):
        return None
    assert isinstance(span, list)
    return f"follows {raw['feature']} of {raw['bind']}, {span[0]:g} to {span[1]:g}"


def _is_pair_of_numbers(entry: object) -> bool:
    return (
        isinstance(entry, list)
        and len(entry) == 2
        and all(isinstance(part, int | float) and not isinstance(part, bool) for part in entry)
    )
