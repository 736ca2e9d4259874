"""What a run may give for a param: a number, or one that changes; never outside the setting's range, nor a bond."""

from __future__ import annotations

from typing import Any

import pytest

from artdag.errors import ParameterError, RecipeError
from tests.artdag.shelf import CLIP, SONG, a_plan

HEAR = "{id: hear, type: ANALYZE, config: {features: [energy]}, inputs: [song]}"
BRIGHT = "{id: it, type: EFFECT, config: {effect: brightness, params: {amount: %s}}, inputs: [clip]}"
HEAD = "params: {a: {type: float, default: 0}}"
BOND = {"bind": "hear", "feature": "energy", "range": [0, 1]}


def settled(value: Any, *, setting: str = "{param: a}", head: str = HEAD) -> Any:
    """Return what `amount` is set to where a run gives *value*."""
    plan = a_plan(CLIP, SONG, HEAR, BRIGHT % setting, params={"a": value}, head=head)
    return plan.by_key[plan.nodes["it"]].params["amount"]


def test_a_run_may_give_a_value_that_changes():
    assert settled(0.5) == 0.5
    assert settled({"keyframes": [[0, -1], [2, 1]]}) == {"keyframes": [[0.0, -1.0], [2.0, 1.0]], "ease": "linear"}


def test_a_value_that_changes_must_stay_in_the_range_of_the_setting():
    with pytest.raises(RecipeError, match="'amount' becomes 9, outside -1 to 1"):
        settled({"keyframes": [[0, 0], [1, 9]]})
    with pytest.raises(ParameterError, match="'a' is 9, outside"):
        settled({"keyframes": [[0, 0], [1, 9]]}, head="params: {a: {type: float, default: 0, min: -1, max: 1}}")


def test_a_number_at_one_time_cannot_itself_change():
    with pytest.raises(RecipeError, match="'amount' takes a number at each time, not something that changes"):
        settled({"keyframes": [[0, 0], [1, 1]]}, setting="{keyframes: [[0, 0], [1, {param: a}]]}")


@pytest.mark.parametrize("bond", [BOND, {**BOND, "bind": "nobody"}])
def test_a_run_cannot_bind_a_param_to_a_sound_and_is_told_where_a_bond_stands(bond):
    with pytest.raises(
        ParameterError, match="the param 'a' cannot follow a sound: write the bond at the setting itself"
    ):
        settled(bond)


def test_what_a_bond_hears_is_named_in_the_recipe_and_its_range_may_be_a_param():
    assert settled(0.4, setting="{bind: hear, feature: energy, range: [0, {param: a}]}")["range"] == [0.0, 0.4]
    with pytest.raises(RecipeError, match="'bind' names its ANALYZE node itself"):
        settled("hear", setting="{bind: {param: a}, feature: energy, range: [0, 1]}", head="params: {a: {type: text}}")
