"""Two runs side by side: what was asked for differently, and where the work first parts."""

from __future__ import annotations

import re

from artdag.identity import LOCAL

TWO_STEPS = """
name: two-steps
version: "{version}"
params:
  radius: {{type: float, default: 2, min: 0, max: 50}}
dag:
  nodes:
    - {{id: clip, type: SOURCE, config: {{input: true}}}}
    - {{id: soft, type: EFFECT, config: {{effect: blur, params: {{radius: {{param: radius}}}}}}, inputs: [clip]}}
    - {{id: last, type: EFFECT, config: {{effect: {last}}}, inputs: [soft]}}
  output: last
"""


def recipe(client, *, version: str = "1.0", last: str = "invert") -> str:
    text = TWO_STEPS.format(version=version, last=last)
    answer = client.post("/recipes/upload", data=text, content_type="application/yaml")
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["id"])


def run(client, recipe_id: str, clip: str, **params: float) -> str:
    answer = client.post("/runs", json={"recipe": recipe_id, "inputs": [clip], "params": params})
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["run_id"])


def compared(client, first: str, second: str) -> dict:
    answer = client.get(f"/runs/{first}/compare/{second}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_equal_runs_do_the_same_work(client, clip, work):
    used = recipe(client)
    first, second = run(client, used, clip), run(client, used, clip)
    work()
    found = compared(client, first, second)
    assert found["same_work"]
    assert found["same_result"]
    assert (found["params"], found["inputs"], found["recipe"], found["nodes"]) == ([], [], [], [])
    assert found["shared_nodes"] == 3


def test_a_changed_param_parts_the_work_at_its_node_and_what_is_behind_follows(client, clip):
    used = recipe(client)
    found = compared(client, run(client, used, clip), run(client, used, clip, radius=9))
    assert found["params"] == [{"name": "radius", "before": 2.0, "after": 9.0}]
    assert found["first"] == ["soft"]
    assert [(node["node"], node["kind"]) for node in found["nodes"]] == [("soft", "changed"), ("last", "follows")]
    assert found["nodes"][0]["reason"] == "`radius` 2 → 9"
    assert not found["same_work"]
    assert not found["same_result"]


def test_other_bytes_part_the_work_at_the_source(client, clip, services, tmp_path):
    from tests.builders import a_clip, put_media

    other = put_media(services, a_clip(tmp_path / "other.mp4", seed=1))
    used = recipe(client)
    found = compared(client, run(client, used, clip), run(client, used, other))
    assert found["inputs"] == [{"name": "clip", "before": clip, "after": other}]
    assert found["first"] == ["clip"]
    assert [node["kind"] for node in found["nodes"]] == ["changed", "follows", "follows"]


def test_another_effect_in_another_text_is_told_with_the_text(client, clip):
    first = run(client, recipe(client), clip)
    second = run(client, recipe(client, version="1.1", last="sepia"), clip)
    found = compared(client, first, second)
    assert found["first"] == ["last"]
    assert found["nodes"][0]["reason"] == "it was invert and is sepia"
    assert any(line.startswith("-") and "invert" in line for line in found["recipe"])
    assert any(line.startswith("+") and "sepia" in line for line in found["recipe"])


def test_nodes_that_one_side_lacks_are_named(client, clip):
    found = compared(client, run(client, "invert", clip), run(client, recipe(client), clip))
    kinds = {node["node"]: node["kind"] for node in found["nodes"]}
    assert kinds["soft"] == "added"
    assert "removed" in kinds.values()


def test_how_alike_the_results_are_is_told_in_a_sentence(client, clip, work):
    used = recipe(client)
    first, same, other = run(client, used, clip), run(client, used, clip), run(client, used, clip, radius=9)
    work()
    assert compared(client, first, same)["verdict"] == "The results are the same bytes."
    found = compared(client, first, other)
    assert re.fullmatch(
        r"12 of 12 frames that were looked at differ \(SSIM 0\.\d{3}, \d+\.\d dB; least alike at frame \d+\)\.",
        found["verdict"],
    )
    assert not found["alike"]
    assert compared(client, first, other) == found


def test_a_run_without_a_result_cannot_be_looked_at(client, clip, work):
    first = run(client, "invert", clip)
    work()
    second = run(client, "sepia", clip)
    assert compared(client, first, second)["verdict"] == "There is no result of sepia to compare."


def test_results_of_different_sizes_are_told_to_be(client, clip, work):
    used = recipe(client)
    crop = client.post("/runs", json={"recipe": "crop", "inputs": [clip], "params": {"width": 32, "height": 32}})
    first, second = run(client, used, clip), crop.get_json()["run_id"]
    work()
    assert "of different sizes" in compared(client, first, second)["verdict"]


def test_the_page_shows_both_and_asks_by_itself_how_alike_they_are(client, person, clip, work):
    used = recipe(client)
    first, second = run(client, used, clip), run(client, used, clip, radius=9)
    work()
    page = person.get(f"/runs/{first}/compare/{second}").text
    assert page.count("<video") == 2
    assert 'hx-trigger="load"' in page
    assert '<a href="?see">Look at the pictures</a>' in page
    assert "12 of 12 frames" in person.fragment(f"/runs/{first}/compare/{second}", "p#verdict").text
    assert "12 of 12 frames" in person.get(f"/runs/{first}/compare/{second}?see").text
    assert f"/runs/{first}/compare/{second}" in person.get(f"/runs/{second}").text
    pair = person.get(f"/runs/sheet?run={first}&run={second}").text
    assert "Compare these two" in pair


def test_an_unknown_run_is_404(client, clip):
    first = run(client, "invert", clip)
    answer = client.get(f"/runs/{first}/compare/11111111-2222-4333-8444-555555555555")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "run_not_found")


