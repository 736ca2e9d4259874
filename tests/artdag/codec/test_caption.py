from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.caption import PADDING, SHADOW_OPACITY, Look, caption
from artdag.codec.chroma import halved
from artdag.codec.shaping import shaped
from artdag.params import Color
from tests.artdag.effects.apply import to_yuv

LOOK = Look(size=100, bold=True)


def sheet(text="H", look=LOOK, at=(50.0, 20.0), width=320, height=200, pixel_format="yuv444p"):
    found = caption(tuple(text.split("\n")), look, at, width, height, pixel_format)
    assert found is not None
    return found


def opacity(*args, **kwargs):
    """Return the opacity over the whole picture."""
    found = sheet(*args, **kwargs)
    whole = np.zeros((kwargs.get("height", 200), kwargs.get("width", 320)), int)
    alpha = found.alphas[0]
    whole[found.top : found.top + alpha.shape[0], found.left : found.left + alpha.shape[1]] = alpha
    return whole


def box_of(alpha):
    rows, columns = np.flatnonzero(alpha.max(axis=1) > 127), np.flatnonzero(alpha.max(axis=0) > 127)
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def test_letters_stand_where_the_typeface_has_them():
    # capital H of DejaVu Sans Bold: from 188 to 1526 across, 0 to 1493 up, of 2048; the line lies 1901 below the top
    left, top, right, bottom = box_of(opacity())
    assert left == pytest.approx(50 + 188 / 20.48, abs=0.8)
    assert right == pytest.approx(50 + 1526 / 20.48, abs=0.8)
    assert bottom == pytest.approx(20 + 1901 / 20.48, abs=0.8)
    assert top == pytest.approx(20 + (1901 - 1493) / 20.48, abs=0.8)


def test_moving_by_a_part_of_a_pixel_moves_the_letters_so_far():
    def middle(at):
        alpha = opacity(at=at, look=Look(size=40))
        return (alpha.sum(axis=0) @ np.arange(320)) / alpha.sum(), (alpha.sum(axis=1) @ np.arange(200)) / alpha.sum()

    here, there = middle((50, 20)), middle((50.25, 20.5))
    assert np.subtract(there, here) == pytest.approx([0.25, 0.5], abs=0.02)


@pytest.mark.parametrize("size", [12, 48, 180])
def test_edges_are_sharp_at_every_size(size):
    # a stem goes from nothing to full within two pixels, wherever it lies
    row = opacity("l", look=Look(size=size, bold=True), at=(50.3, 5.0), width=300, height=300)[5 + int(size * 0.6)]
    assert row.max() == 255
    assert np.count_nonzero((row > 0) & (row < 255)) <= 2
    assert row.sum() / 255 == pytest.approx(size * 358 / 2048, abs=0.03)  # how wide the stem of an l is


@pytest.mark.parametrize("size", [13.0, 40.0, 97.0])
def test_joined_letters_have_no_seam(size):
    # the bar that joins them goes through from one letter to the next
    plain = opacity("ـــــ", look=Look(size=size), at=(20.3, 10.0), width=400, height=200)
    columns = plain.sum(axis=0)
    left, right = np.flatnonzero(columns)[[0, -1]]
    inner = columns[left + 2 : right - 1]
    usual = np.median(inner)
    assert inner.min() >= usual - 2
    assert inner.max() <= usual * 1.15


def test_a_wide_outline_leaves_no_hole_in_a_narrow_letter():
    for outline in range(4, 34, 3):
        alpha = opacity("å8", look=Look(size=160, bold=True, outline=outline), at=(40, 0), height=220)
        ring = alpha[:, 40 : 40 + int(shaped("å", bold=True).width / 2048 * 160)][20:60]
        middle = ring.shape[1] // 2
        column = ring[:, middle - 3 : middle + 3].min(axis=1)
        solid = np.flatnonzero(column == 255)
        if outline >= 13:  # wider than the ring's hole
            assert (column[solid[0] : solid[-1]] == 255).all()


def test_twice_the_size_is_the_same_shape():
    small = opacity("Ag", look=Look(size=50))
    large = opacity("Ag", look=Look(size=100), at=(100, 40), width=640, height=400)
    assert np.abs(halved(large.astype(np.uint8)).astype(int) - small).mean() < 0.6


