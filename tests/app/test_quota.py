"""How much one actor may keep and have open: refused with one sentence, for them alone, and told on their page."""

from __future__ import annotations

import hashlib
import io
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis

from app import create_app
from app.library.ingest import ingest
from app.services import Services, build_services
from app.settings import Settings
from artdag.identity import LOCAL, Identity
from tests.app.conftest import HTML, client_of, token_of, under_test
from tests.builders import a_clip, put_media

SWEPT = b"""
name: swept
params:
  a: {type: float, default: 0.5}
dag:
  nodes:
    - {id: c, type: SOURCE, config: {input: true}}
    - {id: e, type: EFFECT, config: {effect: sepia, params: {amount: {param: a}}}, inputs: [c]}
  output: e
"""


@pytest.fixture
def narrow(redis_url: str, redis_client: Redis, tmp_path: Path, alice: Identity, bob: Identity) -> Services:
    """A server on which everybody may have two runs open; alice is its admin."""
    tokens = tmp_path / "tokens"
    lines = [f"{hashlib.sha256(token_of(who).encode()).hexdigest()} {who}" for who in (alice, bob)]
    tokens.write_text("\n".join(lines))
    environ = {
        "ARTDAG_HOME": str(tmp_path / "narrow"),
        "REDIS_URL": redis_url,
        "API_TOKENS": str(tokens),
        "QUOTA_RUNS": "2",
        "ADMINS": str(alice),
    }
    return build_services(Settings.from_env(environ), redis_client)


@pytest.fixture
def narrow_app(narrow: Services) -> Flask:
    return under_test(create_app(narrow))


def limited_to(services: Services, most: int) -> Flask:
    return under_test(create_app(replace(services, settings=replace(services.settings, quota_bytes=most))))


def form(data: bytes, name: str = "clip.mp4") -> dict[str, Any]:
    return {"data": {"file": (io.BytesIO(data), name)}}


def test_nobody_has_more_runs_open_than_they_may(
    narrow: Services, narrow_app: Flask, alice: Identity, bob: Identity, tmp_path: Path
) -> None:
    clip = put_media(narrow, a_clip(tmp_path / "c.mp4"), alice)
    client, other = client_of(narrow_app, alice), client_of(narrow_app, bob)

    def start(amount: float, client: Any = client) -> Any:
        return client.post("/runs", json={"recipe": "sepia", "inputs": [clip], "params": {"amount": amount}})

    first, second = start(0.1), start(0.2)
    refused = start(0.3)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "quota_runs")
    assert "2 runs open at once" in refused.get_json()["detail"]
    assert start(0.3, other).status_code == 201, "each has a quota of their own"
    assert client.post("/runs", json={"recipe": "identity", "inputs": [clip]}).status_code == 201, "done at once"
    client.post(f"/runs/{first.get_json()['run_id']}/cancel")
    assert start(0.3).status_code == 201
    assert second.status_code == 201
    assert client.get("/account").get_json()["usage"] | {"kept_bytes": 0} == {
        "kept_bytes": 0,
        "most_bytes": None,
        "open_runs": 2,
        "most_runs": 2,
    }


def test_runs_that_are_asked_for_at_once_do_not_slip_through(
    narrow: Services, narrow_app: Flask, bob: Identity, tmp_path: Path
) -> None:
    clip = put_media(narrow, a_clip(tmp_path / "c.mp4"), bob)
    statuses = []
    together = threading.Barrier(8)

    def start(number: int) -> None:
        client = client_of(narrow_app, bob)
        together.wait(20)
        wanted = {"recipe": "sepia", "inputs": [clip], "params": {"amount": number / 10}}
        statuses.append(client.post("/runs", json=wanted).status_code)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(statuses) == [201, 201, *[429] * 6]


def test_a_sweep_that_would_go_over_starts_nothing(
    narrow: Services, narrow_app: Flask, bob: Identity, tmp_path: Path
) -> None:
    clip = put_media(narrow, a_clip(tmp_path / "c.mp4"), bob)
    client = client_of(narrow_app, bob)
    text = SWEPT
    recipe = client.post("/recipes/upload", data=text, content_type="application/yaml").get_json()["id"]
    wanted = {"inputs": {"c": clip}, "sweep": {"a": [0.1, 0.2, 0.3]}}
    answer = client.post(f"/recipes/{recipe}/sweep", json=wanted)
    assert (answer.status_code, answer.get_json()["code"]) == (429, "quota_runs")
    assert client.get("/runs").get_json()["items"] == []


def test_nobody_keeps_more_than_they_may(narrow: Services, alice: Identity, bob: Identity, tmp_path: Path) -> None:
    files = [a_clip(tmp_path / f"{seed}.mp4", seed=seed).read_bytes() for seed in range(2)]
    app = limited_to(narrow, len(files[0]) + len(files[1]) // 2)
    client, other = client_of(app, alice), client_of(app, bob)
    kept = client.post("/cache/upload", **form(files[0])).get_json()
    refused = client.post("/cache/upload", **form(files[1]))
    assert (refused.status_code, refused.get_json()["code"]) == (507, "quota_bytes")
    assert f"{len(files[0]):,} of the" in refused.get_json()["detail"]
    assert client.post("/cache/upload", **form(files[0])).status_code == 200, "what one has already takes no more"
    pieces = client.post("/cache/uploads", headers={"Upload-Length": str(len(files[1]))})
    assert (pieces.status_code, pieces.get_json()["code"]) == (507, "quota_bytes")
    assert other.post("/cache/upload", **form(files[1])).status_code == 201
    assert client.get("/media").get_json()["total"] == 1
    assert client.delete(f"/cache/{kept['content_hash']}").status_code == 200
    assert client.post("/cache/upload", **form(files[1])).status_code in (200, 201)


def test_what_the_server_begins_with_is_nobodys_share(narrow: Services, tmp_path: Path) -> None:
    tight = replace(narrow, settings=replace(narrow.settings, quota_bytes=10))
    with a_clip(tmp_path / "c.mp4").open("rb") as file:
        assert ingest(tight, file, filename="dog.mp4", owner=LOCAL, limit=1 << 30, came_by="starter").is_new


def test_who_keeps_too_much_renders_no_more(narrow: Services, bob: Identity, tmp_path: Path) -> None:
    clip = put_media(narrow, a_clip(tmp_path / "c.mp4"), bob)
    client = client_of(limited_to(narrow, 10), bob)
    answer = client.post("/runs", json={"recipe": "sepia", "inputs": [clip]})
    assert (answer.status_code, answer.get_json()["code"]) == (507, "quota_bytes")


def test_the_page_tells_how_much_there_is_and_may_be(narrow: Services, bob: Identity, tmp_path: Path) -> None:
    put_media(narrow, a_clip(tmp_path / "c.mp4"), bob)
    page = client_of(limited_to(narrow, 5_000_000), bob).get("/account", headers=HTML).text
    assert str(bob) in page
    assert "5.0 MB" in page
    assert "of 2 at once" in page
