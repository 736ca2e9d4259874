"""Who wants to know when a run is over is told: signed, again where nobody answers, never at a private address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask.testing import FlaskClient
from rq.timeouts import JobTimeoutException

from app.runs.announcing import announce_ended
from app.services import Services, build_services
from app.settings import Settings
from app.storage.deliveries import DeliveryState
from app.storage.job_queue import CHORES, open_queue
from app.work import sending
from app.work.sending import hand_out, send
from artdag.identity import LOCAL
from tests.app.conftest import Person


class Receiver:
    """A server that takes messages and answers as it is told."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Retry-After", "77")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def settings(redis_url, tmp_path) -> Settings:
    environ = {"ARTDAG_HOME": str(tmp_path / "home"), "REDIS_URL": redis_url, "WEBHOOK_PRIVATE_HOSTS": "127.0.0.1"}
    return Settings.from_env(environ)


@pytest.fixture
def tell(services: Services) -> Callable[[], list[str]]:
    """Call it to do what the dispatcher and the queue ``chores`` do; returns what came of each delivery."""

    def told() -> list[str]:
        announce_ended(services)
        hand_out(services)
        queue = open_queue(services.redis, CHORES)
        jobs = queue.jobs
        queue.empty()
        return [send(services, str(job.args[0])) for job in jobs]

    return told


def finished(client: FlaskClient, clip: str, **more: str) -> str:
    answer = client.post("/runs", json={"recipe": "identity", "inputs": [clip], **more})
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["status"] == "completed"
    return str(answer.get_json()["run_id"])


