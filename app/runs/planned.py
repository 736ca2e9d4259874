"""A plan as the service carries it out: the stages that are missing, and where a run of it begins."""

from __future__ import annotations

from collections.abc import Sequence

from app.runs.outputs import Outputs
from app.services import Services
from app.storage.stage_record import NewStage
from artdag.plan import SOURCE, Plan
from artdag.recipe import Recipe
from artdag.run import Progress
from artdag.stage import Stage, stages


def keep_plan(services: Services, plan: Plan) -> None:
    """Let *plan* lie among the blobs, under its id."""
    if not services.content.has(plan.plan_id):
        services.content.put_bytes(plan.to_bytes())


def new_stages(recipe: Recipe, plan: Plan, outputs: Outputs) -> list[NewStage]:
    """Return the work that is missing."""
    return [_new_stage(recipe, plan, stage) for stage in stages(plan, outputs.results.keys())]


def _new_stage(recipe: Recipe, plan: Plan, stage: Stage) -> NewStage:
    step = plan.by_key[stage.key]
    last = next((node for node, key in plan.nodes.items() if key == step.inputs[0][1]), "")
    return NewStage(
        key=stage.key,
        nodes=tuple(node for node in stage.nodes if plan.by_key[plan.nodes[node]].type != SOURCE),
        cost_s=stage.cost_s,
        title=f"{recipe.name}: {last} → {step.params['profile']}",
    )


def progress_at_first(plan: Plan, missing: Sequence[NewStage]) -> Progress:
    """Return how far a run of *plan* is before anything is done for it."""
    to_do = {node for stage in missing for node in stage.nodes}
    count = len(plan.nodes)
    return Progress(
        nodes=count, cached=count - len(to_do), eta_seconds=round(sum(stage.cost_s for stage in missing), 1)
    )
