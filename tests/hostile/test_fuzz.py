"""The short form of ``make fuzz``: a few mutations of each kind in every test run, from a fixed seed."""

from __future__ import annotations

import pytest

from tests.fuzz_doors import House, built, throw

FEW = {"probe": 6, "recipes": 300, "forms": 60, "ranges": 300}


@pytest.fixture(scope="module")
def house():
    with built() as made:
        yield made


@pytest.mark.parametrize("door", FEW)
def test_what_is_mutated_gets_a_right_answer(house: House, door: str) -> None:
    counts, wrong = throw(house, door, for_s=600, seed=11, most=FEW[door])
    assert wrong == []
    assert sum(counts.values()) == FEW[door]
