"""What short work takes, in milliseconds: planning what is all there, and a first tiny picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from artdag.local_store import LocalStore
from artdag.recipe_reader import parse_recipe
from benchmarks.cost import Cost, cost_in_child
from benchmarks.sources import make_picture
from benchmarks.workloads import picture_recipe

CHAIN = 200
"""Nodes of the long recipe."""


def latencies(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Return what is measured -> milliseconds of each round; of processor time, but for what says otherwise."""
    picture = make_picture(folder)
    first = [_first(picture) for _ in range(rounds)]
    return {
        "6 nodes, all cached: recipe text to answer": list(_cached(picture, 6, rounds)),
        f"{CHAIN} nodes, all cached: recipe text to answer": list(_cached(picture, CHAIN, rounds)),
        "a tiny picture, warm: recipe text to file": [cost.cpu_s * 1000 for cost in first],
        "a tiny picture, warm: wall time": [cost.wall_s * 1000 for cost in first],
    }


def _cached(picture: Path, nodes: int, rounds: int) -> Iterator[float]:
    text = picture_recipe(nodes).encode()
    with TemporaryDirectory() as folder:
        store = LocalStore(Path(folder))
        inputs = {"picture": store.add(picture)}
        store.carry_out(store.plan(parse_recipe(text), inputs, {}))
        for _ in range(rounds):
            yield _milliseconds(lambda: store.carry_out(store.plan(parse_recipe(text), inputs, {})))


def _first(picture: Path) -> Cost:
    text = picture_recipe(1).encode()
    with TemporaryDirectory() as folder:

        def prepare() -> Callable[[], object]:
            store = LocalStore(Path(folder))
            store.world()  # names the toolchain, once in a process
            inputs = {"picture": store.add(picture)}
            return lambda: store.carry_out(store.plan(parse_recipe(text), inputs, {}))

        return cost_in_child(prepare)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return (time.thread_time() - started) * 1000