def test_an_endpoint_is_told_of_a_run_that_is_over_and_can_check_who_says_so(client, clip, receiver, tell, services):
    assert client.post("/webhooks", json={"url": receiver.url}).status_code == 201
    run_id = finished(client, clip)
    assert tell() == ["delivered at try 1"]
    ((headers, body),) = receiver.got
    message = json.loads(body)
    assert message["type"] == "run.completed"
    assert message["data"]["run_id"] == run_id
    secret = client.get("/webhooks").get_json()["secret"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert tell() == []
    (delivery,) = services.deliveries.about(run_id)
    assert delivery.state is DeliveryState.DELIVERED


def test_the_published_example_of_a_signature_comes_out_the_same():
    from app.work.sending import sign

    # the worked example of https://github.com/standard-webhooks/standard-webhooks
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_run_tells_its_own_callback_once_though_it_is_an_endpoint_too(client, clip, receiver, tell):
    client.post("/webhooks", json={"url": receiver.url})
    finished(client, clip, callback_url=receiver.url)
    assert tell() == ["delivered at try 1"]
    assert len(receiver.got) == 1


def test_a_cancelled_run_is_told_of(client, clip, receiver, tell):
    run_id = client.post("/runs", json={"recipe": "invert", "inputs": [clip], "callback_url": receiver.url}).get_json()[
        "run_id"
    ]
    assert tell() == []
    client.post(f"/runs/{run_id}/cancel")
    tell()
    assert json.loads(receiver.got[0][1])["type"] == "run.cancelled"


def test_a_message_that_is_not_taken_is_sent_again_with_the_same_id_and_body(client, clip, receiver, tell, services):
    receiver.answers = [500]
    run_id = finished(client, clip, callback_url=receiver.url)
    assert tell() == ["try 1: it answered 500"]
    assert tell() == []  # not before its time
    (delivery,) = services.deliveries.about(run_id)
    assert (delivery.state, delivery.error) == (DeliveryState.QUEUED, "it answered 500")
    assert client.post(f"/webhooks/deliveries/{delivery.id}/retry").status_code == 200
    assert tell() == ["delivered at try 2"]
    (first, second) = receiver.got
    assert first[1] == second[1]
    assert first[0]["webhook-id"] == second[0]["webhook-id"]


def test_a_receiver_that_asks_for_patience_gets_it(client, clip, receiver, tell, services):
    receiver.answers = [429]
    run_id = finished(client, clip, callback_url=receiver.url)
    tell()
    (delivery,) = services.deliveries.about(run_id)
    assert delivery.next_ms - delivery.tried_ms >= 77_000


def test_an_endpoint_that_is_gone_is_told_nothing_more(client, clip, receiver, tell, services):
    receiver.answers = [410]
    client.post("/webhooks", json={"url": receiver.url})
    run_id = finished(client, clip)
    tell()
    assert client.get("/webhooks").get_json()["items"] == []
    assert services.deliveries.about(run_id)[0].state is DeliveryState.FAILED


def test_a_receiver_that_never_ends_its_answer_costs_one_try_of_limited_length(
    client, clip, receiver, services, monkeypatch
):
    def endless(*_: object) -> None:
        raise JobTimeoutException("too long")  # what RQ's alarm raises after LONGEST_S

    run_id = finished(client, clip, callback_url=receiver.url)
    announce_ended(services)
    (delivery,) = services.deliveries.about(run_id)
    monkeypatch.setitem(sending.SENDERS, "webhook", endless)
    with pytest.raises(JobTimeoutException):
        send(services, delivery.id)
    (delivery,) = services.deliveries.about(run_id)
    assert (delivery.state, delivery.attempts) == (DeliveryState.QUEUED, 1)
    assert "longer than 30 s" in delivery.error
    assert delivery.next_ms > delivery.tried_ms


def test_nobody_there_is_a_try_like_any(client, clip, receiver, tell):
    receiver.close()
    finished(client, clip, callback_url=receiver.url)
    (said,) = tell()
    assert "cannot be reached" in said
    receiver.__init__()  # the fixture closes one


@pytest.mark.parametrize(
    "url", ["http://10.0.0.8/", "http://localhost:6379/", "file:///etc/passwd", "x", "http://[::1]/"]
)
def test_an_address_that_is_not_public_is_refused_where_it_is_given(client, clip, url):
    for answer in (
        client.post("/webhooks", json={"url": url}),
        client.post("/runs", json={"recipe": "identity", "inputs": [clip], "callback_url": url}),
    ):
        assert answer.status_code == 422
        assert answer.get_json()["code"] == "address_refused"


def test_an_address_that_became_private_is_refused_where_it_is_called(
    client, clip, redis_url, redis_client, services, tell, receiver
):
    run_id = finished(client, clip, callback_url=receiver.url)
    announce_ended(services)
    hand_out(services)
    (delivery,) = services.deliveries.about(run_id)
    strict = build_services(
        Settings.from_env({"ARTDAG_HOME": str(services.settings.home), "REDIS_URL": redis_url}), redis_client
    )
    assert "no public address" in send(strict, delivery.id)
    assert receiver.got == []
    assert services.deliveries.get(delivery.id).state is DeliveryState.FAILED


def test_a_person_has_ten_endpoints_at_most_and_one_given_twice_is_one(client):
    for place in range(10):
        assert client.post("/webhooks", json={"url": f"https://example.org/{place}"}).status_code == 201
    assert client.post("/webhooks", json={"url": "https://example.org/0"}).status_code == 201
    answer = client.post("/webhooks", json={"url": "https://example.org/10"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "too_many_endpoints")
    listed = client.get("/webhooks").get_json()
    assert listed["total"] == 10
    left = client.delete(f"/webhooks/{listed['items'][0]['id']}")
    assert left.get_json()["total"] == 9


def test_bob_cannot_see_remove_or_resend_what_is_alices(shared_services, alice_client, bob_client, stranger, alice):
    endpoint = alice_client.post("/webhooks", json={"url": "https://example.org/a"}).get_json()["id"]
    facts = {"url": "https://example.org/a", "body": "{}"}
    shared_services.deliveries.add(
        "msg_1", kind="webhook", subject="x", owner=alice, target="https://example.org/a", facts=facts
    )
    seen = bob_client.get("/webhooks").get_json()
    assert seen["items"] == seen["deliveries"] == []
    assert seen["secret"] != alice_client.get("/webhooks").get_json()["secret"]
    assert bob_client.delete(f"/webhooks/{endpoint}").status_code == 404
    assert bob_client.post("/webhooks/deliveries/msg_1/retry").status_code == 404
    assert stranger.get("/webhooks").status_code == 401
    assert len(alice_client.get("/webhooks").get_json()["items"]) == 1


def test_a_new_secret_signs_what_follows(client, clip, receiver, tell):
    before = client.get("/webhooks").get_json()["secret"]
    after = client.post("/webhooks/secret/renew").get_json()["secret"]
    assert before != after
    assert client.get("/webhooks").get_json()["secret"] == after


def test_the_page_adds_an_address_shows_what_came_of_a_message_and_removes_it(
    person: Person, client, clip, receiver, tell
):
    assert person.post("/webhooks", {"url": receiver.url}).status_code == 303
    receiver.answers = [500]
    finished(client, clip)
    tell()
    page = person.get("/webhooks").text
    assert receiver.url in page
    assert "it answered 500" in page
    assert "Send now" in page
    (endpoint,) = client.get("/webhooks").get_json()["items"]
    assert person.post(f"/webhooks/{endpoint['id']}/delete").status_code == 303
    assert "No address yet" in person.get("/webhooks").text
    refused = person.post("/webhooks", {"url": "http://10.0.0.1/"})
    assert refused.status_code == 422
    assert "no public address" in refused.text
    assert 'value="http://10.0.0.1/"' in refused.text


def test_a_run_that_many_wait_for_is_announced_once_and_forgotten(services, client, clip, tell):
    finished(client, clip)
    assert announce_ended(services) == 1
    assert announce_ended(services) == 0
    run_id = finished(client, clip)
    client.delete(f"/runs/{run_id}")
    assert announce_ended(services) == 0
    assert services.deliveries.recent(LOCAL) == ()
