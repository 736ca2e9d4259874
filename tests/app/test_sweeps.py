"""Sweeps and contact sheets: one recipe with many values, and any runs side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.runs.sheet import lay_out
from app.runs.sweep import sweep_values
from app.services import Services
from artdag.digest import Digest
from artdag.errors import ParameterError
from artdag.identity import LOCAL
from artdag.recipe_reader import parse_recipe
from tests.app.conftest import Person

TONES = b"""
name: tones
params:
  levels: {type: int, default: 4, min: 2, max: 64}
  warm: {type: float, default: 0.2, min: -1, max: 1}
  axis: {type: enum, default: horizontal, choices: [horizontal, vertical]}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: flat, type: EFFECT, config: {effect: posterize, params: {levels: {param: levels}}}, inputs: [clip]}
    - {id: hot, type: EFFECT, config: {effect: color_balance, params: {red: {param: warm}}}, inputs: [flat]}
    - {id: over, type: EFFECT, config: {effect: flip, params: {axis: {param: axis}}}, inputs: [hot]}
  output: over
"""


@pytest.fixture
def tones(services: Services) -> str:
    services.content.put_bytes(TONES)
    recipe = parse_recipe(TONES)
    services.recipes.add(recipe, LOCAL, services.clock())
    return recipe.recipe_id


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"warm": "0 to 0.3 in 4"}, (0.0, 0.1, 0.2, 0.3)),
        ({"warm": "0.5, -0.25 ,0.5"}, (0.5, -0.25)),
        ({"levels": "2 to 5 in 4"}, (2, 3, 4, 5)),
        ({"levels": "2 to 3 in 5"}, (2, 3)),
        ({"axis": "horizontal, vertical"}, ("horizontal", "vertical")),
        ({"levels": [8, 4]}, (8, 4)),
    ],
)
def test_values_are_written_as_a_list_or_as_two_ends(given: dict[str, Any], values: tuple[Any, ...]) -> None:
    assert tuple(sweep_values(parse_recipe(TONES), given).values()) == (values,)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "nothing is swept"),
        ({"wram": "1"}, "tones has no param 'wram'"),
        ({"warm": "0, much"}, "'much' is no number"),
        ({"warm": "0, 3"}, "3"),
        ({"warm": "nan"}, "nan"),
        ({"warm": "0 to 1 in 1"}, "between two ends lie 2 to 64 values, not 1"),
        ({"axis": "sideways"}, "sideways"),
        ({"levels": "2 to 64 in 60", "warm": "0, 1"}, "a sweep makes 64 runs at most, and this one 120"),
    ],
)
def test_a_sentence_says_what_cannot_be_swept(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ParameterError) as caught:
        sweep_values(parse_recipe(TONES), given)
    assert sentence in caught.value.problems[0].message


def swept(client: FlaskClient, recipe: str, clip: Digest, **sweep: Any) -> dict[str, Any]:
    answer = client.post(f"/recipes/{recipe}/sweep", json={"inputs": {"clip": clip}, "sweep": sweep})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_two_params_make_a_table_of_runs(
    client: FlaskClient, person: Person, tones: str, clip: Digest, work: Callable[[], None]
) -> None:
    made = swept(client, tones, clip, levels="4, 2", warm=[0.0, 0.5])
    tried = [(run["params"]["levels"], run["params"]["warm"]) for run in made["items"]]
    assert tried == [(levels, warm) for levels in (4, 2) for warm in (0.0, 0.5)]
    assert made["axes"] == [{"name": "levels", "values": [2, 4]}, {"name": "warm", "values": [0.0, 0.5]}]
    waiting = person.get(made["sheet"]).text
    assert 'hx-trigger="every 2s"' in waiting
    work()
    page = person.get(made["sheet"]).text
    assert 'hx-trigger="every 2s"' not in page
    assert re.findall(r'<th scope="(?:row|col)">([^<]+)</th>', page) == ["levels ↓ warm →", "0", "0.5", "2", "4"]
    outputs = {run["output_hash"] for run in client.get(made["sheet"]).get_json()["items"]}
    assert len(outputs) == 4
    assert all(f"/cache/{one}/poster" in page for one in outputs)


def test_a_sweep_from_the_page_leads_to_its_sheet(person: Person, tones: str, clip: Digest) -> None:
    assert 'name="sweep.levels"' in person.get(f"/recipes/{tones}").text
    fields = {
        "inputs.clip": clip,
        "params.warm": "0.1",
        "sweep.levels": "2 to 8 in 3",
        "sweep.warm": "",
        "sweep.axis": "",
    }
    answer = person.post(f"/recipes/{tones}/sweep", fields)
    assert answer.status_code == 303
    runs = person.client.get(answer.location).get_json()["items"]
    assert [(run["params"]["levels"], run["params"]["warm"]) for run in runs] == [(2, 0.1), (5, 0.1), (8, 0.1)]
    assert runs[0]["output_name"] == "tones · levels 2"


def test_what_is_wrong_is_told_beside_the_form_and_nothing_runs(
    person: Person, client: FlaskClient, services: Services, tones: str, clip: Digest
) -> None:
    answer = person.post(f"/recipes/{tones}/sweep", {"inputs.clip": clip, "sweep.levels": "2, 900"})
    assert answer.status_code == 422
    assert "900" in answer.text
    assert 'name="sweep.levels" value="2, 900"' in answer.text
    missing = client.post(f"/recipes/{tones}/sweep", json={"sweep": {"levels": [2, 3]}})
    assert missing.status_code == 422
    assert services.runs.page(None, limit=5).items == ()


def test_the_other_buttons_of_the_form_do_not_mind_what_is_to_be_swept(
    person: Person, tones: str, clip: Digest
) -> None:
    fields = {"inputs.clip": clip, "sweep.levels": "2 to 8 in 3"}
    assert person.post(f"/recipes/{tones}/run", fields).status_code == 303
    assert person.post(f"/recipes/{tones}/plan", fields).status_code == 200


def test_the_same_key_makes_no_second_sweep(client: FlaskClient, tones: str, clip: Digest) -> None:
    body = {"inputs": {"clip": clip}, "sweep": {"levels": [2, 3]}}
    first, again = (
        client.post(f"/recipes/{tones}/sweep", json=body, headers={"Idempotency-Key": "once"}).get_json() for _ in "ab"
    )
    assert [run["run_id"] for run in first["items"]] == [run["run_id"] for run in again["items"]]


def test_any_runs_can_be_laid_side_by_side(client: FlaskClient, services: Services, tones: str, clip: Digest) -> None:
    made = swept(client, tones, clip, levels=[8, 2, 4])["items"]
    sheet = lay_out([services.runs.get(run["run_id"]) for run in made])
    assert [axis.values for axis in sheet.axes] == [(2, 4, 8)]
    levels = [run.params["levels"] for run in sheet.runs]
    assert all(low < high for low, high in pairwise(levels))
    one = client.get(f"/runs/sheet?run={made[0]['run_id']}").get_json()
    assert (len(one["items"]), one["axes"]) == (1, [])


def test_a_sheet_says_what_is_gone_and_what_was_asked_wrongly(client: FlaskClient, person: Person) -> None:
    gone = "/runs/sheet?run=00000000-0000-4000-8000-000000000000"
    assert "1 of those asked for is not here any more" in person.get(gone).text
    assert client.get("/runs/sheet").status_code == 422
    assert client.get("/runs/sheet?run=nonsense").status_code == 400
    assert client.get("/runs/sheet?" + "&".join(f"run={number:032x}" for number in range(65))).status_code == 422
