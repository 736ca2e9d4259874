"""The API's description is valid and complete, and its viewer asks no other host for anything."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.web.openapi import operations, path_of
from artdag.digest import Digest
from tests.app.conftest import Person

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").get_json()
    return found


def test_every_route_is_described(app: Flask) -> None:
    missing = {rule.endpoint for rule, _, operation in operations(app) if operation is None}
    assert missing == set()


def test_every_described_route_is_in_the_document(app: Flask, document: dict[str, Any]) -> None:
    routes = {(path_of(rule), method) for rule, method, operation in operations(app) if operation is not None}
    told = {(path, method) for path, item in document["paths"].items() for method in item}
    assert routes == told


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version"} <= set(document["info"])
    ids = []
    for path, item in document["paths"].items():
        assert set(item) <= METHODS
        for method, operation in item.items():
            where = f"{method} {path}"
            ids.append(operation["operationId"])
            assert operation["summary"], where
            assert operation["responses"], where
            named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), where
            assert all(one["required"] for one in operation["parameters"] if one["in"] == "path"), where
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place


def test_every_schema_is_a_schema(document: dict[str, Any]) -> None:
    for name in document["components"]["schemas"]:
        jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", **document})


def test_records_are_as_described(client: FlaskClient, document: dict[str, Any], clip: Digest) -> None:
    run = client.post("/runs", json={"recipe": "identity", "inputs": [clip]}).get_json()
    answers = {
        "RunRecord": run,
        "RunList": client.get("/runs").get_json(),
        "PlanRecord": client.get(f"/runs/{run['run_id']}/plan").get_json(),
        "ProblemReport": client.get("/runs/none").get_json(),
    }
    for name, answer in answers.items():
        schema = {"$ref": f"#/components/schemas/{name}", **document}
        jsonschema_rs.validator_for(schema).validate(answer)
    assert set(run) == set(document["components"]["schemas"]["RunRecord"]["properties"])


def test_the_viewer_comes_from_here(person: Person) -> None:
    page = person.get("/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert any("swagger-ui-bundle" in address for address in addresses)
    assert all(address.startswith(("/", "#")) for address in addresses)


def test_programs_get_the_document_from_docs_too(client: FlaskClient, document: dict[str, Any]) -> None:
    assert client.get("/docs").get_json() == document


def test_static_files_may_be_kept_for_good_under_their_stamp(person: Person) -> None:
    found = re.search(r'href="(/static/app\.css\?v=\w+)"', person.get("/").text)
    assert found is not None
    with person.get(found[1]) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
    assert Path("static/app.css").exists()
