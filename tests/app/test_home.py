"""The front door, health and numbers."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.services import Services
from app.storage.job_queue import RENDERS
from artdag.digest import Digest
from tests.app.conftest import Person


def test_a_program_at_the_door_is_told_what_this_is(client: FlaskClient) -> None:
    found = client.get("/").get_json()
    assert found["name"] == "Art DAG L1"
    assert found["version"]
    assert "invert" in found["effects"]
    assert found["counts"]["runs"] == 0
    assert found["queue"] == {"workers": 0, "running": 0, "waiting": 0, "runs_open": 0}
    assert found["links"]["runs"] == "/runs"


def test_every_link_at_the_door_leads_somewhere(client: FlaskClient) -> None:
    links = client.get("/").get_json()["links"]
    answers = {path: client.get(path).status_code for path in links.values()}
    assert {path: status for path, status in answers.items() if status not in (200, 503)} == {}


def test_curl_gets_json_and_a_browser_gets_a_page(client: FlaskClient, person: Person) -> None:
    for accept in ("*/*", "application/json", "text/html;q=0.5,application/json", "image/png"):
        assert client.get("/", headers={"Accept": accept}).mimetype == "application/json", accept
    assert client.get("/").mimetype == "application/json"
    page = person.get("/")
    assert page.mimetype == "text/html"
    assert {"Accept", "HX-Request"} <= {name.strip() for name in page.headers["Vary"].split(",")}


def test_a_person_sees_that_no_worker_is_there(person: Person) -> None:
    assert "no worker connected" in person.get("/").text


def test_equal_results_are_one_card_the_newest(client: FlaskClient, person: Person, clip: Digest) -> None:
    for name in ("first", "second", "third"):
        client.post("/runs", json={"recipe": "identity", "inputs": [clip], "output_name": name})
    page = person.get("/").text
    assert "third" in page
    assert "second" not in page


def test_alive_needs_nothing(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_without_a_worker_the_server_is_not_ready_and_says_so(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    found = answer.get_json()
    assert answer.status_code == 503
    assert found["ready"] is False
    assert found["checks"]["redis"]["append_only_file"] is True
    assert found["checks"]["store"]["state"] == "ok"
    assert "worker.py" in found["checks"]["workers"]["detail"]


def test_with_a_worker_the_server_is_ready(client: FlaskClient, services: Services) -> None:
    services.redis.sadd(f"rq:workers:{RENDERS}", "rq:worker:one")
    services.redis.hset("rq:worker:one", "birth", "now")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["ready"]) == (200, True)


def test_metrics_are_prometheus_text(client: FlaskClient) -> None:
    answer = client.get("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    assert 'artdag_runs{state="completed"} 0.0' in answer.text
    assert 'artdag_workers{queue="renders"} 0.0' in answer.text


def test_logging_out_goes_home_and_clears_the_cookie(client: FlaskClient) -> None:
    for answer in (client.get("/logout"), client.post("/logout")):
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert any(cookie.startswith("auth_token=;") for cookie in answer.headers.getlist("Set-Cookie"))


def test_without_a_registry_there_is_nobody_to_log_in_with(client: FlaskClient) -> None:
    answer = client.get("/auth?auth_token=x")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "no_l2")
