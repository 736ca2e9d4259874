"""The deletion rules, as a table."""

from __future__ import annotations

import pytest

from artdag.digest import Digest, StepKey
from artdag.retention import left_over, may_delete, may_discard

RECIPE = Digest("1" * 64)


@pytest.mark.parametrize(
    ("circumstances", "rules"),
    [
        ({}, []),
        ({"runs": ["a-run"]}, ["in_use_by_run"]),
        ({"recipes": [RECIPE]}, ["in_use_by_recipe"]),
        ({"published": True}, ["published"]),
        ({"published": None}, ["published_unknown"]),
        ({"pinned": "for the show"}, ["pinned"]),
        ({"runs": ["a"], "published": True, "pinned": "x"}, ["in_use_by_run", "published", "pinned"]),
    ],
)
def test_each_rule_holds_a_medium_by_itself_and_all_are_told(circumstances, rules):
    assert [hold.rule for hold in may_delete(**circumstances)] == rules


@pytest.mark.parametrize(
    ("active", "completed", "published", "rules"),
    [
        (True, False, False, ["run_active"]),
        (False, True, True, ["published"]),
        (False, True, None, ["published_unknown"]),
        (False, True, False, []),
        (False, False, True, []),  # a failed run is never refused
        (False, False, None, []),
    ],
)
def test_a_run_is_discarded_unless_it_works_or_the_world_knows_its_output(active, completed, published, rules):
    assert [hold.rule for hold in may_discard(active=active, completed=completed, published=published)] == rules


def test_only_what_nothing_else_uses_is_left_over():
    mine, shared, held = (StepKey(letter * 64) for letter in "abc")
    made = {mine: Digest("1" * 64), shared: Digest("2" * 64), held: Digest("3" * 64)}
    assert left_over(made, used_elsewhere={shared}, kept={made[held]}) == {mine: made[mine]}


def test_one_blob_under_two_keys_stays_while_one_of_them_is_used():
    mine, shared = StepKey("a" * 64), StepKey("b" * 64)
    made = {mine: Digest("1" * 64), shared: Digest("1" * 64)}
    assert left_over(made, used_elsewhere={shared}, kept=set()) == {}
