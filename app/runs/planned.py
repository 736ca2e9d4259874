"""A plan as the service carries it out: the stages that are missing, and where a run of it begins."""

from __future__ import annotations

from collections.abc import Sequence

from app.runs.outputs import Outputs
from app.services import Services
from app.storage.stage_record import NewStage
from artdag.digest import StepKey
from artdag.plan import SOURCE, Plan
from artdag.recipe import Recipe
from artdag.run import Progress
from artdag.stage import Stage, stages
from artdag.timeslice import Slice, slices_of


def keep_plan(services: Services, plan: Plan) -> None:
    """Let *plan* lie among the blobs, under its id."""
    if not services.content.has(plan.plan_id):
        services.content.put_bytes(plan.to_bytes())


def new_stages(services: Services, recipe: Recipe, plan: Plan, outputs: Outputs) -> list[NewStage]:
    """Return the work that is missing; what needs other work that is missing, says so."""
    parts = {key: slices_of(plan, key, services.node_types, services.effects) for key in outputs.missing}
    done = {*outputs.results, *done_slices(services, [part for listed in parts.values() for part in listed])}
    found = stages(plan, done, lambda key: parts.get(key, ()))
    return [_new_stage(recipe, plan, stage, done) for stage in found]


def done_slices(services: Services, parts: Sequence[Slice]) -> set[StepKey]:
    """Return those of *parts* that are rendered and there."""
    results = services.results.get_many(part.key for part in parts)
    return {key for key, result in results.items() if services.content.has(result.digest)}


def _new_stage(recipe: Recipe, plan: Plan, stage: Stage, done: set[StepKey]) -> NewStage:
    step = plan.by_key[stage.part.output if stage.part else stage.key]
    last = next((node for node, key in plan.nodes.items() if key == step.inputs[0][1]), "")
    title = f"{recipe.name}: {last} → {step.params['profile']}"
    if stage.part is not None:
        title += f", frames {stage.part.span.start} to {stage.part.span.stop - 1}"
    return NewStage(
        key=stage.key,
        nodes=tuple(node for node in stage.nodes if plan.by_key[plan.nodes[node]].type != SOURCE),
        cost_s=stage.cost_s,
        title=title,
        needs=tuple(key for key in stage.needs if key not in done),
    )


def progress_at_first(plan: Plan, missing: Sequence[NewStage]) -> Progress:
    """Return how far a run of *plan* is before anything is done for it."""
    to_do = {node for stage in missing for node in stage.nodes}
    count = len(plan.nodes)
    return Progress(
        nodes=count, cached=count - len(to_do), eta_seconds=round(sum(stage.cost_s for stage in missing), 1)
    )
