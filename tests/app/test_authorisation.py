"""Who may do what, on every route: made from the routes there are, so that a new one fails here until it has a row."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

from app import create_app
from app.library.recipe_shelf import shelve
from app.library.resumable import begin
from app.services import Services, build_services
from app.settings import Settings
from app.web.openapi import operations
from artdag.digest import Digest
from artdag.identity import Identity
from artdag.run import Run
from tests.app.conftest import token_of, under_test
from tests.builders import a_clip, put_media

ALICE, BOB, CAROL = Identity("alice", "one.example"), Identity("bob", "two.example"), Identity("carol", "one.example")
ROLES: dict[str, Identity | None] = {"owner": ALICE, "other": BOB, "anonymous": None, "admin": CAROL}
RECIPE = b"""
name: quiet
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: soft, type: EFFECT, config: {effect: blur}, inputs: [clip]}
  output: soft
"""


@dataclass
class World:
    """A server on which alice has one of everything; carol is its admin."""

    app: Flask
    services: Services
    run: Run
    open_run: Run
    clip: Digest
    """Used by the runs."""
    free: Digest
    """Used by nothing."""
    recipe: Digest
    webhook: str
    upload: str
    """One in pieces, not begun."""

    def ask(self, who: Identity | None, method: str, rule: str) -> TestResponse:
        headers = self._headers(rule) | ({"Authorization": f"Bearer {token_of(who)}"} if who else {})
        path = rule
        for name, value in self._values(rule).items():
            path = path.replace(f"<path:{name}>", value).replace(f"<{name}>", value)
        return self.app.test_client().open(
            path, method=method, headers=headers, query_string=self._query(rule), **self._body(method, rule)
        )

    def _values(self, rule: str) -> dict[str, str]:
        area = rule.split("/")[1]
        cancels = rule.endswith("/cancel")
        names = dict.fromkeys(("recipes", "recipe", "configs"), str(self.recipe))
        names |= {"cache": str(self.free), "effects": "invert", "webhooks": self.webhook, "workers": "none-such"}
        run_id = self.open_run.run_id if cancels else self.run.run_id
        return {
            "name": names.get(area, ""),
            "run_id": run_id,
            "other_id": self.open_run.run_id,
            "other": str(self.recipe),
            "node": "clip",
            "delivery": "none-such",
            "upload_id": self.upload,
            "filename": "app.css",
        }

    @staticmethod
    def _headers(rule: str) -> dict[str, str]:
        return {"Upload-Length": "9", "Upload-Offset": "0"} if rule.startswith("/cache/uploads") else {}

    def _query(self, rule: str) -> dict[str, Any]:
        runs = {f"/runs/{word}": {"run": [self.run.run_id]} for word in ("sheet", "cancel", "discard")}
        runs["/runs/compare"] = {"run": [self.run.run_id, self.open_run.run_id]}
        return {**runs, "/cache/import": {"path": "/nowhere"}}.get(rule, {})

    def _body(self, method: str, rule: str) -> dict[str, Any]:
        if method in ("GET", "HEAD"):
            return {}
        if rule == "/cache/uploads/<upload_id>":
            return {"data": b"four", "content_type": "application/offset+octet-stream"}
        if rule == "/cache/upload":
            return {"data": {"file": (io.BytesIO(self.services.content.read(self.free)), "again.mp4")}}
        if rule.endswith(("/upload", "/check")):
            return {"data": RECIPE.replace(b"quiet", b"loud"), "content_type": "application/yaml"}
        bodies: dict[str, Any] = {
            "/runs": {"recipe": "invert", "inputs": [self.clip]},
            "/assets": {"name": "sea", "content_hash": self.free},
            "/runs/cancel": {"run": [self.open_run.run_id]},
            "/runs/discard": {"run": [self.run.run_id]},
            "/webhooks": {"url": "https://hooks.example/x"},
            "/effects/<name>/run": {"inputs": [self.clip]},
            "/cache/<name>": {"name": "other"},
            "/cache/<name>/edit": {"name": "other"},
            "/media": {"content_hashes": [self.free], "add_tags": ["sea"]},
        }
        if rule.endswith(("/plan", "/run")):
            return {"json": bodies.get(rule, {"inputs": {"clip": self.clip}})}
        if rule.endswith("/sweep"):
            return {"json": {"inputs": {"clip": self.clip}, "sweep": {}}}
        return {"json": bodies.get(rule, {})}


@pytest.fixture(scope="module")
def server(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Services, Flask, Path]:
    home = tmp_path_factory.mktemp("authorisation")
    tokens = home / "tokens"
    people = (ALICE, BOB, CAROL)
    tokens.write_text("\n".join(f"{hashlib.sha256(token_of(who).encode()).hexdigest()} {who}" for who in people))
    environ = {"ARTDAG_HOME": str(home), "REDIS_URL": redis_url, "API_TOKENS": str(tokens), "ADMINS": str(CAROL)}
    services = build_services(Settings.from_env(environ))
    return services, under_test(create_app(services)), home


@pytest.fixture
def make_world(server: tuple[Services, Flask, Path], redis_client: Redis) -> Iterator[Callable[[], World]]:
    services, app, home = server
    clips = [a_clip(home / f"clip-{seed}.mp4", seed=seed) for seed in range(2)]

    def make() -> World:
        redis_client.flushdb()
        used, free = (
            put_media(services, Path(shutil.copyfile(clip, home / f"now-{clip.name}")), ALICE) for clip in clips
        )
        recipe = shelve(services, RECIPE, ALICE).recipe.recipe_id
        alice = app.test_client()
        alice.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token_of(ALICE)}"
        runs = [
            alice.post("/runs", json={"recipe": name, "inputs": [used]}).get_json()["run_id"]
            for name in ("identity", str(recipe))
        ]
        done, waiting = (services.runs.get(run_id) for run_id in runs)
        webhook = services.webhooks.add(ALICE, "https://hooks.example/", services.clock()).id
        upload = begin(services, ALICE, length=9, filename="later.mp4", expected=None).upload_id
        return World(app, services, done, waiting, used, free, recipe, webhook, upload)

    yield make
    redis_client.flushdb()


ROWS = """
GET    /                                  200 200 200 200
GET    /account                           200 200 401 200
GET    /actor                             200 200 200 200
GET    /assets                            200 200 200 200
GET    /audit                             403 403 401 200
GET    /auth                              404 404 404 404
GET    /cache                             200 200 200 200
GET    /cache/<name>                      200 200 200 200
GET    /cache/<name>/delete               200 403 401 403
GET    /cache/<name>/lineage              200 200 401 200
GET    /cache/<name>/poster               200 200 200 200
GET    /cache/<name>/raw                  200 200 200 200
GET    /cache/<name>/spectrum             404 404 404 404
GET    /cache/<name>/strip                200 200 200 200
GET    /cache/<name>/waveform             404 404 404 404
GET    /cache/uploads                     200 200 401 200
GET    /cache/uploads/<upload_id>         200 404 401 404
GET    /docs                              200 200 200 200
GET    /effects                           200 200 200 200
GET    /effects/<name>                    200 200 200 200
GET    /effects/<name>/example            404 404 404 404
GET    /effects/<name>/loop               404 404 404 404
GET    /effects/<name>/tryout             404 404 401 404
GET    /healthz                           200 200 200 200
GET    /logout                            303 303 303 303
GET    /media                             200 200 200 200
GET    /metrics                           200 200 200 200
GET    /openapi.json                      200 200 200 200
GET    /readyz                            503 503 503 503
GET    /recipe/<name>                     200 200 200 200
GET    /recipes                           200 200 200 200
GET    /recipes/<name>                    200 200 200 200
GET    /recipes/<name>/choices/<node>     200 200 200 200
GET    /recipes/<name>/text               200 200 200 200
GET    /recipes/<name>/text/<other>       200 200 200 200
GET    /recipes/language                  200 200 200 200
GET    /recipes/schema.json               200 200 200 200
GET    /recipes/upload                    200 200 200 200
GET    /run/<run_id>                      200 200 200 200
GET    /runs                              200 200 401 200
GET    /runs/<run_id>                     200 200 200 200
GET    /runs/<run_id>/commands            200 200 200 200
GET    /runs/<run_id>/compare/<other_id>  200 200 200 200
GET    /runs/<run_id>/discard             200 403 401 200
GET    /runs/<run_id>/plan                200 200 200 200
GET    /runs/<run_id>/provenance          200 200 200 200
GET    /runs/<run_id>/timeline            200 200 200 200
GET    /runs/cancel                       200 200 401 200
GET    /runs/compare                      303 303 303 303
GET    /runs/discard                      200 200 401 200
GET    /runs/sheet                        200 200 200 200
GET    /upkeep                            200 200 401 200
GET    /upkeep/clear                      403 403 401 200
GET    /webhooks                          200 200 401 200
GET    /workers                           403 403 401 200
DELETE /cache/<name>                      200 403 401 200
DELETE /cache/uploads/<upload_id>         204 404 401 404
DELETE /recipes/<name>                    200 403 401 200
DELETE /runs/<run_id>                     200 403 401 200
DELETE /webhooks/<name>                   200 404 401 404
PATCH  /cache/<name>                      200 403 401 403
PATCH  /media                             200 404 401 404
PATCH  /cache/uploads/<upload_id>         204 404 401 404
POST   /assets                            201 403 401 403
POST   /auth/revoke                       404 404 404 404
POST   /auth/revoke-user                  404 404 404 404
POST   /cache/<name>/delete               200 403 401 200
POST   /cache/<name>/edit                 303 403 401 403
POST   /cache/<name>/keep                 200 201 401 201
POST   /cache/<name>/publish             409 403 401 403
POST   /cache/have                        200 200 401 200
POST   /cache/import                      403 403 401 403
POST   /cache/upload                      200 200 401 200
POST   /cache/uploads                     201 201 401 201
POST   /effects/<name>/run                201 201 401 201
POST   /logout                            303 303 303 303
POST   /recipes/check                     200 200 401 200
POST   /recipes/<name>/delete             303 403 401 303
POST   /recipes/<name>/plan               200 200 401 200
POST   /recipes/<name>/publish           409 403 401 403
POST   /recipes/<name>/run                201 201 401 201
POST   /recipes/<name>/sweep              422 422 401 422
POST   /recipes/upload                    201 201 401 201
POST   /runs                              201 201 401 201
POST   /runs/cancel                       200 200 401 200
POST   /runs/discard                      200 200 401 200
POST   /runs/<run_id>/cancel              200 403 401 200
POST   /runs/<run_id>/discard             200 403 401 200
POST   /runs/<run_id>/publish            409 403 401 403
POST   /runs/<run_id>/retry               201 403 401 201
POST   /upkeep/clear                      403 403 401 200
POST   /upkeep/reindex                    403 403 401 200
POST   /upkeep/verify                     403 403 401 202
POST   /webhooks                          201 201 401 201
POST   /webhooks/<name>/delete            303 404 401 404
POST   /webhooks/deliveries/<delivery>/retry 404 404 401 404
POST   /webhooks/secret/renew             200 200 401 200
POST   /workers/<name>/drain              403 403 401 404
POST   /workers/<name>/resume             403 403 401 404
"""
"""Method, route, and what the owner of the thing, another user, a stranger and an admin are answered.

