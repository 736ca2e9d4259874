"""Publishing over real HTTP: at registries that are slow, away, wrong, hostile; what is held, told and forgotten."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from app.library.standing import Standing, standing_of
from app.publishing import sending
from app.publishing.asking import (
    NoRegistryError,
    NoRegistryLoginError,
    NotPublishableError,
    publish_media,
    publish_recipe,
    publish_run,
)
from app.publishing.course import delivery_of, see_to_publications
from app.publishing.registries import asked_for
from app.registry.exchange import LARGEST_ANSWER_BYTES
from app.runs.submission import RunRequest, submit_run
from app.services import Services, build_services
from app.settings import Settings
from app.storage.deliveries import DeliveryState
from app.storage.job_queue import CHORES, DRAW_PICTURES, open_queue
from app.storage.publication_record import Publication, PublicationState
from app.storage.run_record import BeingDeletedError
from app.upkeep.clearing import clear
from app.upkeep.reindex import reindex
from app.web.publishing import PublicationView
from app.work import chores
from app.work.sending import hand_out, send
from artdag.errors import BlobNotFoundError
from artdag.identity import LOCAL, Identity
from artdag.recipe_reader import parse_recipe
from artdag.run import Run
from tests.builders import a_clip, put_media
from tests.registries import FakeL2, fake_l2, free_port, raw_answers, says_json

TOKEN = "the-token-of-alice"
PUBLISHED, FAILED, QUEUED = PublicationState.PUBLISHED, PublicationState.FAILED, PublicationState.QUEUED


class House:
    """A server whose one registry is at *origin*; alice has rendered something."""

    def __init__(self, origin: str, redis_url: str, redis: Redis, home: Path, **environ: str) -> None:
        environ = {"ARTDAG_HOME": str(home), "REDIS_URL": redis_url, "L2_SERVERS": origin, **environ}
        self.services: Services = build_services(Settings.from_env(environ), redis)
        self.alice = Identity("alice", origin.partition("://")[2])
        self.clip = put_media(self.services, a_clip(home / "clip.mp4"), self.alice)
        self.run: Run = submit_run(self.services, RunRequest(recipe="identity", inputs=[self.clip]), self.alice)

    def publish(self) -> Publication:
        return publish_run(self.services, self.run.run_id, self.alice, TOKEN)

    def try_once(self) -> Publication:
        """Do what the dispatcher and a worker would, now."""
        see_to_publications(self.services)
        (one,) = self.services.publications.of("run", self.run.run_id)
        self.services.deliveries.try_now(delivery_of(one))
        send(self.services, delivery_of(one))
        see_to_publications(self.services)
        return self.known()

    def known(self) -> Publication:
        (one,) = self.services.publications.of("run", self.run.run_id)
        return one

    def told(self) -> dict[str, Any]:
        (entry,) = self.services.runs.get(self.run.run_id).published
        return dict(entry)


@pytest.fixture
def house_of(redis_url: str, redis_client: Redis, tmp_path: Path) -> Callable[..., House]:
    return lambda origin, **environ: House(origin, redis_url, redis_client, tmp_path / "home", **environ)


@pytest.fixture
def l2() -> Iterator[FakeL2]:
    with fake_l2() as running:
        yield running


@pytest.fixture
def house(l2: FakeL2, house_of: Callable[..., House]) -> House:
    l2.says = takes_it(l2)
    return house_of(l2.origin)


def takes_it(l2: FakeL2, status: int = 201) -> Callable[..., Any]:
    return says_json({"asset": f"{l2.origin}/objects/1", "activity_id": f"{l2.origin}/activities/1"}, status)


# --- the straight way -------------------------------------------------------------------------------------------------


def test_a_run_is_published_with_its_signed_receipt_and_says_so(house: House, l2: FakeL2) -> None:
    assert house.publish().state is QUEUED
    assert house.told()["state"] == "queued"
    done = house.try_once()
    assert (done.state, done.asset) == (PUBLISHED, f"{l2.origin}/objects/1")
    assert house.told() == {
        "l2": l2.origin,
        "asset": f"{l2.origin}/objects/1",
        "activity_id": f"{l2.origin}/activities/1",
        "at": house.told()["at"],
        "state": "published",
    }
    ((method, path, headers, body),) = l2.asked
    assert (method, path) == ("POST", "/assets/record-run")
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Idempotency-Key"] == done.id
    assert "Signature-Input" in headers
    run = house.services.runs.get(house.run.run_id)
    assert (body["run_id"], body["output_hash"], body["output_name"]) == (run.run_id, run.output, run.output_name)
    assert body["l1_server"] == house.services.settings.public_url
    assert body["provenance"] == json.loads(house.services.content.read(run.provenance))
    assert body["object"]["type"] == "Video"


def test_asking_twice_is_asking_once(house: House, l2: FakeL2) -> None:
    assert house.publish().id == house.publish().id
    house.try_once()
    assert house.publish().state is PUBLISHED
    house.try_once()
    assert len(l2.asked) == 1


def test_the_token_is_kept_apart_for_an_hour_at_most_and_removed_when_it_is_done(house: House) -> None:
    one = house.publish()
    assert 0 < house.services.publications.token_s(one.id) <= 3600
    for key in house.services.redis.scan_iter("*"):
        if key.decode() != f"artdag:publication:token:{one.id}":
            assert TOKEN.encode() not in _bytes_at(house.services.redis, key)
    house.try_once()
    assert house.services.publications.token(one.id) is None


def test_what_it_needs_is_held_from_the_moment_of_asking(house: House) -> None:
    one = house.publish()
    held = house.services.publications
    run = house.services.runs.get(house.run.run_id)
    for digest in (run.output, house.clip, run.provenance, run.recipe_id):
        assert [known.id for known in held.holding(digest)] == [one.id]


def test_bytes_that_are_being_deleted_at_this_moment_cannot_be_published(house: House) -> None:
    house.services.redis.set(f"artdag:deleting:{house.clip}", 1)
    with pytest.raises(BeingDeletedError):
        house.publish()
    assert house.services.publications.of("run", house.run.run_id) == ()
    assert house.services.publications.open() == ()


def test_an_upload_and_a_recipe_are_published_with_a_signed_word_about_where_they_came_from(
    house: House, l2: FakeL2, tmp_path: Path
) -> None:
    services = house.services
    upload = put_media(services, a_clip(tmp_path / "own.mp4", seed=5), house.alice)
    text = b"name: mine\ndag:\n  nodes:\n    - {id: a, type: SOURCE, config: {input: true}}\n  output: a\n"
    services.content.put_bytes(text)
    recipe = parse_recipe(text)
    services.recipes.add(recipe, house.alice, services.clock())
    asked = [
        publish_media(services, upload, house.alice, TOKEN),
        publish_recipe(services, recipe.recipe_id, house.alice, TOKEN),
    ]
    for one in asked:
        send(services, delivery_of(one))
        assert services.publications.get(one.id).state is PUBLISHED
    (_, media_path, _, media), (_, recipe_path, _, text_body) = l2.asked
    assert media_path == recipe_path == "/assets/record-asset"
    assert (media["kind"], media["run_id"], media["object"]["type"]) == ("media", None, "Video")
    assert (text_body["object"]["mediaType"], text_body["object"]["type"]) == ("application/yaml", "Document")


def test_the_output_of_a_run_that_is_published_already_is_not_published_once_more(house: House) -> None:
    one = house.publish()
    assert publish_media(house.services, house.run.output, house.alice, TOKEN).id == one.id


def test_only_what_is_ones_own_and_completed_can_be_published(house: House, tmp_path: Path) -> None:
    services = house.services
    waiting = submit_run(services, RunRequest(recipe="invert", inputs=[house.clip]), house.alice)
    with pytest.raises(NotPublishableError):
        publish_run(services, waiting.run_id, house.alice, TOKEN)
    bobs = put_media(services, a_clip(tmp_path / "b.mp4", seed=9), Identity("bob", house.alice.host))
    with pytest.raises(BlobNotFoundError):
        publish_media(services, bobs, house.alice, TOKEN)


def test_without_a_registry_or_a_token_of_it_nothing_is_written_down(house: House, services: Services) -> None:
    with pytest.raises(NoRegistryError):
        publish_run(services, house.run.run_id, LOCAL, None)
    with pytest.raises(NoRegistryError):
        publish_run(house.services, house.run.run_id, Identity("eve", "elsewhere.example"), TOKEN)
    with pytest.raises(NoRegistryLoginError):
        publish_run(house.services, house.run.run_id, house.alice, None)
    assert house.services.publications.open() == ()


# --- registries that do not do what they should -----------------------------------------------------------------------


OK = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        ((b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",), "fault of its own"),
        ((b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 0\r\n\r\n",), "redirects"),
        ((OK + b"Content-Length: 10737418240\r\n\r\n", b"{"), "larger"),
        ((OK + b"\r\n", b" " * (LARGEST_ANSWER_BYTES + 2)), "larger"),
        ((OK + b"Content-Length: 100\r\n\r\n{",), "cut off"),
        ((b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",), "not JSON"),
        ((OK + b"Content-Length: 2\r\n\r\n{]",), "not the JSON"),
        ((OK + b"Content-Length: 2\r\n\r\n{}",), "does not say what it made public"),
        ((OK + b'Content-Length: 27\r\n\r\n{"asset":"javascript:x(1)"}',), "at another place"),
        ((OK + b'Content-Length: 33\r\n\r\n{"asset":"http://evil.example/a"}',), "at another place"),
        ((OK + b'Content-Length: 15\r\n\r\n{"asset":[[7]]}',), "no name"),
        ((b"",), "no answer"),
    ],
)
def test_an_answer_that_is_none_leaves_it_waiting_held_and_uncertain(
    pieces: tuple[bytes, ...], why: str, house_of: Callable[..., House]
) -> None:
    with raw_answers(*pieces) as origin:
        house = house_of(origin)
        house.publish()
        after = house.try_once()
    assert (after.state, after.uncertain) == (QUEUED, True)
    assert why in after.error
    assert house.told()["state"] == "queued"
    delivery = house.services.deliveries.get(delivery_of(after))
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 1)
    assert delivery.next_ms > delivery.tried_ms


def test_an_address_that_the_registry_chose_is_quoted_where_people_paste_it(house: House, l2: FakeL2) -> None:
    l2.says = says_json({"asset": f"{l2.origin}/x;touch evil"}, 201)
    house.publish()
    done = house.try_once()
    view = PublicationView(one=done, delivery=None)
    assert view.command == f"python -m artdag verify '{l2.origin}/x;touch evil'"


def test_a_slow_registry_is_given_up_in_time_and_tried_again(house_of: Callable[..., House]) -> None:
    with raw_answers(b"", b"", pause=threading.Event()) as origin:
        house = house_of(origin, L2_TIMEOUT_S="0.2")
        house.publish()
        after = house.try_once()
    assert (after.state, after.uncertain) == (QUEUED, True)
    assert "within 0.8 s" in after.error


def test_a_registry_that_is_away_has_seen_nothing_of_it(house_of: Callable[..., House]) -> None:
    house = house_of(f"http://127.0.0.1:{free_port()}")
    house.publish()
    after = house.try_once()
    assert (after.state, after.uncertain) == (QUEUED, False)
    assert "nobody answers" in after.error


def test_a_registry_that_answers_twice_is_heard_once(house_of: Callable[..., House]) -> None:
    said = b'{"asset": "night", "activity_id": "7"}'
    once = OK + b"Content-Length: %d\r\n\r\n" % len(said) + said
    with raw_answers(once + once.replace(b"night", b"nights")) as origin:
        house = house_of(origin)
        house.publish()
        after = house.try_once()
    assert (after.state, after.asset, after.activity_id) == (PUBLISHED, "night", "7")


def test_a_registry_that_falters_and_then_takes_it_makes_it_public_once(house: House, l2: FakeL2) -> None:
    answers = [(500, {}, b""), (503, {}, b"")]
    taken = takes_it(l2)
    l2.says = lambda *asked: answers.pop() if answers else taken(*asked)
    house.publish()
    assert house.try_once().state is QUEUED
    assert house.try_once().state is QUEUED
    assert house.try_once().state is PUBLISHED
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in l2.asked}) == 1


@pytest.mark.parametrize("lists_it", [True, False])
def test_a_registry_that_has_it_already_counts_as_published(house: House, l2: FakeL2, lists_it: bool) -> None:
    own = {"id": f"{l2.origin}/objects/9", "madeBy": str(house.alice)}
    others = [{"id": f"{l2.origin}/objects/8", "madeBy": f"@bob@{l2.host}"}, "nonsense", {}]
    known = {"content_hash": house.run.output, "assets": [*others, own] if lists_it else others}
    conflict, found = says_json({"detail": "there already"}, 409), says_json(known)
    l2.says = lambda method, *rest: (conflict if method == "POST" else found)(method, *rest)
    house.publish()
    after = house.try_once()
    assert (after.state, after.asset) == (PUBLISHED, own["id"] if lists_it else None)


def test_a_registry_that_has_it_already_and_cannot_say_so_is_asked_again(house: House, l2: FakeL2) -> None:
    conflict = says_json({"detail": "there already"}, 409)
    l2.says = lambda method, *rest: conflict(method, *rest) if method == "POST" else (500, {}, b"")
    house.publish()
    after = house.try_once()
    assert (after.state, after.uncertain) == (QUEUED, True)


def test_a_registry_that_says_it_has_it_and_then_that_it_has_not_is_not_believed(house: House, l2: FakeL2) -> None:
    conflict, missing = says_json({"detail": "there already"}, 409), says_json({}, 404)
    l2.says = lambda method, *rest: (conflict if method == "POST" else missing)(method, *rest)
    house.publish()
    assert house.try_once().state is FAILED


@pytest.mark.parametrize(("status", "why"), [(401, "log in there"), (403, "said no"), (422, "said no")])
def test_a_no_is_an_end_and_can_be_asked_for_again(house: House, l2: FakeL2, status: int, why: str) -> None:
    l2.says = says_json({"detail": "not this one"}, status)
    house.publish()
    after = house.try_once()
    assert (after.state, after.uncertain) == (FAILED, False)
    assert why in after.error
    assert house.told()["state"] == "failed"
    assert house.services.publications.token(after.id) is None
    l2.says = takes_it(l2)
    assert house.publish().state is QUEUED
    done = house.try_once()
    assert (done.state, done.error) == (PUBLISHED, None)


def test_not_now_is_no_end(house: House, l2: FakeL2) -> None:
    l2.says = says_json({"detail": "too many"}, 429)
    house.publish()
    assert house.try_once().state is QUEUED


def test_a_registry_that_comes_back_after_a_day_is_told_when_its_user_asks_again(house: House, l2: FakeL2) -> None:
    l2.says = lambda *_: (500, {}, b"")
    one = house.publish()
    assert house.try_once().state is QUEUED
    house.services.publications.forget_token(one.id)  # as Redis does after an hour
    after = house.try_once()
    assert after.state is FAILED
    assert after.uncertain
    assert "publish it again" in after.error
    a_day_later = replace(house.services, clock=lambda: one.asked_at.replace(day=one.asked_at.day % 27 + 1))
    l2.says = takes_it(l2, 200)
    again = publish_run(a_day_later, house.run.run_id, house.alice, "a-new-token")
    assert (again.id, again.state) == (one.id, QUEUED)
    assert house.try_once().state is PUBLISHED
    assert l2.asked[-1][2]["Authorization"] == "Bearer a-new-token"


def test_it_ends_with_a_sentence_when_the_login_would_run_out_before_the_next_try(house: House, l2: FakeL2) -> None:
    l2.says = lambda *_: (500, {}, b"")
    one = house.publish()
    house.services.redis.expire(f"artdag:publication:token:{one.id}", 2)
    after = house.try_once()
    assert after.state is FAILED
    assert "an hour at most" in after.error


def test_a_registry_may_look_at_the_run_before_it_answers(house: House, l2: FakeL2) -> None:
    seen = []

    def looks(method: str, path: str, headers: dict[str, str], body: Any) -> Any:
        found = house.services.runs.get(body["run_id"])
        seen.append((found.state.value, found.published[0]["state"]))
        return takes_it(l2)(method, path, headers, body)

    l2.says = looks
    house.publish()
    assert house.try_once().state is PUBLISHED
    assert seen == [("completed", "sending")]


# --- workers and servers that die -------------------------------------------------------------------------------------


def test_a_worker_that_was_killed_after_the_registry_took_it_makes_it_public_once(
    house: House, l2: FakeL2, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = house.publish()

    class KilledError(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise KilledError

    with monkeypatch.context() as dying:
        dying.setattr(sending, "_named", killed)
        with pytest.raises(KilledError):
            send(house.services, delivery_of(one))
    assert (house.known().state, house.known().uncertain) == (PublicationState.SENDING, True)
    house.services.redis.hset(f"artdag:delivery:{delivery_of(one)}", "busy_until", 0)  # its time is over
    assert send(house.services, delivery_of(one)) == "delivered at try 2"
    assert house.known().state is PUBLISHED
    assert len({headers["Idempotency-Key"] for _, _, headers, _ in l2.asked}) == 1


def test_a_server_that_stopped_before_it_handed_it_over_does_so_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr("app.publishing.asking.hand_over", lambda *_: None)
        one = house.publish()
    assert house.services.deliveries.get(delivery_of(one)) is None
    assert house.try_once().state is PUBLISHED


def test_a_run_whose_record_missed_the_end_is_told_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    one = house.publish()
    with monkeypatch.context() as dying:
        dying.setattr(sending, "tell", lambda *_: None)
        dying.setattr(type(house.services.publications), "close", lambda *_: None)
        send(house.services, delivery_of(one))
    assert house.told()["state"] == "queued"
    see_to_publications(house.services)
    assert house.told()["state"] == "published"
    assert house.services.publications.open() == ()


def test_a_receipt_that_is_gone_ends_it_instead_of_trying_for_ever(house: House) -> None:
    one = house.publish()
    house.services.content.delete(one.receipt)
    assert house.try_once().state is FAILED


def _bytes_at(redis: Redis, key: bytes) -> bytes:
    reads = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"zset": lambda one: redis.zrange(one, 0, -1),
    }
    return repr(reads.get(redis.type(key), lambda one: redis.lrange(one, 0, -1))(key)).encode()


def test_pictures_that_are_drawn_ahead_make_way_for_what_somebody_waits_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "worker_services", lambda: house.services)
    monkeypatch.setattr(chores, "_AT_LEAST_S", 0.0)
    monkeypatch.setattr(chores, "example_of", lambda *_: None)
    monkeypatch.setattr(chores, "loop_of", lambda *_: None)
    queue = open_queue(house.services.redis, CHORES)
    assert "pictures are there" in chores.draw_pictures()
    house.publish()
    hand_out(house.services)
    waiting = queue.get_job_ids()
    assert "made way after 1 of" in chores.draw_pictures()
    first, last = queue.get_job_ids()
    assert [first] == waiting
    assert queue.fetch_job(last).func_name == DRAW_PICTURES


def test_a_redis_that_lost_everything_knows_again_what_is_public_and_what_that_holds(house: House) -> None:
    house.publish()
    done = house.try_once()
    house.services.redis.flushdb()
    assert house.services.publications.holding(house.clip) == ()
    reindex(house.services)
    see_to_publications(house.services)
    assert house.known() == done
    assert [one.id for one in house.services.publications.holding(house.clip)] == [done.id]
    assert house.told()["state"] == "published"
    assert house.services.publications.open() == ()


def test_what_was_being_published_when_redis_lost_everything_counts_as_public_until_the_registry_says_no(
    house: House, l2: FakeL2
) -> None:
    house.publish()
    house.services.redis.flushdb()
    reindex(house.services)
    see_to_publications(house.services)
    assert (house.known().state, house.known().uncertain) == (FAILED, True)
    asked = asked_for(house.services, house.alice)
    l2.says = lambda *_: (500, {}, b"")
    assert standing_of(house.services, house.run.output, house.alice, asked) == Standing(published=None)
    assert standing_of(house.services, house.clip, house.alice, asked).published is None
    l2.says = says_json({}, 404)
    assert standing_of(house.services, house.run.output, house.alice, asked) == Standing(published=False)
    l2.says = says_json({"content_hash": house.run.output})
    assert standing_of(house.services, house.run.output, house.alice, asked) == Standing(published=True)
    house.publish()
    l2.says = takes_it(l2)
    assert house.try_once().state is PUBLISHED


def test_making_room_leaves_the_papers_of_what_is_public(house: House, tmp_path: Path) -> None:
    upload = put_media(house.services, a_clip(tmp_path / "own.mp4", seed=5), house.alice)
    one = publish_media(house.services, upload, house.alice, TOKEN)
    loose = house.services.content.put_bytes(b"nobody names it").digest
    long_ago = one.asked_at.timestamp() - 2 * 86400
    for digest in house.services.content.digests():
        os.utime(house.services.content.path(digest), (long_ago, long_ago))
    clear(house.services, limit=1)
    assert not house.services.content.has(loose)
    assert house.services.content.has(one.receipt)
    send(house.services, delivery_of(one))
    assert house.services.publications.get(one.id).state is PUBLISHED
