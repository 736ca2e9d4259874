"""Filter graphs: one graph for a run of filters, formats held between them, errors in words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artdag.codec import graph
from artdag.codec.adjust import blurred, sharpened, tone
from artdag.codec.frame import Frame, pixels
from artdag.codec.geometry import in_format, resized
from artdag.codec.graph import Filter, Filtered, GraphLine, converted, spell
from artdag.codec.stream import Video
from tests.artdag.codec.synthetic import Pattern
from tests.artdag.nodes.bench import Kept, frames

FORMATS = ["yuv420p", "yuva420p", "yuv444p", "yuva444p", "rgb24", "rgba"]


@given(st.floats(-1e6, 1e6) | st.integers(-(10**9), 10**9))
def test_numbers_are_spelt_in_plain_decimals(value):
    text = spell(value)
    assert float(text) == pytest.approx(value, abs=1e-9)
    assert "e" not in text


def test_a_small_number_is_no_word_of_the_library():
    assert spell(1e-7) == "0.0000001"
    assert spell(0.0) == "0"
    assert spell(True) == "1"
    assert spell("w/2") == "w/2"


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_every_format_is_brought_to_every_other_and_ranges_agree(source, target):
    video = in_format(Pattern(4, width=33, height=17, pixel_format=source), target)
    whole = frames(video)
    assert frames(video, 2, 4) == whole[2:]
    assert frames(in_format(video, target)) == whole
    assert (video is in_format(video, target)) is True


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_colours_survive_the_way_to_rgb_and_back(pixel_format):
    flat = Pattern(1, pixel_format=pixel_format)
    picture = flat.picture(0)
    for plane, value in zip(picture.planes, (120, 100, 150), strict=True):
        plane[...] = value
    flat.picture = lambda index: picture
    (back,) = [Frame.over(frame) for frame in in_format(in_format(flat, "rgb24"), pixel_format).frames(0, 1)]
    for plane, value in zip(back.planes, (120, 100, 150), strict=True):
        assert abs(int(plane[4, 4]) - value) <= 1


class Grain(Pattern):
    """Every value that a sample can have, beyond the legal range too."""

    def picture(self, index):
        shape = self.shape
        picture = Frame.blank(shape.width, shape.height, shape.pixel_format)
        grain = np.random.default_rng(index)
        for plane in picture.planes:
            plane[...] = grain.integers(0, 256, plane.shape)
        return picture


@pytest.mark.parametrize("size", [(97, 61), (64, 48), (2, 2), (1, 1)])
@pytest.mark.parametrize("source", FORMATS[:4])
@pytest.mark.parametrize("target", ["rgb24", "rgba"])
def test_the_way_to_packed_rgb_by_planes_gives_the_pixels_of_the_straight_one(source, target, size):
    video = Grain(2, width=size[0], height=size[1], pixel_format=source)
    straight = (Filter.of("scale", flags=graph.EXACT, in_color_matrix="bt709", in_range="tv"),)
    shape = replace(video.shape, pixel_format=target)
    assert frames(Filtered(video, converted(source, target), shape)) == frames(Filtered(video, straight, shape))


def test_the_same_format_needs_no_filter():
    assert converted("rgb24", "rgb24") == ()


def chain(video: Video) -> Video:
    for filters in (tone(contrast=1.3), blurred(3, video.shape), sharpened(2), [Filter.of("hue", h=40)]):
        video = Filtered(video, filters, video.shape)
    return in_format(resized(in_format(video, "rgb24"), 40, 40, "pad", "#ff0000"), "yuv420p")


def test_a_run_of_filters_is_one_graph(monkeypatch):
    made = []

    class Counted(GraphLine):
        def __init__(self, *args: object) -> None:
            made.append(args)
            super().__init__(*args)

    monkeypatch.setattr(graph, "GraphLine", Counted)
    frames(chain(Pattern(3)))
    assert len(made) == 1


def test_a_run_of_filters_gives_the_pixels_of_one_after_the_other():
    video = Pattern(3)
    stepwise: Video = video
    for filters in (tone(contrast=1.3), blurred(3, video.shape), sharpened(2), [Filter.of("hue", h=40)]):
        stepwise = Kept(Filtered(stepwise, filters, video.shape))
    boxed = Kept(resized(Kept(in_format(stepwise, "rgb24")), 40, 40, "pad", "#ff0000"))
    assert frames(chain(video)) == frames(in_format(boxed, "yuv420p"))


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(25), Fraction(60), Fraction(1), Fraction(1, 7)], ids=str
)
def test_any_range_has_its_own_times(rate):
    frames(chain(Pattern(5, rate=rate)), 2, 5)  # `frames` looks at each time


def test_no_filters_is_a_graph_too_and_gives_frames_of_its_own():
    video = Pattern(2)
    same = Filtered(video, [], video.shape)
    assert frames(same) == frames(video)


@pytest.mark.parametrize("radius", [0.1, 1, 50, 200])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 5)], ids=str)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_blur_bears_any_size(radius, size, pixel_format):
    video = Pattern(2, width=size[0], height=size[1], pixel_format=pixel_format)
    frames(Filtered(video, blurred(radius, video.shape), video.shape))


def test_pixels_are_without_padding():
    frame = Pattern(1, width=3, height=5).picture(0)
    assert len(pixels(frame.carrier)) == 15 + 2 * 6
