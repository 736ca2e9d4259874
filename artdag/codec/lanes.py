"""Lanes: groups of pictures of one clip coded side by side in threads of this process, given back in order.

The frames are made once, in order, by one thread that runs ahead. Each group goes to the next lane that is free, so the
encoders, which are most of the work, share the cores; nothing is decoded twice and no place is sought.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import av
from av.packet import Packet
from av.stream import Stream

from artdag.codec.ahead import DEPTH
from artdag.codec.coder import Packets, picture_packets
from artdag.codec.fit import fitted_frames
from artdag.codec.profile import Profile
from artdag.codec.progress import Progress
from artdag.codec.stream import Video
from artdag.codec.tally import Tally
from artdag.errors import StoppedError
from artdag.media import VideoShape

_MOST_LANES = 4
"""One thread makes the frames, and more encoders than this would mostly wait for it."""
_HELD_BYTES = 96 << 20
"""Frames that wait for encoders hold so much at most: a group of 720p. Of larger ones fewer wait, and lanes overlap
less."""


def lanes_here() -> int:
    """Return how many lanes this process has cores for. It decides how fast a file is written, never what is in it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_LANES)


def packets_in_lanes(
    video: Video,
    groups: Sequence[range],
    profile: Profile,
    tally: Tally,
    lanes: int,
    on_progress: Progress | None = None,
) -> Packets:
    """Yield the packets of *groups*, one after the other in *video*, exactly as one lane gives them.

    Coded packets wait for their turn in memory, those of a group for each lane. On an error, or when this generator is
    closed, all threads stop at their next frame and have ended before control returns.

    *on_progress* is called from these threads, from one at a time.
    """
    frames = range(groups[0].start, groups[-1].stop)
    work = _Work(video, frames, profile, on_progress)
    with (
        ThreadPoolExecutor(1, thread_name_prefix="artdag-frames") as maker,
        ThreadPoolExecutor(lanes, thread_name_prefix="artdag-lane") as pool,
    ):
        waiting: deque[tuple[int, Future[tuple[list[Packet[Stream]], Tally]]]] = deque()
        spans = iter(groups)
        making = maker.submit(work.make)
        try:
            while True:
                while len(waiting) < lanes + 1 and (span := next(spans, None)) is not None:
                    waiting.append((span.start - frames.start, pool.submit(work.code, span)))
                if not waiting:
                    break
                begin, future = waiting.popleft()
                packets, done = future.result()
                tally.encoders_opened += done.encoders_opened
                tally.frames_encoded += done.frames_encoded
                for packet in packets:
                    assert packet.pts is not None
                    assert packet.dts is not None
                    packet.pts, packet.dts = packet.pts + begin, packet.dts + begin
                    yield packet
            making.result()  # it may go on after the last frame that was asked for
        finally:
            work.line.leave()
            for _, future in waiting:
                future.cancel()


class _Work:
    """What the threads have in common."""

    def __init__(self, video: Video, frames: range, profile: Profile, on_progress: Progress | None) -> None:
        self.line = _Line(_most_waiting(video.shape))
        self._video, self._frames, self._profile = video, frames, profile
        self._on_progress = on_progress
        self._done = 0
        self._lock = threading.Lock()

    def make(self) -> None:
        """Make the frames, in order."""
        try:
            first, stop = self._frames.start, self._frames.stop
            with closing(fitted_frames(self._video, first, stop, self._profile)) as frames:
                for index, frame in enumerate(frames, first):
                    if not self.line.put(index, frame):
                        return
        except BaseException as error:
            self.line.fail(error)
            raise

    def code(self, span: range) -> tuple[list[Packet[Stream]], Tally]:
        tally = Tally()
        packets = picture_packets(self._told(span), [span], self._profile, self._video.shape, tally)
        return list(packets), tally

    def _told(self, span: range) -> Iterator[av.VideoFrame]:
        for index in span:
            yield self.line.take(index)
            with self._lock:
                self._done += 1
                if self._on_progress is not None:
                    self._on_progress(self._done, len(self._frames))


class _Line:
    """Frames that one thread makes in order and several take, each its own, at most *most* of them waiting."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: dict[int, av.VideoFrame] = {}
        self._changed = threading.Condition()
        self._left = False
        self._failure: BaseException | None = None

    def put(self, index: int, frame: av.VideoFrame) -> bool:
        """Add *frame* when there is room; return False when nobody takes any more."""
        with self._changed:
            while len(self._waiting) >= self._most and not self._left:
                self._changed.wait()
            if self._left:
                return False
            self._waiting[index] = frame
            self._changed.notify_all()
            return True

    def take(self, index: int) -> av.VideoFrame:
        """Return frame *index* as soon as it is made.

        Raises:
            StoppedError: when another part of the work went wrong.
        """
        with self._changed:
            while index not in self._waiting:
                if self._failure is not None:
                    raise self._failure
                if self._left:
                    raise StoppedError("another part of the clip could not be made")
                self._changed.wait()
            frame = self._waiting.pop(index)
            self._changed.notify_all()
            return frame

    def fail(self, error: BaseException) -> None:
        with self._changed:
            self._failure = error
            self._changed.notify_all()

    def leave(self) -> None:
        with self._changed:
            self._left = True
            self._waiting.clear()
            self._changed.notify_all()


def _most_waiting(shape: VideoShape) -> int:
    # whoever waits for a frame waits for one that comes after all that wait already, so any number is enough to go on
    return max(DEPTH, _HELD_BYTES // (shape.width * shape.height * 3 // 2))
