"""Recipes inside recipes come to the very work that the same nodes give by themselves."""

from __future__ import annotations

import pytest

from artdag.checker import check_recipe, checked_recipe
from artdag.errors import RecipeError
from artdag.local_store import LocalStore
from artdag.recipe_reader import parse_recipe
from tests.artdag.studio import still

SOFT = """
name: soft
params: {amount: {type: float, default: 4, min: 0, max: 50}}
registry: {assets: {}}
dag:
  nodes:
    - {id: picture, type: SOURCE, config: {input: true}}
    - {id: blurred, type: EFFECT, config: {effect: blur, params: {radius: {param: amount}}}, inputs: [picture]}
    - {id: toned, type: EFFECT, config: {effect: sepia}, inputs: [blurred]}
  output: toned
  outputs: {toned: toned, plain: blurred}
"""


def outer(*nodes: str, params: str = "{}", output: str = "result") -> bytes:
    listed = "".join(f"\n    - {node}" for node in ("{id: cat, type: SOURCE, config: {input: true}}", *nodes))
    return f"name: outer\nparams: {params}\ndag:\n  nodes:{listed}\n  output: {output}\n".encode()


@pytest.fixture
def store(tmp_path):
    found = LocalStore(tmp_path / "store")
    found.add_recipe(parse_recipe(SOFT.encode()))
    return found


@pytest.fixture
def cat(store, tmp_path):
    return store.add(still(tmp_path / "cat.png"))


def keys(store, text: bytes, cat, **params):
    return dict(store.plan(parse_recipe(text), {"cat": cat}, params).outputs)


def problems(store, text: bytes) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        checked_recipe(text, store.world())
    return [problem.message for problem in caught.value.problems]


FLAT = (
    "{id: b, type: EFFECT, config: {effect: blur, params: {radius: 9}}, inputs: [cat]}",
    "{id: result, type: EFFECT, config: {effect: sepia}, inputs: [b]}",
)


def test_it_comes_to_the_work_of_its_nodes(store, cat):
    inside = outer("{id: result, type: RECIPE, config: {recipe: soft, params: {amount: 9}}, inputs: [cat]}")
    assert list(keys(store, inside, cat).values()) == list(keys(store, outer(*FLAT), cat).values())
    plan = store.plan(parse_recipe(inside), {"cat": cat}, {})
    assert set(plan.nodes) == {"cat", "result.blurred", "result.toned"}
    assert check_recipe(parse_recipe(inside), store.world()) == ()


def test_it_can_be_named_by_its_id_and_its_inputs_by_name(store, cat):
    recipe_id = store.recipes["soft"].recipe_id
    config = f"{{recipe: {recipe_id}, params: {{amount: 9}}}}"
    inside = outer(f"{{id: result, type: RECIPE, config: {config}, inputs: {{picture: cat}}}}")
    assert list(keys(store, inside, cat).values()) == list(keys(store, outer(*FLAT), cat).values())


def test_params_go_down_and_defaults_fill_the_rest(store, cat):
    node = "{id: result, type: RECIPE, config: {recipe: soft, params: {amount: {param: how}}}, inputs: [cat]}"
    inside = outer(node, params="{how: {type: float}}")
    assert list(keys(store, inside, cat, how=9).values()) == list(keys(store, outer(*FLAT), cat).values())
    default = outer("{id: result, type: RECIPE, config: {recipe: soft}, inputs: [cat]}")
    written = outer("{id: result, type: RECIPE, config: {recipe: soft, params: {amount: 4.0}}, inputs: [cat]}")
    assert keys(store, default, cat) == keys(store, written, cat)


def test_keyframes_go_down_too(store, cat):
    animation = "{keyframes: [[0, 1], [1, 9]]}"
    inside = outer(
        f"{{id: result, type: RECIPE, config: {{recipe: soft, params: {{amount: {animation}}}}}, inputs: [cat]}}"
    )
    flat = outer(
        f"{{id: b, type: EFFECT, config: {{effect: blur, params: {{radius: {animation}}}}}, inputs: [cat]}}", FLAT[1]
    )
    assert list(keys(store, inside, cat).values()) == list(keys(store, flat, cat).values())


def test_another_output_can_be_taken(store, cat):
    inside = outer("{id: result, type: RECIPE, config: {recipe: soft, output: plain}, inputs: [cat]}")
    assert set(store.plan(parse_recipe(inside), {"cat": cat}, {}).nodes) == {"cat", "result.blurred"}


