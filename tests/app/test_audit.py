"""Who did what is written down, done or refused, for admins to read; it only grows, and not for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from app.services import Services
from app.storage.audit_log import AuditEntry, AuditLog
from artdag.digest import Digest
from artdag.identity import Identity
from tests.app.conftest import HTML, Person
from tests.builders import NOON, a_clip, put_media


def entries(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/audit{query}").get_json()["items"]
    return found


def test_what_is_done_and_what_is_refused_is_written_down(client: FlaskClient, clip: Digest) -> None:
    client.post("/runs", json={"recipe": "identity", "inputs": [clip]})
    client.delete(f"/cache/{clip}")
    client.get("/runs")
    refused, done = entries(client)
    assert (done["actor"], done["action"], done["subject"], done["status"]) == (
        "@local@localhost",
        "Start a run",
        "POST /runs",
        201,
    )
    assert (refused["action"], refused["subject"], refused["status"]) == (
        "Delete a medium from your library",
        f"DELETE /cache/{clip}",
        409,
    )


def test_a_dry_run_and_a_check_are_no_deeds(client: FlaskClient, clip: Digest) -> None:
    text = b"name: one\ndag:\n  nodes:\n    - {id: clip, type: SOURCE, config: {input: true}}\n  output: clip\n"
    recipe = client.post("/recipes/upload", data=text, content_type="application/yaml").get_json()["id"]
    client.post(f"/recipes/{recipe}/plan", json={"inputs": {"clip": clip}})
    client.post(f"/configs/{recipe}/plan", json={"inputs": {"clip": clip}})
    client.post("/recipes/check", data=text, content_type="application/yaml")
    assert [entry["action"] for entry in entries(client)] == ["Upload a recipe"]


def test_only_admins_read_what_others_did(
    shared_services: Services,
    alice_client: FlaskClient,
    bob_client: FlaskClient,
    stranger: FlaskClient,
    tmp_path: Any,
    alice: Identity,
) -> None:
    put_media(shared_services, a_clip(tmp_path / "c.mp4"), alice)
    assert alice_client.post("/runs", json={"recipe": "none-such"}).status_code == 404
    assert bob_client.get("/audit").status_code == 403
    assert stranger.get("/audit").status_code == 401
    assert bob_client.get("/account").get_json()["last"] == []
    assert [entry["status"] for entry in alice_client.get("/account").get_json()["last"]] == [404]


def test_strangers_and_strange_paths_fill_no_log(
    shared_app: Flask, stranger: FlaskClient, alice_client: FlaskClient, redis_client: Redis
) -> None:
    stranger.post("/runs", json={})
    stranger.post("/runs", json={}, headers={"Authorization": "Bearer nonsense"})
    assert redis_client.xlen("artdag:audit") == 0
    alice_client.delete("/cache/%00%1b" + "x" * 3000)
    ((_, entry),) = AuditLog(redis_client)._redis.xrange("artdag:audit")
    assert len(entry[b"subject"]) < 400
    assert entry[b"subject"].decode().isprintable()


def test_pages_show_it(client: FlaskClient, person: Person, clip: Digest) -> None:
    person.post("/runs", {"recipe": "identity", "inputs": [clip]})
    assert "Start a run" in client.get("/audit", headers=HTML).text
    assert "Start a run" in client.get("/account", headers=HTML).text


def test_it_is_read_in_pages_of_one_actor_or_all(
    redis_client: Redis, alice: Identity, bob: Identity, client: FlaskClient
) -> None:
    log = AuditLog(redis_client)
    for number in range(1300):
        who = alice if number % 100 == 0 else bob
        at = NOON + timedelta(seconds=number)
        log.add(AuditEntry(at=at, actor=str(who), by="bearer", action=f"deed {number}", subject="POST /x", status=200))
    found: list[str] = []
    cursor = None
    while True:
        page = log.page(cursor, 5, actor=str(alice))
        found += [entry.action for entry in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert found == [f"deed {number}" for number in range(1200, -1, -100)]
    assert [entry["action"] for entry in entries(client, f"?actor={alice}&limit=2")] == ["deed 1200", "deed 1100"]
    everything = []
    query = "?limit=200"
    while True:
        answer = client.get(f"/audit{query}").get_json()
        everything += answer["items"]
        if answer["next"] is None:
            break
        query = f"?limit=200&cursor={answer['next']}"
    assert len(everything) == len({entry["action"] for entry in everything}) == 1300
    assert client.get("/audit?cursor=nonsense").status_code == 400


def test_the_oldest_go_when_it_is_full(redis_client: Redis, alice: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.storage.audit_log.MOST_ENTRIES", 100)
    log = AuditLog(redis_client)
    for number in range(1000):
        log.add(AuditEntry(at=NOON, actor=str(alice), by="bearer", action=f"deed {number}", subject="x", status=200))
    assert 100 <= redis_client.xlen("artdag:audit") < 400
    assert log.page(limit=1).items[0].action == "deed 999"
