"""Lanes share the encoding of one stream that is read once; that they change no byte is shown in ``test_join``."""

from __future__ import annotations

import os
import threading
from contextlib import closing

import pytest

from artdag.codec.ahead import DEPTH
from artdag.codec.lanes import _HELD_BYTES, _Line, _most_waiting, lanes_here, packets_in_lanes
from artdag.codec.profile import profile_for
from artdag.codec.tally import Tally
from artdag.errors import StoppedError
from artdag.media import Kind
from tests.artdag.codec.synthetic import Pattern

WEB = profile_for(Kind.VIDEO, "web")


class Asked(Pattern):
    """A stream that remembers what was asked of it."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.ranges: list[tuple[int, int]] = []
        self.made = 0
        self.threads: set[int] = set()

    def frames(self, first: int, stop: int):
        self.ranges.append((first, stop))
        for frame in super().frames(first, stop):
            self.made += 1
            self.threads.add(threading.get_ident())
            yield frame


def threads_of_ours() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("artdag")]


def test_the_stream_is_read_once_in_one_thread_that_is_not_the_callers():
    video = Asked(250)
    packets = list(packets_in_lanes(video, WEB.groups(video.shape), WEB, Tally(), 3))
    assert [packet.dts for packet in packets] == list(range(-2, 248))
    assert sorted(packet.pts for packet in packets) == list(range(250))
    assert video.ranges == [(0, 250)]
    assert len(video.threads) == 1
    assert threading.get_ident() not in video.threads


def test_several_encoders_work_at_the_same_time(monkeypatch):
    # each lane waits, at its first frame, for another one to be as far
    together = threading.Barrier(2, timeout=20)
    take = _Line.take

    def meeting(line: _Line, index: int):
        if index in (0, 60):
            together.wait()
        return take(line, index)

    monkeypatch.setattr(_Line, "take", meeting)
    assert len(list(packets_in_lanes(Pattern(120), [range(60), range(60, 120)], WEB, Tally(), 2))) == 120


def test_leaving_early_ends_all_threads_and_makes_no_more_frames():
    video = Asked(5000)
    with closing(packets_in_lanes(video, WEB.groups(video.shape), WEB, Tally(), 2)) as packets:
        next(packets)
    assert threads_of_ours() == []
    assert video.made < 5000


def test_a_fault_of_whoever_hears_of_progress_stops_the_work():
    def hear(done: int, total: int) -> None:
        if done == 70:
            raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        list(packets_in_lanes(Pattern(200), [range(60), range(60, 120), range(120, 170)], WEB, Tally(), 2, hear))
    assert threads_of_ours() == []


def test_frames_that_wait_are_bounded_by_their_size():
    shape = Pattern(1).shape
    large = Pattern(1, width=7680, height=4320).shape
    assert _most_waiting(shape) * shape.width * shape.height * 3 / 2 <= _HELD_BYTES
    assert _most_waiting(large) == DEPTH


def test_a_line_takes_no_more_than_it_has_room_for():
    line = _Line(2)
    frame = Pattern(1).picture(0).carrier
    assert line.put(0, frame)
    assert line.put(1, frame)
    blocked = threading.Thread(target=line.put, args=(2, frame))
    blocked.start()
    blocked.join(0.05)
    assert blocked.is_alive()
    line.take(1)
    blocked.join(10)
    assert not blocked.is_alive()
    line.leave()
    assert not line.put(3, frame)
    with pytest.raises(StoppedError):
        line.take(3)


def test_there_are_no_more_lanes_than_this_process_may_use_cores():
    assert 1 <= lanes_here() <= (os.cpu_count() or 1)
