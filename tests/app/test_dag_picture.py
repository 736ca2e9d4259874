"""The picture of a graph: boxes that do not overlap, inputs on the left, edges that arrive."""

from __future__ import annotations

import itertools
import time

from hypothesis import given
from hypothesis import strategies as st

from app.runs.dag_picture import MAX_DRAWN, Drawn, collapsed, draw


def chain(length: int) -> list[Drawn]:
    first = [Drawn(id="n0", title="n0")]
    return first + [Drawn(id=f"n{n}", title=f"n{n}", inputs=(("input", f"n{n - 1}"),)) for n in range(1, length)]


@st.composite
def graphs(picks: st.DrawFn) -> list[Drawn]:
    """A graph of up to thirty nodes, each with inputs among those before it."""
    count = picks(st.integers(1, 30))
    found = []
    for number in range(count):
        sources = picks(st.lists(st.integers(0, number - 1), max_size=3)) if number else []
        inputs = tuple((f"slot{place}", f"n{source}") for place, source in enumerate(sources))
        found.append(Drawn(id=f"n{number}", title=f"n{number}", inputs=inputs))
    return found


@given(graphs())
def test_boxes_do_not_overlap_and_lie_in_the_picture(nodes: list[Drawn]) -> None:
    picture = draw(nodes)
    assert {box.node.id for box in picture.boxes} == {node.id for node in nodes}
    for box in picture.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= picture.width
        assert box.y + box.height <= picture.height
    for one, other in itertools.combinations(picture.boxes, 2):
        apart = abs(one.x - other.x) >= one.width or abs(one.y - other.y) >= one.height
        assert apart, (one.node.id, other.node.id)


@given(graphs())
def test_inputs_stand_left_of_their_users_and_every_edge_is_drawn(nodes: list[Drawn]) -> None:
    picture = draw(nodes)
    x = {box.node.id: box.x for box in picture.boxes}
    assert len(picture.edges) == sum(len({source for _, source in node.inputs}) for node in nodes)
    assert all(x[edge.source] < x[edge.target] for edge in picture.edges)


@given(graphs())
def test_equal_graphs_have_equal_pictures(nodes: list[Drawn]) -> None:
    assert draw(nodes) == draw(list(nodes))


def test_a_source_that_fills_many_slots_is_one_line() -> None:
    inputs = tuple((f"input{place}", "clip") for place in range(20_000))
    picture = draw([Drawn(id="clip", title="clip"), Drawn(id="loop", title="loop", inputs=inputs)])
    assert [edge.slot for edge in picture.edges] == ["input0 … input19999"]


def test_a_single_node_is_drawn_too() -> None:
    picture = draw([Drawn(id="cat", title="cat")])
    assert len(picture.boxes) == 1
    assert picture.edges == ()


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([]).boxes == ()


def test_a_long_chain_is_folded_into_one_box_quickly() -> None:
    started = time.monotonic()
    picture = draw(chain(10_000))
    assert time.monotonic() - started < 1
    assert picture.is_collapsed
    assert [(box.node.title, box.node.members) for box in picture.boxes] == [("n0", 1), ("n1 … n9999", 9999)]


def test_a_folded_box_shows_the_state_that_matters_most() -> None:
    nodes = [
        Drawn(id="a", title="a", state="cached"),
        Drawn(id="b", title="b", state="done", inputs=(("input", "a"),)),
        Drawn(id="c", title="c", state="failed", inputs=(("input", "b"),)),
        Drawn(id="d", title="d", state="blocked", inputs=(("input", "c"),)),
    ]
    assert [(box.id, box.state) for box in collapsed(nodes)] == [("a", "cached"), ("b", "failed")]


def test_what_is_too_large_is_not_drawn_and_says_so() -> None:
    many = [Drawn(id=f"n{n}", title="x", inputs=(("a", "root"), ("b", "root"))) for n in range(MAX_DRAWN + 5)]
    picture = draw([Drawn(id="root", title="root"), *many])
    assert (picture.boxes, picture.left_out) == ((), MAX_DRAWN + 6)
