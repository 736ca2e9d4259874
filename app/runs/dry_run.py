"""What a run would do, without doing it: each node, whether its work is here already, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.runs.node_group import NodeGroup, grouped
from app.runs.outputs import find_outputs
from app.runs.planned import nearest_run
from app.services import Services
from artdag.difference import Difference
from artdag.digest import Digest, StepKey
from artdag.explanation import RUNS, Explained, explain
from artdag.identity import Identity
from artdag.plan import SOURCE, Plan
from artdag.planner import make_plan
from artdag.recipe import Recipe
from artdag.stage import computed_steps, stages


@dataclass(frozen=True, slots=True, kw_only=True)
class DryNode:
    """One node of the plan."""

    id: str
    type: str
    effect: str | None
    state: str
    """``cached`` or ``pending``."""
    reason: str
    difference: Difference | None
    """From the nearest earlier run; None where there is none."""
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
            "difference": self.difference.to_json() if self.difference else None,
            "step_key": self.step_key,
            "inputs": [{"slot": slot, "node": node} for slot, node in self.inputs],
        }


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """A plan and how much of it is done."""

    plan: Plan
    nodes: tuple[DryNode, ...]
    against: str | None
    """The run that it is compared with."""
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
            "compared_with": self.against,
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
    outputs = find_outputs(services, plan)
    missing = stages(plan, outputs.results)
    read = {strip.step: strip.key for stage in missing for strip, _ in services.memory.reuse(plan, stage.key).read}
    kept = services.results.get_many(read.values())
    there = dict(outputs.results) | {step: kept[name] for step, name in read.items() if name in kept}
    running = computed_steps(plan, [stage.key for stage in missing], read)
    near = nearest_run(services, plan, who, recipe.name)
    first_of = {key: node for node, key in reversed(list(plan.nodes.items()))}
    explained = explain(plan, running, there, near[1] if near else None)
    return DryRun(
        plan=plan,
        nodes=tuple(_node(one, plan, first_of) for one in explained if one.node in plan.nodes),
        against=near[0].run_id if near else None,
        cost_s=sum(stage.cost_s for stage in missing),
        outputs={name: outputs.digests.get(name) for name in plan.outputs},
    )


def _node(one: Explained, plan: Plan, first_of: Mapping[StepKey, str]) -> DryNode:
    step = plan.by_key[one.key]
    return DryNode(
        id=one.node,
        type=one.type,
        effect=one.effect,
        state="pending" if one.state == RUNS else "cached",
        reason=one.why,
        difference=one.difference,
        step_key=one.key,
        inputs=tuple((slot, first_of[key]) for slot, key in step.inputs if key in first_of),
    )
