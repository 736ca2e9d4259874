"""Logging in by way of registries: bearer, shared cookie, attached session; and every way in which it ends."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from app import create_app
from app.registry.vouching import FRESH_S, Vouching
from app.services import Services, build_services
from app.settings import Settings, SettingsError
from artdag.errors import ArtDagError
from artdag.identity import Identity
from tests.app.conftest import HTML, Person, under_test
from tests.builders import a_clip, put_media
from tests.registries import FakeL2, fake_l2, free_port, raw_answers, says_json
from tests.tokens import a_token, claims_of, raw_token

L1 = "http://localhost"
SECRET = "the secret of the first registry"


class Registries:
    """Two that answer as tests say, a server that knows both, and an address that nobody may ever ask."""

    def __init__(self, first: FakeL2, second: FakeL2, canary: FakeL2, services: Services) -> None:
        self.first, self.second, self.canary = first, second, canary
        self.services = services
        self.app: Flask = under_test(create_app(services))

    def token(self, name: str = "alice", l2: FakeL2 | None = None, **changes: Any) -> str:
        return a_token(name, (l2 or self.first).origin, L1, **changes)

    def program(self, token: str) -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    def at(self, name: str, l2: FakeL2 | None = None) -> Identity:
        return Identity(name, (l2 or self.first).host)

    def person(self, token: str | None = None) -> Person:
        """Somebody with a browser, attached with *token*."""
        person = Person(self.app)
        if token is not None:
            assert person.get(f"/auth?auth_token={token}").status_code == 303
        return person


def vouches(*_: Any) -> tuple[int, dict[str, str], bytes]:
    """Answer like a registry that believes what the token says of itself."""
    token = _[2]["Authorization"].removeprefix("Bearer ")
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return says_json({"username": claims["username"]})()


@pytest.fixture
def registries(redis_url: str, redis_client: Redis, tmp_path: Path) -> Iterator[Registries]:
    with fake_l2(vouches) as first, fake_l2(vouches) as second, fake_l2(vouches) as canary:
        secrets = tmp_path / "secrets"
        secrets.write_text(f"# ours\n{first.origin} {hashlib.sha256(SECRET.encode()).hexdigest()}\n")
        environ = {
            "ARTDAG_HOME": str(tmp_path / "l1"),
            "REDIS_URL": redis_url,
            "L1_PUBLIC_URL": L1,
            "L2_SERVERS": f"{first.origin} {second.origin}",
            "L2_SECRETS": str(secrets),
            "L2_TIMEOUT_S": "30",
        }
        yield Registries(first, second, canary, build_services(Settings.from_env(environ), redis_client))
        assert canary.asked == [], "an address was asked that no setting names"


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


# --- who one is -------------------------------------------------------------------------------------------------------


def test_each_registry_vouches_for_its_own_users_and_nobody_else(registries: Registries) -> None:
    for l2 in (registries.first, registries.second):
        clip = put_media(
            registries.services, a_clip(registries.services.content.scratch / "c.mp4"), registries.at("alice", l2)
        )
        run = registries.program(registries.token("alice", l2)).post(
            "/runs", json={"recipe": "identity", "inputs": [clip]}
        )
        assert run.get_json()["username"] == f"@alice@{l2.host}"


def test_the_name_is_the_registrys_word_and_the_host_its_own(registries: Registries) -> None:
    token = registries.token("alice", sub="https://evil.example/users/root", actor="@root@evil.example", l1_server=L1)
    assert registries.services.vouching.identify(token) == registries.at("alice")
    registries.first.says = says_json({"username": "bob"})
    answer = registries.program(registries.token("alice")).get("/runs")
    assert code(answer) == (502, "registry_answer")
    assert "another name" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "name", ["<b>", "al\u0000ice", "аlice", "alice ", "@alice", "a/b", "alice@evil.example", "a" * 65]
)
def test_a_name_that_is_none_is_nobodys(registries: Registries, name: str) -> None:
    answer = registries.program(registries.token(name)).get("/runs")
    assert code(answer) == (502, "registry_answer")
    assert name not in answer.text


def test_a_registry_at_localhost_cannot_make_anybody_the_local_user(
    redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    environ = {"ARTDAG_HOME": str(tmp_path), "REDIS_URL": redis_url, "L2_SERVERS": "http://localhost"}
    vouching = Vouching(Settings.from_env(environ), redis_client, datetime.now().astimezone)
    vouching.clients["http://localhost"]._ask = lambda *_, **__: FakeAnswer()  # type: ignore[method-assign,assignment,return-value]
    with pytest.raises(Exception, match="this server's own"):
        vouching.identify(a_token("local", "http://localhost", "http://localhost:8100"))


class FakeAnswer:
    def record(self) -> dict[str, str]:
        return {"username": "local"}


def test_a_token_of_another_registry_is_sent_to_no_one(registries: Registries) -> None:
    origin = registries.canary.origin
    port = origin.rpartition(":")[2]
    for l2_server in (
        origin,
        f"{registries.first.origin}@127.0.0.1:{port}",
        f"http://{registries.first.host}@127.0.0.1:{port}",
        f"{registries.first.origin}/../../@127.0.0.1:{port}",
        f"http://localhost:{port}",
        "file:///etc/passwd",
        "http://169.254.169.254",
    ):
        token = a_token("alice", l2_server, L1)
        assert code(registries.program(token).get("/runs")) == (401, "not_logged_in")
        assert code(registries.app.test_client().get(f"/auth?auth_token={token}")) == (401, "bad_token")
        assert code(registries.program(token).post("/auth/revoke")) == (401, "bad_token")
    assert registries.first.asked == registries.second.asked == []


@pytest.mark.parametrize("token", ["", "nonsense", raw_token({"alg": "none"}, {"username": "alice"}), "a" * (1 << 20)])
def test_a_false_token_is_401_with_a_sentence_and_asks_nobody(registries: Registries, token: str) -> None:
    answer = registries.program(token).get("/runs")
    assert code(answer) == (401, "not_logged_in")
    assert registries.first.asked == []
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_that_its_registry_refuses_is_401_in_the_registrys_words(registries: Registries) -> None:
    registries.first.says = says_json({"detail": "the signature is another's"}, 401)
    answer = registries.program(registries.token()).get("/runs")
    assert code(answer) == (401, "not_logged_in")
    assert "the signature is another's" in answer.get_json()["detail"]


def test_tokens_of_the_operators_file_work_beside_registries(registries: Registries, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{hashlib.sha256(b'of-a-program').hexdigest()} @robot@l1.example\n")
    settings = replace(registries.services.settings, api_tokens=tokens)
    registries.app = under_test(create_app(replace(registries.services, settings=settings)))
    assert registries.program("of-a-program").get("/account").get_json()["actor"] == "@robot@l1.example"
    assert registries.program(registries.token()).get("/account").get_json()["actor"] == str(registries.at("alice"))
    assert registries.program("guess").get("/account").status_code == 401


# --- sessions and cookies ---------------------------------------------------------------------------------------------


def test_attaching_leads_to_a_clean_address_with_a_session_of_our_own(registries: Registries) -> None:
    person, token = Person(registries.app), registries.token()
    answer = person.get(f"/auth?auth_token={token}", **{"Sec-Fetch-Site": "cross-site"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert token not in answer.headers["Location"] + answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("artdag_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert token.split(".")[1] not in cookie
    page = person.get("/").text
    assert f"@alice@{registries.first.host}" in page
    assert "Log out" in page


def test_on_https_the_session_goes_over_https_alone(registries: Registries) -> None:
    secure = replace(
        registries.services, settings=replace(registries.services.settings, public_url="https://l1.example")
    )
    person = Person(under_test(create_app(secure)))
    person.headers["Host"] = "l1.example"
    assert all("Secure" in cookie for cookie in person.get("/").headers.getlist("Set-Cookie"))


def test_what_was_in_the_browser_before_is_gone_after_attaching(registries: Registries) -> None:
    person = Person(registries.app)
    before = person.token()
    held = person.client.get_cookie("artdag_session")
    assert held is not None
    person.get(f"/auth?auth_token={registries.token()}")
    person.headers.pop("Sec-Fetch-Site")
    answer = person.client.post("/runs", json={}, headers={"X-CSRFToken": before})
    assert code(answer) == (403, "csrf")
    thief = Person(registries.app)  # who planted the cookie gains nothing by it
    thief.client.set_cookie("artdag_session", held.value)
    assert "Not logged in" in thief.get("/").text


def test_nobody_becomes_somebody_else_by_following_a_link(registries: Registries) -> None:
    person = registries.person(registries.token("alice"))
    answer = person.get(f"/auth?auth_token={registries.token('mallory')}")
    assert answer.status_code == 409
    assert "log out first" in answer.text
    assert f"@alice@{registries.first.host}" in person.get("/").text
    assert person.get(f"/auth?auth_token={registries.token('alice')}").status_code == 303
    shared = Person(registries.app)
    shared.client.set_cookie("auth_token", registries.token("alice"))
    assert shared.get(f"/auth?auth_token={registries.token('mallory')}").status_code == 409


def test_nobody_becomes_somebody_else_while_their_registry_is_silent_either(
    registries: Registries, clock: Clock
) -> None:
    person, mallory = registries.person(registries.token("alice")), registries.token("mallory", registries.second)
    clock.now += timedelta(seconds=FRESH_S + 1)
    registries.first.says = says_json({}, 500)
    answer = person.get(f"/auth?auth_token={mallory}")
    assert answer.status_code == 409
    assert "log out first" in answer.text
    assert person.get("/logout").status_code == 303
    assert person.get(f"/auth?auth_token={mallory}").status_code == 303


def test_the_cookie_that_registries_share_logs_in(registries: Registries) -> None:
    person = Person(registries.app)
    person.client.set_cookie(
        "auth_token", registries.token("bob", registries.second, aud=registries.second.origin, l1_server=...)
    )
    assert f"@bob@{registries.second.host}" in person.get("/").text
    assert person.get("/runs").status_code == 200


def test_a_cookie_that_is_refused_makes_a_stranger_who_is_told_why(registries: Registries) -> None:
    person = Person(registries.app)
    person.client.set_cookie("auth_token", registries.token(exp=time.time() - 1))
    page = person.get("/")
    assert page.status_code == 200
    assert "Not logged in" in page.text
    assert f'href="{registries.first.origin}/login"' in page.text
    answer = person.get("/runs")
    assert answer.status_code == 401
    assert "has expired" in answer.text


@pytest.mark.parametrize("name", ["auth_token", "artdag_session"])
def test_two_cookies_of_one_name_make_a_stranger_who_can_log_out(registries: Registries, name: str) -> None:
    person = registries.person(registries.token())
    session = person.client.get_cookie("artdag_session")
    assert session is not None
    own = f"artdag_session={session.value}; auth_token={registries.token()}"
    twice = f"{own}; {name}=planted"
    client = registries.app.test_client(use_cookies=False)
    assert f"@alice@{registries.first.host}" in client.get("/", headers={**HTML, "Cookie": own}).text
    page = client.get("/", headers={**HTML, "Cookie": twice})
    assert page.status_code == 200
    assert "Not logged in" in page.text
    assert client.get("/runs", headers={"Cookie": twice}).status_code == 401
    gone = client.get("/logout", headers={"Cookie": twice})
    assert gone.status_code == 303
    assert {cookie.partition("=")[0] for cookie in gone.headers.getlist("Set-Cookie")} >= {
        "auth_token",
        "artdag_session",
    }


def test_logging_out_ends_the_session_here_and_drops_the_shared_cookie_everywhere_above(registries: Registries) -> None:
    person = registries.person(registries.token())
    kept = person.client.get_cookie("artdag_session")
    assert kept is not None
    answer = person.post("/logout")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "Not logged in" in person.get("/").text
    person.client.set_cookie("artdag_session", kept.value)  # a copy that somebody made is worth nothing now
    assert "Not logged in" in person.get("/").text
    settings = replace(registries.services.settings, allowed_hosts=("render.art.example",))
    app = under_test(create_app(replace(registries.services, settings=settings)))
    dropped = (
        app.test_client().get("/logout", headers={"Host": "render.art.example:8100"}).headers.getlist("Set-Cookie")
    )
    domains = {found[1] for cookie in dropped if (found := re.search(r"^auth_token=;.*Domain=([\w.]+)", cookie))}
    assert domains == {"render.art.example", "art.example"}


def test_a_cookie_needs_the_csrf_token_on_every_unsafe_method_and_a_bearer_on_none(registries: Registries) -> None:
    person = registries.person(registries.token())
    clip = put_media(registries.services, a_clip(registries.services.content.scratch / "c.mp4"), registries.at("alice"))
    wanted = {"recipe": "identity", "inputs": [clip]}
    shared = registries.app.test_client()
    shared.set_cookie("auth_token", registries.token())
    for client in (person.client, shared):
        for method, path in (
            ("POST", "/runs"),
            ("DELETE", f"/cache/{clip}"),
            ("PATCH", f"/cache/{clip}"),
            ("POST", "/logout"),
        ):
            assert code(client.open(path, method=method, json=wanted)) == (403, "csrf"), path
    assert person.post("/runs", wanted).status_code == 303
    program = registries.program(registries.token())
    program.set_cookie("auth_token", registries.token("mallory"))
    answer = program.post("/runs", json=wanted, headers={"Origin": L1})
    assert answer.status_code == 201
    assert answer.get_json()["username"] == str(registries.at("alice")), "the bearer counts, not the cookie"


def test_pages_name_who_one_is_and_where_from_or_where_to_log_in(registries: Registries) -> None:
    stranger = Person(registries.app)
    for path in ("/", "/recipes", "/media", "/cache", "/effects", "/docs", "/readyz", "/nowhere", "/runs"):
        page = stranger.get(path).text
        assert "Not logged in" in page, path
        for l2 in (registries.first, registries.second):
            assert f'href="{l2.origin}/login"' in page, path
        assert "Log out" not in page
    for path in ("/login", "/register"):
        assert stranger.get(path).status_code == 404


# --- how long an answer is good ---------------------------------------------------------------------------------------


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now().astimezone()

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(registries: Registries, redis_client: Redis, monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr("app.registry.vouching._AWAY_S", 60)  # a busy machine must not outlast it
    clock = Clock()
    vouching = Vouching(registries.services.settings, redis_client, clock)
    registries.services = replace(registries.services, vouching=vouching)
    registries.app = under_test(create_app(registries.services))
    return clock


def test_a_registry_is_asked_once_a_minute(registries: Registries, clock: Clock) -> None:
    program = registries.program(registries.token())
    for _ in range(3):
        assert program.get("/runs").status_code == 200
    assert len(registries.first.asked) == 1
    clock.now += timedelta(seconds=FRESH_S + 1)
    assert program.get("/runs").status_code == 200
    assert len(registries.first.asked) == 2


def test_a_silent_registry_is_borne_for_a_minute_then_told_of(registries: Registries, clock: Clock) -> None:
    program, person = registries.program(registries.token()), registries.person(registries.token())
    assert program.get("/runs").status_code == 200
    registries.first.says = says_json({}, 500)
    clock.now += timedelta(seconds=FRESH_S - 1)
    assert program.get("/runs").status_code == 200
    clock.now += timedelta(seconds=2)
    for _ in range(3):
        answer = program.get("/runs")
        assert code(answer) == (502, "registry_answer")
        assert answer.headers["Retry-After"]
    assert len(registries.first.asked) == 3, "what gives no answer is not asked again at once"
    page = person.get("/")
    assert page.status_code == 502
    assert 'href="/logout"' in page.text
    person.get("/logout")
    assert person.get("/").status_code == 200


@pytest.mark.parametrize("kind", ["away", "late", "cut off"])
def test_each_way_to_be_silent_is_told_in_a_sentence_and_never_500(
    redis_url: str, redis_client: Redis, tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    pieces = {"late": (b"", b""), "cut off": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",)}
    status = {"away": (503, "registry_away"), "late": (504, "registry_late"), "cut off": (502, "registry_answer")}[kind]
    with raw_answers(*pieces.get(kind, (b"",)), pause=threading.Event() if kind == "late" else None) as origin:
        l2 = f"http://127.0.0.1:{free_port()}" if kind == "away" else origin
        patience = "0.3" if kind == "late" else "30"
        environ = {"ARTDAG_HOME": str(tmp_path), "REDIS_URL": redis_url, "L2_SERVERS": l2, "L2_TIMEOUT_S": patience}
        app = under_test(create_app(build_services(Settings.from_env(environ), redis_client)))
        token = a_token("alice", l2, "http://localhost:8100")
        for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"auth_token={token}"}):
            answer = app.test_client(use_cookies=False).get("/runs", headers=headers)
            assert code(answer) == status
            assert l2 in answer.get_json()["detail"]


def test_what_is_kept_of_a_token_is_not_the_token(registries: Registries, redis_client: Redis) -> None:
    token = registries.token()
    registries.program(token).get("/runs")
    for key in redis_client.scan_iter():
        assert token.encode() not in key
        assert redis_client.type(key) != b"string" or token.encode() not in (redis_client.get(key) or b"")


# --- revoking ---------------------------------------------------------------------------------------------------------


def test_a_revoked_token_ends_at_once_in_every_process_even_where_its_registry_still_vouches(
    registries: Registries,
) -> None:
    token = registries.token()
    person, program = registries.person(token), registries.program(token)
    other_process = under_test(create_app(build_services(registries.services.settings)))
    elsewhere = other_process.test_client()
    assert elsewhere.get("/runs", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert registries.program(token).post("/auth/revoke").get_json() == {"revoked": True}
    assert program.get("/runs").status_code == 401
    assert elsewhere.get("/runs", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert "Not logged in" in person.get("/").text
    answer = person.get(f"/auth?auth_token={token}")
    assert answer.status_code == 401
    assert "revoked" in answer.text


@pytest.mark.parametrize("asks_before", [True, False])
def test_a_revoked_token_ends_in_the_other_writing_of_its_signature_too(
    registries: Registries, asks_before: bool
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    claims = claims_of("alice", registries.first.origin, L1)
    token = jwt.encode(claims, key, algorithm="ES256")
    twin = other_writing(token)
    assert jwt.decode(twin, key.public_key(), algorithms=["ES256"], audience=L1)["username"] == "alice"
    if asks_before:
        assert registries.program(twin).get("/runs").status_code == 200
    assert registries.program(token).post("/auth/revoke").status_code == 200
    assert registries.program(twin).get("/runs").status_code == 401
    third = jwt.encode({**claims, "jti": "3"}, key, algorithm="ES256")
    assert registries.program(third).get("/runs").status_code == 200
    registries.services.vouching.revoke_all(registries.at("alice"))
    assert registries.program(other_writing(third)).get("/runs").status_code == 401


def other_writing(token: str) -> str:
    """Return an ES256 token with the other signature that is good for it: (r, n - s), n being the order of P-256."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signed, _, signature = token.rpartition(".")
    pair = base64.urlsafe_b64decode(signature + "==")
    other = pair[:32] + (order - int.from_bytes(pair[32:], "big")).to_bytes(32, "big")
    return f"{signed}.{base64.urlsafe_b64encode(other).rstrip(b'=').decode()}"


