"""Chains of any length: the same pixels in one piece and in parts, no deeper than Python goes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec import chain, graph
from artdag.codec.adjust import blurred, sharpened, tone
from artdag.codec.frame import Frame
from artdag.codec.geometry import in_format, resized
from artdag.codec.graph import Filter, Filtered, FilteredOverTime, GraphLine
from artdag.codec.opaque import Opaque
from artdag.codec.stream import Media, Video
from artdag.codec.timeline import Framewise, SoundMapped
from artdag.codec.transitions import crossfade
from tests.artdag.codec.synthetic import Pattern, Wave
from tests.artdag.nodes.bench import frames, samples


def a_bit_of_everything(source: Video) -> Video:
    video = in_format(source, "yuv420p")
    for filters in (tone(contrast=1.3), blurred(3, video.shape), sharpened(2), [Filter.of("hue", h=40)]):
        video = Filtered(video, filters, video.shape)
    video = FilteredOverTime(video, lambda time_s: [Filter.of("hue", h=round(time_s * 100))], video.shape)
    other = Pattern(video.shape.frame_count, width=video.shape.width, height=video.shape.height)
    video = Framewise([video, other], lambda pair, _: crossfade(*pair, 0.3), video.shape, 5)
    video = resized(in_format(video, "rgb24"), 40, 40, "pad", "#ff0000")
    video = Filtered(video, [Filter.of("lutrgb", r="255-val")], video.shape)
    video = Opaque(in_format(in_format(video, "yuva420p"), "rgba"), "#203040")
    return in_format(in_format(in_format(video, "yuv444p"), "rgb24"), "yuv420p")


@pytest.fixture
def in_parts(monkeypatch):
    """Let every filter be a part of its own, and few frames go through it at a time."""
    monkeypatch.setattr(chain, "MOST_HELD_BYTES", 1)
    monkeypatch.setattr(graph, "MOST_HELD_BYTES", 1)
    monkeypatch.setattr(chain, "_BATCH_BYTES", 3 * 4 * 64 * 48)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "yuv444p", "yuva444p", "rgb24", "rgba"])
def test_a_chain_in_parts_gives_the_pixels_of_one_piece(pixel_format, request):
    video = a_bit_of_everything(Pattern(7, pixel_format=pixel_format))
    whole = frames(video)
    request.getfixturevalue("in_parts")
    assert frames(video) == whole
    assert frames(video, 2, 6) == whole[2:6]
    assert frames(video, 3, 3) == []


def counted(monkeypatch) -> list[object]:
    made: list[object] = []

    class Counted(GraphLine):
        def __init__(self, *args: object) -> None:
            made.append(args)
            super().__init__(*args)

    monkeypatch.setattr(graph, "GraphLine", Counted)
    return made


def negatives(count: int, source: Video) -> Video:
    video = source
    for _ in range(count):
        video = Filtered(video, [Filter.of("lutyuv", y="255-val")], video.shape)
    return video


def test_links_that_are_alike_are_set_up_once(monkeypatch, in_parts):
    made = counted(monkeypatch)
    source = Pattern(7)
    assert frames(negatives(50, source)) == frames(source)
    assert len(made) == 1


def test_some_hundred_filters_are_one_graph_each(monkeypatch):
    made = counted(monkeypatch)
    source = Pattern(2, width=8, height=8)
    assert frames(negatives(250, source)) == frames(source)
    assert len(made) == 3


def test_filters_that_hold_much_are_not_all_open_at_once(monkeypatch):
    made = counted(monkeypatch)
    video: Video = Pattern(1, width=1280, height=720)
    for number in range(40):
        video = Filtered(video, blurred(2 + number / 10, video.shape), video.shape)
    list(video.frames(0, 1))
    held = [graph.held_by(filters, shape) for shape, filters, _ in made]
    assert max(held) <= chain.MOST_HELD_BYTES < sum(held)


def test_frames_that_come_late_are_not_lost(monkeypatch, in_parts):
    class Late(GraphLine):
        """Keeps a frame back, as a filter with threads may."""

        def through(self, frame):
            self.kept = [*getattr(self, "kept", []), *super().through(frame)]
            while len(self.kept) > 1:
                yield self.kept.pop(0)

        def rest(self):
            yield from self.kept
            yield from super().rest()

        @property
        def is_empty(self):
            return not getattr(self, "kept", [])

    source = Pattern(7)
    whole = frames(negatives(5, source))
    monkeypatch.setattr(graph, "GraphLine", Late)
    assert frames(negatives(5, source)) == whole
    monkeypatch.setattr(chain, "MOST_HELD_BYTES", 1 << 30)
    assert frames(negatives(5, source)) == whole


def test_thousands_of_functions_of_frames_are_no_deeper_than_one():
    def brighter(pictures: tuple[Frame, ...], _: object) -> Frame:
        result = pictures[0].blank_like()
        for plane, own in zip(result.planes, pictures[0].planes, strict=True):
            plane[...] = own + 1
        return result

    source = Pattern(2, width=8, height=8)
    video: Video = source
    for _ in range(256 * 20):
        video = Framewise([video], brighter, video.shape, 0)
    assert frames(video) == frames(source)


def test_thousands_of_functions_of_samples_are_no_deeper_than_one():
    sound = source = Wave(480)
    for _ in range(2000):
        sound = SoundMapped(SoundMapped(sound, lambda block, _: block * 2), lambda block, _: block / 2)
    assert np.array_equal(samples(Media(sound=sound)), samples(Media(sound=source)))


def test_a_chain_that_is_left_early_closes_what_feeds_it():
    closed = []

    class Told(Pattern):
        def frames(self, first, stop):
            try:
                yield from super().frames(first, stop)
            finally:
                closed.append(first)

    frames_ = a_bit_of_everything(Told(7)).frames(0, 7)
    next(frames_)
    frames_.close()
    assert closed == [0]


def test_a_graph_that_does_not_fit_into_memory_says_so(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("Could not allocate AVFilterContext")

    monkeypatch.setattr(graph, "Graph", type("Full", (), {"add": refuse}))
    with pytest.raises(MemoryError, match="1 filters do not fit into memory"):
        GraphLine(Pattern(1, rate=Fraction(25)).shape, [Filter.of("hflip")])
