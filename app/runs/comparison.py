"""Two runs side by side: what was asked for differently, and at which nodes the work first parts."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.runs.planned import read_plan
from app.services import Services
from artdag.plan import SOURCE, Plan, Step
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
class Difference:
    """One value that is not the same; None where a side has none."""

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
    settings: tuple[Difference, ...] = ()

    def to_json(self) -> dict[str, Any]:
        found = [one.to_json() for one in self.settings]
        return {"node": self.node, "kind": self.kind, "reason": self.reason, "settings": found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How the second run differs from the first."""

    before: Run
    after: Run
    params: tuple[Difference, ...]
    inputs: tuple[Difference, ...]
    outputs: tuple[Difference, ...]
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


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    names = dict.fromkeys([*before, *after])
    return tuple(
        Difference(name=name, before=before.get(name), after=after.get(name))
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
    order = {step.key: place for place, step in enumerate(after.steps)}
    for node, key in sorted(after.nodes.items(), key=lambda item: order[item[1]]):
        old_key = before.nodes.get(node)
        if old_key is None:
            yield NodeDifference(node=node, kind="added", reason="only the second run has it")
        elif old_key != key:
            yield _changed(node, before, after, before.by_key[old_key], after.by_key[key])
    for node in before.nodes:
        if node not in after.nodes:
            yield NodeDifference(node=node, kind="removed", reason="only the first run has it")


def _changed(node: str, before: Plan, after: Plan, old: Step, new: Step) -> NodeDifference:
    if new.type == SOURCE and old.type == SOURCE:
        return NodeDifference(node=node, kind="changed", reason="other bytes were put in")
    if (old.type, old.effect) != (new.type, new.effect):
        reason = f"it was {old.effect or old.type} and is {new.effect or new.type}"
        return NodeDifference(node=node, kind="changed", reason=reason)
    settings = _differences(old.params, new.params)
    reasons = []
    if settings:
        reasons.append(f"{', '.join(one.name for one in settings)} changed")
    if old.code != new.code:
        reasons.append("its code changed")
    if old.toolchain != new.toolchain:
        reasons.append("the engine or its media library changed")
    if _wires(before, old) != _wires(after, new):
        reasons.append("other nodes come into it")
    if reasons:
        return NodeDifference(node=node, kind="changed", reason=" and ".join(reasons), settings=settings)
    return NodeDifference(node=node, kind="follows", reason="what comes into it changed")


def _wires(plan: Plan, step: Step) -> list[tuple[str, str]]:
    """Return which node comes into which slot; steps without a node (assets) by their bytes."""
    return [
        (slot, plan.node_of.get(key) or str(plan.by_key[key].params.get("digest", key))) for slot, key in step.inputs
    ]
