"""The store heals itself: what went bad is found, taken out, made again; what cannot be is listed for a person."""

from __future__ import annotations

import random

import pytest

from app.library.previews import preview_of
from app.library.recipe_shelf import shelve
from app.runs.submission import RunRequest, submit_run
from app.upkeep.checking import begin_check, check_all, go_on_checking, last_check
from app.work import jobs
from app.work.dispatcher import dispatch_once
from artdag.errors import RenderError
from artdag.run import RunState
from tests.app.conftest import work_off
from tests.app.test_reindex import RECIPE
from tests.builders import a_clip, put_media


@pytest.fixture
def clip(services, alice, tmp_path):
    return put_media(services, a_clip(tmp_path / "clip.mp4"), alice)


@pytest.fixture
def done(services, alice, clip):
    """A run that is over."""
    run = submit_run(services, RunRequest(recipe="invert", inputs=[clip]), alice)
    work_off(services)
    return services.runs.get(run.run_id)


def flip(services, digest, dice=random.Random(7)):  # noqa: B008 - the same bits each time
    """Turn one bit around, as a tired disk does."""
    place = services.content.path(digest)
    data = bytearray(place.read_bytes())
    bit = dice.randrange(len(data) * 8)
    data[bit // 8] ^= 1 << bit % 8
    place.chmod(0o600)
    place.write_bytes(data)
    place.chmod(0o444)


def test_fifty_turned_bits_in_fifty_blobs_are_fifty_findings(services):
    blobs = [services.content.put_bytes(b"%d" % number * 1000).digest for number in range(80)]
    for digest in blobs[:50]:
        flip(services, digest)
    check = check_all(services)
    assert (check.blobs, check.damaged) == (80, 50)
    assert {finding["digest"] for finding in check.findings} == set(blobs[:50])
    assert set(services.content.digests()) == set(blobs[50:])
    assert {place.name for place in services.content.aside.iterdir()} == set(blobs[:50])  # nothing is thrown away


def test_an_output_that_went_bad_is_rendered_again_to_the_same_bytes(services, done):
    flip(services, done.output)
    check = check_all(services)
    assert list(check.rendering) == [done.output]
    assert not services.content.has(done.output)
    work_off(services)
    go_on_checking(services)
    services.content.verify(done.output)
    after = last_check(services)
    assert (after.rendering, after.healed, after.for_a_person) == ({}, 1, [])
    assert services.runs.get(done.run_id) == done


def test_an_output_that_cannot_be_rendered_any_more_is_for_a_person_in_the_end(services, done, monkeypatch):
    flip(services, done.output)
    check_all(services)

    def changed(*_, **__):
        raise RenderError("the code of invert is not what it was when this was planned: run it again")

    monkeypatch.setattr(jobs, "render_in_child", changed)
    for _ in range(10):
        work_off(services)
        go_on_checking(services)
    check = last_check(services)
    assert check.rendering == {}
    assert [(one["what"], one["runs"]) for one in check.for_a_person] == [("output", [done.run_id])]
    assert services.runs.get(done.run_id).state is RunState.COMPLETED


def test_a_plan_and_the_copy_of_a_record_are_written_again(services, done):
    kept = services.runs.kept_copy(done.run_id)
    for digest in (done.plan_id, kept):
        flip(services, digest)
    check = check_all(services)
    assert (check.damaged, check.healed, check.for_a_person) == (2, 2, [])
    for digest in (done.plan_id, kept):
        services.content.verify(digest)


def test_a_preview_that_went_bad_is_drawn_again_when_it_is_looked_at(services, clip):
    preview = preview_of(services, "poster", clip)
    flip(services, preview)
    check = check_all(services)
    assert (check.damaged, check.for_a_person) == (1, [])
    assert preview_of(services, "poster", clip) == preview


def test_an_upload_that_went_bad_is_for_a_person_with_every_run_it_touches(services, alice, bob, clip, done, tmp_path):
    submit_run(services, RunRequest(recipe="invert", inputs=[clip], params={"intensity": 0.5}), bob)
    flip(services, clip)
    (lost,) = check_all(services).for_a_person
    assert (lost["digest"], lost["what"], lost["name"], lost["owners"]) == (clip, "upload", "clip.mp4", [str(alice)])
    assert set(lost["runs"]) == set(services.runs.ids())
    assert put_media(services, a_clip(tmp_path / "again.mp4"), alice) == clip
    assert check_all(services).for_a_person == []  # whoever uploads it again heals it


def test_an_output_whose_input_is_gone_is_for_a_person_and_so_is_a_recipe(services, alice, clip, done):
    recipe = shelve(services, RECIPE, alice).recipe.recipe_id
    for digest in (clip, done.output, recipe):
        flip(services, digest)
    check = check_all(services)
    assert {one["what"] for one in check.for_a_person} == {"upload", "output", "recipe"}
    assert check.rendering == {}
    assert services.stages.open_count() == 0


def test_a_look_that_is_broken_off_goes_on_where_it_stopped(services):
    blobs = [services.content.put_bytes(b"%d" % number).digest for number in range(30)]
    flip(services, blobs[3])
    begin_check(services)
    looks = 0
    while (check := go_on_checking(services, should_stop=lambda: True)).is_running:
        assert check.blobs <= 30
        looks += 1
    assert looks >= 30
    assert (check.blobs, check.damaged, check.fraction) == (30, 1, 1.0)
    assert check.finished_at is not None


def test_only_one_looks_at_a_time_and_a_second_request_joins(services):
    services.content.put_bytes(b"x")
    first = begin_check(services)
    go_on_checking(services, should_stop=lambda: True)
    assert begin_check(services).started_at == first.started_at
    with_token = services.leases.take("fsck", 60)
    assert with_token is not None
    assert go_on_checking(services) is None


def test_an_output_that_was_joined_from_slices_is_made_again_too(services, alice, tmp_path):
    clip = put_media(services, a_clip(tmp_path / "long.mp4", frames=400), alice)
    run = submit_run(services, RunRequest(recipe="invert", inputs=[clip]), alice)
    while not services.runs.get(run.run_id).state.is_final:
        work_off(services)
        dispatch_once(services)
    run = services.runs.get(run.run_id)
    assert run.state is RunState.COMPLETED
    for result in [services.results.get(key) for key in services.results.keys()]:  # noqa: SIM118
        flip(services, result.digest)  # the slices, and what was joined of them
    check_all(services)
    for _ in range(6):
        work_off(services)
        go_on_checking(services)
    services.content.verify(run.output)
    assert last_check(services).rendering == {}
