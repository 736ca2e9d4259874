"""Frames kept between steps, in the service: kept when seen again, read from then on, told, let go with their runs."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from app.library.deletion import discard_run
from app.library.recipe_shelf import shelve
from app.runs.completion import read_plan
from app.runs.dry_run import dry_run
from app.runs.submission import RunRequest, submit_run
from app.runs.view import RunView
from artdag.errors import NoRoomError
from artdag.run import RunState
from artdag.signing import open_envelope
from artdag.timeslice import slices_of
from tests.app.conftest import work_off
from tests.artdag.codec.files import a_video_file
from tests.builders import a_clip, put_media

RECIPE = b"""
name: edited
params:
  last: {type: float, default: 0.5}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: soft, type: EFFECT, config: {effect: blur, params: {radius: 3}}, inputs: [clip]}
    - {id: bent, type: EFFECT, config: {effect: swirl}, inputs: [soft]}
    - {id: end, type: EFFECT, config: {effect: invert, params: {intensity: {param: last}}}, inputs: [bent]}
  output: end
"""


@pytest.fixture
def recipe(services, alice):
    return shelve(services, RECIPE, alice).recipe


@pytest.fixture
def clip(services, alice, tmp_path):
    return put_media(services, a_clip(tmp_path / "clip.mp4"), alice)


@pytest.fixture
def long(services, alice, tmp_path):
    """Seventeen seconds: so it is made in slices."""
    path = a_video_file(tmp_path, count=170, width=32, height=24, rate=Fraction(10), sound=True)
    return put_media(services, path, alice)


def carried(services, alice, recipe, clip, last):
    run = submit_run(services, RunRequest(recipe=recipe.recipe_id, inputs=[clip], params={"last": last}), alice)
    work_off(services)
    run = services.runs.get(run.run_id)
    assert run.state is RunState.COMPLETED, run.error
    return run


def kept(services):
    keys = list(services.results.keys())
    found = [services.results.get(key) for key in keys]
    return [result for result in found if result.material.get("type") == "KEPT"]


def slices(services, run):
    """Return how many slices the run's output is made of."""
    plan = read_plan(services, run.plan_id)
    (output,) = plan.outputs.values()
    found = slices_of(plan, output, services.node_types, services.effects)
    assert len(found) > 3
    return len(found)


def states(services, run):
    return {node.id: node.state.value for node in RunView(services, run).nodes}


def test_the_third_edit_reads_what_the_second_kept_and_says_so(services, alice, recipe, clip):
    first, second, third = (carried(services, alice, recipe, clip, last) for last in (0.5, 0.6, 0.7))
    (entry,) = kept(services)
    plan = read_plan(services, second.plan_id)
    assert entry.material["step"] == plan.nodes["bent"]
    assert (entry.run, entry.plan) == (second.run_id, second.plan_id)
    assert states(services, second) == {"clip": "cached", "soft": "done", "bent": "done", "end": "done"}
    assert states(services, third) == {"clip": "cached", "soft": "cached", "bent": "cached", "end": "done"}
    nodes = {node.id: node for node in RunView(services, third).nodes}
    assert nodes["bent"].reason == "its frames were kept when they were computed before"
    envelope = services.content.read(third.provenance)
    steps = {step["node"]: step["cached"] for step in open_envelope(json.loads(envelope))["steps"]}
    assert (steps["soft"], steps["bent"], steps["end"]) == (True, True, False)
    assert first.output != second.output != third.output


def test_a_dry_run_tells_what_is_kept(services, alice, recipe, clip):
    for last in (0.5, 0.6):
        carried(services, alice, recipe, clip, last)
    tried = dry_run(services, recipe, {"clip": clip}, {"last": 0.7}, alice)
    assert {node.id: node.state for node in tried.nodes} == {
        "clip": "cached",
        "soft": "cached",
        "bent": "cached",
        "end": "pending",
    }


def test_the_result_is_the_same_bytes_whether_frames_were_read_or_not(services, alice, recipe, clip):
    for last in (0.5, 0.6):
        carried(services, alice, recipe, clip, last)
    read = carried(services, alice, recipe, clip, 0.7)
    for key in list(services.results.keys()):
        services.results.delete(key)
    again = carried(services, alice, recipe, clip, 0.7)
    assert states(services, again)["bent"] == "done"
    assert again.output == read.output


def test_slices_keep_and_find_their_parts(services, alice, recipe, long):
    for last in (0.5, 0.6):
        run = carried(services, alice, recipe, long, last)
    assert len(kept(services)) == slices(services, run)
    assert states(services, run)["bent"] == "done"
    run = carried(services, alice, recipe, long, 0.7)
    assert states(services, run) == {"clip": "cached", "soft": "cached", "bent": "cached", "end": "done"}


def test_a_store_that_is_too_full_to_keep_frames_still_takes_the_result(services, alice, recipe, clip, monkeypatch):
    real = services.content.put_file

    def refuse(path):
        if path.suffix == ".kept":
            raise NoRoomError("full")
        return real(path)

    monkeypatch.setattr(type(services.content), "put_file", lambda self, path: refuse(path))
    for last in (0.5, 0.6):
        carried(services, alice, recipe, clip, last)
    assert kept(services) == []


def test_what_was_kept_goes_with_the_last_run_that_can_use_it(services, alice, recipe, clip, long):
    runs = [carried(services, alice, recipe, medium, last) for medium in (clip, long) for last in (0.5, 0.6)]
    assert len(kept(services)) == (there := 1 + slices(services, runs[-1]))
    discard_run(services, runs[0].run_id, asked=lambda *_: False)
    assert len(kept(services)) == there, "the other run may be edited once more"
    for run in runs[1:]:
        discard_run(services, run.run_id, asked=lambda *_: False)
    assert list(services.results.keys()) == [], "and no slice is left"
