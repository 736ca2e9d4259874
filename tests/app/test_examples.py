"""The recipes in ``examples`` run at the first click, with nothing chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.operation.starter_content.make import make_starter
from artdag.checker import check_recipe
from artdag.local_store import LocalStore
from artdag.media import Kind
from artdag.recipe_reader import parse_recipe

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = LocalStore(tmp_path_factory.mktemp("store"))
    for name, path in make_starter(tmp_path_factory.mktemp("starter")).items():
        store.assets[name] = store.add(path)
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
