"""The schema of recipes through the door: for everybody, for this server's effects, and cheap to ask for again."""

from __future__ import annotations

import jsonschema_rs
import pytest
from flask.testing import FlaskClient

from app.services import Services
from artdag.schema import recipe_schema
from artdag.yaml_document import read_yaml
from tests.app.conftest import Person
from tests.app.test_recipes_routes import BAD, GOOD, upload

ADDRESS = "/recipes/schema.json"
NOT_SAID = {"unknown param", "an id twice", "no such input", "no such output", "a circle"}
"""Faults that a schema cannot see."""
OF_THE_GOOD_ONE = {fault for fault, (text, _) in BAD.items() if text.startswith("\nname: soft")} - {"a key twice"}
"""Documents with one fault; a key that stands twice is no document."""


def test_it_is_the_schema_of_what_this_server_has(client: FlaskClient, services: Services) -> None:
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.get_json() == recipe_schema(services.node_types, services.effects)


def test_a_copy_serves_for_a_while_and_is_then_asked_after(client: FlaskClient) -> None:
    first = client.get(ADDRESS)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = client.get(ADDRESS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(ADDRESS, headers={"If-None-Match": '"another"'}).status_code == 200


def test_people_get_it_too_and_find_it_from_the_documentation(person: Person) -> None:
    assert f'href="{ADDRESS}"' in person.get("/docs").text
    assert person.get(ADDRESS).mimetype == "application/json"


def test_the_documentation_names_it(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").get_json()["paths"]
    assert paths[ADDRESS]["get"]["summary"] == "Get the JSON Schema of recipes"


def test_what_it_takes_can_be_uploaded(client: FlaskClient) -> None:
    schema = jsonschema_rs.Draft202012Validator(client.get(ADDRESS).get_json())
    schema.validate(read_yaml(GOOD.encode()).value)
    assert upload(client, GOOD).status_code == 201


@pytest.mark.parametrize("fault", sorted(OF_THE_GOOD_ONE))
def test_what_it_refuses_is_refused_at_the_door(client: FlaskClient, fault: str) -> None:
    text, _ = BAD[fault]
    assert upload(client, text).status_code == 422
    schema = jsonschema_rs.Draft202012Validator(client.get(ADDRESS).get_json())
    assert schema.is_valid(read_yaml(text.encode()).value) is (fault in NOT_SAID)
