"""Early cut-off: what follows a report is not done again where another sound gives the very same report."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import artdag.effects
from artdag.codec.encode import encode
from artdag.codec.profile import profile_for
from artdag.codec.stream import Media
from artdag.cutoff import second_keys
from artdag.digest import Digest
from artdag.local_store import LocalStore, Outcome
from artdag.media import SAMPLE_RATE, Kind, Shape
from artdag.recipe_reader import parse_recipe
from tests.artdag.codec.files import a_video_file
from tests.artdag.codec.synthetic import Wave
from tests.artdag.nodes.bench import effects, node_types
from tests.artdag.shelf import CLIP, SONG, a_plan, text_of
from tests.builders import a_digest

HEAR = "{id: hear, type: ANALYZE, config: {features: [energy]}, inputs: [song]}"
FOLLOWS = (
    "{id: it, type: EFFECT, config: {effect: brightness,"
    " params: {amount: {bind: hear, feature: energy, range: [0, 0.5]}}}, inputs: [clip]}"
)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


@pytest.fixture
def media(store: LocalStore, tmp_path: Path) -> dict[str, Digest]:
    """A clip; a song, the same song in another file, and another song."""
    time = np.arange(SAMPLE_RATE)
    found = {"clip": store.add(a_video_file(tmp_path, count=12, width=32, height=24))}
    for name, profile, fall in (("song", "wav", 9e3), ("same", "flac", 9e3), ("other", "wav", 4e3)):
        sine = (np.sin(time / 20) * np.exp(-time / fall) * 0.8).astype(np.float32)
        wave = Wave(len(time), samples=np.stack([sine, sine]))
        path = tmp_path / f"{name}{profile_for(Kind.AUDIO, profile).suffix}"
        encode(Media(sound=wave), Shape(kind=Kind.AUDIO, sound=wave.shape), profile_for(Kind.AUDIO, profile), path)
        found[name] = store.add(path)
    return found


def followed(store: LocalStore, media: dict[str, Digest], song: str) -> Outcome:
    recipe = parse_recipe(text_of(CLIP, SONG, HEAR, FOLLOWS))
    return store.carry_out(store.plan(recipe, {"clip": media["clip"], "song": media[song]}, {}))


def heard(store: LocalStore, media: dict[str, Digest], song: str) -> None:
    """Have the report written, and nothing else."""
    store.carry_out(store.plan(parse_recipe(text_of(SONG, HEAR)), {"song": media[song]}, {}))


def test_the_same_song_in_another_file_costs_its_hearing_and_no_more(store, media):
    first = followed(store, media, "song")
    assert len(first.rendered) == 1
    heard(store, media, "same")
    again = followed(store, media, "same")
    assert again.plan.plan_id != first.plan.plan_id
    assert again.rendered == {}
    assert again.outputs == first.outputs


def test_another_song_is_other_work(store, media):
    first = followed(store, media, "song")
    heard(store, media, "other")
    other = followed(store, media, "other")
    assert len(other.rendered) == 1
    assert other.outputs != first.outputs


def test_what_was_not_heard_yet_is_rendered_and_gives_the_same_bytes(store, media):
    first = followed(store, media, "song")
    again = followed(store, media, "same")
    assert len(again.rendered) == 1
    assert again.outputs == first.outputs


def test_the_report_is_written_once_for_all_that_follow_it(store, media):
    outcome = followed(store, media, "song")
    ((kept,),) = [rendered.kept for rendered in outcome.rendered.values()]
    assert kept.facts.kind is Kind.DATA
    recipe = parse_recipe(text_of(CLIP, SONG, HEAR, FOLLOWS.replace("0.5", "0.4")))
    second = store.carry_out(store.plan(recipe, {"clip": media["clip"], "song": media["song"]}, {}))
    assert [rendered.kept for rendered in second.rendered.values()] == [()]
    assert [rendered.tally.decoders_opened for rendered in second.rendered.values()] == [2], (
        "the clip's, not the song's"
    )


def test_a_result_whose_bytes_are_gone_is_not_taken_over(store, media):
    (digest,) = followed(store, media, "song").outputs.values()
    heard(store, media, "same")
    store.content.delete(digest)
    assert len(followed(store, media, "same").rendered) == 1


def test_a_plan_that_follows_nothing_has_no_second_keys():
    def report(_: object) -> Digest:
        raise AssertionError("nobody needs a report")

    plan = a_plan(CLIP, "{id: it, type: EFFECT, config: {effect: invert}, inputs: [clip]}")
    assert second_keys(plan, report, node_types(), effects()) == {}


def test_the_second_key_follows_the_bytes_and_nothing_else():
    one, other = (a_plan(CLIP, SONG, HEAR, FOLLOWS, inputs={"song": name}) for name in ("song", "clip"))
    ((_, first),) = second_keys(one, lambda _: a_digest("report"), node_types(), effects()).items()
    assert list(second_keys(other, lambda _: a_digest("report"), node_types(), effects()).values()) == [first]
    assert list(second_keys(one, lambda _: a_digest("else"), node_types(), effects()).values()) != [first]
    assert second_keys(one, lambda _: None, node_types(), effects()) == {}


def test_an_operators_effect_may_draw_lots_by_its_step_and_is_left_alone(monkeypatch):
    plan = a_plan(CLIP, SONG, HEAR, FOLLOWS)
    theirs = replace(effects().get("brightness"), native=None, frame=lambda frame, params, moment: frame)
    monkeypatch.setattr(type(effects()), "get", lambda self, name: theirs)
    assert second_keys(plan, lambda _: a_digest("report"), node_types(), effects()) == {}


def test_no_effect_of_ours_draws_lots_by_its_step():
    for path in Path(artdag.effects.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "seed":
                assert ast.unparse(node.value) in ("params", "plan", "self", "self._params", "config"), path.name
