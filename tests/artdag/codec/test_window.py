"""A frame and those before it, and how many of them may be held."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest

from artdag.codec.frame import Frame, Moment
from artdag.codec.stream import Media
from artdag.codec.window import MOST_BYTES, Windowed, check_room
from artdag.errors import ParameterError
from artdag.media import Kind, Shape, VideoShape
from tests.artdag.effects.moving import Shown, grey, lumas
from tests.artdag.nodes.bench import Made, check_ranges


def made(video: Windowed) -> Made:
    return Made(Media(video=video), Shape(kind=Kind.VIDEO, video=video.shape))


def test_it_sees_so_many_frames_before_and_fewer_at_the_beginning():
    seen: list[tuple[int, list[int]]] = []

    def look(window: Sequence[Frame], moment: Moment) -> Frame:
        seen.append((moment.index, [int(frame.planes[0][0, 0]) for frame in window]))
        return window[-1]

    source = Shown(lambda index: grey(20 + index), 8)
    lumas(made(Windowed(source, look, reach=2)))
    assert seen[:4] == [(0, [20]), (1, [20, 21]), (2, [20, 21, 22]), (3, [21, 22, 23])]
    seen.clear()
    lumas(made(Windowed(source, look, reach=2)), 5, 6)
    assert seen == [(5, [23, 24, 25])]
    assert source.asked[-1] == (3, 6)


@pytest.mark.parametrize("reach", [0, 1, 5, 100])
def test_any_range_is_a_part_of_the_whole(reach):
    def oldest(window: Sequence[Frame], moment: Moment) -> Frame:
        result = window[-1].blank_like()
        for out, plane in zip(result.planes, window[0].planes, strict=True):
            out[...] = plane
        return result

    video = Windowed(Shown(lambda index: grey(20 + index), 12), oldest, reach)
    assert lumas(made(video)) == [20 + max(0, index - reach) for index in range(12)]
    check_ranges(made(video))


def shape(width: int, height: int, pixel_format: str, count: int = 10_000) -> VideoShape:
    return VideoShape(width=width, height=height, pixel_format=pixel_format, frame_rate=Fraction(30), frame_count=count)


@pytest.mark.parametrize(
    ("pixel_format", "bytes_"), [("yuv420p", 1.5), ("yuva420p", 2.5), ("yuv444p", 3), ("yuva444p", 4), ("rgba", 4)]
)
def test_as_many_frames_as_there_is_room_for(pixel_format, bytes_):
    most = int(MOST_BYTES // (1024 * 1024 * bytes_))
    check_room(shape(1024, 1024, pixel_format), most, "it", "less")
    with pytest.raises(ParameterError, match=rf"it would hold {most + 1} frames of 1024 × 1024 px, 51\d MB; 512 MB"):
        check_room(shape(1024, 1024, pixel_format), most + 1, "it", "less")


def test_a_clip_that_is_short_never_fills_the_room():
    check_room(shape(8000, 4000, "yuv420p", count=5), 1_000_000, "it", "less")
