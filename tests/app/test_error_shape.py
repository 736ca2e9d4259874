"""Every error, whatever raised it and whoever asks, has one shape and tells no secrets."""

from __future__ import annotations

import io
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app import create_app
from app.services import build_services
from app.settings import Settings
from app.web.errors import STATUS, status_of
from app.web.openapi import operations, path_of
from app.web.payload import MAX_BYTES
from artdag import errors as engine
from artdag.digest import Digest
from tests.app.conftest import HTML, Person, under_test

UNKNOWN = "0123456789abcdef" * 4
A_RUN = "00000000-0000-4000-8000-000000000000"


def test_every_error_of_the_engine_has_a_status() -> None:
    def family(root: type[engine.ArtDagError]) -> list[type[engine.ArtDagError]]:
        return [root, *(kind for child in root.__subclasses__() for kind in family(child))]

    unlisted = [kind.__name__ for kind in family(engine.ArtDagError)[1:] if not set(kind.__mro__) & set(STATUS)]
    assert unlisted == []


def test_the_nearest_class_decides() -> None:
    assert status_of(engine.CrashError) == status_of(engine.RenderError) == 500
    assert status_of(engine.RecipeError) == 422


def test_unknown_things_are_404_on_every_route_that_names_one(app: Flask, client: FlaskClient) -> None:
    checked = 0
    for rule, method, _ in operations(app):
        if method == "get" and rule.arguments and "path" not in rule.arguments:
            answer = client.get(_filled(rule))
            assert_problem(answer, 404, f"{method} {rule.rule}")
            checked += 1
    assert checked > 8


def test_nonsense_in_an_address_is_no_server_error(app: Flask, client: FlaskClient) -> None:
    for rule, method, _ in operations(app):
        for nonsense in ("%00", "..%2f..%2fetc", "%ff", "x" * 3000, "'\"<script>", "-"):
            if rule.arguments and "path" not in rule.arguments:
                answer = client.open(_filled(rule, nonsense), method=method.upper())
                assert 400 <= answer.status_code < 500, f"{method} {rule.rule} {nonsense[:20]}"
                assert_problem(answer, answer.status_code, f"{method} {rule.rule} {nonsense[:20]}")


def test_a_method_that_a_route_does_not_have_is_405_and_says_which_it_has(client: FlaskClient) -> None:
    answer = client.put("/runs")
    assert_problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_an_address_that_is_none_is_404(client: FlaskClient) -> None:
    assert_problem(client.get("/no/such/place"), 404)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"recipe": "dog", "recipe": "cat"}', "application/json", 400),
        (b'{"recipe": NaN}', "application/json", 400),
        (b'{"recipe": 1e999}', "application/json", 400),
        (b'{"recipe": ' + 5000 * b"9" + b"}", "application/json", 400),
        (b'{"recipe": "\\ud800"}', "application/json", 400),
        (b'{"recipe": "a\\u0000b"}', "application/json", 400),
        (b"\x00\xff", "application/json", 400),
        (b'{"recipe": ' + b"9" * 5000 + b"}", "application/json", 400),
        (b'{"params": ' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}", "application/json", 400),
        (b'{"params": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json", 400),
        (b'{"recipe": "' + b"x" * (1 << 20) + b'"}', "application/json", 413),
        (b"<run/>", "text/xml", 415),
        (b"", "application/json", 422),
        (b"{}", "application/json", 422),
        (b'{"recipe": 7}', "application/json", 422),
        (b'{"recipe": "invert", "colour": "red"}', "application/json", 422),
        (b'{"recipe": "no-such-recipe"}', "application/json", 404),
        (b'{"recipe": "invert"}', "application/json", 422),
        (b'{"recipe": "invert", "inputs": ["no-such-asset"]}', "application/json", 422),
        (b'{"recipe": "invert", "params": {"intensity": 7}}', "application/json", 422),
    ],
)
def test_a_bad_request_for_a_run_says_what_is_wrong(
    client: FlaskClient, body: bytes, content_type: str, status: int
) -> None:
    assert_problem(client.post("/runs", data=body, content_type=content_type), status)


def test_all_problems_come_at_once_with_their_fields(client: FlaskClient) -> None:
    answer = client.post("/runs", json={"inputs": 3, "output_name": ""})
    assert {entry["field"] for entry in answer.get_json()["errors"]} >= {"recipe", "output_name"}


def test_nobody_is_let_in_without_a_token(shared_app: Flask, stranger: FlaskClient) -> None:
    for rule, method, operation in operations(shared_app):
        if operation is not None and operation.login:
            answer = stranger.open(_filled(rule), method=method.upper())
            assert answer.status_code in (401, 404, 415), f"{method} {rule.rule}: {answer.status_code}"
            assert_problem(answer, answer.status_code)
    answer = stranger.post("/runs", json={"recipe": "dog"})
    assert_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_that_nobody_knows_is_401_everywhere(stranger: FlaskClient) -> None:
    assert_problem(stranger.get("/runs", headers={"Authorization": "Bearer nonsense"}), 401)


def test_people_see_the_same_facts_as_a_page(person: Person) -> None:
    answer = person.get(f"/runs/{A_RUN}")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "run_not_found" in answer.text
    assert "<nav" in answer.text


