import json

import pytest
import redis.exceptions
from rq import Callback

from app.runs.submission import RunRequest, cancel_run, submit_run
from app.storage.job_queue import RENDER_STAGE, UnlistedFunctionError
from app.storage.stage_record import StageState
from app.work import jobs
from app.work.jobs import StageJob
from artdag.errors import CrashError, LimitError, RenderError, StoppedError
from artdag.run import RunState
from artdag.signing import open_envelope
from tests.builders import a_clip, put_media


@pytest.fixture
def clip(services, alice, tmp_path):
    return put_media(services, a_clip(tmp_path / "clip.mp4"), alice)


@pytest.fixture
def run(services, alice, clip):
    return submit_run(services, RunRequest(recipe="invert", inputs=[clip]), alice)


def stage_of(services, run):
    (wanted,) = services.runs.stages_of(run.run_id)
    return services.stages.get(wanted.key)


def carry_out(services, run):
    stage = stage_of(services, run)
    return StageJob(services, stage.key, stage.attempt).carry_out()


def test_a_job_renders_publishes_and_completes_its_run(services, alice, run):
    assert carry_out(services, run) == "done"
    ended = services.runs.get(run.run_id)
    stage = stage_of(services, run)
    assert (ended.state, stage.state) == (RunState.COMPLETED, StageState.DONE)
    services.content.verify(ended.output)
    result = services.results.get(stage.key)
    assert (result.digest, result.facts.media_type) == (ended.output, "video/mp4")
    assert (ended.progress.done, ended.progress.cached, ended.progress.fraction) == (1, 1, 1.0)
    record = open_envelope(json.loads(services.content.read(ended.provenance)))
    assert record["task_id"] == f"{stage.key}-1"
    assert [step["cached"] for step in record["steps"]] == [True, False, False]
    assert services.stages.due_runs(for_s=0) == ()
    assert list(services.content.scratch.iterdir()) == []


def test_the_result_stands_in_the_library_of_who_asked(services, alice, bob, run):
    other = submit_run(services, RunRequest(recipe="invert", inputs=list(run.inputs.values())), bob)
    carry_out(services, run)
    output = services.runs.get(run.run_id).output
    for owner, mine in ((alice, run), (bob, other)):
        entry = services.media.entry(owner, output)
        assert (entry.name, entry.came_by, entry.run_id) == ("invert", "run", mine.run_id)
    assert services.facts(output).kind == "video"


def test_the_next_one_who_asks_is_served_at_once(services, bob, run):
    carry_out(services, run)
    again = submit_run(services, RunRequest(recipe="invert", inputs=list(run.inputs.values())), bob)
    assert again.state is RunState.COMPLETED
    assert again.output == services.runs.get(run.run_id).output


def test_a_job_that_runs_twice_does_the_work_once(services, run):
    stage = stage_of(services, run)
    assert StageJob(services, stage.key, 1).carry_out() == "done"
    assert StageJob(services, stage.key, 1).carry_out().startswith("somebody else's")


def test_a_result_that_was_published_but_not_told_of_is_not_made_again(services, run, monkeypatch):
    stage = stage_of(services, run)

    def away(*_):
        raise redis.exceptions.ResponseError("no")

    with monkeypatch.context() as broken:
        broken.setattr(services.stages, "finish", away)
        with pytest.raises(redis.exceptions.ResponseError):
            carry_out(services, run)
    services.stages.put_back(stage.key, 1, died=True, unless_held=False, error={"code": "x", "message": "y"})
    services.stages.take_next()
    monkeypatch.setattr(jobs, "render_in_child", None)
    assert carry_out(services, run) == "done"
    assert services.runs.get(run.run_id).state is RunState.COMPLETED


def fail_with(monkeypatch, error):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr(jobs, "render_in_child", broken)


@pytest.mark.parametrize("error", [RenderError("blur: no", node="result", detail="log"), LimitError("too much memory")])
def test_what_would_fail_again_fails_at_once_with_its_reason(services, run, monkeypatch, error):
    fail_with(monkeypatch, error)
    assert carry_out(services, run).startswith("failed")
    ended = services.runs.get(run.run_id)
    assert (ended.state, ended.error) == (RunState.FAILED, error.to_json())
    assert ended.completed_at is not None
    assert services.queue.count == 1  # the job that was taken by hand; no other


def test_a_crash_gets_another_chance_and_three_are_the_end(services, run, monkeypatch):
    fail_with(monkeypatch, CrashError("killed by signal 9"))
    for attempt in (1, 2, 3):
        assert stage_of(services, run).attempt == attempt
        services.queue.empty()  # as if a worker had taken the job
        carry_out(services, run)
    ended = services.runs.get(run.run_id)
    assert ended.state is RunState.FAILED
    assert ended.error["code"] == "crashed"
    assert ended.error["message"] == "rendering result crashed repeatedly; the last time: killed by signal 9"


