"""The decoded pictures of an open file, with the times that the file gives them, from the start or from a key frame."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from artdag.codec import demux
from artdag.codec.tally import Tally
from artdag.errors import BrokenMediaError

_SEEKABLE = ("mov", "matroska", "avi", "mpegts")
"""Demuxers that find key frames. A GIF has none, and Ogg's packets have no times of their own: read from the start."""


class Pictures(contextlib.AbstractContextManager["Pictures"]):
    """One file and one decoder, open until the context ends.

    Raises:
        BrokenMediaError: when the file is damaged; the time is named.
    """

    time_base: Fraction
    """Seconds: the unit of all times here."""

    def __init__(self, path: Path, media_type: str, tally: Tally | None) -> None:
        self._path = path
        self._media_type = media_type
        self._tally = tally
        self._open = contextlib.ExitStack()
        self._fresh = True
        self._time: int | None = None

    def __enter__(self) -> Self:
        self._reopen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def seekable(self) -> bool:
        return self._container.format.name.startswith(_SEEKABLE) and not self._ordered

    def from_start(self) -> Iterator[tuple[VideoFrame, int]]:
        """Yield every picture with its time."""
        if not self._fresh:
            self._reopen()  # seeking to the start is not exact in every format; opening is
        self._fresh = False
        packets = demux.of_the_file(self._container.demux(self._stream), self._media_type)
        return self._decoded(packets, earliest=None)

    def from_key_frame(self, target: int) -> Iterator[tuple[VideoFrame, int]]:
        """Yield the pictures from a key frame at or before *target* on; formats without an index may land elsewhere."""
        self._fresh = False
        try:
            self._container.seek(target, stream=self._stream)
        except av.FFmpegError:
            return  # not there: the caller reads from further back
        self._decoder.flush_buffers()
        packets = self._container.demux(self._stream)
        for packet in packets:
            if packet.is_keyframe and packet.size and packet.pts is not None:
                yield from self._decoded(_chained(packet, packets), earliest=packet.pts)
                return

    def _reopen(self) -> None:
        self._open.close()
        container: InputContainer = self._open.enter_context(demux.opened(self._path, self._media_type))
        stream = demux.picture_stream(container)
        if stream is None or stream.time_base is None:
            raise BrokenMediaError("this file holds no picture with times")
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all  # the demuxer then does not even read them, where it can
        self._container, self._stream, self.time_base = container, stream, stream.time_base
        self._decoder: VideoCodecContext = demux.picture_decoder(stream, self._media_type, self._tally)
        # AVI gives packets their order only; where pictures are shown in another, the n-th takes the n-th earliest time
        self._ordered = container.format.name == "avi" and self._decoder.codec.name in ("h264", "hevc")
        self._turns: list[int] = []
        self._fresh = True

    def _decoded(
        self, packets: Iterator[Packet[VideoStream]], *, earliest: int | None
    ) -> Iterator[tuple[VideoFrame, int]]:
        """Yield what *packets* decode to, without pictures before *earliest*: those need others that were not read."""
        shown = earliest is not None
        for frame in self._frames(packets, strict=shown):
            if self._tally is not None:
                self._tally.frames_decoded += 1
            time = self._time_of(frame)
            if earliest is not None and time < earliest:
                continue
            if frame.is_corrupt:
                if not shown:
                    continue
                raise BrokenMediaError(f"the picture of this file is damaged {self._at()}")
            shown, self._time = True, time
            yield frame, time

    def _frames(self, packets: Iterator[Packet[VideoStream]], *, strict: bool) -> Iterator[VideoFrame]:
        """Yield frames as the decoder gives them; unless *strict*, what it cannot decode before the first is passed."""
        try:
            for packet in packets:
                if not packet.size:
                    continue  # the picture stays as it is
                if self._ordered and packet.dts is not None:
                    heapq.heappush(self._turns, packet.dts)
                try:
                    frames = self._decoder.decode(packet)
                except av.InvalidDataError:
                    if strict or packet.is_keyframe:
                        raise
                    continue  # a recording that starts between two key frames: nothing can be shown yet
                strict |= bool(frames)
                yield from frames
            yield from self._decoder.decode(None)
        except av.EOFError:
            return
        except av.FFmpegError as error:
            where = f"the picture of this file is damaged {self._at()}"
            raise BrokenMediaError(f"{where}: {demux.reason(error)}") from error

    def _time_of(self, frame: VideoFrame) -> int:
        if self._ordered and self._turns:
            return heapq.heappop(self._turns)
        time = frame.pts if frame.pts is not None else frame.dts
        if time is None:
            raise BrokenMediaError(f"a picture of this file, {self._at()}, has no time")
        return time

    def _at(self) -> str:
        return "at its beginning" if self._time is None else f"after {float(self._time * self.time_base):.3f} s"


def _chained(first: Packet[VideoStream], rest: Iterator[Packet[VideoStream]]) -> Iterator[Packet[VideoStream]]:
    yield first
    yield from rest
