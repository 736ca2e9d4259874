"""Long outputs are made in slices, each a stage of its own; what two runs share of them is made once."""

from __future__ import annotations

from fractions import Fraction

import pytest

from app.library.recipe_shelf import shelve
from app.runs.completion import read_plan
from app.runs.progress import note_progress
from app.runs.submission import RunRequest, cancel_run, submit_run
from app.storage.job_queue import take_job
from app.storage.stage_record import StageState
from app.work.jobs import StageJob, render_stage
from artdag.codec.encode import encode
from artdag.codec.profile import profile_for
from artdag.executor import render
from artdag.run import RunState
from tests.artdag.codec.synthetic import Pattern, clip
from tests.builders import put_media

RECIPE = """
name: long
dag:
  nodes:
    - {{id: clip, type: SOURCE, config: {{input: true}}}}
    - {{id: end, type: SEGMENT, config: {{offset: {offset}, duration: 3}}, inputs: [clip]}}
    - {{id: all, type: SEQUENCE, inputs: [clip, end]}}
    - {{id: shown, type: EFFECT, config: {{effect: invert}}, inputs: [all]}}
  output: shown
"""


@pytest.fixture
def source(services, alice, tmp_path):
    media, shape = clip(Pattern(200, width=64, height=48, rate=Fraction(10)))
    path = tmp_path / "long.mp4"
    encode(media, shape, profile_for(shape.kind, "web"), path)
    return put_media(services, path, alice)


def ask(services, who, source, offset=0.5):
    recipe = shelve(services, RECIPE.format(offset=offset).encode(), who).recipe
    return submit_run(services, RunRequest(recipe=recipe.recipe_id, inputs=[source]), who)


def work_off(services, most=50):
    """Do what the queue rings for until it is empty; return how many stages were done."""
    done = 0
    while done < most and (names := services.queue.get_job_ids()):
        key, attempt = names[0].rsplit("-", 1)
        services.queue.remove(names[0])
        assert StageJob(services, key, int(attempt)).carry_out() == "done"
        done += 1
    return done


def test_slices_come_first_and_are_joined_to_the_bytes_of_one_pass(services, alice, source, tmp_path):
    run = ask(services, alice, source)
    wanted = services.runs.stages_of(run.run_id)
    assert len(wanted) == 13  # 23 s are 12 slices, and one stage that joins them
    last = wanted[-1]
    assert set(last.needs) == {stage.key for stage in wanted[:-1]}
    assert services.stages.get(last.key) is None  # it cannot begin before they are done
    assert work_off(services) == 13
    ended = services.runs.get(run.run_id)
    assert (ended.state, ended.progress.fraction) == (RunState.COMPLETED, 1.0)
    plan = read_plan(services, run.plan_id)
    whole = render(
        plan,
        next(iter(plan.outputs.values())),
        locate=services.content.path,
        folder=tmp_path,
        effects=services.effects,
        node_types=services.node_types,
    )
    assert services.content.read(ended.output) == whole.path.read_bytes()


def test_an_edit_of_the_end_makes_only_the_slices_that_show_it(services, alice, bob, source):
    ask(services, alice, source)
    assert work_off(services) == 13
    edited = ask(services, bob, source, offset=4.5)
    assert len(services.runs.stages_of(edited.run_id)) == 3  # the last two slices, and joining
    assert work_off(services) == 3
    assert services.runs.get(edited.run_id).state is RunState.COMPLETED


def test_two_runs_share_slices_on_their_way(services, alice, bob, source):
    one, other = ask(services, alice, source), ask(services, bob, source, offset=4.5)
    assert work_off(services) == 13 + 3
    assert {services.runs.get(run.run_id).state for run in (one, other)} == {RunState.COMPLETED}


def test_cancelling_one_leaves_the_slices_of_the_other(services, alice, bob, source):
    one, other = ask(services, alice, source), ask(services, bob, source, offset=4.5)
    cancel_run(services, one.run_id)
    states = [services.stages.get(stage.key).state for stage in services.runs.stages_of(one.run_id)[:-1]]
    assert states.count(StageState.CANCELLED) == 2  # the slices that only it needed
    keys = {stage.key for stage in services.runs.stages_of(other.run_id)}
    for name in services.queue.get_job_ids():
        if name.rsplit("-", 1)[0] not in keys:
            services.queue.remove(name)
    work_off(services)
    assert services.runs.get(other.run_id).state is RunState.COMPLETED


def test_one_process_goes_on_with_what_waits_behind_its_job(services, alice, source, monkeypatch):
    monkeypatch.setattr("app.work.jobs.worker_services", lambda: services)
    run = ask(services, alice, source)
    first, attempt = take_job(services.queue)
    assert set(render_stage(first, attempt).split(", ")) == {"done"}
    while taken := take_job(services.queue):  # where the few seconds were not enough for all
        render_stage(*taken)
    assert services.runs.get(run.run_id).state is RunState.COMPLETED


def test_a_job_with_a_strange_name_is_left_to_be_refused(services):
    services.queue.enqueue_call("os.getcwd", job_id="strange")
    assert take_job(services.queue) is None
    assert services.queue.get_job_ids() == ["strange"]


def test_a_slice_that_is_gone_before_it_is_joined_is_made_again(services, alice, source):
    run = ask(services, alice, source)
    first = services.runs.stages_of(run.run_id)[0]
    assert work_off(services, most=12) == 12
    services.content.delete(services.results.get(first.key).digest)
    work_off(services)  # joining goes on without it: in one piece
    assert services.runs.get(run.run_id).state is RunState.COMPLETED


def test_the_pages_tell_how_far_the_slices_are(services, alice, source, app):
    run = ask(services, alice, source)
    assert work_off(services, most=6) == 6
    note_progress(services, [run.run_id])
    progress = services.runs.get(run.run_id).progress
    assert 0.3 < progress.fraction < 0.7
    assert progress.done == 0  # a node is done when all of it is
