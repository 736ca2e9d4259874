from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.frame import Frame
from artdag.codec.stream import Media
from artdag.effects.watermark import EFFECT, Params, place
from artdag.media import Kind, Shape, VideoShape
from tests.artdag.effects.apply import filled, to_yuv
from tests.artdag.nodes.bench import Kept, Made, a_video, an_image, applied, check_ranges, frames


class Still(Kept):
    def __init__(self, picture: Frame, count: int = 1, rate: Fraction = Fraction(1)) -> None:
        self.shape = VideoShape(
            width=picture.width,
            height=picture.height,
            pixel_format=picture.pixel_format,
            frame_rate=rate,
            frame_count=count,
        )
        self._frames = [picture.carrier] * count


def image(picture: Frame) -> Made:
    video = Still(picture)
    return Made(Media(video=video), Shape(kind=Kind.IMAGE, video=video.shape))


def clip(picture: Frame, count: int = 3) -> Made:
    video = Still(picture, count, Fraction(25))
    return Made(Media(video=video), Shape(kind=Kind.VIDEO, video=video.shape))


def first(made: Made) -> Frame:
    assert made.media.video is not None
    return Frame.over(next(iter(made.media.video.frames(0, 1))))


BLACK = filled(400, 200, "yuv420p", 16, 128, 128)
WHITE = filled(50, 25, "rgb24", 255, 255, 255)


@pytest.mark.parametrize(
    ("position", "corner"),
    [("top_left", (20, 20)), ("bottom_right", (280, 130)), ("center", (150, 75)), ("right", (280, 75))],
)
def test_it_lies_at_its_place_in_its_size(position, corner):
    params = Params(position=position, scale=0.25, margin=72)
    found = place(params, clip(BLACK).media.video.shape, image(WHITE).media.video.shape)
    assert (found.width, found.height) == (100, 50)
    assert (found.x, found.y) == corner
    result = first(applied("watermark", clip(BLACK), image(WHITE), **vars_of(params))).planes[0]
    inside = result[corner[1] : corner[1] + 50, corner[0] : corner[0] + 100]
    assert inside.min() > 190  # 16 + 0.8 (235 - 16) = 191
    assert (result == 16).sum() == 400 * 200 - 5000


def vars_of(params: Params) -> dict[str, object]:
    return {name: getattr(params, name) for name in ("position", "opacity", "scale", "margin")}


@pytest.mark.parametrize(("opacity", "value"), [(0, 16), (0.5, 126), (0.8, 191), (1, 235)])
def test_opacity_is_the_share_of_the_mark(opacity, value):
    result = first(applied("watermark", clip(BLACK), image(WHITE), opacity=opacity, position="center", scale=0.5))
    assert result.planes[0][100, 200] == value


def test_the_marks_own_opacity_counts():
    mark = filled(50, 25, "rgba", 255, 0, 0, 0)
    mark.planes[0][:, 25:, 3] = 128
    result = first(applied("watermark", clip(BLACK), image(mark), opacity=1, position="center", scale=1.0))
    assert result.planes[0][100, 100] == 16
    wanted = [16 + (to_yuv(255, 0, 0)[0] - 16) / 2, *(128 + (value - 128) / 2 for value in to_yuv(255, 0, 0)[1:])]
    found = [result.planes[0][100, 300], result.planes[1][50, 150], result.planes[2][50, 150]]
    assert [int(value) for value in found] == pytest.approx(wanted, abs=1)


def test_hidden_colours_do_not_come_out_at_edges():
    mark = filled(64, 32, "rgba", 0, 255, 0, 0)
    mark.planes[0][8:24, 16:48] = (255, 255, 255, 255)
    result = first(applied("watermark", clip(BLACK), image(mark), opacity=1, position="center", scale=0.9))
    for plane in result.planes[1:]:
        assert np.abs(plane.astype(int) - 128).max() <= 1


def test_a_mark_is_never_higher_than_the_picture():
    tall = filled(10, 100, "rgb24", 255, 255, 255)
    found = place(Params(scale=1.0), clip(BLACK).media.video.shape, image(tall).media.video.shape)
    assert (found.width, found.height) == (20, 200)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuva420p", "rgb24", "rgba"])
def test_every_kind_of_picture_keeps_its_format(pixel_format):
    values = {"rgb24": (0, 0, 0), "rgba": (0, 0, 0, 255), "yuva420p": (16, 128, 128, 255)}.get(
        pixel_format, (16, 128, 128)
    )
    base = clip(filled(60, 40, pixel_format, *values))
    made = applied("watermark", base, image(filled(20, 10, "rgba", 255, 255, 255, 128)))
    assert made.shape == base.shape
    assert frames(made.media.video) != frames(base.media.video)


def test_a_clip_as_a_mark_begins_again():
    moving = a_video(3, sound=False, width=20, height=10, rate=Fraction(25))
    made = applied("watermark", clip(BLACK, 9), moving)
    seen = frames(made.media.video)
    assert seen[0] != seen[1]
    assert seen[:3] == seen[3:6] == seen[6:]


def test_the_sound_stays_and_any_range_is_that_part_of_the_whole():
    fading = {"opacity": {"keyframes": [[0, 0], [0.3, 1]]}, "scale": {"keyframes": [[0, 0.1], [0.3, 0.5]]}}
    for mark in (an_image(30, 20, "rgba"), a_video(5, sound=False, width=30, height=20)):
        made = applied("watermark", a_video(12), mark, **fading)
        assert made.media.sound is not None
        check_ranges(made)


def test_a_still_can_be_marked():
    made = applied("watermark", an_image(), an_image(30, 20, "rgba"))
    assert made.shape.kind is Kind.IMAGE
    check_ranges(made)


def test_it_takes_pictures_only():
    assert [item.slot for item in EFFECT.wired] == ["input", "mark"]