def test_a_token_that_was_never_seen_can_be_revoked_as_well(registries: Registries) -> None:
    token = registries.token()
    assert registries.app.test_client().post("/auth/revoke", json={"token": token}).status_code == 200
    assert registries.program(token).get("/runs").status_code == 401
    assert registries.first.asked == []


def test_an_answer_that_is_older_than_a_revocation_does_not_count(registries: Registries) -> None:
    token = registries.token()

    def says(*asked: Any) -> tuple[int, dict[str, str], bytes]:
        registries.services.vouching.revoke(token)  # while the question is on its way
        return vouches(*asked)

    registries.first.says = says
    assert registries.program(token).get("/runs").status_code == 401
    second = registries.token(exp=time.time() + 1800)

    def all_of_them(*asked: Any) -> tuple[int, dict[str, str], bytes]:
        registries.services.vouching.revoke_all(registries.at("alice"))
        return vouches(*asked)

    registries.first.says = all_of_them
    assert registries.program(second).get("/runs").status_code == 401


@pytest.mark.parametrize(
    ("headers", "body"),
    [({}, {}), ({"Authorization": "Bearer "}, {}), ({"Authorization": "Bearer a.b.c"}, {}), ({}, {"token": "x"})],
)
def test_only_a_token_proves_its_own_revocation(
    registries: Registries, headers: dict[str, str], body: dict[str, str]
) -> None:
    answer = registries.app.test_client().post("/auth/revoke", json=body, headers=headers)
    assert answer.status_code == 401
    other = registries.program(registries.token()).post("/auth/revoke", json={"token": registries.token("bob")})
    assert other.status_code == 401


