from __future__ import annotations

import numpy as np
import pytest

from artdag.catalog import load_effects
from artdag.effects.lut import Params, frame
from artdag.errors import ParameterError, RenderError
from artdag.media import Kind
from tests.artdag.codec.test_cube import exact, teal_and_orange, text_1d, text_3d
from tests.artdag.effects.apply import alpha, drawn
from tests.artdag.nodes.bench import a_text, a_video, an_image, applied, check_ranges, frames

LOOK = text_3d(17, teal_and_orange)
MOMENT = None


def looked(picture, data=LOOK, amount=1.0):
    return frame(picture, data, Params(amount=amount), MOMENT)


def test_each_pixel_gets_the_colour_of_the_table():
    picture = drawn(64, 48, "rgb24")
    result = looked(picture).planes[0]
    assert np.abs(result - exact(LOOK, picture.planes[0])).max() < 0.6


@pytest.mark.parametrize("data", [LOOK, text_1d([(1, 1, 1), (0, 0, 0)])])
def test_opacity_stays(data):
    picture = drawn(30, 20, "rgba")
    result = looked(picture, data)
    assert np.array_equal(alpha(result), alpha(picture))
    opaque = drawn(30, 20, "rgba").planes[0][..., :3]
    assert not np.array_equal(result.planes[0][..., :3], opaque)


def test_the_amount_mixes_it_with_the_picture():
    picture = drawn(64, 48, "rgb24")
    before, wholly = picture.planes[0].astype(float), looked(picture).planes[0].astype(float)
    half = looked(picture, amount=0.5).planes[0]
    assert np.abs(half - (before + wholly) / 2).max() <= 1
    assert applied("lut", an_image(), a_text(LOOK), amount=0).same_as == 0


def test_any_frame_can_be_made_alone():
    check_ranges(applied("lut", a_video(6, pixel_format="rgb24"), a_text(LOOK)))


def test_video_comes_as_rgb_and_keeps_its_sound():
    clip = a_video(3)
    made = applied("lut", clip, a_text(text_1d([(1, 1, 1), (0, 0, 0)])))
    assert made.shape.video.pixel_format == "rgb24"
    assert made.media.sound is clip.media.sound
    assert frames(made.media.video)[0] != frames(applied("lut", clip, a_text(LOOK)).media.video)[0]


def test_what_is_no_table_is_told_with_its_line():
    made = applied("lut", an_image(), a_text(b"1\n00:00:01,000 --> 00:00:02,000\nHello\n"))
    with pytest.raises(RenderError, match=r"lut failed .*no \.cube file: line 1"):
        frames(made.media.video)


def test_the_table_is_a_second_input_of_data():
    effect = load_effects().get("lut")
    assert [item.slot for item in effect.wired] == ["input", "table"]
    assert effect.wired[1].kinds == (Kind.DATA,)
    with pytest.raises(ParameterError):
        applied("lut", an_image(), a_text(LOOK), amount=1.5)
