"""Recipes through the door: uploaded, listed, shown, tried, run, deleted; and every way to write a bad one."""

from __future__ import annotations

import io

import pytest
from werkzeug.datastructures import MultiDict

GOOD = """
name: soft
version: "2.0"
description: A soft one
params:
  amount: {type: float, default: 0.5, min: 0, max: 4}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true, name: Clip, accept: [video, image]}}
    - {id: pale, type: EFFECT, config: {effect: saturation, params: {amount: {param: amount}}}, inputs: [clip]}
  output: pale
"""

BAD = {
    "nothing": ("", "empty"),
    "no YAML": ("a: [", "YAML"),
    "a list": ("- 1", "map"),
    "no dag": ("name: a", "dag"),
    "a bomb": ("a: &a [x]\nb: [*a, *a]\nname: c", "anchor"),
    "a tag": ("name: !!python/object/apply:os.system [id]", "tag"),
    "two documents": ("name: a\n---\nname: b", "document"),
    "a key twice": (GOOD + "name: again\n", "twice"),
    "unknown key": (GOOD.replace("version:", "verison:"), "version"),
    "unknown type": (GOOD.replace("EFFECT", "EFECT"), "EFFECT"),
    "unknown effect": (GOOD.replace("saturation", "saturatoin"), "saturation"),
    "unknown setting": (GOOD.replace("{amount: {param: amount}}", "{amuont: 1}"), "amount"),
    "out of range": (GOOD.replace("{amount: {param: amount}}", "{amount: 9}"), "0 to 4"),
    "not a number": (GOOD.replace("{amount: {param: amount}}", "{amount: .nan}"), "finite"),
    "unknown param": (GOOD.replace("{param: amount}", "{param: amuont}"), "amount"),
    "an id twice": (GOOD.replace("id: pale", "id: clip"), "taken"),
    "no such input": (GOOD.replace("inputs: [clip]", "inputs: [clop]"), "clip"),
    "no such output": (GOOD.replace("output: pale", "output: plae"), "pale"),
    "a circle": (GOOD.replace("inputs: [clip]", "inputs: [pale]"), "circle"),
    "no input": (GOOD.replace(", inputs: [clip]", ""), "1 input"),
    "not UTF-8": ("name: \udcff", "UTF-8"),
}


def upload(client, text: str):
    return client.post("/recipes/upload", data=text.encode("utf-8", "surrogateescape"), content_type="application/yaml")


@pytest.mark.parametrize("second", ["file", "other"])
def test_two_recipes_at_once_are_refused_and_none_of_them_is_taken(client, second):
    files = [("file", (io.BytesIO(GOOD.encode()), "soft.yaml")), (second, (io.BytesIO(GOOD.encode()), "hard.yaml"))]
    answer = client.post("/recipes/upload", data=MultiDict(files))
    assert (answer.status_code, answer.json["detail"]) == (400, "these are 2 files: send one recipe at a time")
    assert client.get("/recipes").json["total"] == 0


def test_a_recipe_is_uploaded_raw_or_as_a_file_and_answers_with_what_it_needs(client):
    answer = upload(client, GOOD)
    assert answer.status_code == 201
    facts = answer.json
    assert (facts["name"], facts["version"]) == ("soft", "2.0")
    assert [hole["node"] for hole in facts["inputs"]] == ["clip"]
    assert facts["params"][0]["max"] == 4
    again = client.post("/recipes/upload", data={"file": (io.BytesIO(GOOD.encode()), "soft.yaml")})
    assert again.status_code == 200
    assert again.json["id"] == facts["id"]
    assert client.get("/recipes").json["total"] == 1
    assert client.get(f"/recipe/{facts['id']}").json["name"] == "soft"
    assert client.get("/configs/soft").json["id"] == facts["id"]
    assert client.get(f"/recipes/{facts['id']}/text").data == GOOD.encode()


@pytest.mark.parametrize("what", BAD)
def test_a_bad_recipe_is_told_what_is_wrong_where_and_nothing_is_kept(client, services, what):
    text, hint = BAD[what]
    answer = upload(client, text)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert hint.lower() in answer.text.lower()
    assert client.get("/recipes").json["items"] == []
    assert not list(services.content.digests())


def test_all_that_is_wrong_is_told_at_once_with_lines_and_columns(client):
    text = GOOD.replace("saturation", "saturatoin").replace("output: pale", "output: plae").replace("SOURCE", "SORCE")
    errors = upload(client, text).json["errors"]
    assert len(errors) == 3
    assert all(error["line"] and error["column"] for error in errors)


