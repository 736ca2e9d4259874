"""Runs that hear the sound first: their plan comes in two parts, and nobody has to ask twice."""

from __future__ import annotations

import numpy as np
import pytest

from app.library.recipe_shelf import shelve
from app.runs.completion import complete_runs, read_plan
from app.runs.submission import RunRequest, cancel_run, submit_run
from app.work.jobs import StageJob
from artdag.codec.encode import encode
from artdag.codec.profile import profile_for
from artdag.codec.stream import Media
from artdag.media import SAMPLE_RATE, Kind, Shape
from artdag.run import RunState
from tests.artdag.codec.synthetic import Wave
from tests.artdag.studio import still
from tests.builders import put_media

RECIPE = b"""
name: cut-on-beats
dag:
  nodes:
    - {id: stills, type: SOURCE_LIST, config: {input: true, accept: [image]}}
    - {id: track, type: SOURCE, config: {input: true}}
    - {id: hear, type: ANALYZE, inputs: [track]}
    - {id: cuts, type: MAP, config: {operation: SEGMENT, timing: {every: 2}}, inputs: [stills, hear]}
    - {id: film, type: SEQUENCE, inputs: [cuts]}
  output: film
"""


@pytest.fixture
def inputs(services, alice, tmp_path):
    time = np.arange(4 * SAMPLE_RATE)
    clicks = np.where(time % (SAMPLE_RATE // 2) < 1000, np.sin(time / 6), 0).astype(np.float32)
    wave = Wave(len(time), samples=np.stack([clicks, clicks]))
    encode(
        Media(sound=wave), Shape(kind=Kind.AUDIO, sound=wave.shape), profile_for(Kind.AUDIO, "wav"), tmp_path / "t.wav"
    )
    pictures = [still(tmp_path / f"{shade}.png", (shade,) * 3) for shade in (40, 120, 200)]
    return {
        "stills": [put_media(services, path, alice) for path in pictures],
        "track": put_media(services, tmp_path / "t.wav", alice),
    }


def ask(services, who, inputs):
    recipe = shelve(services, RECIPE, who).recipe
    return submit_run(services, RunRequest(recipe=recipe.recipe_id, inputs=inputs), who)


def work_off(services):
    done = 0
    while names := services.queue.get_job_ids():
        key, attempt = names[0].rsplit("-", 1)
        services.queue.remove(names[0])
        assert StageJob(services, key, int(attempt)).carry_out() == "done"
        done += 1
    return done


def test_a_run_hears_first_and_goes_on_by_itself(services, alice, inputs):
    run = ask(services, alice, inputs)
    assert run.analysing
    assert run.to_json()["analysing"] is True
    assert read_plan(services, run.plan_id).first_part
    assert list(run.inputs) == ["stills[0]", "stills[1]", "stills[2]", "track"]
    assert work_off(services) == 2
    ended = services.runs.get(run.run_id)
    assert ended.state is RunState.COMPLETED
    assert not ended.analysing
    assert ended.plan_id != run.plan_id
    assert services.facts(ended.output).kind is Kind.VIDEO
    assert services.facts(ended.output).picture.frame_count == 100
    assert ended.progress.fraction == 1.0


def test_what_was_heard_once_is_not_heard_again(services, alice, bob, inputs):
    ask(services, alice, inputs)
    work_off(services)
    again = ask(services, bob, inputs)
    assert again.state is RunState.COMPLETED
    other = ask(services, alice, {**inputs, "stills": inputs["stills"][:2]})
    assert not other.analysing
    assert work_off(services) == 1


def test_a_run_is_told_in_full_when_it_is_asked_for_again(services, alice, inputs):
    run = ask(services, alice, inputs)
    work_off(services)
    again = submit_run(services, RunRequest(recipe=run.recipe_id, inputs=dict(run.inputs)), alice)
    assert again.state is RunState.COMPLETED
    assert again.output == services.runs.get(run.run_id).output


def test_a_crash_between_hearing_and_planning_loses_nothing(services, alice, inputs, monkeypatch):
    run = ask(services, alice, inputs)
    with monkeypatch.context() as broken:
        broken.setattr("app.work.jobs.complete_runs", lambda *_, **__: None)
        assert work_off(services) == 1
    assert services.runs.get(run.run_id).analysing
    complete_runs(services, [run.run_id])  # the dispatcher does, a second later
    assert not services.runs.get(run.run_id).analysing
    assert work_off(services) == 1
    assert services.runs.get(run.run_id).state is RunState.COMPLETED


def test_a_run_can_be_cancelled_while_it_hears(services, alice, inputs):
    run = ask(services, alice, inputs)
    cancel_run(services, run.run_id)
    complete_runs(services, [run.run_id])
    assert services.runs.get(run.run_id).state is RunState.CANCELLED
