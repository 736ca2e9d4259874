"""One plan asked for many times at once: every piece of work is done once, and nobody's run hangs on another's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from threading import Barrier

import pytest

from app.library.recipe_shelf import shelve
from app.runs.submission import RunRequest, cancel_run, submit_run
from app.runs.view import RunView
from app.work import jobs
from artdag.run import RunState
from tests.app.conftest import work_off
from tests.artdag.codec.files import a_video_file
from tests.builders import put_media

MANY = 10
RECIPE = b"""
name: asked-by-many
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: pale, type: EFFECT, config: {effect: grayscale}, inputs: [clip]}
    - {id: dark, type: EFFECT, config: {effect: invert}, inputs: [pale]}
  outputs: {dark: dark, pale: pale}
"""


@pytest.fixture
def ask(services, alice, tmp_path):
    """Return what submits the same plan once more; its two outputs are made in slices."""
    source = put_media(services, a_video_file(tmp_path, count=170, width=32, height=24, rate=Fraction(10)), alice)
    recipe = shelve(services, RECIPE, alice).recipe
    return lambda: submit_run(services, RunRequest(recipe=recipe.recipe_id, inputs=[source]), alice)


@pytest.fixture
def rendered(monkeypatch):
    """The stages that were rendered, in order."""
    done = []
    real = jobs.render_in_child

    def noted(services, plan, key, folder, **how):
        done.append(key)
        return real(services, plan, key, folder, **how)

    monkeypatch.setattr(jobs, "render_in_child", noted)
    return done


def all_at_once(ask):
    start = Barrier(MANY)

    def one(_):
        start.wait()
        return ask()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def test_ten_at_once_have_every_stage_rendered_once_and_all_get_the_result(services, ask, rendered):
    runs = all_at_once(ask)
    assert len({run.run_id for run in runs}) == MANY
    (plan_id,) = {run.plan_id for run in runs}
    work_off(services)
    ended = [services.runs.get(run.run_id) for run in runs]
    assert {run.state for run in ended} == {RunState.COMPLETED}
    assert len({tuple(run.outputs.values()) for run in ended}) == 1
    assert len(rendered) == len(set(rendered)) == len(services.runs.stages_of(runs[0].run_id)) > 8
    assert {run.plan_id for run in ended} == {plan_id}
    assert ask().state is RunState.COMPLETED
    assert len(rendered) == len(set(rendered))


def test_who_came_first_may_leave_and_the_others_stay_whole(services, ask, rendered):
    runs = all_at_once(ask)
    by_time = sorted(runs, key=lambda run: run.created_at)
    cancel_run(services, by_time[0].run_id)
    work_off(services)
    assert services.runs.get(by_time[0].run_id).state is RunState.CANCELLED
    others = [services.runs.get(run.run_id) for run in by_time[1:]]
    assert {run.state for run in others} == {RunState.COMPLETED}
    assert len(rendered) == len(set(rendered)) == len(services.runs.stages_of(others[0].run_id))
    states = {node.id: node.state.value for node in RunView(services, others[0]).nodes}
    assert states == {"clip": "cached", "pale": "done", "dark": "done"}


def test_the_last_to_leave_ends_the_work(services, ask, rendered):
    for run in all_at_once(ask):
        cancel_run(services, run.run_id)
    work_off(services)
    assert rendered == []
    assert services.stages.open_count() == 0
    assert list(services.content.scratch.iterdir()) == []
