"""Frames kept on the side: every pixel comes back, and whatever goes wrong there is no matter to the pass."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from artdag.codec.frame import pixels
from artdag.codec.kept import KeptVideo, Tee
from artdag.codec.stream import Video
from tests.artdag.codec.synthetic import Pattern

ROOM = 1 << 30
FORMATS = ["yuv420p", "yuva420p", "yuv444p", "yuva444p", "gray", "gbrp", "rgb24", "rgba"]


def a_pattern(count: int = 60, **how) -> Pattern:
    return Pattern(count, **{"width": 64, "height": 48, "rate": Fraction(10), **how})


def pulled(video: Video, first: int = 0, stop: int | None = None) -> list[bytes]:
    frames = list(video.frames(first, video.shape.frame_count if stop is None else stop))
    assert [frame.pts for frame in frames] == list(range(first, first + len(frames)))
    assert {frame.format.name for frame in frames} <= {video.shape.pixel_format}
    return [pixels(frame) for frame in frames]


class Never(Video):
    """A stream that nobody may pull from."""

    def __init__(self, shape) -> None:
        self.shape = shape

    def frames(self, first, stop):
        raise AssertionError(f"frames {first} to {stop} are computed")


def kept(source: Video, path: Path, span: range | None = None) -> range:
    """Keep the frames of *source* and return which."""
    span = span or range(source.shape.frame_count)
    tee = Tee(source, span, path, most_bytes=ROOM)
    pulled(tee, span.start, span.stop)
    assert tee.finish() is None
    return span


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47), (1, 1)])
def test_every_pixel_of_every_format_and_size_comes_back(tmp_path, pixel_format, width, height):
    source = a_pattern(23, width=width, height=height, pixel_format=pixel_format)
    span = kept(source, tmp_path / "kept")
    assert pulled(KeptVideo(Never(source.shape), span, tmp_path / "kept")) == pulled(source)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(240), Fraction(1, 7), Fraction(25)])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_any_range_can_be_read_at_any_frame_rate(tmp_path, rate, pixel_format):
    source = a_pattern(60, rate=rate, pixel_format=pixel_format, width=32, height=16)
    read = KeptVideo(Never(source.shape), kept(source, tmp_path / "kept"), tmp_path / "kept")
    whole = pulled(source)
    for first, stop in [(0, 1), (59, 60), (1, 60), (20, 41), (47, 49), (30, 30)]:
        assert pulled(read, first, stop) == whole[first:stop]


def test_part_of_a_clip_is_kept_under_its_own_times_and_the_rest_is_computed(tmp_path):
    source = a_pattern()
    span = kept(source, tmp_path / "kept", range(20, 45))
    assert pulled(KeptVideo(Never(source.shape), span, tmp_path / "kept"), 25, 45) == pulled(source, 25, 45)
    assert pulled(KeptVideo(source, span, tmp_path / "kept")) == pulled(source)


def test_what_passes_is_the_same_whether_it_is_kept_or_not(tmp_path):
    source = a_pattern()
    tee = Tee(source, range(60), tmp_path / "kept", most_bytes=ROOM)
    assert pulled(tee) == pulled(source)
    assert tee.finish() is None
    assert pulled(tee) == pulled(source), "and once more, when the file is there already"


def test_frames_that_are_pulled_in_pieces_or_twice_are_kept_once(tmp_path):
    source = a_pattern()
    tee = Tee(source, range(60), tmp_path / "kept", most_bytes=ROOM)
    ahead, behind = tee.frames(0, 60), tee.frames(0, 60)
    for _ in range(10):
        next(ahead)
        next(behind)
    ahead.close()
    behind.close()
    pulled(tee, 10, 30)
    pulled(tee, 25, 60)
    assert tee.finish() is None
    assert pulled(KeptVideo(Never(source.shape), range(60), tmp_path / "kept")) == pulled(source)


@pytest.mark.parametrize("ranges", [[(0, 59)], [(30, 60), (0, 30)], [(0, 20), (21, 60)], []])
def test_frames_that_are_missed_or_come_out_of_order_give_no_file(tmp_path, ranges):
    tee = Tee(a_pattern(), range(60), tmp_path / "kept", most_bytes=ROOM)
    for first, stop in ranges:
        pulled(tee, first, stop)
    assert "of 60 frames passed in order" in tee.finish()
    assert list(tmp_path.iterdir()) == []


def test_no_room_on_the_side_is_told_and_the_pass_goes_on(tmp_path):
    source = a_pattern()
    for tee, told in [
        (Tee(source, range(60), tmp_path / "kept", most_bytes=2_000), "more than the 0 MB"),
        (Tee(source, range(60), tmp_path / "nowhere" / "kept", most_bytes=ROOM), "o such file"),
    ]:
        assert pulled(tee) == pulled(source)
        assert told in tee.finish()
    assert list(tmp_path.iterdir()) == []


def test_a_pass_that_ends_early_leaves_neither_thread_nor_file(tmp_path):
    tee = Tee(a_pattern(), range(60), tmp_path / "kept", most_bytes=ROOM)
    frames = tee.frames(0, 60)
    for _ in range(30):
        next(frames)
    frames.close()
    tee.abandon()
    assert not tee._writer.is_alive()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_went_bad_is_told_of_and_the_frames_are_computed(tmp_path):
    source = a_pattern()
    span = kept(source, tmp_path / "kept")
    whole = (tmp_path / "kept").read_bytes()
    for damage in (b"", b"nonsense" * 100, whole[: len(whole) // 2]):
        (tmp_path / "bad").write_bytes(damage)
        faults: list[str] = []
        read = KeptVideo(source, span, tmp_path / "bad", on_fault=faults.append)
        assert pulled(read) == pulled(source)
        assert len(faults) == 1
    faults = []
    assert pulled(KeptVideo(source, span, tmp_path / "gone", on_fault=faults.append)) == pulled(source)
    assert faults
    other = a_pattern(60, width=32)
    kept(other, tmp_path / "other")
    assert pulled(KeptVideo(source, span, tmp_path / "other")) == pulled(source)
    short = a_pattern(20)
    kept(short, tmp_path / "short")
    assert pulled(KeptVideo(source, span, tmp_path / "short")) == pulled(source)
