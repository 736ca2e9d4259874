"""Hosts, origins, tokens, headers: the matrix of who may ask for what from where."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.services import Services
from app.settings import SettingsError
from app.web.openapi import operations, path_of
from app.web.security import SAFE_METHODS
from artdag.digest import Digest
from tests.app.conftest import HTML, Person

RUN = {"recipe": "identity"}


@pytest.mark.parametrize("host", ["localhost", "localhost:8100", "127.0.0.1:1234", "[::1]:8100", "LOCALHOST"])
def test_our_own_names_are_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil", ""])
def test_foreign_names_are_not(client: FlaskClient, host: str) -> None:
    answer = client.get("/runs", headers={"Host": host})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "unknown_host")


@pytest.mark.parametrize(
    ("headers", "may"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Sec-Fetch-Site": "nonsense"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
        ({"Origin": "http://localhost@evil.example"}, False),
        ({"Origin": "http://localhost:9"}, False),
        ({"Origin": "file://"}, False),
        ({"Origin": "http://["}, False),
    ],
)
def test_pages_of_others_cannot_start_a_run(
    client: FlaskClient, clip: Digest, headers: dict[str, str], may: bool
) -> None:
    answer = client.post("/runs", json={**RUN, "inputs": [clip]}, headers=headers)
    assert answer.status_code == (201 if may else 403), answer.text
    if not may:
        assert answer.get_json()["code"] == "cross_site"


def test_no_unsafe_route_can_be_reached_from_another_site(app: Flask, client: FlaskClient) -> None:
    checked = 0
    for rule, method, _ in operations(app):
        if method.upper() in SAFE_METHODS:
            continue
        path = path_of(rule).replace("{", "").replace("}", "")
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {"Origin": "https://evil.example"}):
            answer = client.open(path, method=method.upper(), headers=headers)
            assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_site"), f"{method} {path}"
            checked += 1
    assert checked > 20


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}])
def test_a_browser_needs_the_token_of_the_page(
    app: Flask, client: FlaskClient, clip: Digest, headers: dict[str, str]
) -> None:
    wanted = {**RUN, "inputs": [clip]}
    refused = client.post("/runs", json=wanted, headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "csrf")
    person = Person(app)
    token = person.token()
    taken = person.client.post("/runs", json=wanted, headers={**headers, "X-CSRFToken": token})
    assert taken.status_code == 201
    stolen = app.test_client().post("/runs", json=wanted, headers={**headers, "X-CSRFToken": token})
    assert stolen.status_code == 403


def test_a_form_carries_the_token_as_a_field(person: Person, clip: Digest) -> None:
    answer = person.post("/runs", {"recipe": "identity", "inputs": [clip]})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/runs/")


def test_a_cookie_alone_makes_a_browser(app: Flask, person: Person, clip: Digest) -> None:
    person.get("/")
    answer = person.client.post("/runs", json={**RUN, "inputs": [clip]})
    assert answer.get_json()["code"] == "csrf"


def test_a_bearer_needs_no_token_of_a_page(alice_client: FlaskClient) -> None:
    answer = alice_client.post("/runs", json={"recipe": "no-such"}, headers={"Origin": "http://localhost"})
    assert answer.get_json()["code"] == "unknown_recipe"


def test_every_answer_carries_the_headers_that_keep_browsers_careful(person: Person) -> None:
    for path in ("/", "/runs", "/nowhere", "/static/app.css", "/healthz", "/docs"):
        with person.get(path) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy, path
        assert "unsafe" not in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "no-referrer", path


def test_no_page_holds_inline_scripts_or_styles(person: Person) -> None:
    for path in ("/", "/runs", "/docs", "/readyz", "/recipes", "/media", "/effects", "/cache"):
        text = person.get(path).text
        assert "<script>" not in text, path
        assert " style=" not in text, path
        assert " onclick=" not in text, path


def test_the_session_cookie_is_out_of_reach(person: Person) -> None:
    cookies = [cookie for cookie in person.get("/").headers.getlist("Set-Cookie") if "artdag_session" in cookie]
    assert cookies
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


def test_alice_cannot_see_bobs_list(alice_client: FlaskClient, bob: object) -> None:
    assert alice_client.get("/runs").get_json()["items"] == []
    assert alice_client.get(f"/runs?owner={bob}").status_code == 403
    assert alice_client.get("/runs?owner=*").status_code == 403


def test_a_changed_token_file_counts_at_once(
    shared_app: Flask, stranger: FlaskClient, alice_client: FlaskClient
) -> None:
    assert alice_client.get("/runs").status_code == 200
    tokens = shared_app.extensions["artdag"].settings.api_tokens
    tokens.write_text("")
    assert alice_client.get("/runs").status_code == 401


@pytest.mark.parametrize("line", ["secret @alice@art.example", "ab" * 32, f"{'ab' * 32} alice", f"{'ab' * 32} @a@b c"])
def test_a_wrong_line_among_the_tokens_stops_the_start(shared_services: Services, line: str) -> None:
    tokens = shared_services.settings.api_tokens
    assert tokens is not None
    tokens.write_text(f"# tokens\n{line}\n")
    with pytest.raises(SettingsError, match="line 2"):
        create_app(shared_services)


def test_html_is_for_those_who_name_it(client: FlaskClient) -> None:
    assert client.get("/runs", headers=HTML).mimetype == "text/html"
