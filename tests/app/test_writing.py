"""Writing a recipe: a text is checked while it is written, begun from another one, and compared with it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.services import Services
from tests.app.conftest import Person

GOOD = """name: soft
version: "1.0"
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true, name: Clip}}
    - {id: soft, type: EFFECT, config: {effect: blur, params: {radius: 4}}, inputs: [clip]}
  output: soft
"""
WRONG = GOOD.replace("radius: 4", "raduis: 4").replace("output: soft", "output: sfot")


def kept(client: FlaskClient, text: str) -> str:
    answer = client.post("/recipes/upload", data=text, content_type="application/yaml")
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["id"])


def test_a_check_keeps_nothing_and_tells_everything(client: FlaskClient, services: Services) -> None:
    good = client.post("/recipes/check", data=GOOD, content_type="application/yaml").get_json()
    assert good == {"ok": True, "errors": [], "warnings": [], "name": "soft", "version": "1.0"}
    wrong = client.post("/recipes/check", data=WRONG, content_type="application/yaml").get_json()
    assert not wrong["ok"]
    assert [error["line"] for error in wrong["errors"]] == [6, 7]
    assert services.recipes.count() == 0


@pytest.mark.parametrize("text", ["", "name: [", "a: &x 1\nb: *x", "\0", "- " * 2000 + "x"])
def test_what_is_no_recipe_is_told_to_be_none(client: FlaskClient, text: str) -> None:
    answer = client.post("/recipes/check", data=text.encode(), content_type="application/yaml")
    assert answer.status_code == 200
    assert answer.get_json()["errors"][0]["message"]


def test_the_page_marks_lines_and_draws_what_works(person: Person) -> None:
    headers = {"HX-Request": "true", "HX-Target": "div#check", "HX-Request-Type": "partial"}
    wrong = person.post("/recipes/check", {"text": WRONG}, **headers).text
    assert 'data-wrong="6 7"' in wrong
    assert re.search(r'data-line="6" data-column="\d+">line 6<', wrong)
    good = person.post("/recipes/check", {"text": GOOD.replace("\n", "\r\n")}, **headers).text
    assert "soft 1.0 can be kept" in good
    assert "It asks for Clip." in good
    assert "<svg" in good
    assert "<html" not in good


def test_other_types_and_texts_without_end_are_refused(client: FlaskClient) -> None:
    assert client.post("/recipes/check", data="{}", content_type="application/json").status_code == 415
    huge = client.post("/recipes/check", data="#" * 1_100_000, content_type="application/yaml")
    assert "1,000,000 bytes" in huge.get_json()["errors"][0]["message"]
    assert client.post("/recipes/check", data="#" * 4_000_000, content_type="application/yaml").status_code == 413


def test_a_new_version_begins_as_the_old_one_and_is_compared_with_it(client: FlaskClient, person: Person) -> None:
    first = kept(client, GOOD)
    page = person.get(f"/recipes/upload?of={first}").text
    assert "New version of soft 1.0" in page
    assert "radius: 4" in page
    second = kept(client, GOOD.replace('"1.0"', '"1.1"').replace("radius: 4", "radius: 9"))
    found = client.get(f"/recipes/{first}/text/{second}").get_json()
    assert [line for line in found["lines"] if line[:1] in "+-" and line[1:2] not in "+-"] == [
        '-version: "1.0"',
        '+version: "1.1"',
        "-    - {id: soft, type: EFFECT, config: {effect: blur, params: {radius: 4}}, inputs: [clip]}",
        "+    - {id: soft, type: EFFECT, config: {effect: blur, params: {radius: 9}}, inputs: [clip]}",
    ]
    shown = person.get(f"/recipes/{first}/text/{second}").text
    assert shown.count('data-line="new"') == 3  # the name of the newer one is a line, too
    assert f"/recipes/{first}/text/{second}" in person.get(f"/recipes/{second}").text
    assert "the texts are the same" in person.get(f"/recipes/{first}/text/{first}").text
    assert client.get(f"/recipes/{first}/text/nothing").status_code == 404


def test_the_language_is_shown_from_its_declarations(client: FlaskClient, person: Person, services: Services) -> None:
    told = client.get("/recipes/language").get_json()
    assert {one["name"] for one in told["node_types"]} == set(services.node_types)
    (resize,) = (one for one in told["node_types"] if one["name"] == "RESIZE")
    assert [one["name"] for one in resize["settings"]][:2] == ["`width`", "`height`"]
    page = person.get("/recipes/language").text
    assert all(f'id="{name}"' in page for name in services.node_types)
    assert "`" not in page.partition("<h2>Node types</h2>")[2].partition("</main>")[0]
    assert '"/recipes/language"' in person.get("/recipes/upload").text
