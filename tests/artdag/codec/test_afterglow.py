"""Fading to black until nothing is left, and the lighter of two."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.afterglow import Fade, lighter, negative
from artdag.codec.frame import Frame
from tests.artdag.effects.apply import center, digest, drawn, filled

BRIGHT, DIM = (200, 90, 160), (60, 140, 120)
FORMATS = ["yuv420p", "yuv444p"]


def test_a_fade_leaves_its_share_rounded_to_black():
    half = Fade.by(0.5)
    assert half.luma[[116, 117, 18, 17]].tolist() == [66, 66, 17, 0]
    assert half.luma[[16, 15, 0]].tolist() == [0, 0, 0]
    assert half.chroma[[128, 138, 118, 129, 127, 255, 0]].tolist() == [128, 133, 123, 128, 128, 191, 64]
    assert half.alpha[[255, 1, 0]].tolist() == [127, 0, 0]


def test_a_fade_to_all_changes_only_what_is_no_brighter_than_black():
    whole = Fade.by(1)
    assert np.array_equal(whole.luma[17:], np.arange(17, 256))
    assert np.array_equal(whole.chroma, np.arange(256))


@pytest.mark.parametrize("share", [0, 0.3, 0.85, 0.98, 0.9995])
def test_after_its_steps_nothing_is_left_and_before_there_is(share):
    fade = Fade.by(share)
    luma, chroma, alpha = (np.arange(256, dtype=np.uint8) for _ in range(3))
    left = []
    for _ in range(fade.steps):
        left.append(bool(luma.any() or (chroma != 128).any() or alpha.any()))
        luma, chroma, alpha = fade.luma[luma], fade.chroma[chroma], fade.alpha[alpha]
    assert not luma.any()
    assert (chroma == 128).all()
    assert not alpha.any()
    assert all(left)


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_the_lighter_is_shown_in_its_own_colour(pixel_format):
    bright, dim = filled(6, 4, pixel_format, *BRIGHT), filled(6, 4, pixel_format, *DIM)
    assert center(lighter(dim, bright, Fade.by(1))) == BRIGHT
    assert center(lighter(bright, dim, Fade.by(1))) == BRIGHT
    assert center(lighter(dim, bright, Fade.by(0.5))) == (108, 109, 144)  # 16 + 184 / 2, 128 − 38 / 2, 128 + 32 / 2
    assert center(lighter(dim, bright, Fade.by(0.1))) == DIM


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_of_two_alike_it_is_the_first(pixel_format):
    first, second = filled(6, 4, pixel_format, 80, 100, 100), filled(6, 4, pixel_format, 80, 150, 150)
    assert center(lighter(first, second, Fade.by(1))) == (80, 100, 100)


def test_four_pixels_decide_together_about_their_colour():
    first, second = filled(4, 2, "yuv420p", 50, 100, 100), filled(4, 2, "yuv420p", 50, 150, 150)
    second.planes[0][0, 0] = 51
    second.planes[0][:, 2:] = [[90, 20], [20, 20]]
    result = lighter(first, second, Fade.by(1))
    assert result.planes[0].tolist() == [[51, 50, 90, 50], [50, 50, 50, 50]]
    assert result.planes[1].tolist() == [[150, 100]]


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (5, 1), (7, 3)])
def test_odd_sizes(size):
    pictures = [drawn(*size, "yuv420p", seed) for seed in (1, 2)]
    result = lighter(*pictures, Fade.by(0.9))
    faded = Fade.by(0.9).luma[pictures[1].planes[0]]
    assert np.array_equal(result.planes[0], np.maximum(pictures[0].planes[0], faded))


def test_opacity_is_the_greater_one():
    one, other = filled(4, 4, "yuva420p", *BRIGHT, 60), filled(4, 4, "yuva420p", *DIM, 200)
    assert center(lighter(one, other, Fade.by(0.5)))[3] == 100
    assert center(lighter(one, other, Fade.by(0.1)))[3] == 60


def test_a_negative_of_a_negative_is_the_picture():
    picture = drawn(7, 5, "yuva420p")
    turned = negative(picture)
    assert np.array_equal(turned.planes[0], 255 - picture.planes[0])
    assert digest(negative(turned)) == digest(picture)


def test_the_darker_of_two_by_their_negatives():
    bright, dim = filled(6, 4, "yuv420p", *BRIGHT), filled(6, 4, "yuv420p", *DIM)
    found: Frame = negative(lighter(negative(bright), negative(dim), Fade.by(1, 20)))
    assert center(found) == DIM
