from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.rotate import EFFECT
from tests.artdag.effects.apply import apply, drawn, filled


@pytest.mark.parametrize("pixel_format", EFFECT.pixel_formats)
@pytest.mark.parametrize(("degrees", "turns"), [(90, -1), (180, 2), (270, 1), (-90, 1), (450, -1)])
def test_quarter_turns_move_whole_pixels_clockwise(pixel_format, degrees, turns):
    picture = drawn(64, 48, pixel_format)
    result = apply(EFFECT, picture, degrees=degrees, expand=True)
    for plane, source in zip(result.planes, picture.planes, strict=True):
        assert np.array_equal(plane, np.rot90(source, turns))


def test_without_room_what_stands_out_is_cut_off():
    picture = drawn(64, 48, "rgb24")
    result = apply(EFFECT, picture, degrees=90, background="#102030").planes[0]
    assert result.shape == (48, 64, 3)
    assert np.array_equal(result[:, 8:56], np.rot90(picture.planes[0][:, 8:56], -1))
    assert (result[:, :8] == (0x10, 0x20, 0x30)).all()


@pytest.mark.parametrize(("degrees", "size"), [(0, (200, 100)), (30, (224, 186)), (45, (212, 212)), (90, (100, 200))])
def test_the_result_grows_to_hold_the_whole_picture(degrees, size):
    # 200 cos 30° + 100 sin 30° = 223.2, 200 sin 30° + 100 cos 30° = 186.6
    result = apply(EFFECT, filled(200, 100, "yuv420p", 235, 128, 128), degrees=degrees, expand=True)
    assert (result.width, result.height) == size
    assert (result.planes[0] - 16.0).sum() / 219 == pytest.approx(200 * 100, rel=0.01)


def test_a_point_turns_about_the_middle():
    picture = filled(101, 101, "yuv444p", 16, 128, 128)
    picture.planes[0][50, 90] = 235  # 40 to the right of the middle
    luma = apply(EFFECT, picture, degrees=30).planes[0]
    y, x = np.unravel_index(luma.argmax(), luma.shape)
    assert (x, y) == (50 + 35, 50 + 20)  # 40 cos 30° = 34.6, 40 sin 30° = 20


def test_sides_are_smooth():
    luma = apply(EFFECT, filled(100, 100, "yuv420p", 235, 128, 128), degrees=20).planes[0]
    assert len(np.unique(luma)) > 30
    assert luma[0, 0] == 16


def test_the_background_has_its_colour_in_yuv():
    result = apply(EFFECT, filled(64, 48, "yuv420p", 180, 90, 200), degrees=45, background="#ffffff")
    assert [int(plane[0, 0]) for plane in result.planes] == [235, 128, 128]
