"""What a run would do, without doing it: each node, whether its work is here already, and why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.runs.node_group import NodeGroup, grouped
from app.services import Services
from artdag.digest import Digest, StepKey
from artdag.identity import Identity
from artdag.plan import SOURCE, Plan, Step
from artdag.planner import make_plan
from artdag.recipe import Recipe
from artdag.stage import stages


@dataclass(frozen=True, slots=True, kw_only=True)
class DryNode:
    """One node of the plan."""

    id: str
    type: str
    effect: str | None
    state: str
    """``cached`` or ``pending``."""
    reason: str
    step_key: StepKey
    inputs: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        return self.effect or self.type.lower().replace("_", " ")

    @property
    def word(self) -> str | None:
        """What people call its state, where not by its name."""
        return "input" if self.type == SOURCE else "to do" if self.state == "pending" else None

    def to_json(self) -> dict[str, Any]:
        return {
            "node": self.id,
            "type": self.type,
            "effect": self.effect,
            "state": self.state,
            "reason": self.reason,
            "step_key": self.step_key,
            "inputs": [{"slot": slot, "node": node} for slot, node in self.inputs],
        }


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """A plan and how much of it is done."""

    plan: Plan
    nodes: tuple[DryNode, ...]
    cost_s: float
    """Estimate of what is missing, in seconds of one processor."""
    outputs: Mapping[str, Digest | None]
    """Output name -> its bytes, where they are here already."""

    @property
    def is_first_part(self) -> bool:
        """Whether there will be more to do, which shows once the sound is heard."""
        return self.plan.first_part

    @cached_property
    def groups(self) -> tuple[NodeGroup[DryNode], ...]:
        """The nodes, those of one list together."""
        return grouped(self.nodes)

    @property
    def cached(self) -> int:
        return sum(node.state == "cached" for node in self.nodes)

    @property
    def is_done(self) -> bool:
        return self.cached == len(self.nodes)

    def to_json(self) -> dict[str, Any]:
        return {
            "plan_id": self.plan.plan_id,
            "analysing": self.is_first_part,
            "recipe_id": self.plan.recipe_id,
            "nodes": [node.to_json() for node in self.nodes],
            "cached": self.cached,
            "to_do": len(self.nodes) - self.cached,
            "estimated_seconds": round(self.cost_s, 3),
            "outputs": dict(self.outputs),
        }


def dry_run(
    services: Services, recipe: Recipe, inputs: Mapping[str, Digest], params: Mapping[str, Any], who: Identity
) -> DryRun:
    """Return what running *recipe* with these values would do.

    Raises:
        RecipeError, InputError, ParameterError: when it could not run.
    """
    plan = make_plan(recipe, inputs, params, services.world(who))
    results = services.results.get_many(plan.outputs.values())
    done = {key for key, result in results.items() if services.content.has(result.digest)}
    missing = stages(plan, done)
    carried = {node for stage in missing for node in stage.nodes}
    before = _last_plan(services, recipe, who)
    first_of = {key: node for node, key in reversed(list(plan.nodes.items()))}
    nodes = tuple(
        _node(node, plan.by_key[key], first_of, before, is_cached=node not in carried)
        for node, key in plan.nodes.items()
    )
    return DryRun(
        plan=plan,
        nodes=nodes,
        cost_s=sum(stage.cost_s for stage in missing),
        outputs={name: _bytes_of(plan.by_key[key], results.get(key), done) for name, key in plan.outputs.items()},
    )


def _bytes_of(step: Step, result: Any, done: set[StepKey]) -> Digest | None:
    if step.type == SOURCE:
        return Digest(step.params["digest"])
    return result.digest if step.key in done else None


def _last_plan(services: Services, recipe: Recipe, who: Identity) -> Plan | None:
    runs = services.runs.page(who, recipe=recipe.name, limit=1).items
    if not runs or not services.content.has(runs[0].plan_id):
        return None
    return Plan.from_json(json.loads(services.content.read(runs[0].plan_id)))


def _node(node: str, step: Step, first_of: Mapping[StepKey, str], before: Plan | None, *, is_cached: bool) -> DryNode:
    is_source = step.type == SOURCE
    return DryNode(
        id=node,
        type=step.type,
        effect=step.effect,
        state="cached" if is_source or is_cached else "pending",
        reason="its bytes are here" if is_source else "done before" if is_cached else _cause(node, step, before),
        step_key=step.key,
        inputs=tuple((slot, first_of[key]) for slot, key in step.inputs if key in first_of),
    )


def _cause(node: str, step: Step, before: Plan | None) -> str:
    """Return why the work is not done, by comparison with the last run."""
    if before is None or node not in before.nodes:
        return "nobody has asked for this yet"
    old = before.by_key[before.nodes[node]]
    if old.key == step.key:
        return "same as last time, but not kept by itself"
    if (old.type, old.effect) != (step.type, step.effect):
        return f"it was {old.effect or old.type} last time"
    if old.code != step.code or old.toolchain != step.toolchain:
        return "its code changed since last time"
    changed = [name for name, value in step.params.items() if old.params.get(name) != value]
    if changed:
        return f"{', '.join(changed)} changed since last time"
    return "what comes into it changed"
