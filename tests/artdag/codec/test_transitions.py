"""What is seen between two clips: worked out by hand, in every direction."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from artdag.codec.frame import Frame
from artdag.codec.transitions import Transition, circle, crossfade, fade, mixer, slide, wipe
from tests.artdag.effects.apply import drawn, filled, to_yuv

NAMES = [name for name in get_args(Transition) if name != "cut"]
DIRECTIONS = ["left", "right", "up", "down"]
FORMATS = ["yuv420p", "yuv444p", "yuva420p", "rgb24", "rgba", "gbrp"]


def pair(width: int = 40, height: int = 24) -> tuple[Frame, Frame]:
    return filled(width, height, "yuv420p", 50, 100, 150), filled(width, height, "yuv420p", 200, 120, 90)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("size", [(40, 24), (7, 5), (1, 1)], ids=str)
def test_it_goes_from_one_to_the_other(name, pixel_format, size):
    mix = mixer(name)
    leaving, entering = drawn(*size, pixel_format), drawn(*size, pixel_format, 1)
    before = [plane.copy() for plane in (*leaving.planes, *entering.planes)]
    for share in (0, 0.3, 0.5, 1):
        between = mix(leaving, entering, share)
        assert (between.width, between.height, between.pixel_format) == (*size, pixel_format)
        if share in (0, 1):
            wanted = entering if share else leaving
            assert all(np.array_equal(own, plane) for own, plane in zip(between.planes, wanted.planes, strict=True))
    after = (*leaving.planes, *entering.planes)
    assert all(np.array_equal(own, plane) for own, plane in zip(before, after, strict=True)), "both are only read"


@pytest.mark.parametrize("name", NAMES)
def test_the_entering_clip_takes_over_step_by_step(name):
    leaving, entering = filled(64, 40, "yuv420p", 16, 128, 128), filled(64, 40, "yuv420p", 235, 128, 128)
    means = [float(mixer(name)(leaving, entering, share).planes[0].mean()) for share in np.linspace(0, 1, 21)]
    assert means == sorted(means)
    assert (means[0], means[-1]) == (16, 235)


@pytest.mark.parametrize("share", [0.001, 0.25, 0.5, 0.999])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24", "yuva444p"])
def test_a_crossfade_is_the_weighted_mean(share, pixel_format):
    values = {"yuv420p": ((16, 240, 0), (235, 16, 255)), "rgb24": ((0, 10, 255), (255, 20, 0))}
    values["yuva444p"] = ((16, 16, 240, 0), (235, 240, 16, 255))
    one, other = (filled(6, 4, pixel_format, *part) for part in values[pixel_format])
    mixed = crossfade(one, other, share)
    for a, b, m in zip(one.planes, other.planes, mixed.planes, strict=True):
        assert np.abs(m - (a * (1 - share) + b * share)).max() <= 1.01
        if share == 0.5:
            assert np.array_equal(m, ((a.astype(int) + b + 1) // 2).astype(np.uint8))


@pytest.mark.parametrize(
    ("share", "luma"), [(0, 50), (0.25, (50 + 16) / 2), (0.5, 16), (0.75, (200 + 16) / 2), (1, 200)]
)
def test_a_fade_goes_out_and_then_comes_in(share, luma):
    between = fade(*pair(), share)
    assert (between.planes[0] == luma).all()
    if share == 0.5:
        assert [int(plane[0, 0]) for plane in between.planes] == [16, 128, 128]


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_a_fade_goes_through_the_background(pixel_format):
    opaque = {"yuva420p": (255,), "rgba": (255,)}.get(pixel_format, ())
    between = fade(drawn(6, 4, pixel_format), drawn(6, 4, pixel_format, 1), 0.5, "#ff8000")
    colour = {"rgb24": (255, 128, 0), "rgba": (255, 128, 0), "gbrp": (128, 0, 255)}.get(pixel_format)
    wanted = filled(6, 4, pixel_format, *(colour or to_yuv(255, 128, 0)), *opaque)
    for own, plane in zip(between.planes, wanted.planes, strict=True):
        assert np.array_equal(own, plane)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_wipe_uncovers_what_lies_before_its_edge(direction):
    luma = wipe(*pair(), 0.5, direction).planes[0]
    along = luma if direction in ("left", "right") else luma.T
    assert (along == along[0]).all(), "the edge is straight"
    line = along[0] if direction in ("right", "down") else along[0][::-1]
    length = len(line)
    assert (line[: length // 2 - 2] == 200).all()
    assert (line[length // 2 + 2 :] == 50).all()
    # the edge is 2 px wide and ends at half of (length + 2): its middle is that of the picture
    assert line[length // 2 - 1 : length // 2 + 1].tolist() == [200 - 37, 50 + 38]


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_at_a_wipe_both_stay_where_they_are(direction):
    leaving, entering = drawn(40, 24, "yuv420p"), drawn(40, 24, "yuv420p", 1)
    between = wipe(leaving, entering, 0.4, direction)
    for own, a, b in zip(between.planes, leaving.planes, entering.planes, strict=True):
        assert (np.minimum(a, b) <= own).all()
        assert (own <= np.maximum(a, b)).all()
        assert 0.25 < (own == b).mean() < 0.6
        assert ((own == a) | (own == b)).mean() > 0.8


@pytest.mark.parametrize(
    ("direction", "window", "kept"),
    [
        ("left", np.s_[:, 30:], np.s_[:, 10:]),
        ("right", np.s_[:, :10], np.s_[:, :30]),
        ("up", np.s_[18:, :], np.s_[6:, :]),
        ("down", np.s_[:6, :], np.s_[:18, :]),
    ],
)
def test_a_slide_pushes_one_out_with_the_other(direction, window, kept):
    leaving, entering = drawn(40, 24, "yuv444p"), drawn(40, 24, "yuv444p", 1)
    between = slide(leaving, entering, 0.25, direction)
    opposite = {
        "left": np.s_[:, :10],
        "right": np.s_[:, 30:],
        "up": np.s_[:6, :],
        "down": np.s_[18:, :],
    }
    stays = {"left": np.s_[:, :30], "right": np.s_[:, 10:], "up": np.s_[:18, :], "down": np.s_[6:, :]}
    for own, a, b in zip(between.planes, leaving.planes, entering.planes, strict=True):
        assert np.array_equal(own[window], b[opposite[direction]])
        assert np.array_equal(own[stays[direction]], a[kept])


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_chroma_slides_with_luma(direction):
    leaving, entering = filled(40, 24, "yuv420p", 50, 60, 70), filled(40, 24, "yuv420p", 200, 210, 220)
    for share in np.linspace(0, 1, 23):
        luma, u, v = slide(leaving, entering, share, direction).planes
        assert np.array_equal(luma[::2, ::2] == 200, u == 210)
        assert np.array_equal(luma[1::2, 1::2] == 200, v == 220)


def test_a_circle_opens_from_the_middle_and_is_round():
    luma = circle(*pair(60, 40), 0.5).planes[0]
    y, x = np.mgrid[:40, :60]
    away = np.hypot(x + 0.5 - 30, y + 0.5 - 20)
    radius = 0.5 * (np.hypot(30, 20) + 2)
    assert (luma[away < radius - 2.1] == 200).all()
    assert (luma[away > radius + 0.1] == 50).all()
    assert np.array_equal(luma, luma[::-1])
    assert np.array_equal(luma, luma[:, ::-1])
    soft = luma[(away > radius - 1.9) & (away < radius - 0.1)]
    assert ((soft > 50) & (soft < 200)).all()


def test_edges_are_as_soft_as_the_picture_is_large():
    small, large = (
        int(((line := wipe(*pair(width, height), 0.5, "left").planes[0][0]) > 50).sum() - (line == 200).sum())
        for width, height in ((60, 40), (1280, 720))
    )
    assert (small, large) == (2, 4)


def test_a_cut_mixes_nothing():
    assert mixer("cut") is None