What nobody may see is 404, what one may see but not do 403, what needs a login 401. A route under /configs… is the one
under /recipes… by another name. 404 for all: there is no such picture, or no registry, on this server; 422 and the 403
of the import and 409 of publishing: it is the request, or the settings, that allow nothing.
"""
SPENT = ("/delete", "/discard", "/cancel", "/clear", "/upload", "/reindex", "/uploads/<upload_id>")
"""Ends of routes after which the next one who asks would find another world, where it was done."""
TABLE = {
    (method, rule): dict(zip(ROLES, map(int, statuses), strict=True))
    for method, rule, *statuses in map(str.split, ROWS.strip().splitlines())
}


def cells(app: Flask) -> list[tuple[str, str]]:
    return sorted((method.upper(), re.sub(r"<\w+:(\w+)>", r"<\1>", rule.rule)) for rule, method, _ in operations(app))


def row_of(method: str, rule: str) -> tuple[str, str]:
    return method, f"/recipes{rule.removeprefix('/configs')}" if rule.startswith("/configs") else rule


def test_every_route_has_a_row_and_every_row_a_route(server: tuple[Services, Flask, Path]) -> None:
    routes = {row_of(method, rule) for method, rule in cells(server[1])}
    assert routes - TABLE.keys() == set(), "say in ROWS who may do this"
    assert TABLE.keys() - routes == set(), "these routes are gone"


@pytest.mark.parametrize("part", range(4))
def test_each_is_answered_as_the_table_says(make_world: Callable[[], World], part: int) -> None:
    world = make_world()
    wrong = []
    for method, rule in cells(world.app)[part::4]:
        expected = TABLE.get(row_of(method, rule), dict.fromkeys(ROLES, 0))
        found = {}
        for role in sorted(ROLES, key=lambda role: -expected[role]):  # first who is refused: that changes nothing
            with world.ask(ROLES[role], method, rule) as answer:
                found[role] = answer.status_code
            if answer.status_code < 400 and (method == "DELETE" or rule.endswith(SPENT)):
                world = make_world()
        if found != expected:
            wrong.append(f"{method:6} {rule:34} {' '.join(str(found[role]) for role in ROLES)}")
    assert wrong == [], "these are the answers; ROWS says others"


# --- what others must not learn ---------------------------------------------------------------------------------------


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    return make_world()


def said(world: World, who: Identity | None, path: str, method: str = "GET", **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {token_of(who)}"} if who else {}
    return world.app.test_client().open(path, method=method, headers=headers, **more).get_json()


def test_lists_show_ones_own(world: World) -> None:
    for path in ("/runs", "/media", "/cache"):
        assert len(said(world, ALICE, path)["items"]) > 0
        assert said(world, BOB, path)["items"] == []
    assert said(world, BOB, f"/runs?owner={ALICE}")["code"] == "forbidden"
    assert len(said(world, CAROL, f"/runs?owner={ALICE}")["items"]) == 2
    counts = said(world, BOB, "/")["counts"]
    assert (counts["runs"], counts["media"]) == (0, 0)


def test_the_beginning_of_a_hash_finds_ones_own_things_alone(world: World) -> None:
    for who, status in ((ALICE, 302), (BOB, 404), (None, 404), (CAROL, 404)):
        headers = {"Authorization": f"Bearer {token_of(who)}"} if who else {}
        for path in (f"/cache/{world.clip[:12]}", f"/cache/{world.clip[:12]}/raw"):
            with world.app.test_client().get(path, headers=headers) as answer:
                assert answer.status_code == status, (who, path)
    started = said(world, BOB, "/runs", "POST", json={"recipe": "invert", "inputs": [world.clip[:12]]})
    assert started["code"] == "invalid_input"


def test_who_knows_a_hash_may_read_the_bytes_and_learns_nothing_of_who_uses_them(world: World) -> None:
    for who in (BOB, None):
        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token_of(who)}"} if who else {})}
        facts = world.app.test_client().get(f"/cache/{world.clip}", headers=headers).get_json()
        assert (facts["made_by"], facts["used_in"]) == ([], [])
        assert facts["name"] == world.clip[:10], "what alice calls it is hers"
        page = world.app.test_client().get(f"/cache/{world.clip}", headers={**headers, "Accept": "text/html"}).text
        assert "alice" not in page
        assert world.run.run_id not in page


def test_a_hash_is_enough_to_render_from_and_the_input_stays_its_owners(world: World) -> None:
    made = said(world, BOB, "/runs", "POST", json={"recipe": "identity", "inputs": [world.free]})
    assert (made["status"], made["username"]) == ("completed", str(BOB))
    assert world.services.media.entry(ALICE, world.free) is not None


def test_deleting_takes_ones_own_link_and_the_bytes_stay_while_anybody_needs_them(world: World) -> None:
    with world.services.content.path(world.free).open("rb") as file:
        headers = {"Authorization": f"Bearer {token_of(BOB)}"}
        client = world.app.test_client()
        answer = client.post("/cache/upload", data={"file": (file, "mine.mp4")}, headers=headers)
    assert answer.get_json()["content_hash"] == world.free
    gone = said(world, ALICE, f"/cache/{world.free}", "DELETE")
    assert gone["deleted"] is True
    assert gone["freed_bytes"] == 0
    assert "bob" not in str(gone)
    assert world.services.content.has(world.free)
    assert [item["content_hash"] for item in said(world, BOB, "/media")["items"]] == [world.free]
    assert world.free not in [item["content_hash"] for item in said(world, ALICE, "/media")["items"]]
    assert said(world, BOB, f"/cache/{world.free}", "DELETE")["deleted"] is True
    assert not world.services.content.has(world.free)


def test_nobody_keeps_another_from_letting_go_by_using_what_is_theirs(world: World) -> None:
    run = said(world, BOB, "/runs", "POST", json={"recipe": "identity", "inputs": [world.free]})
    gone = said(world, ALICE, f"/cache/{world.free}", "DELETE")
    assert gone["deleted"] is True
    assert run["run_id"] not in str(gone)
    assert world.services.content.has(world.free), "bob's run still has its input"
    assert said(world, ALICE, f"/cache/{world.clip}", "DELETE")["code"] == "in_use_by_run"


def test_that_something_is_gone_says_not_whose_it_was(world: World) -> None:
    assert said(world, ALICE, f"/cache/{world.free}", "DELETE")["deleted"] is True
    answer = world.app.test_client().get(f"/cache/{world.free}")
    assert answer.status_code == 410
    assert "alice" not in answer.text


def test_what_an_effect_was_run_by_is_not_told(world: World) -> None:
    assert said(world, ALICE, "/runs", "POST", json={"recipe": "invert", "inputs": [world.clip]})["status"] == "pending"
    recipe = said(world, ALICE, "/runs?recipe=invert")["items"][0]["recipe_id"]
    assert "alice" in str(said(world, ALICE, f"/recipes/{recipe}"))
    assert "alice" not in str(said(world, BOB, f"/recipes/{recipe}"))


def test_an_admin_takes_a_medium_out_of_every_library(world: World) -> None:
    headers = {"Authorization": f"Bearer {token_of(BOB)}"}
    data = {"file": (io.BytesIO(world.services.content.read(world.free)), "mine.mp4")}
    assert world.app.test_client().post("/cache/upload", data=data, headers=headers).status_code == 200
    assert said(world, CAROL, f"/cache/{world.free}", "DELETE")["deleted"] is True
    assert world.services.media.owners(world.free) == frozenset()
    assert not world.services.content.has(world.free)
    assert said(world, CAROL, f"/cache/{world.clip}", "DELETE")["code"] == "in_use_by_run"


def test_an_admin_sees_and_takes_down_what_others_have(world: World) -> None:
    assert said(world, CAROL, "/runs?owner=*")["total"] == 2
    said(world, BOB, "/recipes/upload", "POST", data=RECIPE, content_type="application/yaml")
    assert said(world, CAROL, f"/recipes/{world.recipe}", "DELETE")["name"] == "quiet"
    assert world.services.recipes.get(world.recipe) is None
