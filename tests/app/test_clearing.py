"""Making room: what can be made again goes, cheap and big first; what a rule holds stays, renders are not disturbed."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace

import pytest

from app.library.previews import preview_key, preview_of
from app.library.recipe_shelf import shelve
from app.runs.submission import RunRequest, submit_run
from app.upkeep.clearing import clear
from app.upkeep.survey import Sort, survey
from artdag.digest import StepKey
from artdag.result_cache import Result
from artdag.retention import Evictable, eviction_order
from artdag.run import RunState
from tests.app.conftest import work_off
from tests.app.test_reindex import RECIPE
from tests.builders import a_clip, a_digest, a_key, a_run, put_media


@pytest.fixture
def clip(services, alice, tmp_path):
    return put_media(services, a_clip(tmp_path / "clip.mp4"), alice)


def ask(services, owner, clip, intensity=1.0):
    return submit_run(services, RunRequest(recipe="invert", inputs=[clip], params={"intensity": intensity}), owner)


def a_result(services, text: str, *, size: int, seconds: float, kind="SLICE"):
    """Something that a render left behind."""
    blob = services.content.put_bytes(text.encode().ljust(size, b"."))
    facts = services.media.facts_of(services.media.digests_of(next(iter(services.media.everybody())))).popitem()[1]
    result = Result(
        key=a_key(text),
        digest=blob.digest,
        facts=facts,
        seconds=seconds,
        made_at="2026-11-24T12:00:00.000Z",
        made_by="w",
        material={"type": kind},
    )
    services.results.put(result)
    return result


def age(services, digest):
    """Let the bytes be two days old."""
    then = time.time() - 2 * 86400
    os.utime(services.content.path(digest), (then, then))


def test_what_is_cheap_to_make_and_big_to_keep_goes_first():
    def one(text, size, seconds, rank=1):
        return Evictable(digest=a_digest(text), size=size, seconds=seconds, rank=rank)

    loose, big, dear, preview = (
        one("loose", 1, 0, 0),
        one("big", 10_000, 1.0),
        one("dear", 10_000, 60.0),
        one("preview", 9_000_000, 0.1, 2),
    )
    assert eviction_order([dear, preview, big, loose]) == [loose, big, dear, preview]


def test_every_blob_says_what_it_is_and_why_it_stays(services, alice, clip):
    recipe = shelve(services, RECIPE, alice).recipe
    run = submit_run(services, RunRequest(recipe=recipe.recipe_id, inputs=[clip]), alice)
    work_off(services)
    run = services.runs.get(run.run_id)
    preview = preview_of(services, "poster", clip)
    part = a_result(services, "a slice", size=1000, seconds=1.0)
    stray = services.content.put_bytes(b"nobody knows").digest
    services.media.pin(alice, clip, "for the wedding")

    found = {kept.digest: kept for kept in survey(services).blobs}

    rules = {digest: {hold.rule for hold in kept.holds} for digest, kept in found.items()}
    assert found[clip].sort is Sort.UPLOAD
    assert rules[clip] == {"in_use_by_run", "in_library", "pinned"}
    assert found[run.output].sort is Sort.OUTPUT
    assert rules[run.output] == {"in_use_by_run", "in_library"}
    assert found[recipe.recipe_id].sort is Sort.PAPER
    assert {found[one].sort for one in (run.plan_id, run.provenance)} == {Sort.PAPER}
    assert (found[preview].sort, rules[preview]) == (Sort.PREVIEW, set())
    assert (found[part.digest].sort, rules[part.digest], found[part.digest].seconds) == (Sort.INTERMEDIATE, set(), 1.0)
    assert (found[stray].sort, rules[stray]) == (Sort.LOOSE, {"young"})
    assert sum(survey(services).sizes().values()) == survey(services).total


def test_a_dry_run_tells_and_touches_nothing(services, clip):
    part = a_result(services, "a slice", size=5000, seconds=2.0)
    told = clear(services, dry_run=True, limit=1)
    assert [kept.digest for kept in told.gone] == [part.digest]
    assert (told.freed, told.seconds, told.is_enough) == (5000, 2.0, False)
    assert services.content.has(part.digest)
    assert services.results.get(part.key) is not None
    assert services.upkeep.get("gc") is None


def test_room_is_made_down_to_the_limit_and_no_further(services, clip):
    parts = [a_result(services, f"slice {number}", size=100_000, seconds=number + 1.0) for number in range(5)]
    total = survey(services).total
    done = clear(services, limit=total - 1)  # down to nine tenths: the cheapest one is enough
    assert [kept.digest for kept in done.gone] == [parts[0].digest]
    assert done.is_enough
    assert not services.content.has(parts[0].digest)
    assert services.results.get(parts[0].key) is None
    assert services.content.has(clip)
    assert services.upkeep.get("gc")["freed_bytes"] == 100_000


def test_without_a_limit_only_what_nobody_names_goes_and_not_before_a_day(services, clip):
    part = a_result(services, "a slice", size=1000, seconds=1.0)
    stray = services.content.put_bytes(b"nobody knows").digest
    assert clear(services).gone == ()
    age(services, stray)
    assert [kept.digest for kept in clear(services).gone] == [stray]
    assert services.content.has(part.digest)


def test_everything_that_a_rule_holds_stays_though_the_limit_is_passed(services, alice, clip):
    shelve(services, RECIPE, alice)
    ask(services, alice, clip)
    work_off(services)
    services.assets.register("sea", clip, alice, services.clock())
    before = set(services.content.digests())
    for digest in before:
        age(services, digest)
    done = clear(services, limit=1)
    assert set(services.content.digests()) == before
    assert not done.is_enough
    assert "Nothing may go" in done.words


def test_what_an_open_run_counts_on_stays_and_goes_when_it_is_over(services, alice, clip):
    run = ask(services, alice, clip)
    (stage,) = services.runs.stages_of(run.run_id)
    made = services.content.put_bytes(b"x" * 1000).digest
    half = a_result(services, "other", size=10, seconds=1.0)
    services.results.put(replace(half, key=stage.key, digest=made))
    assert [kept.digest for kept in clear(services, limit=1).gone] == [half.digest]
    assert services.content.has(made)


def test_a_run_that_takes_the_bytes_at_the_last_moment_keeps_them(services, alice, clip, monkeypatch):
    part = a_result(services, "a slice", size=1000, seconds=1.0)
    found = survey(services)
    services.runs.create(a_run(inputs={"clip": part.digest}))
    assert clear(services, limit=1, found=found).gone == ()
    assert services.content.has(part.digest)


def test_a_preview_that_went_is_drawn_again(services, clip):
    preview = preview_of(services, "poster", clip)
    clear(services, limit=1)
    assert not services.content.has(preview)
    assert preview_of(services, "poster", clip) == preview
    assert services.results.get(preview_key("poster", clip)) is not None


@pytest.mark.slow
def test_renders_come_out_the_same_while_everything_that_may_go_goes_all_the_time(services, alice, tmp_path):
    clip = put_media(services, a_clip(tmp_path / "long.mp4", frames=400, width=96, height=64), alice)
    over, cleared = threading.Event(), []

    def clear_on():
        other = services.on(type(services.redis)(connection_pool=services.redis.connection_pool))
        while not over.is_set():
            cleared.extend(kept.keys for kept in clear(other, limit=1).gone)

    thread = threading.Thread(target=clear_on)
    thread.start()
    try:
        runs = [ask(services, alice, clip, number / 10) for number in (1, 2)]
        for _ in range(6):
            work_off(services)
            if all(services.runs.get(run.run_id).state.is_final for run in runs):
                break
    finally:
        over.set()
        thread.join()
    ended = [services.runs.get(run.run_id) for run in runs]
    assert [(run.state, run.error) for run in ended] == [(RunState.COMPLETED, None)] * 2
    for run in ended:
        services.content.verify(run.output)
    assert all(isinstance(key, StepKey) for keys in cleared for key in keys)
