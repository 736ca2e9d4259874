"""The picture of a graph: boxes that do not overlap, inputs on the left, edges that arrive."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from app.runs.dag_picture import MAX_DRAWN, draw
from app.runs.drawn import FOLLOWS, Drawn, with_chains_folded, with_lists_folded


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


def test_a_long_chain_is_folded_into_one_box() -> None:
    picture = draw(chain(10_000))
    assert picture.is_collapsed
    assert [(box.node.title, box.node.members) for box in picture.boxes] == [("n0", 1), ("n1 … n9999", 9999)]


def test_a_folded_box_shows_the_state_that_matters_most() -> None:
    nodes = [
        Drawn(id="a", title="a", state="cached"),
        Drawn(id="b", title="b", state="done", inputs=(("input", "a"),)),
        Drawn(id="c", title="c", state="failed", inputs=(("input", "b"),)),
        Drawn(id="d", title="d", state="blocked", inputs=(("input", "c"),)),
    ]
    assert [(box.id, box.state) for box in with_chains_folded(nodes)] == [("a", "cached"), ("b", "failed")]


def test_what_is_too_large_is_not_drawn_and_says_so() -> None:
    many = [Drawn(id=f"n{n}", title="x", inputs=(("a", "root"), ("b", "root"))) for n in range(MAX_DRAWN + 5)]
    picture = draw([Drawn(id="root", title="root"), *many])
    assert (picture.boxes, picture.left_out) == ((), MAX_DRAWN + 6)


def test_a_list_is_one_box_with_one_line_in_and_one_line_out() -> None:
    pieces = [
        Drawn(id=f"cuts[{place}]", title="x", subtitle="segment", state="done", inputs=(("input", "clip"),))
        for place in range(24)
    ]
    film = Drawn(id="film", title="film", inputs=tuple((str(place), f"cuts[{place}]") for place in range(24)))
    picture = draw([Drawn(id="clip", title="clip"), *pieces, film])
    box = next(box for box in picture.boxes if box.node.id == "cuts")
    assert (box.node.title, box.node.subtitle, box.node.members, box.node.is_list) == ("cuts", "24 × segment", 24, True)
    assert [(edge.source, edge.target) for edge in picture.edges] == [("clip", "cuts"), ("cuts", "film")]


def test_a_list_says_how_many_are_in_the_state_that_matters_most() -> None:
    states = ("cached", "done", "running", "running")
    (folded,) = with_lists_folded(
        [Drawn(id=f"cuts[{place}]", title="x", state=state) for place, state in enumerate(states)]
    )
    assert (folded.state, folded.word) == ("running", "2/4 running")


def test_lists_that_would_stand_on_both_sides_of_each_other_are_not_folded() -> None:
    nodes = [
        Drawn(id="a[0]", title="a"),
        Drawn(id="b[0]", title="b", inputs=(("0", "a[0]"),)),
        Drawn(id="a[1]", title="a", inputs=(("0", "b[0]"),)),
        Drawn(id="b[1]", title="b"),
    ]
    assert with_lists_folded(nodes) == tuple(nodes)


def test_recipes_inside_are_folded_where_there_are_too_many_boxes() -> None:
    inside = [
        Drawn(id=f"{sub}.n{n}", title="x", inputs=(("0", f"{sub}.n{n - 1}" if n else "clip"),))
        for sub in ("one", "two")
        for n in range(MAX_DRAWN)
    ]
    last = Drawn(id="both", title="both", inputs=(("0", f"one.n{MAX_DRAWN - 1}"), ("1", f"two.n{MAX_DRAWN - 1}")))
    picture = draw([Drawn(id="clip", title="clip"), *inside, last])
    assert picture.is_collapsed
    assert {box.node.id: box.node.subtitle for box in picture.boxes} == {
        "clip": "",
        "one": "recipe of 60 steps",
        "two": "recipe of 60 steps",
        "both": "",
    }


def test_what_a_setting_follows_is_drawn_as_another_kind_of_line() -> None:
    nodes = [Drawn(id=name, title=name) for name in ("film", "heard")]
    picture = draw([*nodes, Drawn(id="pulse", title="pulse", inputs=(("input", "film"), (FOLLOWS, "heard")))])
    assert {edge.source: edge.is_follow for edge in picture.edges} == {"film": False, "heard": True}
    assert picture.has_follows
