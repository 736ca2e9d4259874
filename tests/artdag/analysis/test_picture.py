"""watch: differences between frames, in code values, from one pass."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.analysis.picture import UNIT, watch
from tests.artdag.analysis.clips import Clip, pan, plain, static, still
from tests.artdag.codec.synthetic import Pattern


def test_plain_pictures_differ_by_their_luma():
    seen = watch(Clip([*plain(16, 2), *plain(40, 1), *plain(235, 2)]))
    steps = [0, 0, 24 * UNIT, 195 * UNIT, 0]
    assert seen.luma.tolist() == steps
    assert seen.pixels.tolist() == steps
    assert seen.fields[0].tolist() == steps
    assert seen.fields[1].tolist() == [0, 0, 24 * UNIT, 219 * UNIT, 195 * UNIT]
    assert seen.fields[2].tolist() == [0, 0, 0, 219 * UNIT, 219 * UNIT]
    assert seen.others.tolist() == [0, 0, 100, 100, 0]


def test_chroma_counts_half_and_not_as_luma():
    seen = watch(Clip(plain(100, 3), chroma=[(128, 128), (148, 118), (148, 118)]))
    assert seen.luma.tolist() == [0, 0, 0]
    assert seen.pixels.tolist() == [0, 15 * UNIT, 0]
    assert seen.fields[0].tolist() == [0, 15 * UNIT, 0]


def test_what_moves_within_a_field_changes_pixels_only():
    dot = np.full((80, 80), 16.0)
    there = dot.copy()
    dot[20, 30], there[21, 31] = 235, 235
    seen = watch(Clip([dot, there]))
    assert seen.pixels[1] == 2 * 219 * UNIT // 6400
    assert not seen.fields[0].any()


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "rgb24", "rgba"])
@pytest.mark.parametrize("size", [(2, 2), (64, 48), (480, 270), (90, 300), (7, 5)])
def test_pictures_of_any_size_and_format_can_be_watched(pixel_format, size):
    width, height = size
    if pixel_format == "yuv420p" and width % 2:
        width, height = width + 1, height + 1
    seen = watch(Pattern(5, width=width, height=height, pixel_format=pixel_format))
    assert seen.fields.shape == (3, 5)
    assert (seen.luma[1:] > 0).all()


def test_formats_of_one_picture_look_alike():
    pictures = still(1, 2) + still(2, 2)
    gray = watch(Clip(pictures, pixel_format="yuv444p"))
    rgb = watch(Clip(pictures, pixel_format="rgb24"))
    assert rgb.luma[2] == pytest.approx(gray.luma[2] * 219 / 255, rel=0.03)  # full range, brought to limited


def test_noise_hardly_changes_the_fields():
    seen = watch(Clip(still(3, 4, noise=8)))
    assert (seen.fields[0][1:] < 0.6 * seen.pixels[1:]).all()


def test_one_pass_is_enough():
    clip = Clip(pan(1, 12, 3))
    watch(clip)
    assert clip.asked == [(0, 12)]


def test_one_frame_differs_from_nothing():
    seen = watch(Clip(static(1, 1), rate=Fraction(1)))
    assert (seen.luma.tolist(), seen.fields.tolist(), seen.frame_rate) == ([0], [[0], [0], [0]], 1)


def test_large_pictures_are_brought_down_before_they_are_compared():
    wave = 125 + 100 * np.sin(np.arange(960) / 40)[None].repeat(540, axis=0)
    large = watch(Clip([wave, 250 - wave]))
    small = watch(Clip([wave[::12, ::12], 250 - wave[::12, ::12]]))
    assert large.luma[1] == pytest.approx(small.luma[1], rel=0.02)
