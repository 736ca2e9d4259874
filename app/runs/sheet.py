"""A contact sheet: several runs side by side, and what they differ in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from artdag.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One thing in which the runs differ."""

    name: str
    values: tuple[Any, ...]
    """Each once; numbers from low to high, all else in the order of the runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The runs, and what they differ in."""

    runs: tuple[Run, ...]
    axes: tuple[Axis, ...]

    def values_of(self, run: Run) -> dict[str, Any]:
        """Return what *run* has on each axis; None where it has nothing."""
        given = _given(run)
        return {axis.name: given.get(axis.name) for axis in self.axes}

    @property
    def table(self) -> tuple[tuple[Run | None, ...], ...] | None:
        """The runs in rows (first axis) and columns (second); None where they do not fill a table one by one."""
        if len(self.axes) != 2:
            return None
        rows, columns = self.axes
        cells: dict[tuple[str, str], Run] = {}
        for run in self.runs:
            row, column = (_spelt(value) for value in self.values_of(run).values())
            if (row, column) in cells:
                return None
            cells[row, column] = run
        if 2 * len(cells) < len(rows.values) * len(columns.values):
            return None  # more holes than pictures
        return tuple(
            tuple(cells.get((_spelt(row), _spelt(column))) for column in columns.values) for row in rows.values
        )


def lay_out(runs: Sequence[Run]) -> Sheet:
    """Return *runs* as a sheet; what differs is found by looking at their params, inputs and recipes."""
    given = [_given(run) for run in runs]
    names = list(dict.fromkeys(name for one in given for name in one))
    axes = []
    for name in names:
        values = {_spelt(one.get(name)): one.get(name) for one in given}
        if len(values) > 1:
            axes.append(Axis(name=name, values=tuple(_in_order(list(values.values())))))
    placed = {axis.name: [_spelt(value) for value in axis.values] for axis in axes}
    order = sorted(runs, key=lambda run: [placed[name].index(_spelt(_given(run).get(name))) for name in placed])
    return Sheet(runs=tuple(order if len(axes) == 1 else runs), axes=tuple(axes))


def _given(run: Run) -> Mapping[str, Any]:
    return {"recipe": f"{run.recipe} {run.recipe_version}", **run.inputs, **run.params}


def _spelt(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _in_order(values: list[Any]) -> list[Any]:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return sorted(values) if numbers else values
