import threading
from dataclasses import replace

import pytest
from redis import Redis

from app.storage.run_store import BeingDeletedError, Remembered, RunActiveError, RunNotFoundError, RunStore
from artdag.errors import IllegalTransitionError
from artdag.run import Progress, RunState
from tests.builders import NOON, a_digest, a_run, a_stage


@pytest.fixture
def runs(redis_client):
    return RunStore(redis_client)


def finish(runs, run_id, **changes):
    return runs.move(run_id, RunState.COMPLETED, completed_at=NOON, **changes)


def test_a_run_comes_back_as_it_was_written(runs, alice):
    run = a_run(alice, params={"amount": 0.5, "names": []})
    runs.create(run, stages=[a_stage()])
    assert runs.get(run.run_id) == run
    assert runs.stages_of(run.run_id) == (a_stage(),)


def test_an_unknown_run_is_an_error(runs):
    with pytest.raises(RunNotFoundError, match="there is no run nobody"):
        runs.get("nobody")


def test_a_run_lies_at_the_promised_key_without_expiry(runs, redis_client, alice):
    run = a_run(alice)
    runs.create(run)
    assert redis_client.ttl(f"artdag:run:{run.run_id}") == -1


def test_moves_follow_the_rules(runs, alice):
    run = a_run(alice)
    runs.create(run)
    assert runs.move(run.run_id, RunState.RUNNING, started_at=NOON).started_at == NOON
    finish(runs, run.run_id)
    with pytest.raises(IllegalTransitionError):
        runs.move(run.run_id, RunState.RUNNING)


def test_of_many_who_end_a_run_at_once_one_succeeds(runs, redis_url, alice):
    run = a_run(alice)
    runs.create(run)
    outcomes = []

    def end(state):
        try:
            with Redis.from_url(redis_url) as client:
                outcomes.append(RunStore(client).move(run.run_id, state).state)
        except IllegalTransitionError:
            outcomes.append(None)

    states = [RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED] * 4
    threads = [threading.Thread(target=end, args=(state,)) for state in states]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [state for state in outcomes if state is not None]
    assert runs.get(run.run_id).state is winner
    counts = runs.counts()
    assert counts[winner] == 1
    assert sum(counts.values()) == 1


def test_concurrent_changes_lose_nothing(runs, redis_url, alice):
    run = a_run(alice)
    runs.create(run)

    def publish(number):
        with Redis.from_url(redis_url) as client:
            store = RunStore(client)
            store._write(
                run.run_id,
                lambda old: replace(old, published=(*old.published, {"n": number})),
                None,
            )

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry["n"] for entry in runs.get(run.run_id).published) == list(range(8))


def test_progress_never_falls_and_ends_with_the_run(runs, alice):
    run = a_run(alice)
    runs.create(run)
    assert runs.update_progress(run.run_id, Progress(nodes=4, fraction=0.5))
    assert not runs.update_progress(run.run_id, Progress(nodes=4, fraction=0.4))
    runs.move(run.run_id, RunState.RUNNING)
    assert runs.get(run.run_id).progress.fraction == 0.5
    finish(runs, run.run_id, progress=Progress(nodes=4, done=4, fraction=1.0))
    assert not runs.update_progress(run.run_id, Progress(nodes=4, fraction=1.0))
    assert runs.get(run.run_id).progress.done == 4


def test_lists_are_newest_first_and_paged_without_gaps(runs, alice, bob):
    made = [a_run(alice if number % 2 else bob, minute=number) for number in range(23)]
    for run in made:
        runs.create(run)
    seen, cursor = [], None
    while True:
        page = runs.page(limit=5, cursor=cursor)
        seen += [run.run_id for run in page.items]
        assert page.total == 23
        cursor = page.next
        if cursor is None:
            break
    assert seen == [run.run_id for run in reversed(made)]


def test_a_run_that_arrives_between_two_pages_repeats_nothing(runs, alice):
    made = [a_run(alice, minute=number) for number in range(6)]
    for run in made:
        runs.create(run)
    first = runs.page(limit=3)
    runs.create(a_run(alice, minute=100))
    second = runs.page(limit=3, cursor=first.next)
    assert [run.run_id for run in (*first.items, *second.items)] == [run.run_id for run in reversed(made)]


def test_lists_are_filtered(runs, alice, bob):
    blur = a_run(alice, minute=1, recipe="blur", recipe_id=a_digest("blur"), params={"radius": 7})
    failed = a_run(alice, minute=2)
    other = a_run(bob, minute=3, output_name="Sunset")
    for run in (blur, failed, other):
        runs.create(run)
    runs.move(failed.run_id, RunState.FAILED, error={"code": "x", "message": "y"})

    def ids(**filters):
        return {run.run_id for run in runs.page(**filters).items}

    assert ids(owner=alice) == {blur.run_id, failed.run_id}
    assert ids(owner=alice, status=RunState.FAILED) == {failed.run_id}
    assert ids(status=RunState.PENDING) == {blur.run_id, other.run_id}
    assert ids(recipe="blur") == ids(recipe=a_digest("blur")) == {blur.run_id}
    assert ids(owner=bob, recipe="blur") == set()
    assert ids(owner=alice, recipe="blur", status=RunState.PENDING) == {blur.run_id}
    assert ids(q="sunset") == {other.run_id}
    assert ids(q="radius 7") == {blur.run_id}
    assert runs.counts(alice)[RunState.FAILED] == 1


