"""How far a run has come: counted in nodes and in estimated work, from the stages it needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from app.services import Services
from app.storage.stage_record import NewStage, StageRecord, StageState
from artdag.digest import StepKey
from artdag.run import Progress, Run

_ENOUGH_TO_TELL = 0.05
"""Below this share the estimate is trusted more than the pace."""


def note_progress(services: Services, run_ids: Iterable[str]) -> None:
    """Write down how far these runs have come."""
    now = services.clock()
    for run_id, run in services.runs.get_many(run_ids).items():
        wanted = services.runs.stages_of(run_id)
        records = services.stages.get_many(stage.key for stage in wanted)
        services.runs.update_progress(run_id, progress_of(run, wanted, records, now))


def progress_of(
    run: Run, wanted: Iterable[NewStage], records: Mapping[StepKey, StageRecord], now: datetime
) -> Progress:
    """Return the progress of *run*, which needed the stages *wanted*, given what is known of them."""
    share = cost_s = left_s = 0.0
    done: set[str] = set()
    to_do: set[str] = set()
    running: set[str] = set()
    for stage in wanted:
        record = records.get(stage.key)
        fraction = _fraction(record)
        share += stage.cost_s * fraction
        cost_s += stage.cost_s
        left_s += _left_s(record, stage, fraction, now)
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
        eta_seconds=round(left_s, 1),
    )


def _fraction(record: StageRecord | None) -> float:
    if record is None:
        return 0.0
    return 1.0 if record.state is StageState.DONE else min(record.fraction, 0.999)


def _left_s(record: StageRecord | None, stage: NewStage, fraction: float, now: datetime) -> float:
    if record is None or record.started_at is None or fraction < _ENOUGH_TO_TELL:
        return stage.cost_s * (1 - fraction)
    return max(0.0, (now - record.started_at).total_seconds()) * (1 - fraction) / fraction
