from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.halftone import EFFECT, luma
from tests.artdag.effects.apply import apply, drawn, filled

ONE_INK = {"colored": False, "ink": "#000000", "paper": "#ffffff"}


@pytest.mark.parametrize("size", [4, 8, 20])
@pytest.mark.parametrize("degrees", [5, 15, 45])
@pytest.mark.parametrize("value", [0, 30, 64, 128, 200, 230, 255])
def test_what_is_dark_gets_as_much_ink(size, degrees, value):
    result = apply(EFFECT, filled(320, 240, "rgb24", value, value, value), size=size, degrees=degrees, **ONE_INK)
    mean = result.planes[0].mean()
    assert mean == pytest.approx(value, abs=0 if value in {0, 255} else 6)


def test_dots_stand_as_far_apart_as_said():
    row = apply(EFFECT, filled(160, 160, "rgb24", 170, 170, 170), size=16, degrees=0, **ONE_INK).planes[0][80, :, 0]
    assert np.array_equal(row[16:], row[:-16])
    assert row[80] == 0  # a dot in the middle of the picture
    assert row[72] == 255


def test_dots_turn():
    turned, straight = (
        apply(EFFECT, filled(161, 161, "rgb24", 170, 170, 170), size=16, degrees=degrees, **ONE_INK).planes[0][..., 0]
        for degrees in (90, 0)
    )
    assert np.abs(np.rot90(straight).astype(int) - turned).max() <= 2
    assert not np.array_equal(
        apply(EFFECT, filled(64, 64, "rgb24", 170, 170, 170), degrees=40).planes[0], turned[:64, :64]
    )


def test_each_ink_is_for_what_the_picture_lacks():
    result = apply(EFFECT, filled(240, 240, "rgb24", 255, 128, 0), size=8).planes[0].reshape(-1, 3)
    assert (result[:, 0] == 255).all()
    assert (result[:, 2] == 0).all()
    assert result[:, 1].mean() == pytest.approx(128, abs=8)


def test_the_screens_of_the_inks_differ():
    result = apply(EFFECT, filled(96, 96, "rgb24", 128, 128, 128)).planes[0]
    assert not np.array_equal(result[..., 0], result[..., 1])
    assert not np.array_equal(result[..., 1], result[..., 2])


def test_one_ink_is_printed_on_paper():
    params = {"colored": False, "ink": "#102030", "paper": "#f0e0d0"}
    black, white = (
        apply(EFFECT, filled(32, 32, "rgb24", value, value, value), **params).planes[0] for value in (0, 255)
    )
    assert (black == (16, 32, 48)).all()
    assert (white == (240, 224, 208)).all()


def test_one_ink_counts_luma():
    assert luma(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)).tolist() == [
        [54, 182, 19, 255]
    ]


def test_opacity_stays():
    picture = drawn(33, 21, "rgba")
    assert np.array_equal(apply(EFFECT, picture).planes[0][..., 3], picture.planes[0][..., 3])
