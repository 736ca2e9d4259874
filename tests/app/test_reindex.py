"""A Redis that lost everything is filled again from the disk: nobody's things are gone, what was on its way goes on."""

from __future__ import annotations

import json
import shutil

import pytest

from app.library.deletion import delete_media, discard_run
from app.library.recipe_shelf import shelve
from app.runs.submission import RunRequest, cancel_run, submit_run
from app.services import build_services
from app.settings import Settings
from app.upkeep.reindex import reindex
from app.work.dispatcher import dispatch_once
from artdag.errors import DiskError
from artdag.run import RunState
from tests.app.conftest import work_off
from tests.builders import a_clip, nobody_knows_it, put_media

RECIPE = b"""\
name: soft
version: "1.0"
dag:
  nodes:
    - id: clip
      type: SOURCE
      config: {input: true}
    - id: softer
      type: EFFECT
      config: {effect: blur, params: {radius: 2}}
      inputs: [clip]
  output: softer
"""


@pytest.fixture
def clip(services, alice, tmp_path):
    return put_media(services, a_clip(tmp_path / "clip.mp4"), alice)


def ask(services, owner, clip, intensity=1.0, recipe="invert"):
    params = {"intensity": intensity} if recipe == "invert" else {}
    return submit_run(services, RunRequest(recipe=recipe, inputs=[clip], params=params), owner)


def lose_everything(services):
    services.redis.flushdb()
    assert services.media.everybody() == frozenset()


def everything(services, *people):
    """What people can see, without what is only bookkeeping."""
    return {
        "runs": {run_id: services.runs.get(run_id) for run_id in services.runs.ids()},
        "uses": {key: services.redis.smembers(key) for key in services.redis.scan_iter("artdag:uses:*")},
        "media": {
            who: [(item.digest, item.entry, item.facts) for item in services.media.page(who).items] for who in people
        },
        "sizes": {who: services.media.size(who) for who in people},
        "recipes": [entry.to_json() for entry in services.recipes.page().items],
        "whose": {recipe_id: services.recipes.owners(recipe_id) for recipe_id in services.recipes.ids()},
        "assets": services.assets.entries(),
        "pages": [run.run_id for run in services.runs.page().items],
    }


def test_after_redis_lost_everything_people_find_all_that_they_had(services, alice, bob, clip, tmp_path):
    recipe = shelve(services, RECIPE, alice).recipe
    shelve(services, RECIPE, bob)
    own = put_media(services, a_clip(tmp_path / "own.mp4", seed=1), bob)
    services.media.change(alice, clip, name="Mum at sea", tags=("sea", "mum"), folder="trips/lisbon")
    services.media.pin(alice, clip, "for the wedding")
    services.assets.register("sea", clip, alice, services.clock())
    done = ask(services, alice, clip, recipe=recipe.recipe_id)
    work_off(services)
    failed = ask(services, bob, own)
    cancel_run(services, failed.run_id)
    before = everything(services, alice, bob)
    assert before["runs"][done.run_id].state is RunState.COMPLETED

    lose_everything(services)
    found = reindex(services)

    assert everything(services, alice, bob) == before
    assert found is not None
    assert (found.lost, found.missing, found.on_their_way) == ([], [], [])
    assert services.runs.kept_copy(done.run_id) is not None
    assert ask(services, alice, clip, recipe=recipe.recipe_id).state is RunState.COMPLETED  # nothing is made again


def test_runs_that_were_on_their_way_go_on_by_themselves(services, alice, clip):
    running, waiting = ask(services, alice, clip, 0.1), ask(services, alice, clip, 0.2)
    services.runs.move(running.run_id, RunState.RUNNING, started_at=services.clock())
    lose_everything(services)
    dispatch_once(services)
    assert services.runs.get(running.run_id).state is RunState.PENDING
    assert services.upkeep.get("reindex")["on_their_way"] == [running.run_id, waiting.run_id]
    work_off(services)
    assert {services.runs.get(run.run_id).state for run in (running, waiting)} == {RunState.COMPLETED}


