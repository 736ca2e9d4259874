"""How far a run is and how long it still takes: never backwards, and near enough once passes were seen."""

from __future__ import annotations

import random
import statistics
from datetime import UTC, datetime, timedelta

import pytest

from app.runs.progress import progress_of
from app.storage.stage_record import NewStage, StageRecord, StageState
from artdag.costs import PASS, Costs
from artdag.identity import LOCAL
from tests.builders import a_digest, a_key, a_run

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


def record(stage: NewStage, begun_s: float | None, took_s: float, now_s: float) -> StageRecord:
    """Return how a stage stands that begins at *begun_s* and takes so long, at an even pace."""
    gone_s = 0.0 if begun_s is None else max(0.0, now_s - begun_s)
    state = StageState.QUEUED if not gone_s else StageState.DONE if gone_s >= took_s else StageState.RUNNING
    return StageRecord(
        key=stage.key,
        state=state,
        attempt=1,
        lost=0,
        plan=a_digest("plan"),
        owner=LOCAL,
        nodes=stage.nodes,
        cost_s=stage.cost_s,
        title=stage.title,
        fraction=min(gone_s / took_s, 1.0),
        started_at=START + timedelta(seconds=begun_s) if gone_s and begun_s is not None else None,
        worker="w",
        error=None,
    )


def stage(name: str, cost_s: float, needs: tuple[NewStage, ...] = ()) -> NewStage:
    needed = tuple(one.key for one in needs)
    return NewStage(key=a_key(name), nodes=("blur",), cost_s=cost_s, title=name, needs=needed)


class Watched:
    """A run of several slices and what joins them, carried out by two workers, watched every so often."""

    def __init__(self, costs_s: list[float], took_s: list[float]) -> None:
        parts = [stage(f"part {place}", cost_s) for place, cost_s in enumerate(costs_s[:-1])]
        self.stages = [*parts, stage("whole", costs_s[-1], tuple(parts))]
        self.took_s, free_s = took_s, [0.0, 0.0]
        self.begun_s = []
        for own_s in took_s[:-1]:
            worker = free_s.index(min(free_s))
            self.begun_s.append(free_s[worker])
            free_s[worker] += own_s
        self.begun_s.append(max(free_s))
        self.end_s = max(free_s) + took_s[-1]

    def seen(self, now_s: float):
        rows = zip(self.stages, self.begun_s, self.took_s, strict=True)
        records = {one.key: record(one, begun_s, took_s, now_s) for one, begun_s, took_s in rows}
        return progress_of(a_run(), self.stages, records, START + timedelta(seconds=now_s), workers=2)


def watched(seed: int) -> Watched:
    """Return a run whose stages were estimated after five passes of such work, on a machine of its own."""
    chance = random.Random(seed)
    rates = {kind: Costs().rate(kind).mean * chance.lognormvariate(0, 0.8) for kind in ("blur", "ENCODE web", PASS)}

    def work() -> dict[str, float]:
        amount = chance.uniform(20, 400)
        return {PASS: 1.0, "blur": amount, "ENCODE web": amount}

    def takes(one: dict[str, float]) -> float:
        return sum(amount * rates[kind] for kind, amount in one.items()) * chance.lognormvariate(0, 0.15)

    costs = Costs()
    for _ in range(5):
        one = work()
        costs = costs.learnt(one, takes(one))
    wanted = [work() for _ in range(chance.randint(1, 12))]
    joined = {PASS: 1.0}
    return Watched([costs.seconds(one) for one in [*wanted, joined]], [takes(one) for one in [*wanted, joined]])


def test_what_is_left_is_told_within_a_quarter_after_five_passes():
    off = []
    for seed in range(40):
        run = watched(seed)
        for share in (0.0, 0.1, 0.25, 0.5, 0.75):
            left_s = run.end_s * (1 - share)
            told_s = run.seen(run.end_s * share).eta_seconds
            assert told_s is not None
            off.append(abs(told_s - left_s) / left_s)
    assert statistics.median(off) < 0.25


@pytest.mark.parametrize("seed", range(10))
def test_the_share_that_is_done_only_grows_and_ends_at_one(seed):
    run = watched(seed)
    shares = [run.seen(run.end_s * step / 60).fraction for step in range(62)]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert run.seen(run.end_s + 1).eta_seconds == 0.0


def test_two_workers_halve_what_is_left_but_never_below_the_longest_stage():
    run = Watched([10.0, 10.0, 10.0, 10.0, 1.0], [10.0, 10.0, 10.0, 10.0, 1.0])
    assert run.seen(0.0).eta_seconds == 21.0
    assert Watched([30.0, 2.0, 1.0], [30.0, 2.0, 1.0]).seen(0.0).eta_seconds == 31.0