def test_a_surprise_is_recorded_and_raised(services, run, monkeypatch):
    fail_with(monkeypatch, ZeroDivisionError("oh"))
    with pytest.raises(ZeroDivisionError):
        carry_out(services, run)
    ended = services.runs.get(run.run_id)
    assert (ended.state, ended.error["code"]) == (RunState.FAILED, "render_failed")
    assert "ZeroDivisionError" in ended.error["message"]


def test_a_traceback_goes_to_the_log_and_the_run_shows_a_reference(services, run, monkeypatch, caplog):
    def broken(*_, **__):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("app.work.rendering.render", broken)
    assert carry_out(services, run) == "failed: rendering failed with ZeroDivisionError: oh"
    told = services.runs.get(run.run_id).error
    assert "Traceback" not in json.dumps(told)
    reference = told["detail"].rpartition(" ")[2].rstrip(".")
    assert f"reference {reference}" in caplog.text
    assert "Traceback" in caplog.text


def test_one_failed_output_ends_the_run_and_its_other_work(services, alice, clip, monkeypatch):
    text = b"""
name: pair
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: grey, type: EFFECT, config: {effect: grayscale}, inputs: [clip]}
    - {id: turned, type: EFFECT, config: {effect: invert}, inputs: [clip]}
  outputs: {turned: turned, grey: grey}
"""
    recipe_id = services.content.put_bytes(text).digest
    run = submit_run(services, RunRequest(recipe=recipe_id, inputs=[clip]), alice)
    first, second = services.runs.stages_of(run.run_id)
    fail_with(monkeypatch, RenderError("no", node="turned"))
    StageJob(services, first.key, 1).carry_out()
    assert services.runs.get(run.run_id).state is RunState.FAILED
    assert services.stages.get(second.key).state is StageState.CANCELLED


def test_a_stage_that_is_cancelled_while_it_renders_is_dropped(services, run, monkeypatch):
    stage = stage_of(services, run)

    def cancelled(*_, should_stop, **__):
        cancel_run(services, run.run_id)
        monkeypatch.setattr("app.work.holding._LOOK_S", 0)
        assert should_stop()
        raise StoppedError("stopped")

    monkeypatch.setattr(jobs, "render_in_child", cancelled)
    assert carry_out(services, run) == "not wanted any more"
    assert services.stages.get(stage.key).state is StageState.CANCELLED
    assert services.runs.get(run.run_id).state is RunState.CANCELLED


def test_a_worker_that_lost_its_stage_publishes_nothing(services, run, monkeypatch):
    stage = stage_of(services, run)
    real = jobs.render_in_child

    def taken_away(*arguments, **more):
        file = real(*arguments, **more)
        services.stages.put_back(stage.key, 1, died=True, unless_held=False, error={"code": "x", "message": "y"})
        return file

    monkeypatch.setattr(jobs, "render_in_child", taken_away)
    assert carry_out(services, run) == "not wanted any more"
    assert services.results.get(stage.key) is None
    assert not services.runs.get(run.run_id).state.is_final
    assert list(services.content.scratch.iterdir()) == []


def test_work_planned_for_another_build_is_refused(services, run):
    other = type(services)(
        **{name: getattr(services, name) for name in services.__slots__ if name != "toolchain"}, toolchain="older"
    )
    stage = stage_of(services, run)
    StageJob(other, stage.key, 1).carry_out()
    ended = services.runs.get(run.run_id)
    assert (ended.state, ended.error["code"]) == (RunState.FAILED, "render_failed")
    assert "run it again" in ended.error["message"]


def test_progress_is_told_seldom_and_never_falls(services, run, monkeypatch):
    stage = stage_of(services, run)
    seen = []

    def render(*_, on_message, **__):
        monkeypatch.setattr("app.work.holding._WRITE_S", 0)
        for done in (1, 5, 3, 9):
            on_message({"done": done, "total": 10})
            seen.append(services.runs.get(run.run_id).progress)
        on_message({"done": "x", "total": None})
        raise RenderError("enough")

    monkeypatch.setattr(jobs, "render_in_child", render)
    StageJob(services, stage.key, 1).carry_out()
    assert [progress.fraction for progress in seen] == [0.1, 0.5, 0.5, 0.9]
    assert (seen[0].running, seen[0].nodes, seen[0].cached) == (1, 2, 1)


def test_only_listed_functions_are_run(services):
    job = services.queue.enqueue_call("os.system", args=("true",))
    with pytest.raises(UnlistedFunctionError):
        _ = job.func
    listed = services.queue.enqueue_call(RENDER_STAGE, args=("0" * 64, 1))
    assert listed.func is jobs.render_stage


def test_callbacks_and_webhooks_in_a_job_are_not_looked_at(services):
    evil = Callback("os.abort")
    job = services.queue.enqueue_call(
        RENDER_STAGE, args=("0" * 64, 1), on_failure=evil, on_success=evil, on_stopped=evil
    )
    found = services.queue.fetch_job(job.id)
    assert found._success_callback_name == "os.abort"
    assert (found.success_callback, found.failure_callback, found.stopped_callback) == (None, None, None)
