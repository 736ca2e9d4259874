import time

import pytest

from app.storage.run_store import RunStore
from app.storage.stage_record import StageState
from app.storage.stage_store import LOST_LIMIT, StageStore
from tests.builders import NOON, a_key, a_run, a_stage

ERROR = {"code": "crashed", "message": "crashed repeatedly"}


@pytest.fixture
def runs(redis_client):
    return RunStore(redis_client)


@pytest.fixture
def stages(redis_client):
    return StageStore(redis_client)


def ask(runs, owner, *texts, plan=None):
    """A run of *owner*'s that waits for these stages."""
    run = a_run(owner)
    runs.create(run, stages=[a_stage(text) for text in texts])
    return run.run_id


def start(stages, record, lease_s=5.0):
    return stages.start(record.key, record.attempt, worker="w1", now=NOON, lease_s=lease_s)


def test_a_new_stage_waits_then_is_queued_then_runs_then_is_done(runs, stages, alice):
    run_id = ask(runs, alice, "a")
    assert stages.get(a_key("a")).state is StageState.WAITING
    queued = stages.take_next()
    assert (queued.state, queued.attempt, queued.owner) == (StageState.QUEUED, 1, alice)
    assert stages.take_next() is None
    begun = start(stages, queued)
    assert begun.runs == (run_id,)
    assert stages.get(a_key("a")).state is StageState.RUNNING
    assert stages.finish(a_key("a"), begun.token) == (run_id,)
    done = stages.get(a_key("a"))
    assert (done.state, done.fraction) == (StageState.DONE, 1.0)
    assert (stages.active(), stages.open_count()) == ((), 0)
    assert stages.due_runs(for_s=0) == (run_id,)


def test_a_run_stays_due_where_a_stage_ended_while_somebody_looked_at_it(runs, stages, alice):
    run_id = ask(runs, alice, "a", "b")
    first, second = start(stages, stages.take_next()), start(stages, stages.take_next())
    assert stages.due_mark(run_id) == ""
    stages.finish(a_key("a"), first.token)
    mark = stages.due_mark(run_id)
    time.sleep(0.002)
    stages.finish(a_key("b"), second.token)
    stages.is_settled(run_id, mark)
    assert stages.due_runs(for_s=0) == (run_id,)
    stages.is_settled(run_id, stages.due_mark(run_id))
    assert stages.due_runs(for_s=0) == ()


def test_the_same_work_asked_for_twice_is_one_stage_with_two_runs(runs, stages, alice, bob):
    first, second = a_run(alice), a_run(bob)
    assert runs.create(first, stages=[a_stage("a")]).joined == {}
    stages.take_next()
    assert runs.create(second, stages=[a_stage("a")]).joined == {a_key("a"): "queued"}
    assert stages.runs_of(a_key("a")) == tuple(sorted([first.run_id, second.run_id]))
    assert stages.take_next() is None
    assert runs.joined_by(second.run_id) == {a_key("a")}
    assert runs.joined_by(first.run_id) == frozenset()


def test_only_the_newest_attempt_may_start_and_only_once(runs, stages, alice):
    ask(runs, alice, "a")
    old = stages.take_next()
    stages.put_back(old.key, old.attempt, died=False, error=ERROR)
    new = stages.take_next()
    assert new.attempt == 2
    assert start(stages, old) is None
    assert start(stages, new) is not None
    assert start(stages, new) is None


def test_a_holder_whose_stage_was_given_to_another_can_change_nothing(runs, stages, alice):
    ask(runs, alice, "a")
    first = stages.take_next()
    lost = start(stages, first, lease_s=0.03)
    time.sleep(0.05)
    assert stages.put_back(first.key, 1, died=True, error=ERROR).state is StageState.WAITING
    second = stages.take_next()
    holder = start(stages, second)
    assert holder.token > lost.token
    assert not stages.hold(first.key, lost.token, 5)
    assert not stages.is_wanted(first.key, lost.token)
    assert not stages.progress(first.key, lost.token, 0.9)
    assert stages.finish(first.key, lost.token) is None
    assert stages.fail(first.key, lost.token, ERROR) is None
    assert stages.is_wanted(first.key, holder.token)
    assert stages.finish(first.key, holder.token) is not None


def test_a_lease_that_lapsed_unseen_is_taken_again_by_its_holder(runs, stages, alice):
    ask(runs, alice, "a")
    record = stages.take_next()
    begun = start(stages, record, lease_s=0.03)
    time.sleep(0.05)
    assert stages.are_held([record.key]) == {record.key: False}
    assert stages.hold(record.key, begun.token, 5)
    assert stages.are_held([record.key]) == {record.key: True}


