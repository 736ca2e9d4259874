"""scenes: hard cuts to the frame, and nothing else."""

from __future__ import annotations

import pytest

from artdag.analysis.picture import watch
from artdag.analysis.scenes import find_cuts
from tests.artdag.analysis.clips import Clip, cut_together, dissolved, pan, plain, static, still, with_flash, zoom

SEEDS = (1, 2, 3)


def cuts(pictures, **how):
    return list(find_cuts(watch(Clip(pictures, **how))))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "how",
    [{}, {"noise": 8}, {"contrast": 20, "mean": 110, "noise": 2}, {"mean": 120}],
    ids=["clean", "noisy", "flat", "equally bright"],
)
def test_cuts_between_stills_are_exact(seed, how):
    pictures, begins = cut_together(*(still(seed + 10 * number, 20 + number, **how) for number in range(4)))
    assert cuts(pictures) == begins


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("speed", [1, 4, 8])
def test_cuts_between_pans_are_exact(seed, speed):
    pictures, begins = cut_together(pan(seed, 25, speed), pan(seed + 10, 21, -speed, noise=3), still(seed + 20, 12))
    assert cuts(pictures) == begins


@pytest.mark.parametrize("length", [3, 4, 5, 8])
def test_short_shots_are_all_found(length):
    pictures, begins = cut_together(*(still(7 * number + 1, length) for number in range(12)))
    assert cuts(pictures) == begins


def test_shots_that_alternate_are_all_found():
    pictures, begins = cut_together(*(still(1 + number % 2, 5) for number in range(8)))
    assert cuts(pictures) == begins


@pytest.mark.parametrize(("first", "second"), [(63, 78), (200, 190), (16, 235), (235, 16)])
def test_cuts_between_plain_colours_are_exact(first, second):
    pictures, begins = cut_together(plain(first, 9), plain(second, 9))
    assert cuts(pictures) == begins


def test_a_cut_between_colours_of_equal_luma_is_found():
    assert cuts(plain(120, 20), chroma=[(90, 160)] * 8 + [(150, 110)] * 12) == [8]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("speed", [1, 4, 10, 25])
@pytest.mark.parametrize("noise", [0, 8])
def test_a_pan_is_no_cut(seed, speed, noise):
    assert cuts(pan(seed, 40, speed, noise=noise)) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("speed", [4, 10, 25])
def test_a_pan_that_begins_is_no_cut(seed, speed):
    assert cuts(pan(seed, 40, speed, begin=20)) == []
    assert cuts(pan(seed, 40, speed, begin=20)[::-1]) == []


@pytest.mark.parametrize("count", [4, 8, 12, 25, 40])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_dissolve_is_no_cut(seed, count):
    assert cuts(dissolved(still(seed, 50), still(seed + 10, 50), count)) == []
    assert cuts(dissolved(pan(seed, 50, 2), pan(seed + 10, 50, -2), count)) == []


@pytest.mark.parametrize("count", [6, 12, 25])
def test_a_fade_through_black_is_no_cut(count):
    out = dissolved(still(1, 40), plain(16, 40), count)
    assert cuts(dissolved(out, still(2, 60), count)) == []


@pytest.mark.parametrize(
    "pictures", [static(1, 40), zoom(1, 40), still(1, 40, noise=20)], ids=["static", "zoom", "grain"]
)
def test_noise_and_zooms_are_no_cuts(pictures):
    assert cuts(pictures) == []


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("luma", [16, 235])
def test_a_flash_is_no_cut(count, luma):
    assert cuts(with_flash(still(1, 40), 20, count, luma)) == []
    assert cuts(with_flash(pan(1, 40, 4), 20, count, luma)) == []


def test_a_cut_beside_a_flash_is_found():
    pictures, begins = cut_together(with_flash(still(1, 20), 10, 1, 235), with_flash(still(2, 20), 12, 2, 16))
    assert cuts(pictures) == begins


def test_a_title_that_appears_is_no_cut():
    pictures = still(1, 40)
    for picture in pictures[20:]:
        picture[60:80, 20:140] = 235
    assert cuts(pictures) == []


def test_a_cut_to_black_and_back_are_two():
    pictures, begins = cut_together(still(1, 20), plain(16, 10), still(2, 20))
    assert cuts(pictures) == begins


def test_cuts_near_both_ends_are_found():
    pictures, begins = cut_together(still(1, 1), still(2, 20), still(3, 1))
    assert cuts(pictures) == begins


@pytest.mark.parametrize("pixel_format", ["yuv444p", "rgb24", "rgba"])
def test_the_format_does_not_matter(pixel_format):
    pictures, begins = cut_together(still(1, 10), pan(2, 10, 4), still(3, 10))
    assert cuts(pictures, pixel_format=pixel_format) == begins


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_shortest_clips_have_none(count):
    assert cuts(still(1, count)) == []
