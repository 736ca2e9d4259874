"""Order and cycles, for any graph and any depth."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from artdag.dag import behind, topological

NAMES = [f"n{number}" for number in range(8)]
GRAPHS = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from([*NAMES, "nowhere"]), max_size=3))


@given(GRAPHS)
def test_inputs_come_first_or_a_cycle_is_named(inputs):
    order, cycle = topological(inputs)
    place = {node: number for number, node in enumerate(order)}
    for node in order:
        assert all(place[source] < place[node] for source in inputs[node] if source in inputs)
    if cycle:
        assert len(order) < len(inputs)
        for sooner, later in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert sooner in inputs[later], "the cycle is named in the direction of its edges"
    else:
        assert sorted(order) == sorted(inputs)


def test_a_node_that_needs_itself_is_a_cycle_of_one():
    assert topological({"a": [], "b": ["a", "b"], "c": ["b"]}) == (["a"], ["b"])


def test_the_same_input_twice_is_no_cycle():
    assert topological({"a": [], "b": ["a", "a"]}) == (["a", "b"], [])


def test_a_cycle_behind_many_nodes_is_found_among_them():
    graph = {"a": ["c"], "b": ["a"], "c": ["b"], "d": ["c"], "e": ["d"]}
    order, cycle = topological(graph)
    assert order == []
    assert sorted(cycle) == ["a", "b", "c"]


def test_only_what_is_needed_stays():
    graph = {"a": [], "b": ["a"], "c": ["a"], "d": ["c", "nowhere"]}
    assert behind(graph, ["d"]) == {"a", "c", "d"}
    assert behind(graph, ["nowhere"]) == set()


def test_depth_and_width_cost_only_their_length():
    chain = {"0": []} | {str(number): [str(number - 1)] for number in range(1, 100_000)}
    fan = {"base": []} | {str(number): ["base"] for number in range(50_000)} | {"top": list(map(str, range(50_000)))}
    started = time.process_time()
    for graph, last in ((chain, "99999"), (fan, "top")):
        order, cycle = topological(graph)
        assert (order[-1], cycle) == (last, [])
        assert len(behind(graph, [last])) == len(graph)
    assert topological(chain | {"0": ["99999"]})[1] != []
    assert time.process_time() - started < 5
