from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.displace import EFFECT
from tests.artdag.codec.test_remap import slope
from tests.artdag.effects.apply import apply, digest, drawn, filled, settled, shape_of


def shift(level, **params):
    """How far the picture is seen moved right and down under a map of one luma."""
    lightness = filled(80, 60, "yuv420p", level, 60, 200)
    moved = []
    for across, down in ((2, 0), (0, 2)):
        picture = slope(80, 60, "yuv420p", across, down)
        luma = apply(EFFECT, picture, lightness, **params).planes[0]
        moved.append((float(picture.planes[0][30, 40]) - float(luma[30, 40])) / 2)
    return moved


@pytest.mark.parametrize(
    ("level", "share"), [(235, 1), (16, -1), (180, (180 - 125.5) / 109.5), (71, (71 - 125.5) / 109.5)]
)
@pytest.mark.parametrize("softness", [0, 20])
def test_light_moves_one_way_and_dark_the_other(level, share, softness):
    assert shift(level, x=20, y=-12, softness=softness) == pytest.approx([20 * share, -12 * share], abs=0.5)


def test_half_way_between_nothing_moves():
    assert shift(126, x=20, y=20) == pytest.approx([0, 0], abs=0.3)
    assert shift(125, x=20, y=20) == pytest.approx([0, 0], abs=0.3)


def test_without_an_amount_the_picture_comes_back():
    pictures = drawn(64, 48, "yuv420p"), drawn(64, 48, "yuv420p", 1)
    assert digest(apply(EFFECT, *pictures, x=0, y=0)) == digest(pictures[0])


def test_chroma_and_opacity_move_along():
    picture = drawn(64, 48, "yuva420p")
    result = apply(EFFECT, picture, filled(64, 48, "yuva420p", 235, 128, 128, 9), x=8, y=0)
    for plane, source in zip(result.planes, picture.planes, strict=True):
        step = 8 * source.shape[1] // 64
        assert np.abs(plane[:, step:].astype(int) - source[:, :-step]).max() <= 1


def test_a_hard_edge_in_the_map_is_smoothed_as_far_as_said():
    picture = slope(200, 20, "yuv444p", 1, 0)
    lightness = filled(200, 20, "yuv444p", 16, 128, 128)
    lightness.planes[0][:, 100:] = 235
    widths = []
    for softness in (0, 10, 40):
        moved = np.arange(200) + 0.5 - apply(EFFECT, picture, lightness, x=10, y=0, softness=softness).planes[0][10]
        widths.append(int((np.abs(moved) < 8)[20:180].sum()))
    assert widths[0] == 0
    assert 0 < widths[1] < widths[2] < 80


def test_the_map_is_brought_to_the_size_of_the_picture():
    shapes = [shape_of(drawn(64, 48, "yuv420p")), shape_of(drawn(30, 20, "yuv420p"))]
    assert list(EFFECT.fit(settled(EFFECT, {}), shapes)) == [(64, 48), (64, 48)]
