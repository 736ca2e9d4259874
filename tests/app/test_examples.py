"""The recipes in ``examples`` run at the first click, with nothing chosen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image, UnidentifiedImageError

from app.operation.starter_content.make import make_starter
from artdag.checker import check_recipe
from artdag.digest import Digest
from artdag.local_store import LocalStore
from artdag.media import Kind
from artdag.recipe_reader import parse_recipe

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = LocalStore(tmp_path_factory.mktemp("store"))
    for name, path in make_starter(tmp_path_factory.mktemp("starter")).items():
        store.assets[name] = store.add(path)
    for path in EXAMPLES:
        store.add_recipe(parse_recipe(path.read_bytes()))
    return store


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_right_and_needs_no_choice(store, path):
    recipe = parse_recipe(path.read_bytes())
    check_recipe(recipe, store.world())
    assert recipe.name == path.stem
    assert recipe.description
    assert store.plan(recipe, {}, {}).outputs


@pytest.mark.parametrize(
    ("name", "kind", "size", "duration_s"),
    [("poster", Kind.IMAGE, (1024, 768), None), ("dog-and-cat", Kind.VIDEO, (1024, 768), 3)],
)
def test_an_example_gives_what_it_promises(store, name, kind, size, duration_s):
    recipe = parse_recipe(next(path for path in EXAMPLES if path.stem == name).read_bytes())
    outcome = store.carry_out(store.plan(recipe, {}, {}))
    facts = store.facts(next(iter(outcome.outputs.values())))
    assert facts is not None
    assert facts.kind is kind
    assert facts.picture is not None
    assert (facts.picture.width, facts.picture.height) == size
    assert facts.duration_s == duration_s


FILMS = {"beat-cut": 4, "picture-in-picture": 8, "sequence-with-music": 15.5, "sweep": 8, "year-in-posters": 9.75}
"""Seconds, with the params that are given here."""


def smaller(text: bytes) -> bytes:
    """Return the recipe for a picture of a sixth of the width and height, which is as right and takes less long."""
    return re.sub(
        rb"(width|height|size): (\d{2,4})\b", lambda found: b"%s: %d" % (found[1], int(found[2]) // 12 * 2), text
    )


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == "beat-cut" else [pytest.mark.long]) for name in FILMS]
)
def test_a_film_is_the_same_bytes_on_an_empty_store_and_lasts_as_long_as_it_should(store, tmp_path, name):
    recipe = parse_recipe(smaller(next(path for path in EXAMPLES if path.stem == name).read_bytes()))
    params = {"length": 4} if name == "beat-cut" else {}
    made = []
    for place in ("one", "other"):
        fresh = LocalStore(tmp_path / place)
        fresh.recipes = {**store.recipes}
        for asset, digest in store.assets.items():
            fresh.assets[asset] = small(fresh, store.content.path(digest), tmp_path)
        outcome = fresh.carry_out(fresh.plan(recipe, {}, params))
        made.append(next(iter(outcome.outputs.values())))
    assert made[0] == made[1]
    facts = fresh.facts(made[0])
    assert facts is not None
    assert facts.duration_s == pytest.approx(FILMS[name], abs=0.04)
    assert facts.sound is not None


def small(store: LocalStore, path: Path, folder: Path) -> Digest:
    """Add an asset; of a still, a smaller copy."""
    try:
        with Image.open(path) as picture:
            target = folder / f"{path.name}.png"
            if not target.exists():
                picture.resize((picture.width // 6, picture.height // 6)).save(target)
            return store.add(target)
    except UnidentifiedImageError:
        return store.add(path)
