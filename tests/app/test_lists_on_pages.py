"""Inputs that take several media in order, lists of nodes, recipes inside recipes, settings that change: on pages."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app.services import Services
from artdag.digest import Digest
from artdag.identity import LOCAL
from artdag.recipe_reader import parse_recipe
from artdag.run import RunState
from tests.app.conftest import Person
from tests.artdag.studio import still
from tests.builders import put_media

SHOW = b"""
name: show
params:
  glow: {type: float, default: 3, min: 0, max: 20}
dag:
  nodes:
    - {id: stills, type: SOURCE_LIST, config: {input: true, name: Pictures, accept: [image]}}
    - {id: soft, type: MAP, config: {operation: EFFECT, config: {effect: blur, params: {radius: {param: glow}}}},
       inputs: [stills]}
    - {id: film, type: SEQUENCE, config: {still_duration: 0.2}, inputs: [soft]}
  output: film
"""
BEATS = b"""
name: beats
dag:
  nodes:
    - {id: stills, type: SOURCE_LIST, config: {input: true, accept: [image]}}
    - {id: song, type: SOURCE, config: {input: true, accept: [audio]}}
    - {id: heard, type: ANALYZE, config: {features: [duration, beats]}, inputs: [song]}
    - {id: cuts, type: MAP, config: {operation: SEGMENT, timing: {feature: beats, every: 1}}, inputs: [stills, heard]}
    - {id: film, type: SEQUENCE, inputs: [cuts]}
    - {id: pulse, type: EFFECT, inputs: [film],
       config: {effect: brightness, params: {amount: {bind: heard, feature: beat, range: [0, 0.5]}}}}
  output: pulse
"""
INNER = b"""
name: softened
params:
  radius: {type: float, default: 2, min: 0, max: 20}
dag:
  nodes:
    - {id: picture, type: SOURCE, config: {input: true, accept: [image, video]}}
    - {id: blurred, type: EFFECT, config: {effect: blur, params: {radius: {param: radius}}}, inputs: [picture]}
  output: blurred
"""
OUTER = b"""
name: outer
params:
  radius: {type: float, default: 2, min: 0, max: 20}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true, accept: [video]}}
    - {id: look, type: RECIPE, config: {recipe: softened, params: {radius: {param: radius}}}, inputs: [clip]}
    - {id: rim, type: EFFECT, config: {effect: vignette}, inputs: [look]}
  output: rim
