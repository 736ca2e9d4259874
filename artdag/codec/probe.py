"""A file's facts, found by reading all of its packets and decoding its first picture and first sound: never guessed."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from artdag.codec import demux
from artdag.codec.companions import parse_companion
from artdag.codec.convert import HDR_TRANSFERS
from artdag.codec.display import Orientation, orientation_of, shown_size
from artdag.codec.grid import Timing, timing_of
from artdag.codec.groups import GroupSight
from artdag.codec.sniff import HEAD_BYTES, MEDIA_TYPES, sniff
from artdag.codec.stills import check_picture
from artdag.errors import BrokenMediaError, UnsupportedMediaError
from artdag.media import Kind, MediaFacts, PictureFacts, SoundFacts

MAX_DURATION_S = 24 * 3600

_TELL_LENGTH = ("matroska", "flac")
"""Demuxers that read the length from the file's head; the others that give one estimate it or know all packets."""


def probe(path: Path) -> MediaFacts:
    """Return what is in the file at *path*. All of it is read, little of it decoded.

    Raises:
        UnsupportedMediaError: when the bytes are of no accepted type, codec, size or length.
        BrokenMediaError: when they claim an accepted type but are cut off, empty or cannot be decoded.
    """
    size = path.stat().st_size
    if size == 0:
        raise BrokenMediaError("this file is empty")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    media_type = sniff(head)
    if media_type is None:
        extensions = ", ".join(sorted(item.extension for item in MEDIA_TYPES.values()))
        raise UnsupportedMediaError(f"this file is of no type that is accepted here; accepted are {extensions}")
    if MEDIA_TYPES[media_type].kind is Kind.DATA:
        parse_companion(path, media_type)
        return MediaFacts(kind=Kind.DATA, media_type=media_type, size=size)
    if media_type == "image/webp" and head[12:16] == b"VP8X" and head[20] & 2:
        raise UnsupportedMediaError("moving WebP pictures cannot be decoded here; save the clip as GIF, WebM or MP4")
    check_picture(path, media_type)
    with demux.opened(path, media_type) as container:
        return _facts_of(container, media_type, size)


def _facts_of(container: InputContainer, media_type: str, size: int) -> MediaFacts:
    video, audio = demux.picture_stream(container), demux.sound_stream(container)
    if video is None and audio is None:
        raise BrokenMediaError("this file holds neither pictures nor sound")
    looks = []
    if video is not None:
        avi = container.format.name == "avi"
        sight = None if avi else GroupSight(video)
        looks.append(_Look(video, demux.picture_decoder(video, media_type), ordered=avi, sight=sight))
    if audio is not None:
        looks.append(_Look(audio, demux.sound_decoder(audio, media_type)))
    _read_all(container, looks, media_type)
    picture = _picture_facts(looks[0], video, media_type) if video is not None else None
    sound = _sound_facts(looks[-1], audio) if audio is not None else None
    if picture is not None and sound is None and (demux.is_image(media_type) and len(looks[0].times) == 1):
        return MediaFacts(kind=Kind.IMAGE, media_type=media_type, size=size, picture=picture)
    if picture is not None:
        duration_s = float(picture.frame_count / picture.frame_rate)
        return MediaFacts(
            kind=Kind.VIDEO, media_type=media_type, size=size, duration_s=duration_s, picture=picture, sound=sound
        )
    assert sound is not None
    return MediaFacts(kind=Kind.AUDIO, media_type=media_type, size=size, duration_s=sound.duration_s, sound=sound)