def test_one_stands_behind_another_and_inside_another(store, cat):
    twice = outer(
        "{id: result, type: RECIPE, config: {recipe: soft}, inputs: [first]}",
        "{id: first, type: RECIPE, config: {recipe: soft}, inputs: [cat]}",
    )
    assert set(store.plan(parse_recipe(twice), {"cat": cat}, {}).nodes) == {
        "cat", "first.blurred", "first.toned", "result.blurred", "result.toned",
    }  # fmt: skip
    store.add_recipe(parse_recipe(twice.replace(b"name: outer", b"name: softer")))
    thrice = outer("{id: result, type: RECIPE, config: {recipe: softer}, inputs: [cat]}")
    assert keys(store, thrice, cat).keys() == {"result"}
    assert list(keys(store, thrice, cat).values()) == list(keys(store, twice, cat).values())


def test_its_own_media_come_along(store, cat, tmp_path):
    other = store.add(still(tmp_path / "other.png", color=(9, 90, 200)))
    fixed = SOFT.replace("name: soft", "name: fixed").replace("assets: {}", f"assets: {{sky: {{hash: '{other}'}}}}")
    store.add_recipe(parse_recipe(fixed.replace("{input: true}", "{asset: sky}").encode()))
    store.add_recipe(parse_recipe(fixed.replace("name: fixed", "name: usual").replace(
        "{input: true}", "{input: true, default: sky}").encode()))  # fmt: skip
    for name in ("fixed", "usual"):
        inside = outer(
            f"{{id: result, type: RECIPE, config: {{recipe: {name}}}}}", "{id: x, type: RESIZE, inputs: [cat]}"
        )
        plan = store.plan(parse_recipe(inside.replace(b"type: RESIZE", b"type: RESIZE, config: {width: 8, height: 8}")),
                          {"cat": cat}, {})  # fmt: skip
        assert plan.by_key[plan.nodes["result.picture"]].params["digest"] == other


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        ("config: {recipe: softt}, inputs: [cat]", "there is no recipe 'softt' here"),
        ("config: {recipe: soft}", "the recipe 'soft' needs its input 'picture'"),
        ("config: {recipe: soft}, inputs: [cat, cat]", "the recipe 'soft' takes 1 input, and is given 2"),
        ("config: {recipe: soft}, inputs: {pictur: cat}", "the recipe 'soft' has no input 'pictur'"),
        ("config: {recipe: soft, params: {amont: 3}}, inputs: [cat]", "the recipe 'soft' has no param 'amont'"),
        ("config: {recipe: soft, params: {amount: 51}}, inputs: [cat]", "'amount' is 51, outside 0 to 50"),
        ("config: {recipe: soft, params: {amount: big}}, inputs: [cat]", "'amount' takes a number, not 'big'"),
        ("config: {recipe: soft, output: toed}, inputs: [cat]", "the recipe 'soft' has no output 'toed'"),
        ("config: {recip: soft}, inputs: [cat]", "RECIPE has no setting 'recip'"),
    ],
)
def test_a_sentence_says_what_is_wrong(store, node, sentence):
    assert any(sentence in problem for problem in problems(store, outer(f"{{id: result, type: RECIPE, {node}}}")))


def test_a_recipe_cannot_be_a_part_of_itself(store):
    text = outer("{id: result, type: RECIPE, config: {recipe: inner}, inputs: [cat]}")
    store.add_recipe(parse_recipe(text))
    inner = text.replace(b"name: outer", b"name: inner").replace(b"recipe: inner", b"recipe: outer")
    store.add_recipe(parse_recipe(inner))
    assert problems(store, text) == ["a recipe cannot be a part of itself: outer → inner → outer"]
    looped = parse_recipe(outer("{id: result, type: RECIPE, config: {recipe: soft}, inputs: [result]}"))
    with pytest.raises(RecipeError):
        check_recipe(looped, store.world())


def test_recipes_do_not_go_down_without_end(store):
    for level in range(20):
        below = f"level{level + 1}" if level < 19 else "soft"
        text = outer(f"{{id: result, type: RECIPE, config: {{recipe: {below}}}, inputs: [cat]}}")
        store.add_recipe(parse_recipe(text.replace(b"name: outer", f"name: level{level}".encode())))
    text = outer("{id: result, type: RECIPE, config: {recipe: level0}, inputs: [cat]}")
    assert any("go down to 16 levels" in problem for problem in problems(store, text))


def test_it_renders(store, cat):
    inside = outer("{id: result, type: RECIPE, config: {recipe: soft}, inputs: [cat]}")
    outcome = store.carry_out(store.plan(parse_recipe(inside), {"cat": cat}, {}))
    assert store.facts(outcome.outputs["result"]).kind == "image"
