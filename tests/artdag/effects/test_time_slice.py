"""time_slice: each column or row from its own time, evenly spread."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.frame import Frame
from artdag.errors import ParameterError
from tests.artdag.effects.moving import a_clip, grain, grey
from tests.artdag.nodes.bench import a_video, an_image, applied, check_ranges, frames, samples

DIRECTIONS = ["right", "left", "down", "up"]


def plane(index: int, number: int = 0, *, width: int = 5, height: int = 5, count: int = 30, **params: object):
    """Return a plane of frame *index* of a clip that gets four lighter with every frame."""

    def draw(index: int) -> Frame:
        picture = grey(20 + 4 * index, width, height, "yuv420p")
        for chroma in picture.planes[1:]:
            chroma[...] = 60 + 4 * index
        return picture

    made = applied("time_slice", a_clip(draw, count), **params)
    return np.array(Frame.over(next(iter(made.media.video.frames(index, index + 1)))).planes[number])


def test_the_past_lies_where_the_direction_points():
    # 5 columns over 0.16 s, four frames: one frame each
    row = [20 + 4 * index for index in (20, 19, 18, 17, 16)]
    assert plane(20, direction="right", spread_s=0.16).tolist() == [row] * 5
    assert plane(20, direction="left", spread_s=0.16).tolist() == [row[::-1]] * 5
    assert plane(20, direction="down", spread_s=0.16).T.tolist() == [row] * 5
    assert plane(20, direction="up", spread_s=0.16).T.tolist() == [row[::-1]] * 5


def test_moments_between_frames_are_mixed_or_the_nearest_is_taken():
    # 5 columns over 0.04 s, one frame: 0, 1/4, 1/2, 3/4 and all of it
    assert plane(20, spread_s=0.04, smooth=True)[0].tolist() == [100, 99, 98, 97, 96]
    assert plane(20, spread_s=0.04, smooth=False)[0].tolist() == [100, 100, 96, 96, 96]


def test_colour_is_of_the_time_of_the_pixels_around_it():
    # 4 columns over 0.12 s: one frame each; the middles of their pairs lie half a frame and two and a half ago
    assert plane(20, 1, width=4, spread_s=0.12)[0].tolist() == [138, 130]
    assert plane(20, 1, width=4, spread_s=0.12, direction="left")[0].tolist() == [130, 138]
    # of 5 columns the last chroma sample has only the last one
    assert plane(20, 1, spread_s=0.16)[0].tolist() == [138, 130, 124]


def test_before_the_beginning_the_first_frame_stands():
    assert plane(2, spread_s=0.16)[0].tolist() == [28, 24, 20, 20, 20]
    assert plane(0, spread_s=1)[0].tolist() == [20] * 5


@pytest.mark.parametrize("size", [(1, 1), (1, 4), (4, 1), (3, 2)], ids=str)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_sizes_of_a_pixel(size, direction):
    found = plane(20, width=size[0], height=size[1], direction=direction, spread_s=0.4)
    assert found.shape == size[::-1]
    assert found.max() <= 100
    assert found.min() >= 60


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "yuv444p", "rgb24", "rgba"])
def test_any_range_is_a_part_of_the_whole(pixel_format, direction, smooth):
    clip = a_clip(grain(7, 5, pixel_format), 30, Fraction(30000, 1001))
    made = applied("time_slice", clip, direction=direction, smooth=smooth, spread_s=0.35)
    check_ranges(made, [(0, 1), (9, 12), (10, 11), (11, 30), (29, 30)])


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_what_stands_still_and_what_is_opaque_stay_so(direction):
    picture = grain(9, 7, "yuva420p")(3)
    picture.planes[3][...] = 255
    clip = a_clip(lambda index: picture, 30)
    assert frames(applied("time_slice", clip, direction=direction).media.video) == frames(clip.media.video)


def test_a_still_and_a_clip_of_one_frame_stay_as_they_are():
    for item in (an_image(7, 5), a_video(1, width=7, height=5)):
        made = applied("time_slice", item)
        assert made.shape == item.shape
        assert frames(made.media.video) == frames(item.media.video)


def test_sound_stays_as_it_is():
    clip = a_video(20)
    made = applied("time_slice", clip)
    assert made.shape.sound == clip.shape.sound
    assert samples(made.media).tobytes() == samples(clip.media).tobytes()


def test_more_frames_than_there_is_room_for_are_refused_in_a_sentence():
    large = a_video(1000, width=4096, height=2160, sound=False)
    with pytest.raises(ParameterError, match="time_slice would hold 60 frames of 4096 × 2160 px, 759 MB; 512 MB are"):
        applied("time_slice", large, spread_s=2)
    assert applied("time_slice", large, spread_s=1).shape == large.shape


def test_what_decides_the_memory_cannot_change():
    with pytest.raises(ParameterError, match="cannot change over time: it decides how many frames are held"):
        applied("time_slice", a_video(3), spread_s={"keyframes": [[0, 1], [1, 2]]})
