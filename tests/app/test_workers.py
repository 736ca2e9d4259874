"""Who renders here: seen and drained by admins only."""

from __future__ import annotations

import pytest
from rq import Worker

from app.storage.job_queue import CHORES, ListedJob, open_queue


@pytest.fixture
def worker(services) -> Worker:
    """A worker that is registered and does nothing."""
    made = Worker([services.queue], name="renders-box-1", connection=services.redis, job_class=ListedJob)
    made.hostname = "box"
    made.register_birth()
    return made


def test_a_worker_is_listed_with_what_it_does(client, person, worker):
    (listed,) = client.get("/workers").get_json()["items"]
    assert (listed["name"], listed["host"], listed["queue"], listed["state"]) == (
        "renders-box-1",
        "box",
        "renders",
        "waiting",
    )
    assert "renders-box-1" in person.get("/workers").text


def test_a_worker_is_drained_by_its_name_or_its_machines(client, person, services, worker):
    for name in ("renders-box-1", "box"):
        assert client.post(f"/workers/{name}/drain").get_json()["drained"] == [name]
        assert services.workers.is_drained("renders-box-1", "box")
        assert client.get("/workers").get_json()["items"][0]["state"] == "drained"
        assert "Resume" in person.get("/workers").text
        assert client.post(f"/workers/{name}/resume").get_json()["drained"] == []
    assert not services.workers.is_drained("renders-box-1", "box")


def test_readiness_tells_of_workers_that_rest_and_of_chores_that_nobody_does(client, services, worker):
    def told() -> tuple[str, str]:
        check = client.get("/readyz").get_json()["checks"]["workers"]
        return check["state"], check["detail"]

    assert told()[0] == "warning"
    assert "--queue chores" in told()[1]
    services.workers.drain("box")
    assert "all are drained" in told()[1]
    services.workers.resume("box")
    chores = Worker([open_queue(services.redis, CHORES)], name="chores-box-1", connection=services.redis)
    chores.register_birth()
    assert told() == ("ok", "1 connected")


def test_what_is_not_there_cannot_be_drained_or_resumed(client):
    for verb in ("drain", "resume"):
        answer = client.post(f"/workers/nobody/{verb}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "worker_not_found")


def test_only_admins_look_after_workers(alice_client, stranger):
    assert alice_client.get("/workers").status_code == 403
    assert alice_client.post("/workers/box/drain").status_code == 403
    assert alice_client.post("/workers/box/resume").status_code == 403
    assert stranger.get("/workers").status_code == 401
