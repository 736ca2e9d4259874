from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.expr import EFFECT
from artdag.errors import ParameterError
from tests.artdag.effects.apply import apply, digest, drawn, filled
from tests.artdag.nodes.bench import a_video, an_image, applied, check_ranges, frames


def made(picture=None, *, index=0, **params):
    picture = filled(64, 48, "rgb24", 51, 102, 204) if picture is None else picture
    return apply(EFFECT, picture, index=index, **params).planes[0]


def test_each_channel_has_a_formula_of_the_pixel():
    result = made(r="1 - r", g="b", b="g * 0.5")
    assert (result == (204, 204, 51)).all()


def test_channels_without_a_formula_stay_as_they_are():
    picture = drawn(64, 48, "rgb24")
    result = made(picture, g="0")
    assert np.array_equal(result[..., [0, 2]], picture.planes[0][..., [0, 2]])
    assert not result[..., 1].any()
    assert digest(apply(EFFECT, picture)) == digest(picture)
    assert np.array_equal(made(picture, r="r * 1", g="g + 0", b="(b)"), picture.planes[0])


def test_the_place_is_counted_in_pixels_from_the_top_left():
    result = made(r="x / 255", g="y / 255", b="(x == w - 1) && (y == h - 1)")
    rows, columns = np.indices((48, 64))
    assert np.array_equal(result[..., 0], columns)
    assert np.array_equal(result[..., 1], rows)
    assert result[..., 2].astype(bool).nonzero() == (47, 63)


def test_places_are_right_in_pictures_that_are_worked_on_in_parts():
    result = made(filled(3, 200, "rgb24", 0, 0, 0), r="y / 255")
    assert np.array_equal(result[:, 0, 0], np.arange(200))


def test_time_is_that_of_the_frame():
    assert made(index=5, r="t", g="i / 255")[0, 0].tolist() == [51, 5, 204]  # frame 5 at 25 a second: 0.2 s


def test_the_first_example_is_a_moving_wave():
    row = made(index=10, r="sin(x/20 + t)*0.5 + 0.5")[7, :, 0]
    wanted = np.rint(255 * (np.sin(np.arange(64) / 20 + 0.4) * 0.5 + 0.5))
    assert np.abs(row - wanted).max() <= 1


def test_what_is_beyond_is_cut_off_and_what_is_no_number_is_black():
    result = made(r="2", g="-1", b="sqrt(-1)")
    assert (result == (255, 0, 0)).all()
    assert made(r="x > 30 ? 1 / 0 : log(-1)")[0, [0, 40], 0].tolist() == [0, 255]


def test_a_formula_of_opacity_makes_a_picture_with_opacity():
    result = made(a="x < 32")
    assert result.shape == (48, 64, 4)
    assert result[0, [31, 32], 3].tolist() == [255, 0]
    assert (result[..., :3] == (51, 102, 204)).all()
    assert applied("expr", an_image(), a="r").shape.video.pixel_format == "rgba"


def test_opacity_is_known_and_kept():
    picture = drawn(40, 30, "rgba")
    result = made(picture, r="a", g="0.5")
    assert np.array_equal(result[..., 0], picture.planes[0][..., 3])
    assert np.array_equal(result[..., 3], picture.planes[0][..., 3])
    assert (made(g="a")[..., 1] == 255).all()


def test_chance_is_another_for_every_pixel_and_frame_and_comes_again():
    one, again, next_one, other = (
        made(r="rnd", g="rnd", seed=seed, index=index) for seed, index in ((1, 3), (1, 3), (1, 4), (2, 3))
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, next_one)
    assert not np.array_equal(one, other)
    assert np.array_equal(one[..., 0], one[..., 1])
    assert one[..., 0].mean() == pytest.approx(127, abs=8)


def test_any_frame_can_be_made_alone():
    clip = a_video(8, pixel_format="rgb24")
    check_ranges(applied("expr", clip, r="rnd", g="noise(x/9 + t, y/9)", b="fract(i/4)"))
    seen = frames(applied("expr", clip, g="noise(x/9, y/9)").media.video)
    assert len(set(seen)) == 8


def test_a_wrong_formula_is_told_when_the_recipe_is_checked_with_its_setting_and_column():
    with pytest.raises(ParameterError) as caught:
        applied("expr", an_image(), r="sin(x", b="c + 1")
    problems = {problem.field: problem.message for problem in caught.value.problems}
    assert problems["config.params.r"] == "column 6 of the formula: the '(' of column 4 has no ')'"
    assert "there is no 'c'" in problems["config.params.b"]