def test_lines_are_spaced_and_aligned():
    look = Look(size=40, bold=True, spacing=1.5, align=1.0)
    alpha = opacity("HHH\nH", look=look, at=(10, 10))
    assert box_of(alpha[:70])[2] == pytest.approx(box_of(alpha[70:])[2], abs=1)
    assert 70 + box_of(alpha[70:])[3] - box_of(alpha[:70])[3] == pytest.approx(60, abs=1)


def test_an_outline_grows_the_letters_evenly():
    plain, grown = box_of(opacity()), box_of(opacity(look=Look(size=100, bold=True, outline=5)))
    assert np.subtract(grown, plain) == pytest.approx([-5, -5, 5, 5], abs=1)


def test_outline_and_letters_have_their_colours():
    look = Look(size=100, bold=True, outline=6, color=Color("#ff0000"), outline_color=Color("#0000ff"))
    found = sheet(look=look)
    left, top, _, _ = box_of(opacity(look=look))
    edge, middle = (top + 30 - found.top, left + 2 - found.left), (top + 30 - found.top, left + 16 - found.left)
    assert [int(plane[edge]) for plane in found.colours] == pytest.approx(to_yuv(0, 0, 255), abs=1)
    assert [int(plane[middle]) for plane in found.colours] == pytest.approx(to_yuv(255, 0, 0), abs=1)


def test_a_shadow_falls_to_the_right_and_down_and_is_soft():
    look = Look(size=100, bold=True, shadow=10)
    alpha, plain = opacity(look=look), opacity()
    added = alpha - plain
    assert added.min() >= 0
    assert 0 < added.max() <= 255 * SHADOW_OPACITY + 1
    _, _, right, bottom = box_of(plain)
    assert added[bottom + 2, right - 10] > 20
    assert added[22, 52] == 0


def test_a_shadow_from_outside_falls_into_the_picture():
    look = Look(size=100, bold=True, shadow=20)
    cut, whole = opacity(at=(50, -60), look=look), opacity(at=(50, 60), look=look, height=400)
    assert np.abs(cut[:60] - whole[120:180]).max() <= 1


def test_a_box_lies_behind_the_block_and_is_as_opaque_as_it_should():
    alpha = opacity("Hg", look=Look(size=40, box=0.5), at=(100, 60))
    wide, high = shaped("Hg").width / 2048 * 40, (1901 + 483) / 2048 * 40
    rows, columns = np.flatnonzero(alpha[:, 101 + int(wide / 2)]), np.flatnonzero(alpha[60 + int(high / 2)])
    assert columns[0] == pytest.approx(100 - PADDING * 40, abs=1)
    assert columns[-1] == pytest.approx(100 + wide + PADDING * 40, abs=1)
    assert rows[0] == pytest.approx(60 - PADDING * 20, abs=1)
    assert rows[-1] == pytest.approx(60 + high + PADDING * 20, abs=1)
    assert alpha[60 + int(high) // 2, 92] == 128


def test_what_the_typeface_has_not_is_a_box():
    alpha = opacity("字", look=Look(size=100))
    assert np.array_equal(alpha, opacity("🎬", look=Look(size=100)))
    left, top, right, bottom = box_of(alpha)
    assert right - left > 30
    assert alpha[(top + bottom) // 2, (left + right) // 2] == 0


def test_in_4_2_0_the_opacity_of_a_chroma_sample_is_the_mean_of_its_pixels():
    full, half = sheet("Ag", at=(51, 21)), sheet("Ag", at=(51, 21), pixel_format="yuv420p")
    assert (half.left % 2, half.top % 2) == (0, 0)
    assert np.array_equal(half.alphas[1], halved(half.alphas[0]))
    assert half.alphas[0].sum() == full.alphas[0].sum()


@pytest.mark.parametrize("at", [(1000, 0), (-500, 0), (0, 900), (0, -700)])
def test_outside_of_the_picture_there_is_nothing(at):
    assert caption(("text",), LOOK, at, 320, 200, "yuv420p") is None


def test_letters_that_are_too_small_and_empty_lines_are_nothing():
    assert caption(("text",), Look(size=0.9), (0, 0), 320, 200, "yuv420p") is None
    assert caption(("", ""), LOOK, (0, 0), 320, 200, "yuv420p") is None


def test_the_largest_letters_of_the_largest_picture_can_be_drawn():
    found = sheet("W", look=Look(size=7600, bold=True, outline=600), at=(-2000, -2000), width=400, height=300)
    assert found.alphas[0].shape == (300, 400)
