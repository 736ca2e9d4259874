"""Replaying a record: the same bytes again, and an honest word where they are not."""

from __future__ import annotations

import json

import pytest

from artdag.cli import main
from artdag.digest import Digest
from artdag.errors import BlobNotFoundError
from artdag.local_store import LocalStore
from artdag.recipe_reader import parse_recipe
from artdag.replay import Verdict, replay
from tests.builders import a_clip

RECIPE = b"""
name: twice
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true}}
    - {id: hue, type: EFFECT, config: {effect: hue_shift}, inputs: [clip]}
    - {id: few, type: EFFECT, config: {effect: posterize}, inputs: [hue]}
  output: few
  outputs: {main: few, untouched: clip}
"""


@pytest.fixture
def done(tmp_path):
    """A store, and the record of a run that was carried out in it."""
    store = LocalStore(tmp_path / "store")
    clip = store.add(a_clip(tmp_path / "clip.mp4"))
    plan = store.plan(parse_recipe(RECIPE), {"clip": clip}, {})
    outcome = store.carry_out(plan)
    store.content.put_bytes(plan.to_bytes())
    outputs = [{"name": name, "content_hash": digest} for name, digest in outcome.outputs.items()]
    return store, plan, {"plan_id": plan.plan_id, "output": outputs[0], "outputs": outputs}


def test_the_same_plan_gives_the_same_bytes_again(done):
    store, _, record = done
    assert replay(record, store) == {"main": Verdict.BYTES, "untouched": Verdict.BYTES}


def test_other_bytes_with_the_same_frames_are_told_from_other_frames(done, tmp_path):
    store, _, record = done
    path = store.content.path(Digest(record["outputs"][0]["content_hash"]))
    padded = tmp_path / "padded.mp4"
    padded.write_bytes(path.read_bytes() + b"\0\0\0\x10free" + bytes(8))  # an empty box at the end: the same frames
    record["outputs"][0]["content_hash"] = store.add(padded)
    assert replay(record, store)["main"] is Verdict.FRAMES
    record["outputs"][0]["content_hash"] = store.add(a_clip(tmp_path / "other.mp4", seed=9))
    assert replay(record, store)["main"] is Verdict.DIFFERS


def test_a_record_whose_plan_is_not_here_is_told(done):
    store, plan, record = done
    store.content.delete(plan.plan_id)
    with pytest.raises(BlobNotFoundError):
        replay(record, store)


def test_the_command_prints_the_verdict(done, tmp_path, capsys):
    store, _, record = done
    path = tmp_path / "run.provenance.json"
    path.write_text(json.dumps(record))
    assert main(["replay", str(path), "--store", str(store.content.root)]) == 0
    assert "main: identical bytes" in capsys.readouterr().out
