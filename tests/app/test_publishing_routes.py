"""Publishing from the outside: a real registry that wants signatures and calls back, a real server, two people."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.serving import make_server

from app import create_app
from app.cli import main as artdag
from app.publishing.course import delivery_of, see_to_publications
from app.registry.errors import RegistryRefusedError
from app.services import Services, build_services
from app.settings import Settings
from app.work.sending import send
from artdag.cli import main
from artdag.digest import Digest
from artdag.identity import Identity
from artdag.published import server_actor
from artdag.signing import Signer
from tests.app.conftest import HTML, under_test, work_off
from tests.builders import a_clip, put_media
from tests.registries import RunningL2, free_port, running_l2

RECIPE = b"name: mine\ndag:\n  nodes:\n    - {id: a, type: SOURCE, config: {input: true}}\n  output: a\n"
API_TOKEN = "a-token-of-the-file"


@dataclass
class Town:
    """A server and its registry, both really listening."""

    services: Services
    app: Flask
    l2: RunningL2
    alice: Identity
    tokens: dict[str, str]

    @property
    def l1(self) -> str:
        return self.services.settings.public_url

    def client(self, name: str | None) -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["HTTP_HOST"] = self.l1.partition("://")[2]
        if name is not None:
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.tokens[name]}"
        return client

    def send_all(self) -> None:
        see_to_publications(self.services)
        for one in self.services.publications.open():
            send(self.services, delivery_of(one))


@pytest.fixture(scope="module")
def l1_origin() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def l2(l1_origin: str) -> Iterator[RunningL2]:
    with running_l2("--signed", renderers=(l1_origin,)) as running:
        yield running


@pytest.fixture
def town(l1_origin: str, l2: RunningL2, redis_url: str, redis_client: Redis, tmp_path: Path) -> Iterator[Town]:
    file = tmp_path / "tokens"
    alice = Identity("alice", l2.host)
    file.write_text(f"{hashlib.sha256(API_TOKEN.encode()).hexdigest()} {alice}\n")
    environ = {
        "ARTDAG_HOME": str(tmp_path / "home"),
        "REDIS_URL": redis_url,
        "L2_SERVERS": l2.origin,
        "L1_PUBLIC_URL": l1_origin,
        "API_TOKENS": str(file),
        "ADMINS": f"@bob@{l2.host}",
    }
    services = build_services(Settings.from_env(environ), redis_client)
    app = under_test(create_app(services))
    server = make_server("127.0.0.1", int(l1_origin.rpartition(":")[2]), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    tokens = {name: l2.token(name, l1_origin) for name in ("alice", "bob")} | {"file": API_TOKEN}
    try:
        yield Town(services=services, app=app, l2=l2, alice=alice, tokens=tokens)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def a_run(town: Town, folder: Path, seed: int = 0) -> dict[str, Any]:
    clip = put_media(town.services, a_clip(folder / "clip.mp4", seed=seed), town.alice)
    answer = town.client("alice").post("/runs", json={"recipe": "identity", "inputs": [clip], "output_name": "night"})
    return dict(answer.get_json())


def a_blurred(town: Town, folder: Path) -> dict[str, Any]:
    """Return a run whose output has other bytes than its input."""
    clip = put_media(town.services, a_clip(folder / "sharp.mp4", seed=7), town.alice)
    run = town.client("alice").post("/runs", json={"recipe": "invert", "inputs": [clip]}).get_json()
    work_off(town.services)
    return dict(town.client("alice").get(f"/runs/{run['run_id']}").get_json())


def test_what_alice_publishes_anybody_can_check_with_nothing_but_its_address(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, alice = a_run(town, tmp_path), town.client("alice")
    answer = alice.post(f"/runs/{run['run_id']}/publish")
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    town.send_all()
    (entry,) = alice.get(f"/runs/{run['run_id']}").json["published"]
    assert entry["state"] == "published"
    assert alice.post(f"/runs/{run['run_id']}/publish").status_code == 200
    outbox = json.loads(town.l2.ask("GET", "/users/alice/outbox").data)
    assert [item["object"]["id"] for item in outbox["orderedItems"]].count(entry["asset"]) == 1
    assert main(["verify", entry["asset"], "--l1", town.l1, "--l2", town.l2.origin]) == 0
    assert "valid: night" in capsys.readouterr().out
    assert artdag(["verify", entry["asset"], "--l1", town.l1]) == 0
    assert artdag(["verify", entry["asset"], "--l1", "https://elsewhere.example"]) == 1
    see_to_publications(town.services)
    assert town.services.publications.open() == ()


def test_uploads_and_recipes_can_be_checked_the_same_way(town: Town, tmp_path: Path) -> None:
    alice = town.client("alice")
    upload = put_media(town.services, a_clip(tmp_path / "own.mp4", seed=4), town.alice)
    recipe = alice.post("/recipes/upload", data=RECIPE, content_type="application/yaml").json["id"]
    assert alice.post(f"/cache/{upload}/publish").status_code == 202
    assert alice.post(f"/configs/{recipe}/publish").status_code == 202
    town.send_all()
    for path in (f"/cache/{upload}", f"/recipes/{recipe}"):
        (entry,) = alice.get(path, headers={"Accept": "application/json"}).json["published"]
        assert entry["state"] == "published"
        assert main(["verify", entry["asset"]]) == 0
    page = alice.get(f"/recipes/{recipe}", headers=HTML).text
    assert "it cannot be deleted" in page
    assert f"/recipes/{recipe}/delete" not in page
    answer = alice.delete(f"/recipes/{recipe}")
    assert (answer.status_code, answer.json["code"]) == (409, "published")
    answer = alice.delete(f"/cache/{upload}")
    assert (answer.status_code, answer.json["code"]) == (409, "published")


def test_the_registry_takes_nothing_that_this_server_did_not_sign(town: Town) -> None:
    client = town.services.vouching.clients[town.l2.origin]
    record = {"run_id": "r", "l1_server": town.l1, "output_name": "n", "output_hash": "0" * 64, "provenance": {}}
    with pytest.raises(RegistryRefusedError, match="not signed"):
        client.record_run(town.tokens["alice"], record, idempotency_key="k")
    thief = Signer.generate()
    actor = server_actor(town.l1, (thief.public,), name="x")["assertionMethod"][0]["id"]

    def forge(request: Any) -> None:
        town.services.signer.sign_request(request, key_url=actor, at=town.services.clock())

    with pytest.raises(RegistryRefusedError, match="not signed"):
        client.record_run(town.tokens["alice"], record, idempotency_key="k", sign=forge)


def test_nobody_publishes_what_is_not_theirs_not_even_an_admin(town: Town, tmp_path: Path) -> None:
    run = a_run(town, tmp_path)
    recipe = town.client("alice").post("/recipes/upload", data=RECIPE, content_type="application/yaml").json["id"]
    for path in (f"/runs/{run['run_id']}", f"/cache/{run['output_hash']}", f"/recipes/{recipe}"):
        assert town.client("bob").post(f"{path}/publish").status_code == 403
        assert town.client(None).post(f"{path}/publish").status_code == 401
        answer = town.client("file").post(f"{path}/publish")
        assert (answer.status_code, answer.json["code"]) == (409, "no_registry_login")
    assert town.services.publications.open() == ()
    assert town.client("alice").post(f"/runs/{'0' * 36}/publish").status_code == 404
    assert town.client("alice").post(f"/cache/{'0' * 64}/publish").status_code in (403, 404)


def test_without_a_registry_there_is_nowhere_to_publish_and_the_page_offers_nothing(
    client: FlaskClient, clip: Digest
) -> None:
    run = client.post("/runs", json={"recipe": "identity", "inputs": [clip]}).json
    answer = client.post(f"/runs/{run['run_id']}/publish")
    assert (answer.status_code, answer.json["code"]) == (409, "no_registry")
    page = client.get(f"/runs/{run['run_id']}", headers=HTML).text
    assert f"/runs/{run['run_id']}/publish" not in page


def test_the_page_says_before_that_it_cannot_be_taken_back_and_follows_it_until_it_is_there(
    town: Town, tmp_path: Path
) -> None:
    run, alice = a_run(town, tmp_path, seed=2), town.client("alice")
    path = f"/runs/{run['run_id']}"

    def card() -> str:
        asked = {"HX-Request": "true", "HX-Target": "section#publishing", "HX-Request-Type": "partial", **HTML}
        return alice.get(path, headers=asked).text

    assert "cannot be taken back" in card()
    assert f'action="{path}/publish"' in card()
    alice.post(f"{path}/publish")
    assert f'hx-get="{path}"' in card()
    assert "It waits to be sent" in card()
    assert "Nobody sends" in card()  # no worker runs in this test
    assert "queued" not in town.client(None).get(path, headers=HTML).text  # that is alice's business
    town.send_all()
    assert "hx-get" not in card()
    assert "published" in card()
    assert "python -m artdag verify http" in card()
    assert "<form" not in card()
    assert "published" in town.client(None).get(path, headers=HTML).text


def test_while_the_registry_is_silent_nothing_is_deleted_and_the_page_says_why(
    l1_origin: str, redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    environ = {"ARTDAG_HOME": str(tmp_path / "home"), "REDIS_URL": redis_url, "L1_PUBLIC_URL": l1_origin}
    with running_l2(renderers=(l1_origin,)) as l2:
        settings = Settings.from_env({**environ, "L2_SERVERS": l2.origin})
        services = build_services(settings, redis_client)
        app = under_test(create_app(services))
        town = Town(
            services=services,
            app=app,
            l2=l2,
            alice=Identity("alice", l2.host),
            tokens={"alice": l2.token("alice", l1_origin)},
        )
        alice, run = town.client("alice"), a_run(town, tmp_path)
        unused = put_media(services, a_clip(tmp_path / "unused.mp4", seed=8), town.alice)
        assert alice.get(f"/cache/{unused}/delete").json["allowed"]
    for path in (f"/cache/{unused}", f"/runs/{run['run_id']}"):
        answer = alice.delete(path)
        assert (answer.status_code, answer.json["code"]) == (409, "published_unknown")
    assert "nothing is lost because a network broke" in alice.get(f"/cache/{unused}/delete", headers=HTML).text
    assert "nothing is lost because a network broke" in alice.get(f"/runs/{run['run_id']}/discard", headers=HTML).text


def test_what_is_published_and_what_it_was_made_of_stay_and_the_page_says_why(town: Town, tmp_path: Path) -> None:
    run, alice = a_run(town, tmp_path, seed=3), town.client("alice")
    alice.post(f"/runs/{run['run_id']}/publish")
    for path in (f"/runs/{run['run_id']}", f"/cache/{run['output_hash']}"):
        assert alice.delete(path).status_code == 409  # from the moment of asking
    rules = [reason["code"] for reason in alice.get(f"/cache/{run['output_hash']}/delete").json["reasons"]]
    assert rules == ["in_use_by_run", "published"]
    again = a_blurred(town, tmp_path)
    alice.post(f"/runs/{again['run_id']}/publish")
    rules = [reason["code"] for reason in alice.get(f"/cache/{again['inputs']['input']}/delete").json["reasons"]]
    assert rules == ["in_use_by_run", "pinned"]
    facts = alice.get(f"/cache/{again['inputs']['input']}", headers={"Accept": "application/json"}).json
    assert "was made with it" in facts["pinned"]
    assert "cannot be taken back" in alice.get(f"/runs/{run['run_id']}/discard", headers=HTML).text


def test_what_a_neighbour_published_keeps_nobody_from_letting_go_of_the_same_bytes(town: Town, tmp_path: Path) -> None:
    mine, bob = a_run(town, tmp_path, seed=8), town.client("bob")
    digest = mine["output_hash"]
    put_media(town.services, a_clip(tmp_path / "again.mp4", seed=8), Identity("bob", town.l2.host))
    his = bob.post("/runs", json={"recipe": "identity", "inputs": [digest]}).get_json()
    town.client("alice").post(f"/runs/{mine['run_id']}/publish")
    town.send_all()
    assert town.l2.ask("GET", f"/assets/by-hash/{digest}").status == 200
    assert (his["output_hash"], bob.delete(f"/runs/{his['run_id']}").status_code) == (digest, 200)
    assert bob.delete(f"/cache/{digest}").status_code == 200
    assert town.services.content.has(digest)
    assert town.client("alice").delete(f"/runs/{mine['run_id']}").json["code"] == "published"


def test_what_is_not_public_yet_is_its_owners_business_alone(town: Town, tmp_path: Path) -> None:
    run = a_run(town, tmp_path, seed=9)
    town.client("alice").post(f"/runs/{run['run_id']}/publish")

    def told(name: str | None, path: str) -> list[str]:
        answer = town.client(name).get(path).get_json()
        return [one["state"] for one in (answer["items"][0] if "items" in answer else answer)["published"]]

    for path in (f"/runs/{run['run_id']}", f"/runs/sheet?run={run['run_id']}"):
        assert (told("alice", path), told("bob", path), told(None, path)) == (["queued"], [], [])
    town.send_all()
    assert told(None, f"/runs/{run['run_id']}") == ["published"]


def test_the_keys_of_this_server_are_public_the_retired_ones_too(town: Town) -> None:
    old = Signer.generate().public
    path = town.services.settings.signing_key_path
    path.with_name(f"{path.name}.retired").write_text(f"{old.text}\n")
    answer = town.client(None).get("/actor", headers={"Accept": "application/activity+json"})
    assert answer.mimetype == "application/activity+json"
    assert answer.json["id"] == f"{town.l1}/actor"
    ids = [entry["id"] for entry in answer.json["assertionMethod"]]
    assert ids == [f"{town.l1}/actor#{key.key_id}" for key in (town.services.signer.public, old)]
    page = town.client(None).get("/actor", headers=HTML).text
    assert old.text in page