def test_a_registry_ends_all_tokens_of_its_user_by_its_secret(registries: Registries) -> None:
    tokens = [registries.token(exp=time.time() + 3600 + more) for more in range(3)]
    bob, twin = (
        registries.program(registries.token("bob")),
        registries.program(registries.token("alice", registries.second)),
    )
    alices = [registries.program(token) for token in tokens]
    assert all(client.get("/runs").status_code == 200 for client in (*alices, bob, twin))
    registry = registries.program(SECRET)
    assert registry.post("/auth/revoke-user", json={"username": "alice"}).get_json() == {"revoked": True}
    assert all(client.get("/runs").status_code == 401 for client in alices)
    assert bob.get("/runs").status_code == twin.get("/runs").status_code == 200
    (deed,) = registries.services.audit.page().items
    assert (deed.actor, deed.by) == (registries.first.origin, "registry")
    assert deed.subject == f"POST /auth/revoke-user {registries.at('alice')}"
    later = registries.token(exp=time.time() + 7200)
    assert registries.program(later).get("/runs").status_code == 200, "she can log in again"


def test_nobody_else_ends_a_users_tokens(registries: Registries) -> None:
    alice = registries.program(registries.token())
    assert alice.get("/runs").status_code == 200
    wanted = {"username": "alice"}
    for client in (registries.app.test_client(), registries.program(""), registries.program("guess"), alice):
        assert client.post("/auth/revoke-user", json=wanted).status_code == 401
    foreign = {**wanted, "l2_server": registries.second.origin}
    assert registries.program(SECRET).post("/auth/revoke-user", json=foreign).status_code == 401
    for name in ("", "alice@evil.example", "<b>", "a" * 65):
        assert registries.program(SECRET).post("/auth/revoke-user", json={"username": name}).status_code == 422
    assert alice.get("/runs").status_code == 200