@dataclass(slots=True)
class _Look:
    """What reading the packets of one stream shows."""

    stream: Stream
    decoder: VideoCodecContext | AudioCodecContext
    times: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    first: VideoFrame | AudioFrame | None = None
    packets: int = 0
    cut_off: bool = False
    ordered: bool = False
    """Whether packets have an order only and no times of their own, as in AVI."""
    sight: GroupSight | None = None
    """Of a picture: looks for groups that could be copied."""
    clears: bool = False
    """Whether a GIF's frames leave holes behind, so that later pictures are transparent where the first is not."""

    @property
    def packet_time_base(self) -> Fraction:
        assert self.stream.time_base is not None
        return self.stream.time_base

    @property
    def word(self) -> str:
        return demux.word_for(self.stream.type)

    def take(self, packet: Packet[Stream]) -> None:
        self.packets += 1
        self.cut_off |= packet.is_corrupt
        time = packet.pts if packet.pts is not None and not self.ordered else packet.dts
        if time is None:
            raise BrokenMediaError(f"the {self.word} of this file has no time stamps")
        if self.first is None and packet.size:
            self._decode(packet)
        if self.sight is not None:
            self.sight.take(packet)
        if packet.is_discard:
            return  # needed for decoding what follows, outside of what the file's edit list shows
        skip_start, skip_end = _skipped(packet, self.stream)
        self.times.append(time + skip_start)
        self.ends.append(time + (packet.duration or 0) - skip_end)
        if self.decoder.codec.name == "gif":
            head = bytes(memoryview(packet)[:4])
            self.clears |= head[:3] == b"\x21\xf9\x04" and head[3] >> 2 & 7 in (2, 3)

    def _decode(self, packet: Packet[Stream] | None) -> None:
        try:
            frames = self.decoder.decode(packet)
        except av.FFmpegError as error:
            if isinstance(error, av.EOFError):
                return
            if packet is not None and (packet.is_keyframe or self.packets > 300):
                raise BrokenMediaError(
                    f"the {self.word} of this file cannot be decoded: {demux.reason(error)}"
                ) from error
            return  # a recording that starts between two key frames: nothing can be shown yet
        self.first = next((frame for frame in frames if not frame.is_corrupt), None)

    def finish(self) -> None:
        if self.first is None:
            self._decode(None)
        expected = len(self.stream.index_entries)
        # only this demuxer lists every packet of the file beforehand
        listed = self.stream.container.format.name.startswith("mov") and expected > self.packets
        if self.cut_off or listed:
            raise BrokenMediaError(f"this file is cut off: parts of its {self.word} are missing")
        if self.first is None or not self.times:
            raise BrokenMediaError(f"the {self.word} of this file holds nothing that can be decoded")


def _read_all(container: InputContainer, looks: list[_Look], media_type: str) -> None:
    by_index = {look.stream.index: look for look in looks}
    try:
        for packet in demux.of_the_file(container.demux([look.stream for look in looks]), media_type):
            # an empty packet with a time says that the picture stays; without one it marks the end
            if packet.size or packet.pts is not None or packet.dts is not None:
                by_index[packet.stream_index].take(packet)
    except av.FFmpegError as error:
        raise BrokenMediaError(f"this file cannot be read to its end: {demux.reason(error)}") from error
    for look in looks:
        look.finish()
    if container.format.name.startswith(_TELL_LENGTH) and container.duration:
        declared_s = container.duration / av.time_base
        found_s = max(float(max(look.ends) * look.packet_time_base) for look in looks)
        if declared_s - found_s > max(0.5, declared_s / 10):
            raise BrokenMediaError(
                f"this file is cut off: it should last {declared_s:.2f} s, it ends at {found_s:.2f} s"
            )


def _picture_facts(look: _Look, stream: VideoStream, media_type: str) -> PictureFacts:
    frame = look.first
    assert isinstance(frame, VideoFrame)
    image = demux.is_image(media_type) and len(look.times) == 1
    orientation = orientation_of(frame)
    # a picture's resolution in dots is for printers; browsers do not stretch by it either
    pixel_aspect = None if image else stream.sample_aspect_ratio
    width, height = shown_size(frame.width, frame.height, pixel_aspect, orientation)
    _check_size(width, height, image=image)
    _check_size(frame.width, frame.height, image=image)
    timing = (
        Timing(frame_rate=Fraction(1), frame_count=1, variable_rate=False) if image else _timing(look, stream, frame)
    )
    groups = None
    plain = orientation == Orientation() and (width, height) == (frame.width, frame.height)
    if look.sight is not None and plain and frame.pts == min(look.times):
        assert stream.time_base is not None
        groups = look.sight.facts(timing, stream.time_base, (width, height))
    return PictureFacts(
        width=width,
        height=height,
        frame_rate=timing.frame_rate,
        frame_count=timing.frame_count,
        codec=look.decoder.codec.canonical_name,
        pixel_format=frame.format.name,
        has_alpha=_has_alpha(look, frame),
        rotation=orientation.rotation,
        variable_rate=timing.variable_rate,
        hdr=None if image else HDR_TRANSFERS.get(frame.color_trc),
        groups=groups,
    )


