"""/runs from the outside: starting, watching, stopping, telling what happened."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.runs.submission import cancel_run
from app.services import Services
from app.web import long_poll
from app.work.jobs import StageJob
from artdag.digest import Digest
from artdag.identity import LOCAL, Identity
from artdag.recipe_reader import parse_recipe
from artdag.run import RunState
from artdag.signing import verify_envelope
from tests.app.conftest import Person, work_off
from tests.builders import a_clip, a_run, put_media

RECIPE = b"""
name: soft-night
version: "0.3"
params:
  chill: {type: float, default: 0.4, min: 0, max: 1}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true, accept: [video]}}
    - {id: cool, type: EFFECT, config: {effect: saturation, params: {amount: {param: chill}}}, inputs: [clip]}
    - {id: rim, type: EFFECT, config: {effect: vignette}, inputs: [cool]}
  output: rim
"""


@pytest.fixture
def recipe(services: Services) -> str:
    return kept(services, RECIPE)


@pytest.fixture
def two_outputs(services: Services) -> str:
    """A recipe whose outputs are made by a stage each."""
    return kept(services, RECIPE.replace(b"output: rim", b"outputs: {dark: rim, plain: cool}"))


def kept(services: Services, text: bytes) -> str:
    services.content.put_bytes(text)
    services.recipes.add(parse_recipe(text), LOCAL, services.clock())
    return "soft-night"


def start(client: FlaskClient, recipe: str, *inputs: str, **params: Any) -> dict[str, Any]:
    answer = client.post("/runs", json={"recipe": recipe, "inputs": list(inputs), "params": params})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    assert answer.headers["Location"] == f"/runs/{found['run_id']}"
    return found


# --- starting ---------------------------------------------------------------------------------------------------------


def test_a_run_is_made_and_can_be_asked_for_under_both_names(client: FlaskClient, clip: Digest, recipe: str) -> None:
    run = start(client, recipe, clip, chill=0.7)
    assert (run["status"], run["recipe"], run["params"]) == ("pending", "soft-night", {"chill": 0.7})
    assert client.get(f"/runs/{run['run_id']}").get_json() == client.get(f"/run/{run['run_id']}").get_json() == run


def test_an_effect_is_a_recipe_of_its_own_and_a_prefix_names_a_clip(client: FlaskClient, clip: Digest) -> None:
    run = start(client, "invert", clip[:10], intensity=0.5)
    assert (run["recipe"], list(run["inputs"].values())) == ("invert", [clip])


def test_the_same_bytes_are_a_result_at_once(client: FlaskClient, clip: Digest) -> None:
    run = start(client, "identity", clip)
    assert (run["status"], run["output_hash"]) == ("completed", clip)


def test_a_repeated_request_with_the_same_key_is_the_same_run(client: FlaskClient, clip: Digest) -> None:
    wanted, key = {"recipe": "invert", "inputs": [clip]}, {"Idempotency-Key": "one"}
    first = client.post("/runs", json=wanted, headers=key).get_json()
    assert client.post("/runs", json=wanted, headers=key).get_json()["run_id"] == first["run_id"]
    other = client.post("/runs", json={**wanted, "params": {"intensity": 0.1}}, headers=key)
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency_conflict")


def test_a_form_leads_to_the_page_of_the_run(person: Person, clip: Digest) -> None:
    answer = person.post("/runs", {"recipe": "invert", "inputs": clip})
    assert answer.status_code == 303
    assert "invert" in person.get(answer.headers["Location"]).text


# --- watching ---------------------------------------------------------------------------------------------------------


def test_an_unfinished_run_page_asks_again_and_a_finished_one_does_not(
    client: FlaskClient, person: Person, services: Services, clip: Digest, recipe: str
) -> None:
    run = start(client, recipe, clip)
    path = f"/runs/{run['run_id']}"
    before = person.get(path).text
    assert 'hx-trigger="every 1s"' in before
    assert "No worker is connected" in before
    cancel_run(services, run["run_id"])
    after = person.fragment(path, "div#run_live").text
    assert "hx-trigger" not in after
    assert "<html" not in after
    assert 'data-title="⊘ soft-night' in after


def test_a_fragment_that_did_not_change_is_not_sent_again(
    client: FlaskClient, person: Person, services: Services, clip: Digest, recipe: str
) -> None:
    path = f"/runs/{start(client, recipe, clip)['run_id']}"
    first = person.fragment(path, "div#run_live")
    assert "csrf_token" in first.text
    time.sleep(1.1)  # the token of its forms is another one by now
    person.headers["If-None-Match"] = first.headers["ETag"]
    again = person.fragment(path, "div#run_live")
    assert (again.status_code, again.text) == (304, "")
    cancel_run(services, path.rpartition("/")[2])
    assert person.fragment(path, "div#run_live").status_code == 200


def test_an_output_is_pictured_once_all_are_there(
    client: FlaskClient, person: Person, services: Services, clip: Digest, two_outputs: str
) -> None:
    path = f"/runs/{start(client, two_outputs, clip)['run_id']}"
    stage, *others = services.stages.active()
    assert others
    StageJob(services, stage.key, stage.attempt).carry_out()
    assert "running" in client.get(path).get_json()["status"]
    nodes = client.get(f"{path}/plan").get_json()["nodes"]
    first = next(node["content_hash"] for node in nodes if node["outputs"] and node["content_hash"])
    assert f"/cache/{first}" not in person.get(path).text, "the library does not know it yet"
    work_off(services)
    page = person.fragment(path, "div#run_live").text
    assert f"/cache/{first}/poster" in page
    assert "Discard this run" in page, "who watched it end can discard it"


def test_a_rendered_run_shows_its_video_what_happened_and_how(
    client: FlaskClient, person: Person, work: Callable[[], None], clip: Digest, recipe: str
) -> None:
    first = start(client, recipe, clip)
    work()
    run = start(client, recipe, clip, chill=0.9)
    work()
    run = client.get(f"/runs/{run['run_id']}").get_json()
    assert run["status"] == "completed", run["error"]
    page = person.get(f"/runs/{run['run_id']}").text
    assert f'<video class="shown" id="shown_{run["output_hash"][:10]}"' in page
    assert "2 of 2 steps ran because <code>chill</code> 0.4 → 0.9 since run" in page
    assert 'data-node="cool"' in page
    plan = client.get(f"/runs/{run['run_id']}/plan").get_json()
    assert plan["compared_with"] == first["run_id"]
    nodes = plan["nodes"]
    assert [(node["node"], node["state"]) for node in nodes] == [("clip", "cached"), ("cool", "done"), ("rim", "done")]
    assert f"`amount` 0.4 → 0.9 since run {first['run_id'][:8]}" in nodes[1]["reason"]
    assert nodes[1]["difference"]["changes"] == [{"setting": "amount", "before": 0.4, "after": 0.9}]
    assert nodes[2]["difference"]["upstream"] == ["cool"]


def test_work_that_was_done_before_is_told_as_reuse(
    client: FlaskClient, person: Person, work: Callable[[], None], clip: Digest, recipe: str
) -> None:
    first = start(client, recipe, clip)
    work()
    again = start(client, recipe, clip)
    assert again["status"] == "completed"
    told = f"this exact work was done before by run {first['run_id'][:8]}, on 20"
    assert told in person.get(f"/runs/{again['run_id']}").text
    states = {node["state"] for node in client.get(f"/runs/{again['run_id']}/plan").get_json()["nodes"]}
    assert states == {"cached"}


def test_a_run_is_compared_with_the_nearest_of_those_before_not_with_the_last(
    client: FlaskClient, services: Services, clip: Digest, recipe: str, tmp_path: Path
) -> None:
    other = put_media(services, a_clip(tmp_path / "other.mp4", seed=5), LOCAL)
    near = start(client, recipe, clip, chill=0.5)
    start(client, recipe, other, chill=0.5)
    run = start(client, recipe, clip, chill=0.6)
    plan = client.get(f"/runs/{run['run_id']}/plan").get_json()
    assert plan["compared_with"] == near["run_id"]
    asked = {"inputs": {"clip": clip}, "params": {"chill": 0.55}}
    tried = client.post(f"/recipes/{recipe}/plan", json=asked).get_json()
    assert tried["compared_with"] == run["run_id"], "the newest of those that are as near"
    cool = next(node for node in tried["nodes"] if node["node"] == "cool")
    assert cool["difference"]["reasons"] == ["settings"]
    assert cool["reason"] == f"`amount` 0.6 → 0.55 since run {run['run_id'][:8]}"


def test_a_plan_whose_paper_is_gone_is_compared_with_nothing(
    client: FlaskClient, services: Services, clip: Digest, recipe: str
) -> None:
    services.content.delete(Digest(start(client, recipe, clip, chill=0.5)["plan_id"]))
    run = start(client, recipe, clip, chill=0.6)
    plan = client.get(f"/runs/{run['run_id']}/plan").get_json()
    assert plan["compared_with"] is None
    assert {node["difference"] for node in plan["nodes"]} == {None}


def test_a_long_poll_answers_when_the_run_is_over(
    app: Flask, client: FlaskClient, services: Services, clip: Digest, recipe: str
) -> None:
    run = start(client, recipe, clip)
    threading.Timer(0.5, lambda: cancel_run(services, run["run_id"])).start()
    started = time.monotonic()
    found = app.test_client().get(f"/runs/{run['run_id']}?wait=30").get_json()
    assert found["status"] == "cancelled"
    assert 0.3 < time.monotonic() - started < 25


def test_only_so_many_wait_at_once(client: FlaskClient, services: Services, clip: Digest, recipe: str) -> None:
    run = start(client, recipe, clip)
    now = time.time()
    services.redis.zadd("artdag:long-polls", {f"seat-{number}": now for number in range(long_poll.AT_ONCE)})
    started = time.monotonic()
    assert client.get(f"/runs/{run['run_id']}?wait=30").get_json()["status"] == "pending"
    assert time.monotonic() - started < 25
    assert services.redis.zcard("artdag:long-polls") == long_poll.AT_ONCE


@pytest.mark.parametrize("wait", ["-1", "31", "soon"])
def test_nobody_waits_for_longer_than_half_a_minute(client: FlaskClient, clip: Digest, wait: str) -> None:
    run = start(client, "identity", clip)
    assert client.get(f"/runs/{run['run_id']}?wait={wait}").status_code == 422


# --- the receipt ------------------------------------------------------------------------------------------------------


def test_the_receipt_comes_plain_signed_and_as_a_story(
    client: FlaskClient, person: Person, services: Services, clip: Digest
) -> None:
    run = start(client, "identity", clip)
    path = f"/runs/{run['run_id']}/provenance"
    record = client.get(path).get_json()
    assert record["output"]["content_hash"] == clip
    for signed in (
        client.get(path, headers={"Accept": "application/vnd.in-toto+json"}),
        client.get(f"{path}?format=dsse"),
    ):
        assert signed.mimetype == "application/vnd.in-toto+json"
        assert verify_envelope(json.loads(signed.text), [services.signer.public]) == record
    story = person.get(path).text
    assert "Signature valid" in story
    assert services.signer.public.text in story.replace("&#43;", "+")


def test_a_run_that_is_not_over_has_no_receipt(client: FlaskClient, clip: Digest) -> None:
    answer = client.get(f"/runs/{start(client, 'invert', clip)['run_id']}/provenance")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "no_provenance")


# --- stopping, again, away --------------------------------------------------------------------------------------------


def test_cancelling_stops_a_run_once(client: FlaskClient, clip: Digest) -> None:
    run = start(client, "invert", clip)
    answer = client.post(f"/runs/{run['run_id']}/cancel")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "cancelled")
    again = client.post(f"/runs/{run['run_id']}/cancel")
    assert (again.status_code, again.get_json()["code"]) == (409, "illegal_transition")


def test_running_again_is_a_new_run_of_the_same(client: FlaskClient, clip: Digest) -> None:
    run = start(client, "invert", clip, intensity=0.3)
    assert client.post(f"/runs/{run['run_id']}/retry").status_code == 409
    client.post(f"/runs/{run['run_id']}/cancel")
    answer = client.post(f"/runs/{run['run_id']}/retry")
    again = answer.get_json()
    assert answer.status_code == 201
    assert again["run_id"] != run["run_id"]
    assert {name: again[name] for name in ("plan_id", "params", "inputs")} == {
        name: run[name] for name in ("plan_id", "params", "inputs")
    }


def test_an_active_run_is_not_discarded(client: FlaskClient, clip: Digest) -> None:
    run = start(client, "invert", clip)
    answer = client.delete(f"/runs/{run['run_id']}")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "run_active")


def test_discarding_tells_first_what_goes_and_what_stays(
    client: FlaskClient, person: Person, services: Services, clip: Digest
) -> None:
    run = start(client, "identity", clip)
    page = person.get(f"/runs/{run['run_id']}/discard").text
    assert "uploads are never removed" in page
    answer = person.post(f"/runs/{run['run_id']}/discard")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/runs")
    assert client.get(f"/runs/{run['run_id']}").status_code == 410
    assert services.content.has(clip)


def test_bob_cannot_cancel_retry_or_discard_alices_run(
    shared_services: Services, alice_client: FlaskClient, bob_client: FlaskClient, alice: Identity
) -> None:
    run = a_run(alice, state=RunState.CANCELLED)
    shared_services.runs.create(run)
    path = f"/runs/{run.run_id}"
    assert bob_client.get(path).status_code == 200  # whoever knows the id may look
    refused = [bob_client.post(f"{path}/cancel"), bob_client.post(f"{path}/retry"), bob_client.delete(path)]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert alice_client.delete(path).status_code == 200


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_is_ones_own_newest_first_in_pages(client: FlaskClient, services: Services, bob: Identity) -> None:
    mine = [a_run(minute=number, output_name=f"night-{number}") for number in range(5)]
    for run in (*mine, a_run(bob)):
        services.runs.create(run)
    first = client.get("/runs?limit=2").get_json()
    assert [run["output_name"] for run in first["items"]] == ["night-4", "night-3"]
    assert first["total"] == 5
    second = client.get(f"/runs?limit=2&cursor={first['next']}").get_json()
    assert [run["output_name"] for run in second["items"]] == ["night-2", "night-1"]
    last = client.get(f"/runs?limit=2&cursor={second['next']}").get_json()
    assert ([run["output_name"] for run in last["items"]], last["next"]) == (["night-0"], None)


def test_the_list_is_narrowed_by_state_recipe_and_words(client: FlaskClient, services: Services) -> None:
    services.runs.create(a_run(output_name="sea", recipe="other"))
    services.runs.create(a_run(minute=1, output_name="sky", state=RunState.FAILED, params={"depth": 7}))

    def names(query: str) -> list[str]:
        return [run["output_name"] for run in client.get(f"/runs?{query}").get_json()["items"]]

    assert names("status=failed") == ["sky"]
    assert names("recipe=other") == ["sea"]
    assert names("q=depth") == ["sky"]
    assert names("status=&recipe=&q=") == ["sky", "sea"]
    assert names("status=completed") == []


@pytest.mark.parametrize("query", ["limit=0", "limit=1000", "status=dancing", "cursor=x", "owner=me"])
def test_a_list_that_makes_no_sense_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/runs?{query}").status_code in (400, 422)


def test_the_list_polls_only_while_something_moves(person: Person, services: Services) -> None:
    assert "No runs yet" in person.get("/runs").text
    run = a_run()
    services.runs.create(run)
    page = person.get("/runs?q=night").text
    assert 'hx-get="/runs?q=night" hx-trigger="every 2s"' in page
    services.runs.move(run.run_id, RunState.CANCELLED)
    assert "hx-trigger" not in person.fragment("/runs?q=night", "section#run_list").text


def test_an_empty_filter_says_so_and_offers_to_clear_it(person: Person) -> None:
    page = person.get("/runs?status=failed").text
    assert "No run matches" in page
    assert "Clear the filters" in page


def test_a_stranger_has_no_list(stranger: FlaskClient) -> None:
    assert stranger.get("/runs").status_code == 401


# --- for programs -----------------------------------------------------------------------------------------------------


def test_the_commands_of_a_run_do_the_same_again(client: FlaskClient, clip: Digest) -> None:
    run = start(client, "identity", clip)
    wanted = client.get(f"/runs/{run['run_id']}/commands").get_json()["request"]
    assert client.post("/runs", json=wanted).get_json()["plan_id"] == run["plan_id"]


def test_the_page_of_a_very_long_recipe_lists_its_first_nodes_and_says_where_the_others_are(
    services: Services, person: Person, client: FlaskClient, clip: Digest
) -> None:
    chain = "\n".join(
        f"    - {{id: n{place}, type: EFFECT, config: {{effect: invert}}, inputs: [n{place - 1}]}}"
        for place in range(1, 600)
    )
    first = "{id: n0, type: SOURCE, config: {input: true}}"
    text = f"name: long\ndag:\n  nodes:\n    - {first}\n{chain}\n  output: n599\n"
    recipe = services.content.put_bytes(text.encode()).digest
    run = client.post("/runs", json={"recipe": recipe, "inputs": [clip]}).get_json()
    page = person.get(f"/runs/{run['run_id']}").text
    assert page.count('<tr id="node-') == 500
    assert "first 500 of 600 nodes" in page
    assert person.get(f"/runs/{run['run_id']}/plan").text.count('class="step"') == 500
    assert len(client.get(f"/runs/{run['run_id']}/plan").get_json()["nodes"]) == 600