def test_the_page_shows_the_problems_beside_the_text(person):
    answer = person.post("/recipes/upload", {"text": BAD["unknown effect"][0]})
    assert answer.status_code == 422
    assert "saturatoin" in answer.text
    assert "did you mean" in answer.text


def test_a_dry_run_says_what_would_be_done_and_does_nothing(client, services, clip):
    recipe_id = upload(client, GOOD).json["id"]
    plan = client.post(f"/recipes/{recipe_id}/plan", json={"inputs": {"clip": clip}})
    assert plan.status_code == 200
    assert {node["node"]: node["state"] for node in plan.json["nodes"]}["pale"] != "cached"
    assert services.runs.page(None).items == ()
    assert list(services.results.keys()) == []


def test_a_recipe_runs_by_its_own_door_and_by_name(client, services, clip, work):
    recipe_id = upload(client, GOOD).json["id"]
    first = client.post(f"/recipes/{recipe_id}/run", json={"inputs": {"clip": clip}, "params": {"amount": 1}})
    assert first.status_code == 201
    work()
    second = client.post("/runs", json={"recipe": "soft", "inputs": [clip], "params": {"amount": 1.0}})
    assert second.status_code == 201
    assert second.json["status"] == "completed"
    assert second.json["output_hash"] == services.runs.get(first.json["run_id"]).output


@pytest.mark.parametrize(
    ("request_body", "hint"),
    [
        ({"inputs": {}}, "needed"),
        ({"inputs": {"clap": "cat"}}, "cla"),
        ({"inputs": {"clip": "0" * 64}}, "no such"),
        ({"params": {"amount": 9}}, "0 to 4"),
        ({"params": {"amuont": 1}}, "amount"),
    ],
)
def test_a_run_that_cannot_work_is_refused_before_anything_is_queued(client, services, clip, request_body, hint):
    recipe_id = upload(client, GOOD).json["id"]
    body = {"inputs": {"clip": clip}, **request_body}
    answer = client.post(f"/recipes/{recipe_id}/run", json=body)
    assert answer.status_code in (404, 422)
    assert hint in answer.text
    assert services.runs.page(None).items == ()


def test_a_deleted_recipe_is_gone_but_its_runs_keep_their_text(client, services, clip):
    recipe_id = upload(client, GOOD).json["id"]
    run = client.post(f"/recipes/{recipe_id}/run", json={"inputs": {"clip": clip}}).json
    assert client.delete(f"/recipes/{recipe_id}").status_code in (200, 204)
    assert client.get(f"/recipes/{recipe_id}").status_code == 410
    assert services.content.has(services.runs.get(run["run_id"]).recipe_id)


def test_the_first_readme_of_this_system_holds_with_a_correct_pin(client, services, clip):
    pin = services.effects.get("dog").code_hash
    text = f"""
name: dog-recipe
registry: {{effects: {{dog: {{hash: "{pin}"}}}}}}
dag:
  nodes:
    - {{id: source, type: SOURCE, config: {{input: true}}}}
    - {{id: result, type: EFFECT, config: {{effect: dog}}, inputs: [source]}}
  output: result
"""
    assert upload(client, text).status_code == 201
    wrong = upload(client, text.replace(pin, "0" * 64))
    assert wrong.status_code == 422
    assert "pinned" in wrong.text


def test_edit_and_rerun_opens_the_form_with_what_the_run_had_an_effects_own_recipe_too(client, person, clip):
    recipe_id = upload(client, GOOD).json["id"]
    run = client.post(f"/recipes/{recipe_id}/run", json={"inputs": {"clip": clip}, "params": {"amount": 3.25}}).json
    page = person.get(f"/recipes/{recipe_id}?run={run['run_id']}").text
    assert 'value="3.25"' in page
    bare = client.post("/runs", json={"recipe": "posterize", "inputs": [clip], "params": {"levels": 5}}).json
    page = person.get(f"/recipes/{bare['recipe_id']}?run={bare['run_id']}")
    assert page.status_code == 200
    assert 'value="5"' in page.text
    assert client.get(f"/recipes/{'0' * 64}").status_code == 404


def test_what_is_wrong_with_structure_and_with_meaning_is_told_together(client):
    text = GOOD.replace("version:", "verison:").replace("saturation", "saturatoin").replace("name: soft", "nmae: soft")
    answer = upload(client, text)
    told = " ".join(error["message"] for error in answer.json["errors"])
    assert all(word in told for word in ("verison", "nmae", "saturatoin"))
    assert "no node" not in told
