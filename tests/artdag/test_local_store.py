"""The engine with a folder for memory: work is done once, and what is broken is made again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from artdag.digest import Digest, digest_file
from artdag.errors import BrokenMediaError, RenderError, UnsupportedMediaError
from artdag.local_store import LocalStore
from artdag.plan import Plan
from artdag.recipe_reader import parse_recipe
from tests.artdag.shelf import CLIP, text_of, using
from tests.builders import a_clip


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def clip(store: LocalStore, tmp_path: Path) -> Digest:
    return store.add(a_clip(tmp_path / "clip.mp4", frames=4))


def planned(store: LocalStore, clip: Digest, *nodes: str, **parts: str) -> Plan:
    return store.plan(parse_recipe(text_of(CLIP, *nodes, **parts)), {"clip": clip}, {})


def scratch(store: LocalStore) -> list[Path]:
    return list(store.content.scratch.iterdir())


def test_media_is_copied_and_known(store, clip, tmp_path):
    original = tmp_path / "clip.mp4"
    assert store.content.read(clip) == original.read_bytes()
    facts = store.facts(clip)
    assert facts is not None
    assert facts.picture is not None
    assert facts.picture.frame_count == 4
    assert LocalStore(store.content.root).facts(clip) == facts
    assert store.facts(Digest("0" * 64)) is None


@pytest.mark.parametrize(("content", "error"), [(b"only text", UnsupportedMediaError), (b"", BrokenMediaError)])
def test_what_is_no_media_is_not_taken(store, tmp_path, content, error):
    path = tmp_path / "file.mp4"
    path.write_bytes(content)
    with pytest.raises(error):
        store.add(path)
    assert list(store.content.digests()) == scratch(store) == []


def test_work_is_done_once_in_every_process_that_shares_the_folder(store, clip):
    plan = planned(store, clip, using("invert"))
    first = store.carry_out(plan)
    again = LocalStore(store.content.root).carry_out(plan)
    assert (len(first.rendered), len(again.rendered)) == (1, 0)
    assert first.outputs == again.outputs
    assert scratch(store) == []


def test_only_the_output_that_is_missing_is_made(store, clip):
    store.carry_out(planned(store, clip, using("invert")))
    both = planned(store, clip, using("invert"), using("flip", "it").replace("id: it", "id: flip"), outputs="{o: it}")
    outcome = store.carry_out(both)
    assert list(outcome.rendered) == [both.outputs["flip"]]
    assert outcome.outputs.keys() == {"flip", "o"}


def test_an_effect_that_gives_its_input_back_gives_the_very_bytes(store, clip):
    outcome = store.carry_out(planned(store, clip, using("identity")))
    assert outcome.outputs == {"it": clip}
    assert outcome.rendered == {}
    assert list(store.results.keys()) == []


def test_the_dog_is_the_asset_itself_or_lies_over_the_input(store, clip, tmp_path):
    store.assets["dog"] = store.add(a_clip(tmp_path / "dog.mp4", frames=3, width=32, height=24, seed=5))
    alone = store.carry_out(planned(store, clip, using("dog")))
    assert alone.outputs["it"] == store.assets["dog"]
    assert alone.rendered == {}
    (over,) = store.carry_out(planned(store, clip, using("dog", overlay=True))).rendered.values()
    assert (over.tally.decoders_opened, over.tally.encoders_opened) == (3, 1)  # the dog's 3 frames come twice
    assert over.tally.frames_encoded == 4
    assert over.facts.picture is not None
    assert (over.facts.picture.width, over.facts.picture.frame_count) == (64, 4)


@pytest.mark.parametrize("harm", ["gone", "cut short", "entry"])
def test_a_result_that_came_to_harm_is_made_again_with_the_same_bytes(store, clip, harm):
    plan = planned(store, clip, using("invert"))
    digest = store.carry_out(plan).outputs["it"]
    path = store.content.path(digest)
    if harm == "gone":
        path.unlink()
    elif harm == "cut short":
        path.chmod(0o644)
        os.truncate(path, 100)
    else:
        (entry,) = (store.content.root / "steps").glob("*/*.json")
        entry.chmod(0o644)
        entry.write_text("{", "utf-8")
    outcome = store.carry_out(plan)
    assert len(outcome.rendered) == 1
    assert outcome.outputs["it"] == digest == digest_file(path)


def test_a_failure_is_remembered_by_nobody_and_leaves_nothing(store, clip, monkeypatch):
    plan = planned(store, clip, using("invert"))

    def fail(*_, **__):
        raise RenderError("the lamp went out")

    with monkeypatch.context() as patch:
        patch.setattr("artdag.executor.check_result", fail)
        with pytest.raises(RenderError, match="the lamp went out"):
            store.carry_out(plan)
    assert list(store.results.keys()) == scratch(store) == []
    assert list(store.content.digests()) == [clip]
    assert store.carry_out(plan).rendered