@pytest.mark.parametrize("line", ["https://l2.example secret", "l2.example " + "ab" * 32, "ab" * 32])
def test_a_wrong_line_among_the_secrets_stops_the_start(registries: Registries, tmp_path: Path, line: str) -> None:
    (tmp_path / "secrets").write_text(f"# ours\n{line}\n")
    with pytest.raises(SettingsError, match="line 2"):
        create_app(registries.services)


def test_without_registries_nobody_is_attached(client: FlaskClient) -> None:
    for method, path in (("GET", "/auth?auth_token=x"), ("POST", "/auth/revoke"), ("POST", "/auth/revoke-user")):
        assert code(client.open(path, method=method, json={})) == (404, "no_l2")


def test_a_slow_registry_does_not_hold_every_thread(registries: Registries, clock: Clock) -> None:
    waiting, go = threading.Barrier(5), threading.Event()

    def slow(*asked: Any) -> tuple[int, dict[str, str], bytes]:
        waiting.wait(20)
        go.wait(20)
        return says_json({}, 500)()

    registries.first.says = slow
    identify: Callable[[str], Any] = registries.services.vouching.identify
    results: list[str] = []

    def ask(number: int) -> None:
        try:
            identify(registries.token(exp=time.time() + 3600 + number))
        except ArtDagError as error:
            results.append(type(error).__name__)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    waiting.wait(20)  # four questions are on their way; the other six wait their turn
    go.set()
    for thread in threads:
        thread.join(30)
    assert len(results) == 10
    assert len(registries.first.asked) == 4, "who waited is told what the first ones met"
