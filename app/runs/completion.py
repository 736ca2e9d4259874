"""The end of a run: its receipt is written and signed, its record kept among the blobs, its state moved, once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from app.runs.doorbell import top_up
from app.runs.outputs import Outputs, find_outputs, put_into_library
from app.runs.planned import computed_in, keep_plan, new_stages, progress_at_first, read_plan
from app.services import Services
from app.storage.run_store import RunNotFoundError
from app.storage.stage_record import NewStage, StageRecord, StageState
from artdag.digest import Digest, StepKey, canonical_json
from artdag.errors import ArtDagError, IllegalTransitionError
from artdag.plan import Plan
from artdag.planner import make_plan
from artdag.provenance import Carried, make_record
from artdag.recipe import Recipe
from artdag.recipe_reader import parse_recipe
from artdag.run import Progress, Run, RunState

_log = logging.getLogger(__name__)

KEPT_RUN = "artdag/run/1"
"""The first key of a kept run record: a blob that begins with it is one."""

_COMPLETING_S = 60.0


def complete_runs(services: Services, run_ids: Iterable[str], *, task_id: str | None = None) -> None:
    """Settle runs whose stages came to an end: complete them, fail them, or leave them until the rest is done.

    May be called by many at once, and again after a crash: a run ends once.
    """
    for run_id in run_ids:
        token = services.leases.take(f"complete:{run_id}", _COMPLETING_S)
        if token is None:
            continue  # somebody else is at it; should they die, the dispatcher comes back to it
        try:
            mark = services.stages.due_mark(run_id)  # read first: a stage may end while we look at the run
            try:
                _settle(services, run_id, task_id)
            except ArtDagError as error:  # a paper that is needed is gone, or an effect: no later try would do better
                fail_run(services, run_id, error.to_json())
            services.stages.is_settled(run_id, mark)
        finally:
            services.leases.release(f"complete:{run_id}", token)


def fail_run(services: Services, run_id: str, error: Mapping[str, Any]) -> None:
    """End a run with *error*; work that nobody else waits for is cancelled."""
    with suppress(IllegalTransitionError):  # it ended in another way a moment ago
        services.runs.move(run_id, RunState.FAILED, error=dict(error), completed_at=services.clock())
        _log.info("run %s failed: %s", run_id, error.get("message"))
    services.stages.leave(run_id, (stage.key for stage in services.runs.stages_of(run_id)))


def completed(
    services: Services,
    run: Run,
    recipe: Recipe,
    plan: Plan,
    outputs: Outputs,
    *,
    wanted: Sequence[NewStage] = (),
    task_id: str | None = None,
) -> tuple[dict[str, Any], Digest]:
    """Return the changes that complete *run*, and the copy of its record; both papers lie among the blobs then.

    Args:
        services: where the blobs go.
        run: as it is.
        recipe: what was carried out, as written.
        plan: the same with nothing left to decide.
        outputs: all of them.
        wanted: the work that was missing when it was submitted, and is done now.
        task_id: the job that made the last one.
    """
    now = services.clock()
    made = Carried(
        results=outputs.results,
        fresh=frozenset(stage.key for stage in wanted if stage.key in plan.by_key),
        media_types={digest: facts.media_type for digest, facts in outputs.facts.items()},
        computed=computed_in(services, plan, wanted),
    )
    record = make_record(
        run=replace(run, outputs=dict(outputs.digests)),
        recipe=recipe,
        plan=plan,
        carried=made,
        effects=services.effects,
        task_id=task_id or run.run_id,
        rendered_at=now,
    )
    envelope = services.content.put_bytes(canonical_json(services.signer.envelope(record)))
    before = run.progress
    changes: dict[str, Any] = {
        "outputs": dict(outputs.digests),
        "provenance": envelope.digest,
        "infrastructure": record["infrastructure"],
        "started_at": run.started_at or now,
        "completed_at": now,
        "progress": Progress(
            nodes=before.nodes, cached=before.cached, done=before.nodes - before.cached, fraction=1.0, eta_seconds=0.0
        ),
    }
    kept = {KEPT_RUN: run.moved_to(RunState.COMPLETED, **changes).to_json()}
    return changes, services.content.put_bytes(canonical_json(kept)).digest


def _settle(services: Services, run_id: str, task_id: str | None) -> None:
    try:
        run = services.runs.get(run_id)
    except RunNotFoundError:
        return  # discarded
    if run.state.is_final:
        return
    wanted = services.runs.stages_of(run_id)
    records = services.stages.get_many(stage.key for stage in wanted)
    failed = next((record for record in records.values() if record.state is StageState.FAILED), None)
    if failed is not None:
        fail_run(services, run_id, failed.error or {"code": "render_failed", "message": "its work failed"})
        return
    plan = read_plan(services, run.plan_id)
    outputs = find_outputs(services, plan)
    if not outputs.missing and plan.first_part:
        _go_on(services, run)
        return
    if not outputs.missing and put_into_library(services, run, outputs):
        _complete(services, run, plan, outputs, wanted=wanted, task_id=task_id)
        return
    if any(record.state.is_open for record in records.values()):
        _join_begun(services, run, wanted, records)
        return
    recipe = parse_recipe(services.content.read(run.recipe_id))
    still = new_stages(services, recipe, plan, outputs)  # slices first, then what joins them; and what is gone again
    _have_done(services, run, plan, still)


def _join_begun(
    services: Services, run: Run, wanted: Iterable[NewStage], records: Mapping[StepKey, StageRecord]
) -> None:
    """Let *run* wait for what comes after its slices where another run had that begun: else nobody would tell it."""
    begun = [stage for stage in wanted if stage.needs and stage.key in records and records[stage.key].state.is_open]
    if begun:
        services.stages.join(run.run_id, run.plan_id, run.owner, begun)


def _go_on(services: Services, run: Run) -> None:
    """Plan the rest of a run, now that what it follows is heard, and have it done."""
    recipe = parse_recipe(services.content.read(run.recipe_id))
    plan = make_plan(recipe, run.inputs, run.params, services.world(run.owner))
    keep_plan(services, plan)
    missing = new_stages(services, recipe, plan, find_outputs(services, plan))
    services.runs.replan(run.run_id, plan.plan_id, progress_at_first(plan, missing), missing)
    _have_done(services, run, plan, missing)
    if not missing:
        _settle(services, run.run_id, None)


def _have_done(services: Services, run: Run, plan: Plan, missing: Iterable[NewStage]) -> None:
    """Join the stages that can begin, and ring for them."""
    services.stages.join(run.run_id, plan.plan_id, run.owner, [stage for stage in missing if not stage.needs])
    top_up(services)


def _complete(
    services: Services, run: Run, plan: Plan, outputs: Outputs, *, wanted: Sequence[NewStage], task_id: str | None
) -> None:
    recipe = parse_recipe(services.content.read(run.recipe_id))
    changes, kept = completed(services, run, recipe, plan, outputs, wanted=wanted, task_id=task_id)
    with suppress(IllegalTransitionError):  # it was cancelled a moment ago
        services.runs.move(run.run_id, RunState.COMPLETED, kept=kept, **changes)
        _log.info("run %s is completed", run.run_id)