"""
CHANGING = {"keyframes": [[0.0, 1.0], [0.4, 9.0]], "ease": "smooth"}


@pytest.fixture
def show(services: Services) -> str:
    return kept(services, SHOW)


@pytest.fixture
def stills(services: Services, tmp_path: Path) -> list[Digest]:
    colors = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0)]
    return [put_media(services, still(tmp_path / f"still{place}.png", color)) for place, color in enumerate(colors)]


@pytest.fixture
def song(services: Services, tmp_path: Path) -> Digest:
    """Four seconds of a metronome, twice a second."""
    times = np.arange(4 * 48_000) / 48_000
    sound = np.where(times % 0.5 < 0.03, 0.8 * np.sin(2 * np.pi * 1000 * times), 0)
    with wave.open(str(tmp_path / "song.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return put_media(services, tmp_path / "song.wav")


def kept(services: Services, text: bytes) -> str:
    services.content.put_bytes(text)
    recipe = parse_recipe(text)
    services.recipes.add(recipe, LOCAL, services.clock())
    return recipe.recipe_id


def picked(page: str, node: str = "stills") -> list[str]:
    """Return what is checked, in the order in which a form without scripts sends it."""
    return re.findall(rf'name="inputs\.{node}" value="([0-9a-f]+)" checked', page)


def start(client: FlaskClient, recipe: str, **body: Any) -> dict[str, Any]:
    answer = client.post("/runs", json={"recipe": recipe, **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def send(person: Person, path: str, fields: list[tuple[str, Any]]) -> Any:
    form = MultiDict([*fields, ("csrf_token", person.token())])
    return person.client.post(path, data=form, headers=person.headers, content_type="multipart/form-data")


# --- the form ---------------------------------------------------------------------------------------------------------


def test_several_media_are_picked_with_checkboxes_and_run_in_the_order_sent(
    person: Person, client: FlaskClient, show: str, stills: list[Digest]
) -> None:
    page = person.get(f"/recipes/{show}").text
    assert "several pictures, in order" in page
    assert page.count('type="checkbox" name="inputs.stills"') == len(stills)
    assert re.search(r'type="file" name="file.stills"[^>]* multiple', page)
    assert picked(page) == []
    wanted = [stills[2], stills[0], stills[1]]
    answer = send(person, f"/recipes/{show}/run", [("inputs.stills", one) for one in wanted])
    assert answer.status_code == 303, answer.text
    run = client.get(answer.location).get_json()
    assert [run["inputs"][f"stills[{place}]"] for place in range(3)] == wanted


def test_nothing_picked_is_told_and_one_is_enough(person: Person, show: str, stills: list[Digest]) -> None:
    answer = send(person, f"/recipes/{show}/run", [("params.glow", "5")])
    assert answer.status_code == 422
    assert "one or more media, in order" in answer.text
    assert 'value="5"' in answer.text
    assert send(person, f"/recipes/{show}/run", [("inputs.stills", stills[0])]).status_code == 303


def test_what_comes_with_the_recipe_is_told_taken_where_nothing_is_picked_and_noted(
    person: Person, client: FlaskClient, services: Services, stills: list[Digest]
) -> None:
    usual = SHOW.replace(b"input: true,", f"input: true, default: ['{stills[0]}', '{stills[1]}'],".encode())
    show = kept(services, usual)
    facts = client.get(f"/recipes/{show}").get_json()["inputs"][0]
    assert (facts["many"], facts["required"], facts["default"]) == (True, False, [{"hash": one} for one in stills[:2]])
    assert "2 that come with the recipe" in person.get(f"/recipes/{show}").text
    assert start(client, show)["inputs"] == {"stills[0]": stills[0], "stills[1]": stills[1]}
    assert start(client, show, inputs={"stills": [stills[2]]})["inputs"] == {"stills[0]": stills[2]}
    assert list(services.recipes.using(stills[1])) == [show]


def test_a_form_that_comes_back_has_the_picks_first_in_their_order_one_picked_twice_too(
    person: Person, show: str, stills: list[Digest]
) -> None:
    wanted = [stills[3], stills[1], stills[3]]
    fields = [("inputs.stills", one) for one in wanted]
    page = send(person, f"/recipes/{show}/run", [*fields, ("params.glow", "900"), ("output_name", "mine")]).text
    assert picked(page) == wanted
    assert 'value="900"' in page
    assert 'name="output_name" value="mine"' in page


def test_edit_and_rerun_opens_the_form_with_the_list_in_its_order(
    person: Person, client: FlaskClient, show: str, stills: list[Digest]
) -> None:
    wanted = [stills[1], stills[3], stills[0]]
    run = start(client, show, inputs={"stills": wanted})
    assert picked(person.get(f"/recipes/{show}?run={run['run_id']}").text) == wanted
    address = f"/recipes/{show}?inputs.stills={stills[2]}&inputs.stills={stills[1]}"
    assert picked(person.get(address).text) == [stills[2], stills[1]]


def test_the_search_of_a_list_keeps_what_is_picked(person: Person, show: str, stills: list[Digest]) -> None:
    asked = f"/recipes/{show}/choices/stills?q=still2&inputs.stills={stills[3]}&inputs.stills={stills[0]}"
    part = person.get(asked).text
    assert picked(part) == [stills[3], stills[0]]
    assert re.findall(r'title="(still\d)', part) == ["still3", "still0", "still2"]


def test_files_sent_with_the_form_come_behind_what_is_picked(
    person: Person, client: FlaskClient, show: str, stills: list[Digest], tmp_path: Path
) -> None:
    files = [still(tmp_path / f"new{place}.png", (place, 9, 9)).read_bytes() for place in range(2)]
    fields: list[tuple[str, Any]] = [("inputs.stills", stills[0])]
    fields += [("file.stills", (io.BytesIO(data), f"new{place}.png")) for place, data in enumerate(files)]
    answer = send(person, f"/recipes/{show}/run", fields)
    assert answer.status_code == 303, answer.text
    run = client.get(answer.location).get_json()
    names = [
        client.get(f"/cache/{digest}", headers={"Accept": "application/json"}).get_json()["name"]
        for digest in run["inputs"].values()
    ]
    assert names == ["still0.png", "new0.png", "new1.png"]


def test_what_would_run_keeps_the_form_without_scripts_files_too(
    person: Person, client: FlaskClient, show: str, stills: list[Digest], tmp_path: Path
) -> None:
    new = still(tmp_path / "new.png", (1, 2, 3)).read_bytes()
    fields: list[tuple[str, Any]] = [("inputs.stills", one) for one in (stills[2], stills[0])]
    fields += [("file.stills", (io.BytesIO(new), "new.png")), ("params.glow", "7.5"), ("output_name", "mine")]
    answer = send(person, f"/recipes/{show}/plan", fields)
    assert answer.status_code == 200
    assert picked(answer.text)[:2] == [stills[2], stills[0]]
    assert len(picked(answer.text)) == 3
    assert 'value="7.5"' in answer.text
    assert 'name="output_name" value="mine"' in answer.text
    assert "<b>soft</b>: 3 pieces, all to do" in answer.text
    assert client.get("/runs").get_json()["items"] == []


def test_what_would_run_says_what_is_missing_beside_the_form(person: Person, show: str, stills: list[Digest]) -> None:
    page = send(person, f"/recipes/{show}/plan", [("params.glow", "4")])
    assert page.status_code == 200
    assert "Not yet" in page.text
    assert 'value="4"' in page.text


def test_a_program_gives_a_list_by_name_or_all_in_order(client: FlaskClient, show: str, stills: list[Digest]) -> None:
    plans = [
        client.post(f"/recipes/{show}/plan", json={"inputs": inputs}).get_json()["plan_id"]
        for inputs in (stills, {"stills": stills}, {f"stills[{place}]": one for place, one in enumerate(stills)})
    ]
    assert len(set(plans)) == 1
    refused = client.post(f"/recipes/{show}/plan", json={"inputs": {"stils": stills}})
    assert refused.status_code == 422


# --- a run ------------------------------------------------------------------------------------------------------------


def test_a_list_of_nodes_is_one_row_that_opens_and_its_inputs_stand_in_order(
    person: Person, client: FlaskClient, work: Callable[[], None], show: str, stills: list[Digest]
) -> None:
    run = start(client, show, inputs={"stills": [stills[2], stills[0]]})
    work()
    path = f"/runs/{run['run_id']}"
    page = person.get(path).text
    assert page.count('id="node-soft"') == 1
    assert 'id="node-soft[0]"' not in page
    assert '<details id="pieces-soft">' in page
    assert 'data-node="soft"' in page
    listed = page[page.index('<ol class="in-order">') :]
    assert listed.index("still2.png") < listed.index("still0.png")
    plan = person.get(f"{path}/plan").text
    assert plan.count('<details class="step"') == 3
    assert "2 × blur" in plan
    told = person.get(f"{path}/provenance").text
    assert "2 × blur" in told
    nodes = client.get(f"{path}/plan").get_json()["nodes"]
    assert [node["node"] for node in nodes if node["node"].startswith("soft")] == ["soft[0]", "soft[1]"]


def test_a_run_that_listens_first_says_so(
    person: Person, client: FlaskClient, services: Services, stills: list[Digest], song: Digest
) -> None:
    recipe = kept(services, BEATS)
    asked = person.post(f"/recipes/{recipe}/plan", {"inputs.stills": stills[0], "inputs.song": song}).text
    assert "The sound is listened to first" in asked
    path = f"/runs/{start(client, recipe, inputs={'stills': stills[:2], 'song': song})['run_id']}"
    assert "Waiting for a worker, to listen to <code>song</code> first." in person.get(path).text
    services.runs.move(path.rpartition("/")[2], RunState.RUNNING, started_at=services.clock())
    page = person.get(path).text
    assert "Listening to <code>song</code>: what there is to render follows from its beats." in page
    assert "listening</span>" in page
    assert '<progress data-state="running" aria-label="Listening">' in page


def test_a_run_that_listened_shows_its_cuts_and_what_follows_the_beat(
    person: Person,
    client: FlaskClient,
    services: Services,
    work: Callable[[], None],
    stills: list[Digest],
    song: Digest,
) -> None:
    recipe = kept(services, BEATS)
    path = f"/runs/{start(client, recipe, inputs={'stills': stills[:2], 'song': song})['run_id']}"
    work()
    run = client.get(path).get_json()
    assert run["status"] == "completed", run["error"]
    page = person.get(path).text
    assert re.search(r"cuts <span class=\"times\">× \d+</span>", page)
    assert "Dashed: a setting follows what was heard" in page
    assert "pulse follows heard" in page
    assert "cuts follows heard" in page
    plan = person.get(f"{path}/plan").text
    assert "follows beat of heard, 0 to 0.5" in plan
    assert "{&#39;" not in plan


def test_nodes_of_a_recipe_inside_are_shown_under_its_name(
    person: Person, client: FlaskClient, services: Services, clip: Digest
) -> None:
    kept(services, INNER)
    recipe = kept(services, OUTER)
    assert "recipe softened" in person.get(f"/recipes/{recipe}").text
    run = start(client, recipe, inputs=[clip])
    page = person.get(f"/runs/{run['run_id']}").text
    assert "look › blurred" in page
    assert "look.blurred</th>" not in page


# --- settings that change ---------------------------------------------------------------------------------------------


def test_a_setting_that_changes_is_told_in_short_everywhere(
    person: Person, client: FlaskClient, services: Services, clip: Digest
) -> None:
    recipe = kept(services, INNER)
    run = start(client, recipe, inputs=[clip], params={"radius": CHANGING})
    for place in (
        f"/runs/{run['run_id']}",
        f"/runs/{run['run_id']}/plan",
        "/runs",
        f"/recipes/{recipe}?run={run['run_id']}",
    ):
        assert "1 → 9 over 0.4 s, smooth" in person.get(place).text, place


def test_a_setting_that_changes_stays_until_it_is_switched_off(
    person: Person, client: FlaskClient, services: Services, clip: Digest
) -> None:
    recipe = kept(services, INNER)
    run = start(client, recipe, inputs=[clip], params={"radius": CHANGING})
    page = person.get(f"/recipes/{recipe}?run={run['run_id']}").text
    sent = re.search(r'type="checkbox" name="params.radius" value="([^"]+)" checked', page)
    assert sent is not None
    text = sent[1].replace("&#34;", '"')
    fields = [("inputs.picture", clip), ("params.radius", "1")]
    kept_on = send(person, f"/recipes/{recipe}/run", [*fields, ("params.radius", text)])
    assert client.get(kept_on.location).get_json()["params"]["radius"] == CHANGING
    off = send(person, f"/recipes/{recipe}/run", fields)
    assert client.get(off.location).get_json()["params"]["radius"] == 1.0


@pytest.mark.parametrize("text", ["{", '{"keyframes": 3}', '{"a": 1}', "{" * 5000])
def test_a_changing_setting_that_makes_no_sense_is_refused_with_the_form(
    person: Person, services: Services, clip: Digest, text: str
) -> None:
    recipe = kept(services, INNER)
    answer = send(person, f"/recipes/{recipe}/run", [("inputs.picture", clip), ("params.radius", text)])
    assert answer.status_code == 422
    assert "radius" in answer.text


# --- for programs -----------------------------------------------------------------------------------------------------


def test_the_commands_of_a_run_give_its_inputs_in_the_recipes_order(
    person: Person, client: FlaskClient, services: Services, stills: list[Digest], song: Digest
) -> None:
    recipe = kept(services, BEATS)
    run = start(client, recipe, inputs={"song": song, "stills": stills[:2]})
    found = client.get(f"/runs/{run['run_id']}/commands").get_json()
    assert found["request"]["inputs"] == {"stills": stills[:2], "song": song}
    assert f"{stills[0]} {stills[1]} {song}" in found["command_line"]
