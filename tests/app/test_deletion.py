"""Deleting: each rule with its code, what goes and what stays, and one winner when a run wants the same bytes."""

from __future__ import annotations

import io
import threading
import time

import pytest

from app.library.deletion import RefusedError, delete_media, discard_run
from app.runs.submission import RunRequest, submit_run
from app.storage.run_store import BeingDeletedError
from artdag.errors import ArtDagError
from artdag.identity import LOCAL
from artdag.run import RunState
from tests.builders import a_clip, nobody_knows_it, put_media

PINNED_RECIPE = """
name: keeps-it
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {hash: HASH}}
    - {id: gray, type: EFFECT, config: {effect: grayscale}, inputs: [clip]}
  output: gray
"""


def code_of(answer) -> str:
    return answer.json["code"]


def test_an_unused_upload_goes_and_is_gone_for_good(client, services, clip):
    impact = client.get(f"/cache/{clip}/delete").json
    assert impact["removes"]
    answer = client.delete(f"/cache/{clip}")
    assert answer.status_code == 200
    assert not services.content.has(clip)
    assert client.get(f"/cache/{clip}").status_code == 410
    assert client.get("/cache").json["items"] == []


def test_an_input_of_a_waiting_run_stays_and_the_run_is_named(client, clip):
    run = client.post("/runs", json={"recipe": "grayscale", "inputs": [clip]}).json
    answer = client.delete(f"/cache/{clip}")
    assert (answer.status_code, code_of(answer)) == (409, "in_use_by_run")
    assert run["run_id"] in answer.text


def test_a_fixed_input_of_a_recipe_and_a_pinned_medium_stay(client, services, clip):
    text = PINNED_RECIPE.replace("HASH", clip)
    assert client.post("/recipes/upload", data=text, content_type="application/yaml").status_code == 201
    answer = client.delete(f"/cache/{clip}")
    assert (answer.status_code, code_of(answer)) == (409, "in_use_by_recipe")
    services.media.pin(LOCAL, clip, "for the show")
    rules = [reason["code"] for reason in client.get(f"/cache/{clip}/delete").json["reasons"]]
    assert rules == ["pinned", "in_use_by_recipe"]


def test_a_run_in_progress_is_cancelled_first_and_uploads_never_go_with_a_run(client, services, clip, work):
    run_id = client.post("/runs", json={"recipe": "grayscale", "inputs": [clip]}).json["run_id"]
    answer = client.delete(f"/runs/{run_id}")
    assert (answer.status_code, code_of(answer)) == (409, "run_active")
    work()
    run = services.runs.get(run_id)
    assert run.state is RunState.COMPLETED
    assert client.delete(f"/runs/{run_id}").status_code == 200
    assert services.content.has(clip)
    assert not services.content.has(run.output)
    assert client.get(f"/runs/{run_id}").status_code == 410


def test_an_output_that_another_run_uses_stays_when_the_run_goes(client, services, clip, work):
    first = client.post("/runs", json={"recipe": "grayscale", "inputs": [clip]}).json["run_id"]
    work()
    output = services.runs.get(first).output
    client.post("/runs", json={"recipe": "invert", "inputs": [output]})
    assert client.delete(f"/runs/{first}").status_code == 200
    assert services.content.has(output)


def test_bytes_stay_while_somebody_else_has_them(shared_services, alice_client, bob_client, alice, bob, tmp_path):
    data = a_clip(tmp_path / "c.mp4").read_bytes()
    for someone in (alice_client, bob_client):
        digest = someone.post("/cache/upload", data={"file": (io.BytesIO(data), "c.mp4")}).json["content_hash"]
    assert alice_client.delete(f"/cache/{digest}").status_code == 200
    assert shared_services.content.has(digest)
    assert alice_client.delete(f"/cache/{digest}").status_code == 403
    assert bob_client.delete(f"/cache/{digest}").status_code == 200
    assert not shared_services.content.has(digest)


def test_when_a_run_and_a_deletion_want_the_same_bytes_one_of_them_loses_cleanly(services, tmp_path):
    clips = [a_clip(tmp_path / f"{seed}.mp4", frames=2, seed=seed).read_bytes() for seed in range(5)]
    for pair in range(200):
        path = tmp_path / "now.mp4"
        path.write_bytes(clips[pair % 5] + (8 + pair).to_bytes(4, "big") + b"free" + bytes(pair))  # other bytes, each
        digest = put_media(services, path)
        barrier, came = threading.Barrier(2), {}

        def run(digest=digest, barrier=barrier, came=came):
            barrier.wait()
            try:
                request = RunRequest(recipe="grayscale", inputs=[digest])
                came["run"] = submit_run(services, request, LOCAL).run_id
            except (BeingDeletedError, ArtDagError):
                came["run"] = None

        def delete(digest=digest, barrier=barrier, came=came, pair=pair):
            barrier.wait()
            time.sleep(pair % 25 * 0.002)  # planning takes its time: the two meet at another place in each pair
            try:
                delete_media(services, digest, LOCAL, asked=nobody_knows_it)
                came["deleted"] = True
            except RefusedError:
                came["deleted"] = False

        threads = [threading.Thread(target=run), threading.Thread(target=delete)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert came["deleted"] != (came["run"] is not None)
        assert services.content.has(digest) != came["deleted"]


def test_a_failed_run_is_never_refused(client, services, clip):
    run_id = client.post("/runs", json={"recipe": "grayscale", "inputs": [clip]}).json["run_id"]
    assert client.post(f"/runs/{run_id}/cancel").status_code == 200
    discard_run(services, run_id, asked=nobody_knows_it)
    with pytest.raises(ArtDagError):
        services.runs.get(run_id)
