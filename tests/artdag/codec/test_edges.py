from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.edges import slopes, strength


def all_slopes(plane, reach=1):
    parts = list(slopes(plane, reach))
    return tuple(np.concatenate([part[number] for part in parts]) for number in (1, 2))


def test_a_slope_is_eight_times_its_rise_per_pixel():
    y, x = np.mgrid[:150, :90]
    right, down = all_slopes((x + y).astype(np.uint8))
    assert (right[1:-1, 1:-1] == 8).all()
    assert (down[1:-1, 1:-1] == 8).all()


@pytest.mark.parametrize("reach", [1, 2, 5])
def test_a_step_is_felt_as_far_as_the_reach(reach):
    plane = np.zeros((20, 40), np.uint8)
    plane[:, 20:] = 50
    right, down = all_slopes(plane, reach)
    assert (right == np.where(np.abs(np.arange(40) - 19.5) < reach, 200, 0)).all()
    assert not down.any()


def test_bands_do_not_show():
    plane = np.random.default_rng(1).integers(0, 256, (200, 31), np.uint8)
    right, down = all_slopes(plane)
    padded = np.pad(plane.astype(int), 1, mode="edge")
    across = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    assert np.array_equal(right, across[:, 2:] - across[:, :-2])
    rise = padded[2:] - padded[:-2]
    assert np.array_equal(down, rise[:, :-2] + 2 * rise[:, 1:-1] + rise[:, 2:])


def test_pictures_of_one_pixel_have_no_slope():
    assert all_slopes(np.full((1, 1), 9, np.uint8), 3) == (0, 0)


def test_strength_is_the_length_whichever_way_it_lies():
    angle = np.linspace(0, 2 * np.pi, 100)
    right, down = (np.rint(1000 * part(angle)).astype(np.int16) for part in (np.cos, np.sin))
    assert strength(right, down) / 250 == pytest.approx(np.ones(100), abs=0.055)
    assert strength(np.array([1020], np.int16), np.array([1020], np.int16))[0] < 400
