"""The decoded sound of an open file, at the file's own rate, from any sample on, without holes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.stream import Discard

from artdag.codec import demux
from artdag.codec.downmix import to_stereo
from artdag.codec.stream import Samples
from artdag.codec.tally import Tally
from artdag.errors import BrokenMediaError

_JITTER_S = Fraction(3, 100)
"""Time stamps up to this far from where the samples before end are rounding, not a gap: containers round to 1 ms."""
_BATCH = 8192
"""Samples that are worked on at once: a decoder's blocks are so small that calling costs more than computing."""


class Track(contextlib.AbstractContextManager["Track"]):
    """One file and one sound decoder, open until the context ends.

    Decoders of lossy sound carry state from block to block, some of it random noise, so that decoding from a later
    place gives other samples: similar to the ear, unequal in bits. Hence sound is always decoded from the file's
    beginning. That costs about half a thousandth of the time it lasts, and pictures on the way are not even read where
    the format has an index.

    Raises:
        BrokenMediaError: when the file is damaged or changes its rate; the time is named.
    """

    rate: int
    """Samples per second."""
    begin_s: Fraction
    """When sample 0 is heard, in the file's own time."""

    def __init__(self, path: Path, media_type: str, tally: Tally | None) -> None:
        self._path = path
        self._media_type = media_type
        self._tally = tally
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        container = self._open.enter_context(demux.opened(self._path, self._media_type))
        stream = demux.sound_stream(container)
        if stream is None or stream.time_base is None:
            raise BrokenMediaError("this file holds no sound with times")
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        self._may_end_anywhere = container.format.name in ("aac", "mp3", "mpegts")
        self._packets = container.demux(stream)
        self._time_base = stream.time_base
        self._decoder = demux.sound_decoder(stream, self._media_type, self._tally)
        self._frames = self._decoded()
        self._leading = next(self._frames, None)
        if self._leading is None:
            raise BrokenMediaError("the sound of this file holds nothing that can be decoded")
        self.rate = self._leading.sample_rate
        self.begin_s = self._time_of(self._leading) or Fraction(0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def samples_from(self, first: int) -> Iterator[Samples]:
        """Yield blocks that together are the samples from *first* on. To be called once."""
        batch: list[AudioFrame] = []
        waiting = 0
        for gap, skip, frame in self._placed():
            if gap or skip or (batch and not _alike(batch[0], frame)) or waiting >= _BATCH:
                yield from _from(first, batch, waiting)
                first, batch, waiting = max(0, first - waiting), [], 0
            for start in range(min(gap, first), gap, _BATCH):
                yield np.zeros((2, min(_BATCH, gap - start)), np.float32)
            first = max(0, first - gap)
            if skip:
                yield from _from(first + skip, [frame], frame.samples)
                first = max(0, first - (frame.samples - skip))
            else:
                batch.append(frame)
                waiting += frame.samples
        yield from _from(first, batch, waiting)

    def _placed(self) -> Iterator[tuple[int, int, AudioFrame]]:
        """Yield (samples of silence before, samples to leave out at its beginning, frame)."""
        position = 0
        most = int(_JITTER_S * self.rate)
        assert self._leading is not None
        frame: AudioFrame | None = self._leading
        while frame is not None:
            if frame.sample_rate != self.rate:
                at = float(self.begin_s + Fraction(position, self.rate))
                raise BrokenMediaError(f"the sound of this file changes its sample rate after {at:.3f} s")
            time_s = self._time_of(frame)
            off = 0 if time_s is None else round((time_s - self.begin_s) * self.rate) - position
            gap = off if off > most else 0
            skip = min(-off, frame.samples) if off < -most else 0
            yield gap, skip, frame
            position += gap + frame.samples - skip
            frame = next(self._frames, None)

    def _time_of(self, frame: AudioFrame) -> Fraction | None:
        return None if frame.pts is None else frame.pts * (frame.time_base or self._time_base)

    def _decoded(self) -> Iterator[AudioFrame]:
        last: AudioFrame | None = None
        half: av.InvalidDataError | None = None
        try:
            for packet in self._packets:
                if not packet.size:
                    continue
                if half is not None:
                    raise half
                try:
                    frames = self._decoder.decode(packet)
                except av.InvalidDataError as error:
                    if not self._may_end_anywhere:
                        raise
                    half = error  # the last packet of a recording may be half a one; another one may not
                    continue
                for last in frames:
                    yield last
            yield from self._decoder.decode(None)
        except av.EOFError:
            return
        except av.FFmpegError as error:
            time_s = None if last is None else self._time_of(last)
            at = "at its beginning" if time_s is None else f"after {float(time_s):.3f} s"
            raise BrokenMediaError(f"the sound of this file is damaged {at}: {demux.reason(error)}") from error


def _alike(one: AudioFrame, other: AudioFrame) -> bool:
    return one.format.name == other.format.name and one.layout.name == other.layout.name


def _from(first: int, frames: list[AudioFrame], count: int) -> Iterator[Samples]:
    """Yield the samples of *frames*, *count* in all, from *first* on."""
    if frames and first < count:
        yield to_stereo(frames)[:, first:]
