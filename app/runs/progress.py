"""How far a run has come: counted in nodes and in estimated work, from the stages it needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from app.services import Services
from app.storage.job_queue import worker_count
from app.storage.stage_record import NewStage, StageRecord, StageState
from artdag.digest import StepKey
from artdag.run import Progress, Run

_TRUSTED = 0.5
"""From this share on, the pace of a stage is trusted alone; before, the estimate counts the more, the less is done."""


def note_progress(services: Services, run_ids: Iterable[str]) -> None:
    """Write down how far these runs have come."""
    now, workers = services.clock(), worker_count(services.queue)
    for run_id, run in services.runs.get_many(run_ids).items():
        wanted = services.runs.stages_of(run_id)
        records = services.stages.get_many(stage.key for stage in wanted)
        services.runs.update_progress(run_id, progress_of(run, wanted, records, now, workers=workers))


def progress_of(
    run: Run,
    wanted: Iterable[NewStage],
    records: Mapping[StepKey, StageRecord],
    now: datetime,
    *,
    workers: int = 1,
) -> Progress:
    """Return the progress of *run*, which needed the stages *wanted*, given what is known of them.

    Stages that need no other are done side by side by so many *workers*; those that do, after them.
    """
    share = cost_s = longest_s = side_by_side_s = after_s = 0.0
    done: set[str] = set()
    to_do: set[str] = set()
    running: set[str] = set()
    for stage in wanted:
        record = records.get(stage.key)
        fraction = _fraction(record)
        share += stage.cost_s * fraction
        cost_s += stage.cost_s
        left_s = _left_s(record, stage, fraction, now)
        if stage.needs:
            after_s += left_s
        else:
            side_by_side_s += left_s
            longest_s = max(longest_s, left_s)
        if fraction == 1.0:
            done.update(stage.nodes)
            continue
        to_do.update(stage.nodes)
        if record is not None and record.state is StageState.RUNNING:
            running.update(stage.nodes)
    if run.analysing:
        share = 0.0  # how much there is to do is not known yet
    return Progress(
        nodes=run.progress.nodes,
        cached=run.progress.cached,
        done=len(done - to_do),
        running=len(running),
        fraction=min(share / cost_s, 1.0) if cost_s else 1.0,
        eta_seconds=round(max(longest_s, side_by_side_s / max(1, workers)) + after_s, 1),
    )


def _fraction(record: StageRecord | None) -> float:
    if record is None:
        return 0.0
    return 1.0 if record.state is StageState.DONE else min(record.fraction, 0.999)


def _left_s(record: StageRecord | None, stage: NewStage, fraction: float, now: datetime) -> float:
    estimate_s = stage.cost_s * (1 - fraction)
    if record is None or record.started_at is None or fraction == 0.0:
        return estimate_s
    pace_s = max(0.0, (now - record.started_at).total_seconds()) * (1 - fraction) / fraction
    trust = min(fraction / _TRUSTED, 1.0)
    return trust * pace_s + (1 - trust) * estimate_s
