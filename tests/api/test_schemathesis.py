"""The live API keeps what its document says, whatever is thrown at it."""

from __future__ import annotations

import pytest

from tests.api.fuzz import throw


@pytest.mark.slow
def test_nothing_that_is_thrown_at_the_api_breaks_what_its_document_says(services, tmp_path):
    done = throw(services, tmp_path, "--max-examples", "2", "--seed", "20261124", "--phases", "coverage,fuzzing")
    assert done.returncode == 0, done.stdout[-12000:]
    assert "Tested:" in done.stdout