def test_runs_know_which_bytes_they_use(runs, alice):
    run = a_run(alice, inputs={"clip": a_digest("clip"), "more": [a_digest("m1"), a_digest("m2")]})
    runs.create(run, uses=[a_digest("asset")])
    for name in ("clip", "m1", "m2", "soft-night", "plan", "asset"):
        assert runs.runs_using(a_digest(name)) == (run.run_id,)
    finish(runs, run.run_id, outputs={"result": a_digest("out")}, provenance=a_digest("receipt"), kept=a_digest("copy"))
    for name in ("out", "receipt", "copy"):
        assert runs.runs_using(a_digest(name)) == (run.run_id,)
    runs.delete(run.run_id)
    for name in ("clip", "m1", "soft-night", "plan", "asset", "out", "receipt", "copy"):
        assert runs.runs_using(a_digest(name)) == ()


def test_an_active_run_cannot_be_deleted_and_a_deleted_one_is_in_no_list(runs, redis_client, alice):
    run = a_run(alice)
    runs.create(run)
    with pytest.raises(RunActiveError):
        runs.delete(run.run_id)
    runs.move(run.run_id, RunState.CANCELLED)
    runs.delete(run.run_id)
    assert runs.page().items == ()
    assert runs.page().total == 0
    left = [key for key in redis_client.scan_iter("artdag:*") if run.run_id.encode() in key]
    assert left == []
    with pytest.raises(RunNotFoundError):
        runs.delete(run.run_id)


def test_bytes_in_use_are_not_marked_for_deletion(runs, alice):
    run = a_run(alice)
    runs.create(run)
    assert runs.mark_deleting(a_digest("clip")) == (run.run_id,)
    runs.create(a_run(alice))  # there is no mark


def test_a_run_cannot_take_bytes_that_are_being_deleted(runs, alice):
    assert runs.mark_deleting(a_digest("clip")) == ()
    run = a_run(alice)
    with pytest.raises(BeingDeletedError):
        runs.create(run, stages=[a_stage()])
    with pytest.raises(RunNotFoundError):
        runs.get(run.run_id)
    runs.unmark_deleting(a_digest("clip"))
    runs.create(run, stages=[a_stage()])


def test_of_a_run_and_a_deletion_at_once_one_wins_every_time(redis_url, redis_client, alice):
    both = neither = 0
    for number in range(60):
        digest = a_digest(f"clip {number}")
        run = a_run(alice, inputs={"clip": digest})
        outcome = {}
        gate = threading.Barrier(2)

        def submit(run=run, outcome=outcome, gate=gate):
            with Redis.from_url(redis_url) as client:
                store = RunStore(client)
                gate.wait()
                try:
                    store.create(run)
                    outcome["run"] = True
                except BeingDeletedError:
                    outcome["run"] = False

        def delete(digest=digest, outcome=outcome, gate=gate):
            with Redis.from_url(redis_url) as client:
                store = RunStore(client)
                gate.wait()
                outcome["deleted"] = store.mark_deleting(digest) == ()

        threads = [threading.Thread(target=submit), threading.Thread(target=delete)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        both += outcome["run"] and outcome["deleted"]
        neither += not outcome["run"] and not outcome["deleted"]
    assert (both, neither) == (0, 0)


def test_a_request_with_a_known_key_makes_no_second_run(runs, alice, bob):
    memory = Remembered(key="k1", body=a_digest("body"))
    first = a_run(alice)
    assert runs.create(first, remembered=memory).is_new
    again = runs.create(a_run(alice), remembered=memory)
    assert (again.is_new, again.run_id, again.body) == (False, first.run_id, a_digest("body"))
    assert runs.create(a_run(bob), remembered=memory).is_new
    assert runs.page(alice).total == 1
    assert runs.remembered(alice, "k1").run_id == first.run_id
    assert runs.remembered(alice, "k2") is None


def test_a_key_whose_run_was_discarded_is_free_again(runs, alice):
    memory = Remembered(key="k1", body=a_digest("body"))
    first = a_run(alice)
    runs.create(first, remembered=memory)
    runs.move(first.run_id, RunState.CANCELLED)
    runs.delete(first.run_id)
    assert runs.remembered(alice, "k1") is None
    assert runs.create(a_run(alice), remembered=memory).is_new


def test_open_runs_are_listed_until_they_end(runs, alice):
    first, second = a_run(alice), a_run(alice)
    runs.create(first)
    runs.create(second)
    finish(runs, first.run_id)
    assert list(runs.open_ids()) == [second.run_id]
