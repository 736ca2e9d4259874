"""A sweep: one recipe run with each of several values of a param, or with each pair of values of two."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from artdag.errors import ParameterError, Problem
from artdag.recipe import Recipe

MOST_RUNS = 64
_RANGE = re.compile(r"\s*(\S+)\s+to\s+(\S+)\s+in\s+([0-9]{1,3})\s*", re.ASCII)


def sweep_values(recipe: Recipe, wanted: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return the values of each param that is swept, settled, each once, in the order given.

    A text such as ``0 to 1 in 5`` means so many values evenly apart, ``0.1, 0.2`` means those two.

    Raises:
        ParameterError: listing each param that is unknown or has a value that does not fit, and when there would be
            nothing to sweep, or more than :data:`MOST_RUNS` runs.
    """
    declared = {decl.name: decl for decl in recipe.params}
    found: dict[str, tuple[Any, ...]] = {}
    problems: list[Problem] = []
    for name, given in wanted.items():
        field = f"sweep.{name}"
        if name not in declared:
            known = ", ".join(declared) or "it has none"
            problems.append(Problem(message=f"{recipe.name} has no param {name!r}", field=field, hint=known))
            continue
        try:
            values = [declared[name].settled(value) for value in _listed(given, declared[name].type)]
        except ParameterError as error:
            problems.append(Problem(message=error.message, field=field))
            continue
        found[name] = tuple(value for place, value in enumerate(values) if value not in values[:place])
    count = 1
    for values_of_one in found.values():
        count *= len(values_of_one)
    if not problems and not found:
        problems.append(Problem(message="nothing is swept: give at least one param several values", field="sweep"))
    elif not problems and count > MOST_RUNS:
        problems.append(Problem(message=f"a sweep makes {MOST_RUNS} runs at most, and this one {count}", field="sweep"))
    if problems:
        raise ParameterError("; ".join(problem.message for problem in problems[:3]), problems=problems)
    return found


def combinations(values: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Yield each combination of *values*, the last param's changing fastest."""
    for combination in product(*values.values()):
        yield dict(zip(values, combination, strict=True))


def _listed(given: Any, kind: str) -> list[Any]:
    if isinstance(given, list):
        return given
    if not isinstance(given, str):
        return [given]
    if kind in ("float", "int") and (match := _RANGE.fullmatch(given)):
        return _evenly(match, kind)
    return [_meant(part.strip(), kind) for part in given.split(",") if part.strip()]


def _evenly(match: re.Match[str], kind: str) -> list[Any]:
    first, last, count = _number(match[1]), _number(match[2]), int(match[3])
    if not 2 <= count <= MOST_RUNS:
        raise ParameterError(f"between two ends lie 2 to {MOST_RUNS} values, not {count}")
    values = [first + (last - first) * place / (count - 1) for place in range(count)]
    # ten digits: what a person would have written, instead of 0.30000000000000004
    return [round(value) if kind == "int" else float(f"{value:.10g}") for value in values]


def _meant(text: str, kind: str) -> Any:
    if kind in ("float", "int"):
        return _number(text)
    if kind == "bool":
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    return text


def _number(text: str) -> float | int:
    try:
        return int(text) if re.fullmatch(r"[+-]?[0-9]{1,15}", text, re.ASCII) else float(text)
    except ValueError:
        raise ParameterError(f"{text[:40]!r} is no number; write 0.1, 0.2 or 0 to 1 in 5") from None
