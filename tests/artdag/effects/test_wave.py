from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.wave import EFFECT
from tests.artdag.effects.apply import RATE, apply, digest, drawn, filled


def edge(result, row):
    """Where a row turns light, to parts of a pixel."""
    return result.planes[0].shape[1] - (result.planes[0][row].astype(float) - 16).sum() / 219


def halves():
    picture = filled(200, 160, "yuv420p", 16, 128, 128)
    picture.planes[0][:, 100:] = 235
    return picture


@pytest.mark.parametrize("index", [0, 5, 12])
@pytest.mark.parametrize("speed", [0, 1, -2])
def test_rows_move_by_the_sine_of_their_place(index, speed):
    result = apply(EFFECT, halves(), index=index, amplitude=10, wavelength=80, speed=speed)
    phase = (np.arange(160) + 0.5) / 80 - speed * index / float(RATE)
    expected = 100 - 10 * np.sin(2 * np.pi * phase)
    assert [edge(result, row) for row in range(160)] == pytest.approx(expected.tolist(), abs=0.03)


def test_columns_move_likewise():
    picture = drawn(64, 64, "yuv444p")
    turned = filled(64, 64, "yuv444p", 0, 0, 0)
    for plane, source in zip(turned.planes, picture.planes, strict=True):
        plane[...] = source.T
    one = apply(EFFECT, picture, amplitude=7, wavelength=30, axis="vertical")
    other = apply(EFFECT, turned, amplitude=7, wavelength=30, axis="horizontal")
    # the mean across and then down is rounded once, so both ways agree
    for a, b in zip(one.planes, other.planes, strict=True):
        assert np.array_equal(a, b.T)


def test_both_at_once_moves_rows_and_columns():
    result = apply(EFFECT, halves(), amplitude=10, wavelength=80, axis="both")
    assert edge(result, 20) == pytest.approx(90, abs=0.5)
    assert digest(result) == digest(apply(EFFECT, halves(), amplitude=10, wavelength=80))  # nothing differs downwards


def test_after_a_full_turn_it_is_the_same_again():
    picture = drawn(64, 48, "yuv420p")
    assert digest(apply(EFFECT, picture, index=0, speed=2)) == digest(apply(EFFECT, picture, index=25, speed=2))


def test_chroma_moves_as_far_as_luma():
    picture = halves()
    picture.planes[1][...] = 60
    picture.planes[1][:, 50:] = 200
    result = apply(EFFECT, picture, amplitude=12, wavelength=160)
    for row in range(80):
        chroma = 2 * (100 - (result.planes[1][row].astype(float) - 60).sum() / 140)
        assert chroma == pytest.approx((edge(result, 2 * row) + edge(result, 2 * row + 1)) / 2, abs=0.06)
