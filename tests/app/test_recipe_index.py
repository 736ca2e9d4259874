"""RecipeIndex: names, owners, what a recipe needs, and pages that stay fast."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from app.storage.newest_first import score_of
from app.storage.recipe_index import RecipeIndex
from artdag.recipe_reader import parse_recipe
from tests.builders import NOON, a_digest


@pytest.fixture
def recipes(redis_client: Redis) -> RecipeIndex:
    return RecipeIndex(redis_client)


def a_recipe(name: str = "soft-night", *, note: str = "", source: str = "{input: true}", assets: str = "{}"):
    return parse_recipe(
        f"""name: {name}
description: {note or "some work"}
registry: {{assets: {assets}}}
dag:
  nodes: [{{id: clip, type: SOURCE, config: {source}}}]
  output: clip
""".encode()
    )


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_what_was_added_is_found_by_id_and_by_name(recipes, alice):
    recipe = a_recipe()
    assert recipes.add(recipe, alice, NOON)
    entry = recipes.get(recipe.recipe_id)
    assert (entry.name, entry.owner, entry.uploaded_at, entry.description) == ("soft-night", alice, NOON, "some work")
    assert recipes.named("soft-night", alice) == recipe.recipe_id
    assert recipes.get(a_digest("nothing")) is None
    assert recipes.named("nothing", alice) is None


def test_a_name_means_ones_own_newest_upload_and_else_anybodys(recipes, alice, bob):
    old, new, foreign = a_recipe(note="old"), a_recipe(note="new"), a_recipe(note="bob's")
    recipes.add(old, alice, after(0))
    recipes.add(new, alice, after(1))
    recipes.add(foreign, bob, after(2))
    assert recipes.named("soft-night", alice) == new.recipe_id
    assert recipes.named("soft-night", bob) == foreign.recipe_id
    assert recipes.named("soft-night", None) == foreign.recipe_id
    assert [entry.id for entry in recipes.versions("soft-night")] == [
        foreign.recipe_id,
        new.recipe_id,
        old.recipe_id,
    ]


def test_uploading_again_makes_it_the_newest_of_its_name(recipes, alice):
    first, second = a_recipe(note="first"), a_recipe(note="second")
    recipes.add(first, alice, after(0))
    recipes.add(second, alice, after(1))
    assert not recipes.add(first, alice, after(2))
    assert recipes.named("soft-night", alice) == first.recipe_id
    assert [entry.id for entry in recipes.page().items] == [first.recipe_id, second.recipe_id]


def test_it_stays_until_its_last_owner_lets_go(recipes, alice, bob):
    recipe = a_recipe()
    recipes.add(recipe, alice, after(0))
    recipes.add(recipe, bob, after(1))
    assert not recipes.delete(recipe.recipe_id, alice)
    assert recipes.get(recipe.recipe_id) is not None
    assert recipes.owners(recipe.recipe_id) == {bob}
    assert recipes.delete(recipe.recipe_id, bob)
    assert recipes.get(recipe.recipe_id) is None
    assert recipes.page().items == ()
    assert recipes.named("soft-night", alice) is None
    assert not recipes.delete(recipe.recipe_id, bob)


def test_nothing_of_a_deleted_recipe_stays_in_the_store(recipes, redis_client, alice):
    recipe = a_recipe(source="{asset: cat}")
    recipes.add(recipe, alice, NOON)
    recipes.delete(recipe.recipe_id, alice)
    assert list(redis_client.scan_iter("artdag:recipe*")) == []


def test_it_knows_which_recipes_need_some_bytes_by_whatever_name(recipes, alice):
    bytes_of_cat = a_digest("cat")
    by_hash = a_recipe("by-hash", source=f"{{hash: {bytes_of_cat}}}")
    by_pin = a_recipe("by-pin", source="{asset: puss}", assets=f"{{puss: {{hash: {bytes_of_cat}}}}}")
    by_name = a_recipe("by-name", source="{asset: cat}")
    by_default = a_recipe("by-default", source=f"{{input: true, default: {{hash: {bytes_of_cat}}}}}")
    for recipe in (by_hash, by_pin, by_name, by_default, a_recipe("free")):
        recipes.add(recipe, alice, NOON)
    pinned = {by_hash.recipe_id, by_pin.recipe_id, by_default.recipe_id}
    assert set(recipes.using(bytes_of_cat)) == pinned
    assert set(recipes.using(bytes_of_cat, ["cat"])) == pinned | {by_name.recipe_id}
    recipes.delete(by_hash.recipe_id, alice)
    assert by_hash.recipe_id not in recipes.using(bytes_of_cat)


def test_a_page_goes_on_where_the_last_one_ended_whatever_comes_in_between(recipes, alice):
    known = [a_recipe(note=f"number {number}") for number in range(5)]
    for number, recipe in enumerate(known):
        recipes.add(recipe, alice, after(number))
    first = recipes.page(limit=2)
    recipes.add(a_recipe(note="late"), alice, after(9))
    recipes.delete(first.items[-1].id, alice)
    second = recipes.page(first.next, limit=2)
    assert [entry.description for entry in (*first.items, *second.items)] == [
        "number 4",
        "number 3",
        "number 2",
        "number 1",
    ]
    assert first.total == 5


def test_search_finds_all_words_in_any_order(recipes, alice):
    recipes.add(a_recipe("cool-night", note="blue and soft"), alice, after(0))
    recipes.add(a_recipe("warm-day", note="soft light"), alice, after(1))
    assert [entry.name for entry in recipes.page(q="soft NIGHT").items] == ["cool-night"]
    assert [entry.name for entry in recipes.page(q="soft").items] == ["warm-day", "cool-night"]
    assert recipes.page(q="zebra").items == ()


def test_a_beginning_of_an_id_finds_those_that_begin_so(recipes, alice):
    recipe = a_recipe()
    recipes.add(recipe, alice, NOON)
    assert recipes.spelt(recipe.recipe_id[:8]) == (recipe.recipe_id,)
    assert recipes.spelt("0" * 8 if recipe.recipe_id[0] != "0" else "f" * 8) == ()


@pytest.mark.parametrize("cursor", ["x", "12", "12.", ".abc", "-1.a", "1e3.a", "١.a"])
def test_an_invented_cursor_is_refused(recipes, cursor):
    with pytest.raises(ValueError, match="not a cursor"):
        recipes.page(cursor)


@pytest.mark.slow
def test_a_page_is_as_quick_with_a_hundred_thousand_recipes_as_with_a_thousand(recipes, redis_client, alice):
    recipe = a_recipe()
    recipes.add(recipe, alice, datetime(2030, 1, 1, tzinfo=UTC))
    at, seconds = 0, {}
    for count in (1_000, 100_000):
        pipe = redis_client.pipeline(transaction=False)
        for number in range(at, count):
            pipe.zadd("artdag:recipes", {f"{number:064x}": score_of(NOON) + number})
        pipe.execute()
        at = count
        middle = f"{score_of(NOON) + count // 2}.{count // 2:064x}"
        seconds[count] = min(_timed(lambda cursor=middle: recipes.page(cursor, 50)) for _ in range(9))
    assert seconds[100_000] < 0.1
    assert seconds[100_000] < 4 * seconds[1_000] + 0.002


def _timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
