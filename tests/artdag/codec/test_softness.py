from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from artdag.codec.softness import averaged, grid_step, kernel, softened


def moments(values):
    """Return the sum, the middle and the standard deviation along x."""
    _, x = np.indices(values.shape)
    total = values.sum()
    middle = (x * values).sum() / total
    return total, middle, np.sqrt(((x - middle) ** 2 * values).sum() / total)


@pytest.mark.parametrize("radius", [2, 3, 5, 8, 13, 24, 40, 90])
def test_a_dot_becomes_a_bell_of_half_the_radius(radius):
    plane = np.zeros((701, 701), np.uint8)
    plane[350, 350] = 255
    for values in (softened(plane, radius), softened(plane, radius).T):
        total, middle, deviation = moments(values.astype(np.float64))
        assert total == pytest.approx(255, rel=0.01)
        assert middle == pytest.approx(350, abs=0.51 * grid_step(radius / 2))
        assert deviation == pytest.approx(radius / 2, rel=0.06)


def test_it_is_where_it_was():
    plane = np.zeros((64, 640), np.uint8)
    plane[:, 320:] = 200
    row = softened(plane, 30)[32]
    assert row[319] + row[320] == pytest.approx(200, abs=0.5)
    assert (np.diff(row) >= -1e-3).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (5, 3), (37, 41)])
@pytest.mark.parametrize("radius", [0, 1, 7, 64, 400])
def test_a_flat_plane_stays_flat(size, radius):
    result = softened(np.full(size, 77, np.uint8), radius)
    assert result.shape == size
    assert result == pytest.approx(np.full(size, 77.0), abs=1e-3)


def test_negative_values_are_fine():
    plane = np.full((20, 20), -100, np.int16)
    assert softened(plane, 9) == pytest.approx(np.full((20, 20), -100.0), abs=1e-3)


def test_squares_are_averaged():
    plane = np.array([[1, 3, 10], [5, 7, 20]], np.uint8)
    assert averaged(plane, 2).tolist() == [[4, 15]]


def test_weights_add_up_to_one():
    for sigma in (0, 0.3, 1, 2.7, 4):
        weights = kernel(sigma)
        assert 2 * sum(weights) - weights[0] == 1
        assert all(earlier >= later >= 0 for earlier, later in pairwise(weights))
