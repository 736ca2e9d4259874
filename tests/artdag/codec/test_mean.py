"""Weights in whole numbers, and the mean of frames by them."""

from __future__ import annotations

import pytest

from artdag.codec.mean import WHOLE, mean, weights_of
from tests.artdag.effects.apply import center, digest, drawn, filled


@pytest.mark.parametrize(
    ("parts", "weights"),
    [
        ([1], (256,)),
        ([1, 1], (128, 128)),
        ([3, 1], (192, 64)),
        ([1, 1, 1], (86, 85, 85)),
        ([0.1] * 3, (86, 85, 85)),
        ([1, 0], (256, 0)),
        ([1, 1e-9], (256, 0)),
        ([1, 0.5, 0.25, 0.125], (137, 68, 34, 17)),  # 136.53, 68.27, 34.13, 17.07
    ],
)
def test_weights_are_as_near_as_can_be_and_256_together(parts, weights):
    assert weights_of(parts) == weights
    assert sum(weights) == WHOLE


def test_many_weights_are_256_together():
    for count in range(1, 300):
        assert sum(weights_of([0.93**number for number in range(count)])) == WHOLE


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "rgb24", "yuva420p", "rgba"])
def test_the_mean_is_rounded_half_up(pixel_format):
    opaque = [255] if pixel_format in {"yuva420p", "rgba"} else []
    one, other = filled(7, 5, pixel_format, 20, 100, 101, *opaque), filled(7, 5, pixel_format, 200, 103, 100, *opaque)
    assert center(mean([one, other], [128, 128]))[:3] == (110, 102, 101)
    assert center(mean([one, other], [192, 64]))[:3] == (65, 101, 101)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "rgba"])
def test_a_picture_of_all_the_weight_is_the_result(pixel_format):
    one, other = (drawn(9, 7, pixel_format, seed) for seed in (1, 2))
    assert mean([one, other], [0, 256]) is other


@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_pictures_that_are_alike_stay_as_they_are(pixel_format):
    picture = drawn(9, 7, pixel_format)
    assert digest(mean([picture] * 5, weights_of([5, 4, 3, 2, 1]))) == digest(picture)


@pytest.mark.parametrize("pixel_format", ["yuva420p", "yuva444p"])
def test_colours_that_are_not_seen_do_not_bleed(pixel_format):
    seen, unseen = filled(8, 6, pixel_format, 200, 90, 160, 255), filled(8, 6, pixel_format, 16, 240, 16, 0)
    y, u, v, alpha = center(mean([seen, unseen], [128, 128]))
    assert alpha == 128
    assert (abs(y - 200), abs(u - 90), abs(v - 160)) <= (1, 1, 1)


def test_the_inputs_are_left_alone():
    pictures = [drawn(9, 7, "yuva420p", seed) for seed in (1, 2)]
    before = [digest(picture) for picture in pictures]
    mean(pictures, [100, 156])
    assert [digest(picture) for picture in pictures] == before
