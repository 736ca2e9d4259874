"""Deliveries are written down, tried again with growing pauses, and come back when whoever had them died."""

import pytest

from app.storage.deliveries import PAUSES_S, Deliveries, Delivery, DeliveryState


@pytest.fixture
def deliveries(redis_client) -> Deliveries:
    return Deliveries(redis_client)


def added(deliveries: Deliveries, alice, name: str = "one", after_s: float = 0.0) -> Delivery:
    facts = {"event": "run.completed"}
    target = "https://example.org/hook"
    assert deliveries.add(
        name, kind="webhook", subject="run-1", owner=alice, target=target, facts=facts, after_s=after_s
    )
    found = deliveries.get(name)
    assert found is not None
    return found


def test_one_that_is_known_is_not_written_twice(deliveries, alice):
    first = added(deliveries, alice)
    assert not deliveries.add("one", kind="x", subject="run-1", owner=alice, target="elsewhere", facts={})
    assert deliveries.get("one") == first
    assert deliveries.about("run-1") == (first,)


def test_one_that_is_due_is_given_to_one_taker(deliveries, alice):
    added(deliveries, alice)
    added(deliveries, alice, "later", after_s=60)
    assert deliveries.take_due() == ("one",)
    assert deliveries.take_due() == ()
    assert deliveries.waiting_count() == 2


def test_one_whose_taker_dies_is_due_again(deliveries, alice):
    added(deliveries, alice)
    assert deliveries.take_due(for_s=0) == ("one",)
    assert deliveries.take_due() == ("one",)


def test_one_is_tried_by_one_at_a_time_and_again_where_the_try_was_never_ended(deliveries, alice):
    added(deliveries, alice)
    assert deliveries.begin("one") == 1
    assert deliveries.begin("one") is None
    added(deliveries, alice, "two")
    assert deliveries.begin("two", within_s=-1) == 1
    assert deliveries.take_due() == ("two",)
    assert deliveries.begin("two") == 2


def test_what_got_there_is_over_and_keeps_what_was_said(deliveries, alice):
    delivery = added(deliveries, alice)
    attempt = deliveries.begin("one")
    assert deliveries.succeed(delivery, attempt, {"status": 204})
    found = deliveries.get("one")
    assert (found.state, found.answer, found.attempts) == (DeliveryState.DELIVERED, {"status": 204}, 1)
    assert deliveries.begin("one") is None
    assert deliveries.waiting_count() == 0
    assert not deliveries.try_now("one")


def test_a_try_that_is_not_the_one_under_way_ends_nothing(deliveries, alice):
    delivery = added(deliveries, alice)
    assert deliveries.begin("one", within_s=-1) == 1
    assert deliveries.begin("one") == 2
    assert not deliveries.succeed(delivery, 1)
    assert deliveries.get("one").state is DeliveryState.SENDING


def test_what_does_not_get_there_is_tried_again_with_growing_pauses_and_fails_in_the_end(deliveries, alice):
    delivery = added(deliveries, alice)
    waited = []
    while True:
        attempt = deliveries.begin("one")
        assert deliveries.fail(delivery, attempt, "nobody answers")
        found = deliveries.get("one")
        if found.state.is_final:
            break
        waited.append((found.next_ms - found.tried_ms) / 1000)
        assert deliveries.take_due() == ()
    assert len(waited) == len(PAUSES_S)
    assert all(took >= pause for pause, took in zip(PAUSES_S, waited, strict=True))
    assert list(PAUSES_S) == sorted(PAUSES_S)
    assert (found.state, found.error) == (DeliveryState.FAILED, "nobody answers")
    assert deliveries.waiting_count() == 0


def test_a_place_that_asks_for_patience_gets_it(deliveries, alice):
    delivery = added(deliveries, alice)
    deliveries.fail(delivery, deliveries.begin("one"), "too many requests", after_s=90)
    found = deliveries.get("one")
    assert (found.next_ms - found.tried_ms) / 1000 >= 90


def test_what_makes_no_sense_to_try_again_fails_at_once_and_can_be_tried_by_hand(deliveries, alice):
    delivery = added(deliveries, alice)
    deliveries.fail(delivery, deliveries.begin("one"), "410 Gone", for_good=True)
    assert deliveries.get("one").state is DeliveryState.FAILED
    assert deliveries.try_now("one")
    assert deliveries.take_due() == ("one",)
    assert deliveries.begin("one") == 1


def test_what_is_forgotten_is_not_tried(deliveries, alice):
    added(deliveries, alice)
    deliveries.forget("run-1")
    assert deliveries.take_due() == ()
    assert deliveries.about("run-1") == ()
