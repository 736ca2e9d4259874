"""Writing containers: packets of picture and sound, merged by time, into a file with nothing in it but the media."""

from __future__ import annotations

import contextlib
import heapq
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from artdag.codec.coder import SOUND_BASE, set_up_picture, set_up_sound
from artdag.codec.profile import Profile
from artdag.media import SAMPLE_RATE, VideoShape

_MIN_TIMESCALE = 10_000
"""Ticks per second that players are used to, at least."""


class Muxer:
    """A file being written; use it in ``with``. Streams are added first, then :meth:`write` takes all packets."""

    def __init__(self, path: Path, profile: Profile, frame_rate: Fraction | None) -> None:
        assert profile.container is not None
        options = {"fflags": "+bitexact", **dict(profile.muxing), **_clocks(profile.container, frame_rate)}
        self._profile = profile
        self._container = av.open(str(path), "w", format=profile.container, options=options)
        self._picture: VideoStream | None = None
        self._sound: AudioStream | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing writes what is still held back; after an error that may fail as well, and must not hide the cause.
        with contextlib.suppress(*(() if error is None else (av.FFmpegError,))):
            self._container.close()

    def add_picture(self, shape: VideoShape, record: bytes | None = None) -> None:
        """Add the stream for packets of our coder; or for such, with lengths in them, as *record* tells of."""
        coding = self._profile.picture
        assert coding is not None
        stream = self._container.add_stream(coding.codec, rate=shape.frame_rate)
        assert isinstance(stream, VideoStream)
        set_up_picture(stream.codec_context, self._profile, shape)
        stream.time_base = 1 / shape.frame_rate
        if record is not None:
            stream.codec_context.open()
            stream.codec_context.extradata = record
        self._picture = stream

    def add_sound(self) -> None:
        coding = self._profile.sound
        assert coding is not None
        stream = self._container.add_stream(coding.codec, rate=SAMPLE_RATE)
        assert isinstance(stream, AudioStream)
        set_up_sound(stream.codec_context, coding)
        stream.time_base = SOUND_BASE
        self._sound = stream

    def copy_sound(self, template: AudioStream) -> None:
        coding = self._profile.sound
        assert coding is not None
        self._sound = self._container.add_stream_from_template(template, opaque=False)
        self._sound.codec_context.bit_rate = coding.bit_rate or 0
        self._sound.time_base = SOUND_BASE

    def write(self, picture: Iterable[Packet[Stream]], sound: Iterable[Packet[Stream]]) -> None:
        """Write the header and all packets, in the order of their decoding times, picture first where they meet.

        The order depends on nothing but the packets, so that equal packets give equal files.
        """
        self._container.start_encoding()
        lines = [(self._picture, picture), (self._sound, sound)]
        timed = [_of(stream, packets) for stream, packets in lines if stream is not None]
        for packet in heapq.merge(*timed, key=_begin):
            self._container.mux_one(packet)


def _of(stream: Stream, packets: Iterable[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    for packet in packets:
        packet.stream = stream
        yield packet


def _begin(packet: Packet[Stream]) -> Fraction:
    assert packet.dts is not None
    return packet.dts * packet.time_base


def _clocks(container: str, frame_rate: Fraction | None) -> dict[str, str]:
    """Return the options that let an MP4 file say every time exactly: picture in frames, the whole in samples."""
    if container not in ("mp4", "ipod"):
        return {}
    if frame_rate is None:
        return {"movie_timescale": str(SAMPLE_RATE)}
    ticks = frame_rate.numerator
    while ticks < _MIN_TIMESCALE:
        ticks *= 2
    whole = math.lcm(SAMPLE_RATE, frame_rate.numerator)
    return {"video_track_timescale": str(ticks), "movie_timescale": str(whole if whole < 1 << 31 else SAMPLE_RATE)}