def test_htmx_gets_the_error_as_a_card_alone(person: Person) -> None:
    answer = person.fragment(f"/runs/{A_RUN}", "div#run_live")
    assert answer.status_code == 404
    assert answer.text.lstrip().startswith('<section id="error_card"')


def test_a_surprise_tells_the_log_everything_and_the_visitor_a_reference(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/surprise")
    def surprise() -> str:
        raise ZeroDivisionError("secret 42")

    for headers in ({}, HTML):
        answer = app.test_client().get("/surprise", headers=headers)
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
    found = app.test_client().get("/surprise").get_json()
    assert found["reference"] in caplog.text
    assert "secret 42" in caplog.text


def test_without_redis_every_page_says_503_and_when_to_come_back(tmp_path: Path) -> None:
    settings = Settings.from_env({"ARTDAG_HOME": str(tmp_path), "REDIS_URL": f"unix://{tmp_path}/none.sock"})
    client = under_test(create_app(build_services(settings))).test_client()
    for path in ("/", "/runs", f"/runs/{A_RUN}", "/recipes", "/media", "/cache"):
        answer = client.get(path)
        assert_problem(answer, 503, path)
        assert answer.headers["Retry-After"]
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").get_json()["checks"]["redis"]["state"] == "broken"
    page = client.get("/", headers=HTML)
    assert page.status_code == 503
    assert "this page tries again by itself" in page.text
    assert '<meta http-equiv="refresh"' in page.text
    assert "try again in a few seconds" in client.get("/").get_json()["detail"]


def test_a_page_does_not_wait_long_for_a_redis_that_takes_connections_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("ARTDAG_HOME", str(tmp_path))
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{silent.getsockname()[1]}/5")
        client = under_test(create_app()).test_client()
        for path in ("/", "/readyz"):
            began = time.monotonic()
            answer = client.get(path)
            assert answer.status_code == 503
            assert time.monotonic() - began < 4, "it is given up after one and a half seconds, and not tried again"


def test_fields_that_are_missing_or_unknown_are_named_in_plain_words(client: FlaskClient) -> None:
    answer = client.post("/runs", json={"recipes": "invert"})
    assert_problem(answer, 422)
    said = {problem["field"]: problem["message"] for problem in answer.get_json()["errors"]}
    assert said == {"recipe": "this is needed", "recipes": "there is no field of this name"}


def test_a_request_that_is_too_large_is_told_the_limit(client: FlaskClient) -> None:
    answer = client.post("/runs", data="x" * 3_000_000, content_type="application/json")
    assert_problem(answer, 413)
    assert "1,048,576 bytes" in answer.get_json()["detail"]


def test_a_field_is_named_without_the_checkers_own_words(client: FlaskClient) -> None:
    answer = client.post("/runs", json={"recipe": "invert", "inputs": [1], "output_name": "a\nb"})
    said = [(problem["field"], problem["message"]) for problem in answer.get_json()["errors"]]
    assert [field for field, _ in said] == ["inputs.0", "inputs", "output_name"]
    assert said[-1][1] == "holds characters that cannot be shown"


def test_a_body_without_a_length_is_not_cut_at_the_limit_but_refused(client: FlaskClient, clip: Digest) -> None:
    def sent(spaces: int) -> TestResponse:
        body = json.dumps({"recipe": "identity", "inputs": [clip]}).encode().ljust(spaces)
        return client.post(
            "/runs",
            input_stream=io.BytesIO(body),
            content_type="application/json",
            headers={"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )

    assert sent(MAX_BYTES).status_code == 201
    assert_problem(sent(MAX_BYTES + 1), 413)


def test_chunks_that_are_none_make_a_bad_request(client: FlaskClient) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise RuntimeError("invalid chunk size")

        readinto = None

    for path, kind in (("/runs", "application/json"), ("/cache/upload", "multipart/form-data; boundary=b")):
        answer = client.post(
            path,
            input_stream=Broken(),
            content_type=kind,
            headers={"Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert_problem(answer, 400, path)
        assert "chunks" in answer.get_json()["detail"]


def test_deleted_runs_say_when_and_why(client: FlaskClient, clip: Digest) -> None:
    run = client.post("/runs", json={"recipe": "identity", "inputs": [clip]}).get_json()
    assert client.delete(f"/runs/{run['run_id']}").status_code == 200
    for spelt in (run["run_id"], run["run_id"].upper()):
        answer = client.get(f"/runs/{spelt}")
        assert_problem(answer, 410)
        assert answer.get_json()["gone_at"]


def assert_problem(answer: TestResponse, status: int, what: str = "") -> None:
    assert answer.status_code == status, f"{what}: {answer.status_code} {answer.text[:300]}"
    assert answer.mimetype == "application/problem+json", what
    found: dict[str, Any] = json.loads(answer.text)
    assert {"type", "title", "status", "detail", "code", "errors"} <= set(found), what
    assert found["status"] == status
    assert found["detail"], what
    assert "Traceback" not in answer.text


def _filled(rule: Rule, value: str | None = None) -> str:
    path = path_of(rule)
    for name in rule.arguments:
        path = path.replace(f"{{{name}}}", value or (A_RUN if name == "run_id" else UNKNOWN))
    return path
