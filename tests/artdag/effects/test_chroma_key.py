from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from artdag.catalog import load_effects
from artdag.codec.frame import Frame
from artdag.effects.chroma_key import EFFECT
from artdag.node_type import Building
from artdag.nodes.effect import Config, build, settle
from tests.artdag.codec.synthetic import Pattern, clip
from tests.artdag.effects.apply import apply, center, filled, to_yuv

GREEN, RED = to_yuv(0, 255, 0), to_yuv(255, 0, 0)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_the_colour_goes_and_others_stay(pixel_format):
    assert center(apply(EFFECT, filled(8, 8, pixel_format, *GREEN)))[3] == 0
    for color in (RED, (16, 128, 128), (235, 128, 128)):
        assert center(apply(EFFECT, filled(8, 8, pixel_format, *color))) == (*color, 255)


def test_half_way_through_the_ramp_it_is_half_see_through():
    # chroma 30 from the key along U: 30 / sqrt(2) / 255 = 0.0832
    picture = filled(8, 8, "yuv444p", 100, 128 + 30, 128)
    result = apply(EFFECT, picture, color="#808080", similarity=0.0332, blend=0.1)
    assert center(result)[3] == pytest.approx(127.5, abs=1)


def test_without_blend_the_edge_is_hard():
    picture = filled(8, 8, "yuv444p", 100, 158, 128)
    for similarity, opacity in ((0.083, 255), (0.084, 0)):
        assert center(apply(EFFECT, picture, color="#808080", similarity=similarity, blend=0))[3] == opacity


def test_the_tinge_of_the_key_is_taken_off():
    picture = filled(8, 8, "yuv444p", 100, 108, 128)
    kept, half, clean = (
        center(apply(EFFECT, picture, color="#ffff00", similarity=0, blend=0, despill=share)) for share in (0, 0.5, 1)
    )
    key = np.array(to_yuv(255, 255, 0)[1:]) - 128.0
    key /= np.hypot(*key)
    along = np.dot(key, (-20, 0))
    assert kept[1:3] == (108, 128)
    assert half[1:3] == pytest.approx(np.array([108, 128]) - 0.5 * along * key, abs=1)
    assert clean[1:3] == pytest.approx(np.array([108, 128]) - along * key, abs=1)
    opposite = filled(8, 8, "yuv444p", 100, 148, 128)
    assert center(apply(EFFECT, opposite, color="#ffff00", similarity=0, blend=0, despill=1))[1:3] == (148, 128)


def test_edges_of_opacity_are_smooth_in_4_2_0():
    picture = filled(8, 2, "yuv420p", 100, 128, 128)
    for plane, value in zip(picture.planes[1:], GREEN[1:], strict=True):
        plane[:, :2] = value
    alpha = apply(EFFECT, picture).planes[3]
    assert alpha.tolist() == [[0, 0, 0, 64, 191, 255, 255, 255]] * 2


def test_opacity_that_was_there_is_multiplied():
    for pixel_format in ("yuva420p", "yuva444p"):
        assert center(apply(EFFECT, filled(8, 8, pixel_format, *RED, 100)))[3] == 100
        assert center(apply(EFFECT, filled(8, 8, pixel_format, *GREEN, 100)))[3] == 0


@pytest.mark.parametrize(("given", "made"), [("yuv420p", "yuva420p"), ("yuv444p", "yuva444p"), ("rgb24", "yuva444p")])
def test_as_a_node_it_gives_a_stream_with_alpha(given, made):
    source, shape = clip(Pattern(3, pixel_format=given), sound=False)
    settled = settle(Config(effect="chroma_key"), (shape,), load_effects())
    assert settled.shape.video == replace(shape.video, pixel_format=made)
    assert settled.effect is not None
    media = build(
        Building(
            params=settled.params, shape=settled.shape, inputs=(source,), shapes=(shape,), effect=settled.effect, seed=1
        )
    )
    assert media.video is not None
    frames = [Frame.over(carrier) for carrier in media.video.frames(0, 3)]
    assert [frame.pixel_format for frame in frames] == [made] * 3
