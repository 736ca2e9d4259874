from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.lookup import KEPT, bands, by_bands, looked_up


@pytest.mark.parametrize("height", [0, 1, 64, 65, 200])
def test_bands_are_all_rows_in_order(height):
    assert [row for rows in bands(height) for row in range(*rows.indices(height))] == list(range(height))


@pytest.mark.parametrize("shape", [(150, 7), (3, 5, 3), (1, 1)])
def test_every_sample_is_looked_up(shape):
    table = (np.arange(256) * 3).astype(np.int16)
    plane = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert np.array_equal(looked_up(table, plane), table[plane])


def test_it_writes_where_it_is_told():
    out = np.zeros((2, 3), np.uint8)
    table = np.array([5, 6, 7], np.uint8)
    assert looked_up(table, np.array([[0, 1, 2], [2, 2, 9]]), out) is out
    assert out.tolist() == [[5, 6, 7], [7, 7, 7]]


@pytest.mark.parametrize("width", [3, KEPT])
def test_a_map_is_the_same_kept_or_made_anew(width):
    made = []

    def make(rows):
        made.append(rows)
        return np.arange(rows.start, rows.stop)[:, None] * 10

    rows_of = by_bands(width, 100, make)
    for rows in bands(100):
        for _ in range(2):
            assert np.array_equal(rows_of(rows)[:, 0], np.arange(rows.start, rows.stop) * 10)
    assert len(made) == (2 if width == 3 else 4)