def _timing(look: _Look, stream: VideoStream, frame: VideoFrame) -> Timing:
    time_base = stream.time_base
    assert time_base is not None
    zero = frame.pts if frame.pts is not None and not look.ordered else min(look.times)
    shown = sorted(time for time in look.times if time >= zero) or [zero]
    last_duration = max(look.ends) - shown[-1] if shown else 0
    if len(shown) == 1 and last_duration <= 0 and stream.duration:
        last_duration = stream.duration
    timing = timing_of(shown, max(0, last_duration), time_base, stream.average_rate)
    if timing.frame_count / timing.frame_rate > MAX_DURATION_S:
        raise UnsupportedMediaError(f"this clip is longer than {MAX_DURATION_S // 3600} hours")
    return timing


def _check_size(width: int, height: int, *, image: bool) -> None:
    if image:
        fits = width * height <= demux.MAX_IMAGE_PIXELS
    else:
        fits = max(width, height) <= demux.MAX_VIDEO_WIDTH and min(width, height) <= demux.MAX_VIDEO_HEIGHT
    if not fits:
        raise UnsupportedMediaError(f"this picture is {width} x {height}; {demux.SIZES}")


def _has_alpha(look: _Look, frame: VideoFrame) -> bool:
    if frame.format.name == "pal8":
        return _uses_transparent_colour(frame)
    if look.decoder.codec.name == "gif":  # always decoded with alpha, whether or not it is used
        return look.clears or _is_transparent_somewhere(frame)
    return any(component.is_alpha for component in frame.format.components)


def _uses_transparent_colour(frame: VideoFrame) -> bool:
    indices, palette = bytes(frame.planes[0]), bytes(frame.planes[1])
    line, width = frame.planes[0].line_size, frame.width
    used = set().union(*(indices[row * line : row * line + width] for row in range(frame.height)))
    return any(palette[4 * index + 3] < 255 for index in used)


def _is_transparent_somewhere(frame: VideoFrame) -> bool:
    alpha = bytes(frame.planes[0])[3::4]
    return frame.planes[0].line_size == 4 * frame.width and min(alpha) < 255


def _sound_facts(look: _Look, stream: AudioStream) -> SoundFacts:
    frame = look.first
    assert isinstance(frame, AudioFrame)
    assert stream.time_base is not None
    start = min(look.times)
    if frame.pts is not None and frame.time_base is not None:
        start = round(frame.pts * frame.time_base / stream.time_base)  # some decoders give nothing for the first packet
    end = max(look.ends)
    if stream.container.format.name.startswith("mov") and stream.duration:
        end = min(end, (stream.start_time or 0) + stream.duration)  # the rest only fills the last packet
    duration_s = float((end - start) * stream.time_base)
    if duration_s <= 0 or not frame.sample_rate:
        raise BrokenMediaError("the sound of this file has no length")
    if duration_s > MAX_DURATION_S:
        raise UnsupportedMediaError(f"this sound is longer than {MAX_DURATION_S // 3600} hours")
    return SoundFacts(
        codec=look.decoder.codec.canonical_name,
        sample_rate=frame.sample_rate,
        channels=frame.layout.nb_channels,
        duration_s=duration_s,
    )


def _skipped(packet: Packet[Stream], stream: Stream) -> tuple[int, int]:
    """Return how much of a packet's sound is not to be heard, at its beginning and its end, in ticks."""
    if not isinstance(stream, AudioStream) or not packet.has_sidedata("skip_samples"):
        return 0, 0
    start, end = struct.unpack("<II", bytes(packet.get_sidedata("skip_samples"))[:8])
    ticks = 1 / (stream.rate * packet.time_base)
    # of the demuxers here only this one gives packets a length that counts what is not to be heard
    return int(start * ticks), int(end * ticks) if stream.container.format.name == "mp3" else 0
