"""Tens of thousands of formulas; ``make fuzz`` tries half a million."""

from __future__ import annotations

import pytest

from tests.fuzz_formulas import fuzz, nothing_reached


@pytest.mark.parametrize("seed", [1, 2])
def test_any_formula_means_what_the_grammar_says_or_is_refused_with_its_column_and_reaches_nothing(seed):
    told = fuzz(12_000, seed)
    assert told["right"] > 5_000
    assert told["refused"] > 2_000
    assert told["read"] > 500


def test_the_watch_sees_what_reaches_out():
    with pytest.raises(AssertionError, match="reached"), nothing_reached():
        compile("1 + 1", "<formula>", "eval")
