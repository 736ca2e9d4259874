"""A plan as the service carries it out: the stages that are missing, and where a run of it begins."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from app.runs.outputs import Outputs
from app.services import Services
from app.storage.stage_record import NewStage
from artdag.difference import Earlier, nearest
from artdag.digest import Digest, StepKey
from artdag.errors import ArtDagError
from artdag.identity import Identity
from artdag.plan import SOURCE, Plan
from artdag.recipe import Recipe
from artdag.run import Progress, Run
from artdag.stage import Stage, computed_steps, stages
from artdag.timeslice import Slice, slices_of

_LOOK_BACK = 10
"""How many runs are looked through for the one to compare with."""
_COMPARED = 5
"""So many different plans are compared; of plans of more steps than the next number says, only the newest."""
_COMPARED_STEPS = 500


def read_plan(services: Services, digest: Digest) -> Plan:
    """Return the plan that is kept as a blob. Raises BlobNotFoundError, CorruptBlobError."""
    return _parsed(services.content.read(digest))


@lru_cache(maxsize=32)
def _parsed(text: bytes) -> Plan:
    return Plan.from_json(json.loads(text))


def nearest_run(
    services: Services, plan: Plan, owner: Identity, recipe: str, *, before: datetime | None = None
) -> tuple[Run, Earlier] | None:
    """Return the run of *owner*, of a recipe of that name, whose plan has most in common with *plan*.

    Only the newest are looked at, and only runs that were submitted *before*; None where there is none to compare with.
    """
    found = list(_earlier_runs(services, plan, owner, recipe, before))
    near = nearest(plan, [earlier for _, earlier in found])
    return next(((run, earlier) for run, earlier in found if earlier is near), None)


def _earlier_runs(
    services: Services, plan: Plan, owner: Identity, recipe: str, before: datetime | None
) -> Iterator[tuple[Run, Earlier]]:
    most = _COMPARED if len(plan.steps) <= _COMPARED_STEPS else 1
    seen: set[Digest] = set()
    for run in services.runs.page(owner, recipe=recipe, limit=_LOOK_BACK).items:
        if len(seen) == most:
            return
        if run.plan_id in seen or run.analysing or (before is not None and run.created_at >= before):
            continue
        with suppress(ArtDagError):  # a plan that is gone tells nothing
            earlier = Earlier(plan=read_plan(services, run.plan_id), name=f"run {run.run_id[:8]}")
            seen.add(run.plan_id)
            yield run, earlier


def computed_in(services: Services, plan: Plan, wanted: Iterable[NewStage]) -> frozenset[StepKey]:
    """Return the steps that were computed in the stages *wanted*, as far as those are done; of others frames were read.

    A stage that joins slices computes no frames; its slices do.
    """
    stages = {stage.key: stage for stage in wanted}
    target_of = {part: key for key, stage in stages.items() for part in stage.needs}
    found: set[StepKey] = set()
    for key, result in services.results.get_many(stages).items():
        target = target_of.get(key, key)
        if target in plan.by_key and not stages[key].needs:
            found.update(computed_steps(plan, [target], result.reused))
        elif key in plan.by_key:
            found.add(key)
    return frozenset(found)


def keep_plan(services: Services, plan: Plan) -> None:
    """Let *plan* lie among the blobs, under its id."""
    if not services.content.has(plan.plan_id):
        services.content.put_bytes(plan.to_bytes())


def new_stages(services: Services, recipe: Recipe, plan: Plan, outputs: Outputs) -> list[NewStage]:
    """Return the work that is missing; what needs other work that is missing, says so."""
    parts = {key: slices_of(plan, key, services.node_types, services.effects) for key in outputs.missing}
    done = {*outputs.results, *done_slices(services, [part for listed in parts.values() for part in listed])}
    known, read = services.costs.get(), services.memory.read
    found = stages(plan, done, lambda key: parts.get(key, ()), costs=known, read=read)
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