def test_a_held_stage_is_not_brought_back(runs, stages, alice):
    ask(runs, alice, "a")
    record = stages.take_next()
    begun = start(stages, record)
    assert stages.put_back(record.key, 1, died=True, error=ERROR) is None
    assert stages.is_wanted(record.key, begun.token)


def test_a_stage_that_kills_its_workers_fails_at_the_limit_and_tells_its_runs(runs, stages, alice):
    run_id = ask(runs, alice, "poison")
    for attempt in range(1, LOST_LIMIT + 1):
        record = stages.take_next()
        assert record.attempt == attempt
        start(stages, record)
        returned = stages.put_back(record.key, attempt, died=True, unless_held=False, error=ERROR)
    assert returned.state is StageState.FAILED
    assert returned.runs == (run_id,)
    assert stages.get(a_key("poison")).error == ERROR
    assert stages.take_next() is None


def test_giving_a_stage_back_unharmed_is_no_death(runs, stages, alice):
    ask(runs, alice, "a")
    for _ in range(LOST_LIMIT + 2):
        record = stages.take_next()
        start(stages, record)
        stages.put_back(record.key, record.attempt, died=False, unless_held=False, error=ERROR)
    assert stages.get(a_key("a")).lost == 0
    assert stages.take_next() is not None


def test_a_stage_asked_for_again_after_it_failed_starts_afresh_under_a_new_job_id(runs, stages, alice):
    ask(runs, alice, "a")
    record = stages.take_next()
    stages.fail(record.key, start(stages, record).token, ERROR)
    again = ask(runs, alice, "a")
    record = stages.take_next()
    assert (record.attempt, record.lost, record.error) == (2, 0, None)
    assert stages.runs_of(record.key) == (again,)


def test_users_take_turns(runs, stages, alice, bob):
    ask(runs, alice, "a1", "a2", "a3", "a4")
    ask(runs, bob, "b1", "b2")
    order = []
    while (record := stages.take_next()) is not None:
        order.append(record.owner.name)
    assert order == ["alice", "bob", "alice", "bob", "alice", "alice"]


def test_nobody_has_more_handed_out_than_one_may(runs, stages, alice, bob):
    ask(runs, alice, "a1", "a2", "a3", "a4")
    ask(runs, bob, "b1", "b2")
    taken = []
    while (record := stages.take_next(most_of_one=2)) is not None:
        taken.append(record)
    assert [record.owner.name for record in taken] == ["alice", "bob", "alice", "bob"]
    begun = start(stages, taken[0])
    assert stages.take_next(most_of_one=2) is None
    stages.finish(taken[0].key, begun.token)
    assert stages.take_next(most_of_one=2).key == a_key("a3")
    assert stages.take_next(most_of_one=2) is None
    assert stages.take_next().key == a_key("a4")


def test_what_was_put_back_comes_before_what_came_later(runs, stages, alice):
    ask(runs, alice, "a1", "a2", "a3")
    first = stages.take_next()
    stages.put_back(first.key, 1, died=False, error=ERROR)
    assert stages.take_next().key == first.key


def test_leaving_a_stage_that_another_run_waits_for_does_not_stop_it(runs, stages, alice, bob):
    first, second = ask(runs, alice, "a"), ask(runs, bob, "a")
    begun = start(stages, stages.take_next())
    assert stages.leave(first, [a_key("a")]) == ()
    assert stages.is_wanted(a_key("a"), begun.token)
    assert stages.finish(a_key("a"), begun.token) == (second,)


@pytest.mark.parametrize("so_far", ["waiting", "queued", "running"])
def test_a_stage_that_nobody_waits_for_is_cancelled(runs, stages, alice, so_far):
    run_id = ask(runs, alice, "a")
    begun = None
    if so_far != "waiting":
        record = stages.take_next()
        begun = start(stages, record) if so_far == "running" else None
    assert stages.leave(run_id, [a_key("a")]) == (a_key("a"),)
    assert stages.get(a_key("a")).state is StageState.CANCELLED
    assert stages.take_next() is None
    assert stages.open_count() == 0
    if begun is not None:
        assert not stages.hold(a_key("a"), begun.token, 5)


def test_progress_never_falls(runs, stages, alice):
    ask(runs, alice, "a")
    begun = start(stages, stages.take_next())
    for fraction in (0.2, 0.5, 0.4, 1e-7):
        assert stages.progress(a_key("a"), begun.token, fraction)
    assert stages.get(a_key("a")).fraction == 0.5


def test_a_final_stage_is_forgotten_after_a_day_and_an_open_one_never(runs, stages, redis_client, alice):
    ask(runs, alice, "a", "b")
    record = stages.take_next()
    stages.finish(record.key, start(stages, record).token)
    assert 0 < redis_client.ttl(f"artdag:stage:{record.key}") <= 86400
    assert redis_client.ttl(f"artdag:stage:{a_key('b')}") == -1
