from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.typeface import HEIGHT, WIDTH, characters_by_weight, dots, drawn


def test_every_character_is_five_by_seven_and_differs_from_the_others():
    shapes = [dots(character) for character in characters_by_weight()]
    assert {shape.shape for shape in shapes} == {(HEIGHT, WIDTH)}
    assert len({shape.tobytes() for shape in shapes}) == len(shapes)


def test_they_are_sorted_from_empty_to_full():
    weights = [int(dots(character).sum()) for character in characters_by_weight()]
    assert weights == sorted(weights)
    assert weights[0] == 0


def test_at_one_pixel_per_dot_they_are_their_dots():
    (glyph,) = drawn("#", HEIGHT + 1, WIDTH + 1)
    assert np.array_equal(glyph[:HEIGHT, :WIDTH] == 255, dots("#"))
    assert not glyph[HEIGHT].any()
    assert not glyph[:, WIDTH].any()


@pytest.mark.parametrize("size", [(4, 3), (12, 9), (13, 10), (50, 37)])
def test_scaling_keeps_how_full_they_are(size):
    for glyph, character in zip(drawn(characters_by_weight(), *size), characters_by_weight(), strict=True):
        assert glyph.shape == size
        assert glyph.mean() / 255 == pytest.approx(dots(character).sum() / 48, abs=0.005)
