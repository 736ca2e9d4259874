"""Every route through every error that its declaration says it can give; a new route is driven, too, as it comes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.services import Services, build_services
from app.settings import Settings
from app.web.openapi import Operation, operations, path_of
from app.web.payload import MAX_BYTES
from app.web.security import SAFE_METHODS
from tests.api.server import filled
from tests.app.conftest import Person, under_test

UNSAFE = {"post", "put", "patch", "delete"}
NEEDS_NO_REDIS = {
    ("get", "/actor"),
    ("get", "/docs"),
    ("get", "/effects"),
    ("get", "/healthz"),
    ("get", "/logout"),
    ("get", "/metrics"),
    ("get", "/openapi.json"),
    ("get", "/readyz"),
    ("get", "/recipes/language"),
    ("get", "/recipes/schema.json"),
    ("get", "/recipes/upload"),
    ("get", "/configs/upload"),
    ("post", "/logout"),
}
"""What is answered while Redis is away."""
ASK_FIRST = ("/cache/import", *(f"/runs/{word}" for word in ("cancel", "compare", "discard", "sheet")))
"""Where an address that names nothing is refused before Redis is asked."""


@pytest.fixture
def known(services: Services, client: FlaskClient, tmp_path: Path) -> dict[str, list[str]]:
    return filled(services, client, tmp_path)


def routes(app: Flask) -> Iterator[tuple[str, str, Operation]]:
    """Go through (method, path, declaration)."""
    for rule, method, operation in operations(app):
        assert operation is not None, f"{rule} has no declaration"
        yield method, path_of(rule), operation


def address(path: str, known: dict[str, list[str]]) -> str:
    """Return *path* with the names of things that exist."""
    area = path.split("/")[1]
    for name in ("run_id", "other_id", "name", "node", "upload_id", "other", "delivery"):
        values = known.get(f"{area}.{name}") or known.get(name) or ["none-such"]
        path = path.replace(f"{{{name}}}", values[0])
    return path


def fault(answer: TestResponse, *expected: int) -> str | None:
    """Return what is wrong with an answer that should be one of these errors."""
    with answer:
        if answer.status_code not in expected:
            return f"{answer.status_code} instead of {expected}: {answer.text[:120]}"
        if answer.mimetype != "application/problem+json":
            return f"{answer.status_code} as {answer.mimetype}"
        found: dict[str, Any] = json.loads(answer.text)
    whole = {"type", "title", "status", "detail", "code", "errors"} <= set(found) and found["detail"]
    return None if whole and found["status"] == answer.status_code else f"not the one shape: {found}"


def told(wrong: dict[str, str | None]) -> list[str]:
    return [f"{what}: {why}" for what, why in wrong.items() if why]


def test_hosts_sites_and_forms_of_others_are_refused_everywhere(
    app: Flask, client: FlaskClient, known: dict[str, list[str]]
) -> None:
    wrong = {}
    for method, path, _ in routes(app):
        ask, where = getattr(client, method), address(path, known)
        wrong[f"{method} {path} foreign host"] = fault(ask(where, headers={"Host": "evil.example"}), 400)
        if method.upper() not in SAFE_METHODS:
            foreign = {"Sec-Fetch-Site": "cross-site"}
            wrong[f"{method} {path} foreign site"] = fault(ask(where, headers=foreign), 403)
            forged = {"Sec-Fetch-Site": "same-origin"}
            wrong[f"{method} {path} no token"] = fault(ask(where, headers=forged), 403)
    assert told(wrong) == []


def test_methods_that_are_not_declared_are_405_and_say_which_are(
    app: Flask, client: FlaskClient, known: dict[str, list[str]]
) -> None:
    declared: dict[str, set[str]] = {}
    for method, path, _ in routes(app):
        declared.setdefault(path, set()).add(method)
    wrong = {}
    for path, methods in declared.items():
        for method in ("get", *sorted(UNSAFE)):
            if method not in methods:
                answer = getattr(client, method)(address(path, known))
                allowed = {one.strip().lower() for one in answer.headers.get("Allow", "").split(",")}
                missing = None if methods <= allowed else f"Allow says {allowed}"
                wrong[f"{method} {path}"] = fault(answer, 405) or missing
    assert told(wrong) == []


def test_nobody_and_a_wrong_token_are_401_where_a_login_is_due(shared_app: Flask, stranger: FlaskClient) -> None:
    wrong = {}
    for method, path, operation in routes(shared_app):
        if operation.login:
            ask, where = getattr(stranger, method), address(path, {})
            expected = (401, 404) if "{run_id}" in path else (401,)  # runs are found before anybody is asked for
            wrong[f"{method} {path}"] = fault(ask(where), *expected)
            wrong[f"{method} {path} token"] = fault(ask(where, headers={"Authorization": "Bearer no"}), *expected)
    assert told(wrong) == []


def test_bodies_that_are_none_are_refused_everywhere(
    app: Flask, client: FlaskClient, known: dict[str, list[str]]
) -> None:
    bodies = {
        "no JSON": (b"{", "application/json", 400),
        "a list": (b"[]", "application/json", 400),
        "a key twice": (b'{"a": 1, "a": 2}', "application/json", 400),
        "too deep": (b'{"a":' * 40 + b"1" + b"}" * 40, "application/json", 400),
        "another type": (b"<a/>", "text/xml", 415),
        "too large": (b" " * (MAX_BYTES + 1), "application/json", 413),
        "an unknown field": (b'{"no-such-field": 1}', "application/json", 422),
    }
    wrong, count = {}, 0
    for method, path, operation in routes(app):
        if path.startswith("/auth"):
            continue  # there is no registry here
        for what, (data, kind, status) in bodies.items():
            if operation.body is not None:
                count += 1
                answer = getattr(client, method)(address(path, known), data=data, content_type=kind)
                wrong[f"{method} {path} {what}"] = fault(answer, status)
        if operation.body is not None or operation.upload or operation.raw:
            kind = operation.raw or ("application/json" if operation.body else "multipart/form-data; boundary=b")
            answer = getattr(client, method)(
                address(path, known),
                input_stream=io.BytesIO(b'{"half'),
                content_type=kind,
                headers={"Upload-Offset": "0", "Upload-Length": "1000"},
                environ_overrides={"CONTENT_LENGTH": "500"},
            )
            wrong[f"{method} {path} half sent"] = fault(answer, 400)
    assert count > 50
    assert told(wrong) == []


def test_fields_of_addresses_that_make_no_sense_are_refused_everywhere(
    app: Flask, client: FlaskClient, known: dict[str, list[str]]
) -> None:
    wrong = {}
    for method, path, operation in routes(app):
        if operation.query is None or path.startswith("/auth"):
            continue
        for name, schema in operation.query.model_json_schema()["properties"].items():
            kinds = [schema, *schema.get("anyOf", [])]
            if any("$ref" in kind or "enum" in kind or kind.get("type") in ("integer", "number") for kind in kinds):
                bad = "no-such"
            elif longest := next((kind["maxLength"] for kind in kinds if "maxLength" in kind), None):
                bad = "x" * (longest + 1)
            else:
                continue
            answer = getattr(client, method)(address(path, known), query_string={name: bad})
            wrong[f"{method} {path}?{name}="] = fault(answer, 400, 422)
    assert len(wrong) > 15
    assert told(wrong) == []


def test_what_was_deleted_is_410_everywhere(
    app: Flask, client: FlaskClient, services: Services, known: dict[str, list[str]]
) -> None:
    run, upload, recipe, medium = (known[name][-1] for name in ("run_id", "upload_id", "recipe.name", "cache.name"))
    medium = known["cache.name"][5]
    assert client.delete(f"/runs/{run}").status_code == 200
    client.delete(f"/cache/uploads/{upload}")
    client.delete(f"/recipes/{recipe}")
    assert client.delete(f"/cache/{medium}").status_code == 200
    gone = {
        **{name: [run] for name in ("runs.run_id", "run.run_id", "runs.other_id")},
        **{name: [recipe] for name in ("recipes.name", "recipe.name", "configs.name")},
        "cache.name": [medium],
        "upload_id": [upload],
    }
    wrong = {}
    for method, path, _ in routes(app):
        named = path.split("/")[1] in ("runs", "run", "recipes", "recipe", "configs", "cache") and "{" in path
        if method == "get" and named:
            wrong[f"{method} {path}"] = fault(client.get(address(path, gone)), 410)
    assert len(wrong) > 15
    assert told(wrong) == []


def test_without_redis_all_that_needs_it_is_503(tmp_path: Path) -> None:
    settings = Settings.from_env({"ARTDAG_HOME": str(tmp_path), "REDIS_URL": f"unix://{tmp_path}/none.sock"})
    app = under_test(create_app(build_services(settings)))
    client = app.test_client()
    wrong = {}
    for method, path, operation in routes(app):
        asks_first = operation.body or operation.upload or operation.raw or path in ASK_FIRST
        if (method, path) not in NEEDS_NO_REDIS and not asks_first and not path.startswith(("/auth", "/effects/")):
            where = address(path, {"run_id": ["0" * 8 + "-0000-4000-8000-" + "0" * 12], "upload_id": ["0" * 32]})
            where = where.replace("none-such", "0123456789abcdef" * 4)
            wrong[f"{method} {path}"] = fault(getattr(client, method)(where), 503)
    assert told(wrong) == []


def test_people_are_told_the_same_as_a_page(app: Flask, person: Person) -> None:
    wrong = {}
    for method, path, operation in routes(app):
        if method == "get" and "{" in path and operation.html:
            answer = person.get(address(path, {}))
            if (answer.status_code, answer.mimetype) != (404, "text/html"):
                wrong[f"{method} {path}"] = f"{answer.status_code} {answer.mimetype}"
    assert wrong == {}
