"""Lanes: groups of pictures of one clip coded side by side in threads of this process, given back in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import av
from av.packet import Packet
from av.stream import Stream

from artdag.codec.coder import Packets, picture_packets
from artdag.codec.fit import fitted_frames
from artdag.codec.profile import Profile
from artdag.codec.progress import Progress
from artdag.codec.stream import Video
from artdag.codec.tally import Tally
from artdag.errors import StoppedError

_MOST_GROUPS = 4
"""Groups of pictures that a lane codes from one start of the stream: seeking costs, and so does holding packets."""


def packets_in_lanes(
    video: Video, profile: Profile, tally: Tally, lanes: int, on_progress: Progress | None = None
) -> Packets:
    """Yield the packets of all frames of *video*, exactly as one lane gives them.

    Each lane pulls a stretch of frames of its own, so the stream is read at *lanes* places at once, in *lanes*
    threads; it must bear that (streams without state between calls do). Coded packets wait for their turn in memory,
    those of a stretch or two for each lane. On an error, or when this generator is closed, the other lanes stop at
    their next frame, and their threads have ended before control returns.

    *on_progress* is called from these threads, from one at a time.
    """
    gop = profile.gop_frames(video.shape.frame_rate)
    assert gop is not None
    count = video.shape.frame_count
    step = gop * min(_MOST_GROUPS, max(1, count // (gop * lanes * 2)))
    work = _Work(video, profile, count, on_progress)
    with ThreadPoolExecutor(lanes, thread_name_prefix="artdag-lane") as pool:
        waiting: deque[tuple[int, Future[tuple[list[Packet[Stream]], Tally]]]] = deque()
        spans = iter([range(first, min(first + step, count)) for first in range(0, count, step)])
        try:
            while True:
                while len(waiting) < lanes + 1 and (span := next(spans, None)) is not None:
                    waiting.append((span.start, pool.submit(work.code, span)))
                if not waiting:
                    return
                begin, future = waiting.popleft()
                packets, done = future.result()
                tally.encoders_opened += done.encoders_opened
                tally.frames_encoded += done.frames_encoded
                for packet in packets:
                    assert packet.pts is not None
                    assert packet.dts is not None
                    packet.pts, packet.dts = packet.pts + begin, packet.dts + begin
                    yield packet
        finally:
            work.stopped.set()
            for _, future in waiting:
                future.cancel()


class _Work:
    """What the lanes have in common."""

    def __init__(self, video: Video, profile: Profile, count: int, on_progress: Progress | None) -> None:
        self.stopped = threading.Event()
        self._video, self._profile = video, profile
        self._count, self._on_progress = count, on_progress
        self._done = 0
        self._lock = threading.Lock()

    def code(self, span: range) -> tuple[list[Packet[Stream]], Tally]:
        tally = Tally()
        with closing(fitted_frames(self._video, span.start, span.stop, self._profile)) as frames:
            told = self._told(frames)
            return list(picture_packets(told, len(span), self._profile, self._video.shape, tally)), tally

    def _told(self, frames: Iterator[av.VideoFrame]) -> Iterator[av.VideoFrame]:
        for frame in frames:
            if self.stopped.is_set():
                raise StoppedError("another part of the clip could not be made")
            yield frame
            with self._lock:
                self._done += 1
                if self._on_progress is not None:
                    self._on_progress(self._done, self._count)
