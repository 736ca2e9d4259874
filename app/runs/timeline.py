"""When each piece of a run's work waited and when it was done: what the timeline draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.services import Services
from app.storage.stage_record import NewStage, StageRecord, StageState
from artdag.result_cache import Result
from artdag.run import Run, rfc3339

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One piece of work. Times are seconds after the run was asked for, none below 0."""

    title: str
    state: StageState
    begin_s: float | None
    """None: it has not begun."""
    end_s: float | None
    """None: it has not ended, or nobody knows when."""
    worker: str
    is_shared: bool
    """Whether another run had asked for it: it may have begun before."""

    def to_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "state": self.state.value,
            "begin_seconds": self.begin_s,
            "end_seconds": self.end_s,
            "worker": self.worker or None,
            "shared": self.is_shared,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A run's work in the order in which it began."""

    began_at: datetime
    """When the run was asked for."""
    span_s: float
    """From there to its end, or to now; above 0."""
    bars: tuple[Bar, ...]
    more: int
    """How many further pieces there are."""

    @property
    def ticks(self) -> tuple[float, ...]:
        """Moments, in seconds, at which a line helps: four to ten of them, of round numbers."""
        step = 10.0**-3
        for factor in _round_factors():
            step = factor
            if self.span_s / step <= 10:
                break
        return tuple(step * place for place in range(int(self.span_s / step) + 1))

    def to_json(self) -> dict[str, Any]:
        return {
            "began_at": rfc3339(self.began_at),
            "span_seconds": self.span_s,
            "stages": [bar.to_json() for bar in self.bars],
            "more": self.more,
        }


def timeline(services: Services, run: Run) -> Timeline:
    """Return when the work of *run* was done, from what is kept: results stay, what is told of a stage for a day."""
    stages = services.runs.stages_of(run.run_id)
    results = services.results.get_many(stage.key for stage in stages)
    records = services.stages.get_many(stage.key for stage in stages)
    shared = services.runs.joined_by(run.run_id)
    bars = [
        _bar(stage, run, results.get(stage.key), records.get(stage.key), is_shared=stage.key in shared)
        for stage in stages
    ]
    bars.sort(key=lambda bar: (bar.begin_s is None, bar.begin_s or 0.0))
    until = run.completed_at or services.clock()
    span_s = max(0.001, (until - run.created_at).total_seconds(), *(bar.end_s or 0.0 for bar in bars))
    return Timeline(
        began_at=run.created_at, span_s=span_s, bars=tuple(bars[:MOST_SHOWN]), more=max(0, len(bars) - MOST_SHOWN)
    )


def _bar(stage: NewStage, run: Run, result: Result | None, record: StageRecord | None, *, is_shared: bool) -> Bar:
    begin: datetime | None = None
    end: datetime | None = None
    if result is not None:
        end = datetime.fromisoformat(result.made_at)
        begin = end - timedelta(seconds=result.seconds)
    elif record is not None:
        begin = record.started_at
    unknown = StageState.CANCELLED if run.state.is_final else StageState.WAITING  # it begins when others are done
    state = StageState.DONE if result is not None else record.state if record is not None else unknown
    return Bar(
        title=stage.title,
        state=state,
        begin_s=_after(run, begin),
        end_s=_after(run, end),
        worker=result.made_by if result is not None else record.worker if record is not None else "",
        is_shared=is_shared,
    )


def _after(run: Run, moment: datetime | None) -> float | None:
    return None if moment is None else max(0.0, (moment - run.created_at).total_seconds())


def _round_factors() -> Iterator[float]:
    for power in range(-3, 9):
        for factor in (1, 2, 5):
            yield factor * 10.0**power