def test_the_dry_run_of_an_effect_needs_only_its_name(client, clip, services):
    found = client.post("/recipes/invert/plan", json={"inputs": [clip]})
    assert found.status_code == 200, found.text
    assert [node["state"] for node in found.get_json()["nodes"]] == ["cached", "pending"]
    assert services.recipes.named("invert", LOCAL) is None


def test_lineage_is_followed_both_ways(client, clip, work):
    first = run(client, "invert", clip)
    work()
    middle = client.get(f"/runs/{first}").get_json()["output_hash"]
    second = run(client, "sepia", middle)
    work()
    last = client.get(f"/runs/{second}").get_json()["output_hash"]

    def relatives(digest: str, **asked: int) -> tuple[list, list, bool]:
        found = client.get(f"/cache/{digest}/lineage", query_string=asked).get_json()
        ways = ([(one["run_id"], one["depth"]) for one in found[way]] for way in ("made_by", "used_in"))
        return (*ways, found["whole"])

    assert relatives(middle) == ([(first, 1)], [(second, 1)], True)
    assert relatives(last) == ([(second, 1), (first, 2)], [], True)
    assert relatives(clip) == ([], [(first, 1), (second, 2)], True)
    assert relatives(clip, depth=1) == ([], [(first, 1)], False)
    names = client.get(f"/cache/{clip}/lineage").get_json()["names"]
    assert names[clip] == "clip.mp4"
    assert names[middle] == "invert"


def test_a_run_that_gives_its_input_back_is_no_endless_family(client, clip):
    run_id = run(client, "identity", clip)
    found = client.get(f"/cache/{clip}/lineage").get_json()
    assert [one["run_id"] for one in found["made_by"]] == [run_id]
    assert [one["run_id"] for one in found["used_in"]] == [run_id]
    assert found["whole"]


def test_lineage_shows_nobody_the_runs_of_others(shared_services, alice_client, bob_client, stranger, tmp_path, alice):
    from tests.builders import a_clip, put_media

    clip = put_media(shared_services, a_clip(tmp_path / "alices.mp4"), alice)
    run(alice_client, "identity", clip)
    assert len(alice_client.get(f"/cache/{clip}/lineage").get_json()["used_in"]) == 1
    seen = bob_client.get(f"/cache/{clip}/lineage").get_json()
    assert seen["used_in"] == seen["made_by"] == []
    assert seen["names"] == {}
    assert stranger.get(f"/cache/{clip}/lineage").status_code == 401


def test_lineage_of_what_is_not_here_is_404(client):
    answer = client.get(f"/cache/{'0' * 64}/lineage")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "blob_not_found")


def test_a_depth_out_of_range_is_422(client, clip):
    assert client.get(f"/cache/{clip}/lineage?depth=0").status_code == 422
    assert client.get(f"/cache/{clip}/lineage?depth=21").status_code == 422