def test_what_ended_while_the_disk_did_not_hear_of_it_ends_again(services, alice, clip, monkeypatch):
    run = ask(services, alice, clip)

    def fails(*_):
        raise DiskError("the disk is gone")

    with monkeypatch.context() as patched:
        patched.setattr(services.runs, "write_down", fails)
        work_off(services)
    ended = services.runs.get(run.run_id)
    assert ended.state is RunState.COMPLETED
    lose_everything(services)
    reindex(services)
    assert services.runs.get(run.run_id) == ended  # its copy among the blobs tells


def test_a_run_whose_input_is_gone_ends_and_says_so(services, alice, clip):
    run = ask(services, alice, clip)
    services.content.delete(clip)
    lose_everything(services)
    found = reindex(services)
    ended = services.runs.get(run.run_id)
    assert (ended.state, ended.error["code"]) == (RunState.FAILED, "lost")
    assert [one["name"] for one in found.lost] == [run.run_id]
    assert [(one["digest"], one["name"]) for one in found.missing] == [(clip, "clip.mp4")]


def test_what_was_deleted_stays_deleted(services, alice, clip, tmp_path):
    gone = put_media(services, a_clip(tmp_path / "gone.mp4", seed=2), alice)
    delete_media(services, gone, alice, asked=nobody_knows_it)
    run = ask(services, alice, clip)
    work_off(services)
    discard_run(services, run.run_id, asked=nobody_knows_it)
    lose_everything(services)
    reindex(services)
    assert list(services.runs.ids()) == []
    assert services.media.digests_of(alice) == (clip,)


def test_one_bad_record_costs_itself_alone(services, alice, bob, clip, tmp_path):
    put_media(services, a_clip(tmp_path / "other.mp4", seed=3), bob)
    first, second = sorted((services.records.root / "media").rglob("*.json"))
    kept = json.loads(second.read_bytes())["value"]
    first.write_bytes(b'{"half":')
    lose_everything(services)
    services.records.put("media", "somebody else's", {"owner": "no actor", "digest": "x", "entry": {}, "facts": None})
    found = reindex(services)
    assert found.media == 1
    assert [str(who) for who in services.media.everybody()] == [kept["owner"]]
    assert [one["what"] for one in found.lost] == ["medium"]


def test_what_was_there_before_records_were_kept_is_written_down_once(services, alice, bob, clip):
    shelve(services, RECIPE, bob)
    services.assets.register("sea", clip, alice, services.clock())
    ask(services, alice, clip)
    shutil.rmtree(services.records.root)
    assert reindex(services).written == 4
    assert reindex(services).written == 0
    before = everything(services, alice, bob)
    lose_everything(services)
    reindex(services)
    assert everything(services, alice, bob) == before


def test_a_copy_of_the_folder_is_a_backup(services, alice, clip, redis_client, redis_url, tmp_path):
    ask(services, alice, clip)
    work_off(services)
    before = everything(services, alice)
    shutil.copytree(services.settings.home, tmp_path / "copy", ignore=shutil.ignore_patterns("tmp", "run"))
    redis_client.flushdb()
    elsewhere = Settings.from_env({"ARTDAG_HOME": str(tmp_path / "copy"), "REDIS_URL": redis_url})
    restored = build_services(elsewhere, redis_client)
    for digest in restored.content.digests():
        restored.content.verify(digest)
    reindex(restored)
    assert everything(restored, alice) == before


def test_nothing_comes_back_to_a_redis_that_lost_nothing(services, alice, clip):
    ask(services, alice, clip)
    work_off(services)
    before = everything(services, alice)
    found = reindex(services)
    assert (found.media, found.runs, found.recipes, found.assets, found.written) == (0, 0, 0, 0, 0)
    assert everything(services, alice) == before
