from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.typeface import characters_by_weight, dots, drawn
from artdag.effects.ascii_art import EFFECT, cell_means
from tests.artdag.effects.apply import apply, filled, to_yuv
from tests.artdag.effects.apply import drawn as picture_drawn


@pytest.mark.parametrize("level", [0, 0.1, 0.3, 0.5, 0.75, 1])
def test_a_cell_shows_the_character_nearest_to_its_lightness(level):
    luma = round(16 + 219 * level)
    result = apply(EFFECT, filled(60, 48, "yuv444p", luma, 128, 128), char_size=8, background=0).planes[0]
    weights = [dots(character).sum() for character in characters_by_weight()]
    shown = result[8:15, 6:11] > 16
    assert abs(shown.sum() / max(weights) - (luma - 16) / 219) <= 0.1  # half of the widest gap: a point has 4 dots
    assert any(np.array_equal(shown, dots(character)) for character in characters_by_weight())
    assert np.array_equal(result[8:16, 6:12], result[24:32, 48:54])


def test_its_lightness_is_the_root_of_the_cells():
    result = apply(EFFECT, filled(60, 48, "yuv444p", 16 + 140, 128, 128), char_size=8).planes[0]
    assert result.max() == pytest.approx(16 + 219 * np.sqrt(140 / 219), abs=1)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_its_colour_is_the_cells_or_the_given_one(pixel_format):
    picture = filled(80, 80, pixel_format, 235, 108, 148)
    u, v = apply(EFFECT, picture, char_size=40).planes[1:]
    assert (u.min(), v.max()) == pytest.approx((128 - 28, 128 + 28), abs=1)
    given = apply(EFFECT, picture, char_size=40, color="#00ff00").planes
    assert (given[0].max(), given[1].min(), given[2].min()) == pytest.approx(to_yuv(0, 255, 0), abs=1)


@pytest.mark.parametrize("background", [0, 0.3, 1])
def test_behind_it_is_the_same_colour_darker(background):
    result = apply(EFFECT, filled(60, 48, "yuv444p", 235, 128, 128), char_size=8, background=background).planes[0]
    assert result[7, 5] == pytest.approx(16 + 219 * background, abs=1)
    assert result.max() == 235


def test_cells_are_as_high_as_said():
    for size in (5, 12, 33):
        picture = filled(size * 2, size * 2, "yuv444p", 16, 128, 128)
        picture.planes[0][size:] = 235
        luma = apply(EFFECT, picture, char_size=size, background=0.5).planes[0]
        assert (luma[:size] == 16).all()
        assert (luma[size:] > 100).all()


def test_cells_cut_by_the_border_take_the_mean_of_what_is_there():
    plane = np.array([[1, 3, 10], [5, 7, 20], [9, 9, 50]], np.uint8)
    assert cell_means(plane, 2, 2).tolist() == [[4, 15], [9, 50]]


def test_opacity_stays():
    picture = picture_drawn(33, 21, "yuva420p")
    assert np.array_equal(apply(EFFECT, picture).planes[3], picture.planes[3])
    assert drawn(" ", 4, 3).max() == 0
