"""Several runs at once: what would be done is shown first, then done to those that allow it, and each refusal told."""

from __future__ import annotations

import pytest

from tests.builders import a_clip, put_media


@pytest.fixture
def runs(client, clip):
    """One that is done, and two that wait."""
    names = ("identity", "invert", "sepia")
    return [client.post("/runs", json={"recipe": name, "inputs": [clip]}).json["run_id"] for name in names]


def test_the_page_names_how_many_would_be_cancelled_and_changes_nothing(client, person, runs):
    page = person.get("/runs/cancel?run=" + "&run=".join(runs)).text
    assert "Cancel 2 runs?" in page
    assert "it is completed already" in page
    assert client.get(f"/runs/{runs[1]}").json["status"] == "pending"


def test_those_that_are_not_over_are_cancelled_and_the_others_told(client, runs):
    answer = client.post("/runs/cancel", json={"run": runs})
    assert answer.status_code == 200, answer.text
    assert [one["allowed"] for one in answer.json["items"]] == [False, True, True]
    assert client.get(f"/runs/{runs[2]}").json["status"] == "cancelled"


def test_discarding_leaves_what_is_still_at_work(client, person, runs):
    client.post(f"/runs/{runs[2]}/cancel")
    page = person.post("/runs/discard", {"run": [*runs, "00000000-0000-4000-8000-000000000000"]}).text
    assert "2 runs discarded" in page
    assert "it is not here any more" in page
    assert [client.get(f"/runs/{one}").status_code for one in runs] == [410, 200, 410]


def test_a_form_with_one_run_is_a_list_of_one(client, person, runs):
    assert "1 run cancelled" in person.post("/runs/cancel", {"run": runs[1]}).text


def test_bob_neither_cancels_nor_discards_what_is_alices(alice_client, bob_client, shared_services, alice, tmp_path):
    clip = put_media(shared_services, a_clip(tmp_path / "clip.mp4"), alice)
    run = alice_client.post("/runs", json={"recipe": "invert", "inputs": [clip]}).json["run_id"]
    for deed in ("cancel", "discard"):
        (told,) = bob_client.post(f"/runs/{deed}", json={"run": [run]}).json["items"]
        assert not told["allowed"]
        assert "belongs to" in told["reason"]
    assert alice_client.get(f"/runs/{run}").json["status"] == "pending"


def test_two_are_compared_and_three_are_not(client, runs):
    answer = client.get(f"/runs/compare?run={runs[1]}&run={runs[0]}")
    assert (answer.status_code, answer.location) == (303, f"/runs/{runs[1]}/compare/{runs[0]}")
    answer = client.get("/runs/compare?run=" + "&run=".join(runs))
    assert answer.status_code == 422
    assert "3 were picked" in answer.json["detail"]


@pytest.mark.parametrize("wrong", [{}, {"run": []}, {"run": ["no-id"]}, {"run": 7}, {"runs": []}])
def test_what_names_no_runs_is_told_so(client, wrong):
    assert client.post("/runs/discard", json=wrong).status_code == 422
