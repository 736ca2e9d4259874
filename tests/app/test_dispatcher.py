import time

import pytest

from app.runs import doorbell
from app.runs.completion import complete_runs
from app.runs.submission import RunRequest, submit_run
from app.storage.stage_record import StageState
from app.work import dispatcher
from app.work.dispatcher import Dispatcher, dispatch_once
from app.work.jobs import StageJob
from artdag.errors import CrashError
from artdag.run import RunState
from tests.builders import NOON, a_clip, put_media


@pytest.fixture
def clip(services, alice, tmp_path):
    return put_media(services, a_clip(tmp_path / "clip.mp4"), alice)


def ask(services, owner, clip, intensity=1.0):
    return submit_run(services, RunRequest(recipe="invert", inputs=[clip], params={"intensity": intensity}), owner)


def stage_of(services, run):
    (wanted,) = services.runs.stages_of(run.run_id)
    return services.stages.get(wanted.key)


def start(services, stage, lease_s=0.02):
    return services.stages.start(stage.key, stage.attempt, worker="w", now=NOON, lease_s=lease_s)


def test_the_backlog_stays_in_the_store_and_users_take_turns(services, alice, bob, clip):
    for number in range(8):
        ask(services, alice, clip, number / 10)
    ask(services, bob, clip, 0.95)
    assert services.queue.count == 2  # no worker listens: as many as one would need
    served = []
    while services.stages.open_count():
        for stage in services.stages.active():
            served.append(stage.owner.name)
            StageJob(services, stage.key, stage.attempt).carry_out()
            services.queue.remove(f"{stage.key}-{stage.attempt}")
        dispatch_once(services)
    assert served.index("bob") <= 3
    assert len(served) == 9


def test_a_run_that_nobody_rang_for_is_rung_for(services, alice, clip, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(doorbell, "worker_count", lambda _: -10)
        broken.setattr("app.runs.submission.top_up", lambda _: 0)
        run = ask(services, alice, clip)
    assert stage_of(services, run).state is StageState.WAITING
    dispatch_once(services)
    assert stage_of(services, run).state is StageState.QUEUED
    assert services.queue.count == 1


def test_work_whose_worker_fell_silent_is_brought_back(services, alice, clip):
    run = ask(services, alice, clip)
    start(services, stage_of(services, run))
    time.sleep(0.04)
    dispatch_once(services)
    stage = stage_of(services, run)
    assert (stage.state, stage.attempt, stage.lost) == (StageState.QUEUED, 2, 1)
    assert f"{stage.key}-2" in services.queue.get_job_ids()


def test_work_that_is_held_is_left_alone(services, alice, clip):
    run = ask(services, alice, clip)
    start(services, stage_of(services, run), lease_s=5)
    dispatch_once(services)
    assert (stage_of(services, run).state, stage_of(services, run).attempt) == (StageState.RUNNING, 1)


def test_work_that_takes_three_workers_with_it_fails(services, alice, clip):
    run = ask(services, alice, clip)
    for _ in range(3):
        services.queue.empty()  # as if a worker had taken the job
        start(services, stage_of(services, run))
        time.sleep(0.04)
        dispatch_once(services)
    ended = services.runs.get(run.run_id)
    assert (ended.state, ended.error["code"]) == (RunState.FAILED, CrashError.code)
    assert "crashed repeatedly" in ended.error["message"]


def test_a_job_that_vanished_from_the_queue_is_rung_for_again(services, alice, clip, monkeypatch):
    run = ask(services, alice, clip)
    services.queue.empty()
    monkeypatch.setattr(dispatcher, "_PICKED_UP_S", 0.05)
    keeper = Dispatcher(services)
    keeper.dispatch_once()
    assert stage_of(services, run).attempt == 1  # a worker may have taken it this moment
    time.sleep(0.06)
    keeper.dispatch_once()
    stage = stage_of(services, run)
    assert (stage.attempt, stage.lost, stage.state) == (2, 0, StageState.QUEUED)


def test_a_run_whose_worker_died_between_the_work_and_the_receipt_is_completed(services, alice, clip, monkeypatch):
    run = ask(services, alice, clip)
    stage = stage_of(services, run)
    monkeypatch.setattr("app.work.jobs.complete_runs", lambda *_, **__: None)
    StageJob(services, stage.key, 1).carry_out()
    assert services.runs.get(run.run_id).state is RunState.RUNNING
    monkeypatch.setattr(dispatcher, "_LEFT_LYING_S", 0)
    dispatch_once(services)
    assert services.runs.get(run.run_id).state is RunState.COMPLETED
    assert services.stages.due_runs(for_s=0) == ()


def test_a_run_that_was_forgotten_altogether_is_found_within_a_minute(services, alice, clip, monkeypatch):
    run, other = ask(services, alice, clip), ask(services, alice, clip, 0.5)
    stage = stage_of(services, run)
    with monkeypatch.context() as broken:
        broken.setattr("app.work.jobs.complete_runs", lambda *_, **__: None)
        StageJob(services, stage.key, 1).carry_out()
    services.stages.is_settled(run.run_id, services.stages.due_mark(run.run_id))  # as if that had been lost, too
    keeper = Dispatcher(services)
    keeper.dispatch_once()
    assert services.runs.get(run.run_id).state is RunState.RUNNING
    monkeypatch.setattr(dispatcher, "_LOOK_AT_ALL_S", 0)
    keeper.dispatch_once()
    assert services.runs.get(run.run_id).state is RunState.COMPLETED
    assert services.runs.get(other.run_id).state is RunState.PENDING


def test_completing_a_run_twice_changes_nothing(services, alice, clip):
    run = ask(services, alice, clip)
    StageJob(services, stage_of(services, run).key, 1).carry_out()
    before = services.runs.get(run.run_id)
    complete_runs(services, [run.run_id, run.run_id, "unknown"])
    assert services.runs.get(run.run_id) == before


def test_a_run_whose_result_was_evicted_before_it_ended_is_made_again(services, alice, clip, monkeypatch):
    run = ask(services, alice, clip)
    stage = stage_of(services, run)
    with monkeypatch.context() as broken:
        broken.setattr("app.work.jobs.complete_runs", lambda *_, **__: None)
        StageJob(services, stage.key, 1).carry_out()
    services.content.delete(services.results.get(stage.key).digest)
    complete_runs(services, [run.run_id])
    dispatch_once(services)
    assert stage_of(services, run).state is StageState.QUEUED
    StageJob(services, stage.key, 2).carry_out()
    assert services.runs.get(run.run_id).state is RunState.COMPLETED


def test_a_run_whose_papers_are_gone_fails_instead_of_waiting_for_ever(services, alice, clip):
    run = ask(services, alice, clip)
    services.content.delete(run.plan_id)
    StageJob(services, stage_of(services, run).key, 1).carry_out()
    ended = services.runs.get(run.run_id)
    assert (ended.state, ended.error["code"]) == (RunState.FAILED, "blob_not_found")


def test_what_crashed_workers_left_in_scratch_is_swept(services, alice, clip, monkeypatch):
    leftover = services.content.scratch / "render-old"
    leftover.mkdir()
    monkeypatch.setattr(dispatcher, "_SCRATCH_S", -1e6)
    monkeypatch.setattr(dispatcher, "_SWEEP_S", 0.01)
    monkeypatch.setattr(type(services.settings), "render_timeout_s", -(10**6), raising=False)
    dispatch_once(services)
    assert not leftover.exists()
