"""Two runs side by side: what was asked for differently, and at which nodes the work first parts."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.runs.planned import read_plan
from app.services import Services
from artdag.difference import Change, Reason, differences
from artdag.plan import Plan
from artdag.run import Run

_TEXT_LINES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two runs."""

    run: Run
    plan: Plan
    text: str
    """Of its recipe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One value that the two were given differently; None where a side has none."""

    name: str
    before: Any
    after: Any

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDifference:
    """A node whose work is not the same."""

    node: str
    kind: str
    """``added``, ``removed``, ``changed`` by itself, or ``follows`` from what comes into it."""
    reason: str
    changes: tuple[Change, ...] = ()

    def to_json(self) -> dict[str, Any]:
        found = [one.to_json() for one in self.changes]
        return {"node": self.node, "kind": self.kind, "reason": self.reason, "settings": found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How the second run differs from the first."""

    before: Run
    after: Run
    params: tuple[Given, ...]
    inputs: tuple[Given, ...]
    outputs: tuple[Given, ...]
    recipe: tuple[str, ...]
    """Lines of a unified diff of the two texts; empty for equal ones."""
    nodes: tuple[NodeDifference, ...]
    """In the order of the work."""
    shared: int
    """How many nodes do the same work in both."""

    @property
    def first(self) -> tuple[NodeDifference, ...]:
        """The nodes where the two part: all else follows from these."""
        return tuple(node for node in self.nodes if node.kind != "follows")

    @property
    def is_same_work(self) -> bool:
        return not self.nodes

    @property
    def is_same_result(self) -> bool:
        return not self.outputs and bool(self.before.outputs)

    def to_json(self) -> dict[str, Any]:
        return {
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "same_work": self.is_same_work,
            "same_result": self.is_same_result,
            "params": [one.to_json() for one in self.params],
            "inputs": [one.to_json() for one in self.inputs],
            "outputs": [one.to_json() for one in self.outputs],
            "recipe": list(self.recipe),
            "nodes": [node.to_json() for node in self.nodes],
            "first": [node.node for node in self.first],
            "shared_nodes": self.shared,
        }


def side_of(services: Services, run: Run) -> Side:
    """Return *run* with the papers it was carried out by. Raises BlobNotFoundError."""
    text = services.content.read(run.recipe_id).decode("utf-8", errors="replace")
    return Side(run=run, plan=read_plan(services, run.plan_id), text=text)


def compare(before: Side, after: Side) -> Comparison:
    """Return how *after* differs from *before*."""
    nodes = tuple(_nodes(before.plan, after.plan))
    parted = {node.node for node in nodes}
    return Comparison(
        before=before.run,
        after=after.run,
        params=_differences(before.run.params, after.run.params),
        inputs=_differences(before.run.inputs, after.run.inputs),
        outputs=_differences(before.run.outputs, after.run.outputs),
        recipe=tuple(_text(before, after)),
        nodes=nodes,
        shared=sum(node not in parted for node in after.plan.nodes),
    )


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Given, ...]:
    names = dict.fromkeys([*before, *after])
    return tuple(
        Given(name=name, before=before.get(name), after=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )


def _text(before: Side, after: Side) -> Iterator[str]:
    if before.run.recipe_id == after.run.recipe_id:
        return
    old, new = (f"{one.run.recipe} {one.run.recipe_version} ({one.run.recipe_id[:10]})" for one in (before, after))
    lines = difflib.unified_diff(before.text.splitlines(), after.text.splitlines(), old, new, lineterm="")
    for place, line in enumerate(lines):
        if place == _TEXT_LINES:
            yield f"… and more: only {_TEXT_LINES} lines are shown"
            return
        yield line


def _nodes(before: Plan, after: Plan) -> Iterator[NodeDifference]:
    for node, found in differences(after, before).items():
        if found.is_same or (node.startswith("[") and not found.is_cause):
            continue  # an output that only shows something else is told by its node
        kind = "added" if Reason.NEW in found.reasons else "changed" if found.is_cause else "follows"
        yield NodeDifference(node=node, kind=kind, reason=found.words, changes=found.changes)
    for node in before.nodes:
        if node not in after.nodes:
            yield NodeDifference(node=node, kind="removed", reason="only the first run has it")
