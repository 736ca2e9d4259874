"""Frames between two steps, kept losslessly on the side: written while they pass, and read back pixel for pixel.

Only pictures are kept. Sound is worked out anew each time: that takes less than reading it back would.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av

from artdag.codec.coder import Packets, picture_packets
from artdag.codec.encode import writing
from artdag.codec.fit import fitted_frames
from artdag.codec.frame import BT709, FULL_RANGE, IS_RGB, LIMITED_RANGE, RGB_MATRIX, stamped
from artdag.codec.graph import EXACT, Filter, GraphLine, pinned
from artdag.codec.grid import Grid
from artdag.codec.mux import Muxer
from artdag.codec.pictures import Pictures
from artdag.codec.profile import EXACT as EXACT_PROFILES
from artdag.codec.profile import Profile, profile_for
from artdag.codec.stream import Video
from artdag.codec.tally import Tally
from artdag.errors import BrokenMediaError, NoRoomError, StoppedError
from artdag.media import Kind, Shape, VideoShape

_WAITING = 8
"""Frames that may wait for the encoder on the side, before the pass itself has to wait for it."""


def exact_profile(shape: VideoShape) -> Profile:
    """Return how frames of *shape* are kept."""
    named = profile_for(Kind.VIDEO, EXACT_PROFILES[Kind.VIDEO])
    return replace(named.fitted(Shape(kind=Kind.VIDEO, video=shape)), sound=None, otherwise=None)


class Tee(Video):
    """*upstream*, whose frames in *span* are written to a file while they are pulled, each once and in order.

    Whatever goes wrong on the side is told by :meth:`finish` and is no matter to who pulls. Frames that are pulled in
    another order, or not all, give no file.
    """

    def __init__(
        self, upstream: Video, span: range, path: Path, *, most_bytes: int, tally: Tally | None = None
    ) -> None:
        self.shape = upstream.shape
        self._upstream, self._span, self.path = upstream, span, path
        self._most_bytes = most_bytes
        self._next = span.start
        self._lock = threading.Lock()
        self._line: queue.Queue[av.VideoFrame | None] = queue.Queue(_WAITING)
        self._writer: threading.Thread | None = None
        self._is_over = False
        self._failure: BaseException | None = None

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        graph = GraphLine(self.shape, ())  # what comes out is an object of its own, though it shares the pixels
        frames = self._upstream.frames(first, stop)
        try:
            for index, frame in enumerate(frames, start=first):
                if not self._is_over and index == self._next:
                    for own in graph.through(frame):
                        self._put(index, own)
                yield frame
        finally:
            if isinstance(frames, Generator):
                frames.close()

    def finish(self) -> str | None:
        """Wait for the file to be written; return None where it is whole, else why there is none."""
        if self._failure is None and self._next < self._span.stop:
            self.abandon()
            return f"only {self._next - self._span.start} of {len(self._span)} frames passed in order"
        if self._writer is not None:
            self._writer.join()
        if self._failure is None:
            return None
        self.path.unlink(missing_ok=True)
        return str(self._failure) or type(self._failure).__name__

    def abandon(self) -> None:
        """Stop writing; nothing is left at the path."""
        self._is_over = True
        if self._writer is not None:
            while self._writer.is_alive():
                try:
                    self._line.put(None, timeout=0.05)
                except queue.Full:
                    continue
                self._writer.join()
        self.path.unlink(missing_ok=True)

    def _put(self, index: int, frame: av.VideoFrame) -> None:
        with self._lock:  # two streams may pull at once: the one that is foremost is written
            if index != self._next or self._is_over or index >= self._span.stop:
                return
            self._next += 1
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="artdag-tee", daemon=True)
                self._writer.start()
            while not self._is_over:
                try:
                    self._line.put(frame, timeout=0.1)
                    return
                except queue.Full:
                    continue  # the encoder is behind, or over

    def _write(self) -> None:
        profile = exact_profile(self.shape)
        passed = _Passed(self.shape, self._line, len(self._span))
        try:
            with writing(self.path), Muxer(self.path, profile, self.shape.frame_rate) as muxer:
                muxer.add_picture(self.shape)
                with closing(fitted_frames(passed, 0, len(self._span), profile)) as frames:
                    packets = picture_packets(frames, profile.groups(passed.shape), profile, self.shape, Tally())
                    muxer.write(self._bounded(packets), ())
        except BaseException as error:  # noqa: BLE001 - carried to finish(): the pass itself must not end for it
            self._failure = error
            self._is_over = True

    def _bounded(self, packets: Packets) -> Packets:
        written = 0
        for packet in packets:
            written += packet.size
            if written > self._most_bytes:
                raise NoRoomError(f"it would take more than the {self._most_bytes / 1e6:,.0f} MB there are for it")
            yield packet


class _Passed(Video):
    """What passed, as a clip that begins at 0 and can be pulled once."""

    def __init__(self, shape: VideoShape, line: queue.Queue[av.VideoFrame | None], count: int) -> None:
        self.shape = replace(shape, frame_count=count)
        self._line = line

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        for index in range(first, stop):
            frame = self._line.get()
            if frame is None:
                raise StoppedError("the pass ended before all frames had passed")
            yield stamped(frame, index, self.shape.frame_rate)


class KeptVideo(Video):
    """*computed*, of whose frames those in *span* are read from a file that a :class:`Tee` wrote.

    Where the file cannot be read the frames are computed, and *on_fault* is told so: never is an answer wrong.
    """

    def __init__(
        self,
        computed: Video,
        span: range,
        path: Path,
        *,
        tally: Tally | None = None,
        on_fault: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.shape = computed.shape
        self._computed, self._span, self._path = computed, span, path
        self._tally, self._on_fault = tally, on_fault
        self._profile = exact_profile(self.shape)

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        index = first
        if first < stop and self._span.start <= first and stop <= self._span.stop:
            try:
                for frame in self._read(first - self._span.start, stop - self._span.start):
                    yield stamped(frame, index, self.shape.frame_rate)
                    index += 1
            except (BrokenMediaError, OSError) as error:
                self._on_fault(str(error))
        if index < stop:
            yield from self._computed.frames(index, stop)

    def _read(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        """Yield the frames *first* ≤ i < *stop* of the file, in the shape's format."""
        graph: GraphLine | None = None
        with Pictures(self._path, self._profile.media_type, self._tally) as source:
            grid = Grid(self.shape.frame_rate, source.time_base)
            frames = source.from_start() if first == 0 else source.from_key_frame(grid.latest_tick(first))
            expected = first
            for frame, ticks in frames:
                index = grid.index_of(ticks)
                if index < expected:
                    continue
                if index != expected:
                    raise BrokenMediaError(f"frame {expected} of what was kept is missing")
                name = frame.format.name
                if (frame.width, frame.height) != (self.shape.width, self.shape.height):
                    raise BrokenMediaError(f"what was kept is {frame.width} × {frame.height}")
                _tag(frame, self.shape.pixel_format)
                if name == self.shape.pixel_format:
                    yield frame
                else:
                    graph = graph or self._reordering(name)
                    yield from graph.through(stamped(frame, index, self.shape.frame_rate))
                expected += 1
                if expected == stop:
                    return
            if graph is not None:
                yield from graph.rest()
        if expected < stop:
            raise BrokenMediaError(f"what was kept ends after {expected} frames")

    def _reordering(self, name: str) -> GraphLine:
        """Return what brings the bytes of RGB back into the order that they had."""
        if self._profile.pixel_format(self.shape.pixel_format) != name or self.shape.pixel_format not in IS_RGB:
            raise BrokenMediaError(f"what was kept is {name}, not {self.shape.pixel_format}")
        filters = (Filter.of("scale", flags=EXACT), pinned(self.shape.pixel_format))
        return GraphLine(replace(self.shape, pixel_format=name), filters, self.shape)


def _tag(frame: av.VideoFrame, pixel_format: str) -> None:
    rgb = pixel_format in IS_RGB
    frame.colorspace, frame.color_range = (RGB_MATRIX, FULL_RANGE) if rgb else (BT709, LIMITED_RANGE)
