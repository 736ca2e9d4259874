"""Nodes as people see them: lists together, inner nodes under the recipe they stand in."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from app.library.node_names import by_input, list_of, shown_name
from app.runs.node_group import grouped


@dataclass(frozen=True)
class Bead:
    id: str
    state: str = "done"
    reason: str = "because"
    title: str = "segment"
    word: str | None = None


def test_pieces_of_a_list_are_together_in_its_order_wherever_they_stood() -> None:
    groups = grouped([Bead("clip"), Bead("cuts[10]"), Bead("cuts[2]"), Bead("film"), Bead("cuts[0]")])
    assert [group.id for group in groups] == ["clip", "cuts", "film"]
    assert [bead.id for bead in groups[1].members] == ["cuts[0]", "cuts[2]", "cuts[10]"]


def test_a_list_is_told_in_a_few_words() -> None:
    beads = [Bead(f"cuts[{place}]", "cached" if place < 20 else "done") for place in range(24)]
    (group,) = grouped(beads)
    assert (group.name, group.words) == ("cuts", "24 pieces, 4 done, 20 reused")
    (same,) = grouped(beads[:3])
    assert same.words == "3 pieces, all reused"


def test_the_reason_is_that_of_the_pieces_that_matter_most() -> None:
    beads = [Bead("a[0]", "cached", "was done"), Bead("a[1]", "done", "ran"), Bead("a[2]", "done", "ran")]
    (group,) = grouped(beads)
    assert (group.state, group.reason) == ("done", "2 of them: ran")


def test_a_list_of_thousands_is_told_in_short() -> None:
    (group,) = grouped(Bead(f"cuts[{place}]", "done" if place % 2 else "cached") for place in range(20_000))
    assert (group.words, group.reason) == ("20,000 pieces, 10,000 done, 10,000 reused", "10,000 of them: because")


def test_two_steps_of_one_name_are_two() -> None:
    assert [len(group.members) for group in grouped([Bead("asset"), Bead("asset")])] == [1, 1]


@pytest.mark.parametrize(
    ("name", "shown", "piece"),
    [
        ("blur", "blur", None),
        ("sub.inner", "sub › inner", None),
        ("sub.cuts[3]", "sub › cuts[3]", ("sub.cuts", 3)),
    ],
)
def test_a_name_says_where_the_node_stands(name: str, shown: str, piece: tuple[str, int] | None) -> None:
    assert (shown_name(name), list_of(name)) == (shown, piece)


def test_inputs_by_place_and_as_lists_are_the_same() -> None:
    assert by_input({"clip": "a", "stills[1]": "c", "stills[0]": "b"}) == {"clip": ("a",), "stills": ("b", "c")}
    assert by_input({"stills": ["b", "c"], "odd": 3}) == {"stills": ("b", "c"), "odd": ()}
