"""The one way to open a file that came from outside: closed lists of demuxers, protocols and decoders, bounded sizes.

The media library opens decoders while it looks into a file, before we see anything of it. So every limit is given
twice: to the container, for that look, and to the decoder, for the decoding itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.codec.context import CodecContext, ThreadType
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from artdag.codec.sniff import MEDIA_TYPES
from artdag.codec.tally import Tally
from artdag.errors import BrokenMediaError, UnsupportedMediaError
from artdag.media import Kind

MAX_IMAGE_PIXELS = 120_000_000
MAX_VIDEO_WIDTH = 8192
MAX_VIDEO_HEIGHT = 4320
"""The longer and the shorter side of a video may be so long; which of them is the width does not matter."""

SIZES = (
    f"pictures of up to {MAX_IMAGE_PIXELS // 1_000_000} megapixels"
    f" and video of up to {MAX_VIDEO_WIDTH} x {MAX_VIDEO_HEIGHT} are accepted"
)
_VIDEO_PIXELS = (MAX_VIDEO_WIDTH + 128) * (MAX_VIDEO_HEIGHT + 128)
"""What decoders are held to, a little more: they pad pictures to whole blocks. The probe checks the exact limits."""

IMAGE_DECODERS = {
    "image/gif": ("gif",),
    "image/png": ("png",),
    "image/jpeg": ("mjpeg",),
    "image/webp": ("webp",),
    "image/bmp": ("bmp",),
    "image/tiff": ("tiff", "mjpeg"),
}
VIDEO_DECODERS = (
    *("h264", "hevc", "libdav1d", "av1", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg1video", "mpeg2video", "mpeg4"),
    *("h263", "mjpeg", "prores", "dnxhd", "ffv1", "huffyuv", "ffvhuff", "utvideo", "qtrle", "theora", "rawvideo"),
    "png",
)
AUDIO_DECODERS = (
    *("aac", "mp1float", "mp2float", "mp3float", "mp3", "mp2", "mp1", "flac", "opus", "libopus", "vorbis", "alac"),
    *("ac3", "eac3", "pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be"),
    *("pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_alaw", "pcm_mulaw"),
)

_AnyStream = TypeVar("_AnyStream", VideoStream, AudioStream)
_Stream = TypeVar("_Stream", bound=Stream)


def limits(media_type: str) -> dict[str, str]:
    """Return the options that a decoder of a file of *media_type* is opened with."""
    if media_type in IMAGE_DECODERS:
        decoders: tuple[str, ...] = IMAGE_DECODERS[media_type]
        pixels = _VIDEO_PIXELS if media_type == "image/gif" else MAX_IMAGE_PIXELS * 21 // 20
    else:
        decoders = (*VIDEO_DECODERS, *AUDIO_DECODERS)
        pixels = _VIDEO_PIXELS
    return {"max_pixels": str(pixels), "codec_whitelist": ",".join(decoders)}


@contextlib.contextmanager
def opened(path: Path, media_type: str) -> Iterator[InputContainer]:
    """Open *path* as a file of *media_type* (what :func:`artdag.codec.sniff.sniff` said) and close it afterwards.

    Raises:
        BrokenMediaError: when it cannot be read as that type.
    """
    accepted = MEDIA_TYPES[media_type]
    if accepted.demuxer is None:
        raise UnsupportedMediaError(f"{media_type} holds text, neither pictures nor sound")
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": accepted.demuxer,
        **limits(media_type),
    }
    if accepted.demuxer == "mpegts":
        options["fflags"] = "+discardcorrupt"  # a recording ends (and an hour of it glitches) within a packet
    try:
        # an explicit protocol: a path is never read as an address
        container = av.open(f"file:{path}", "r", format=accepted.demuxer, options=options, metadata_errors="replace")
    except av.FFmpegError as error:
        raise BrokenMediaError(
            f"this {media_type} file cannot be read: {reason(error)}; it may be cut off or damaged"
        ) from error
    with container:
        yield container


def of_the_file(packets: Iterator[Packet[_Stream]], media_type: str) -> Iterator[Packet[_Stream]]:
    """Yield those of *packets* that count: of a still picture's file the first, of any other all.

    What follows a picture in its file is no part of it: a second picture or a film that a camera puts there, or
    rubbish. Only a GIF's pictures are frames of a clip.
    """
    one = is_image(media_type) and media_type != "image/gif"
    for packet in packets:
        yield packet
        if one and packet.size:
            return


def reason(error: av.FFmpegError) -> str:
    """Return the media library's own words, without file names; where they say little, what it may mean."""
    if isinstance(error, av.ArgumentError):  # what decoders answer to a size beyond max_pixels, and to little else
        return f"it may be too large ({SIZES})"
    return (error.strerror or "unknown error").removesuffix(".").lower()


def word_for(kind: str) -> str:
    """Return what a stream of the media library's *kind* is called in messages."""
    return {"video": "picture", "audio": "sound"}.get(kind, kind)


def picture_stream(container: InputContainer) -> VideoStream | None:
    """Return the stream whose pictures are shown: the largest that is no cover picture; the first of equals."""
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    return _preferred(streams, _area)


def sound_stream(container: InputContainer) -> AudioStream | None:
    """Return the stream that is heard: the one marked as default, else the first."""
    return _preferred(list(container.streams.audio), lambda stream: 0)


def _area(stream: VideoStream) -> int:
    known = cast(object, stream.codec_context) is not None  # without a decoder there is none, and no size either
    return stream.width * stream.height if known else 0


def _preferred(streams: list[_AnyStream], worth: Callable[[_AnyStream], int]) -> _AnyStream | None:
    if not streams:
        return None
    return max(streams, key=lambda item: (bool(item.disposition & Disposition.default), worth(item), -item.index))


def picture_decoder(stream: VideoStream, media_type: str, tally: Tally | None = None) -> VideoCodecContext:
    """Return an opened decoder for *stream*, under the limits for *media_type*.

    It has one thread: its frames do not depend on it, and what runs side by side are slices and clips.

    Raises:
        UnsupportedMediaError: when the codec is none that is accepted.
        BrokenMediaError: when the decoder refuses what the file says of it.
    """
    context = _known(stream)
    if has_alpha_track(stream):
        # only these read the second, transparent picture
        context = _twin(context, {"vp8": "libvpx", "vp9": "libvpx-vp9"}[context.codec.canonical_name])
    _open(context, media_type, tally)
    assert isinstance(context, VideoCodecContext)
    return context


def sound_decoder(stream: AudioStream, media_type: str, tally: Tally | None = None) -> AudioCodecContext:
    """Return an opened decoder for *stream*; the rest as for :func:`picture_decoder`."""
    context = _known(stream)
    _open(context, media_type, tally)
    assert isinstance(context, AudioCodecContext)
    return context


def _known(stream: Stream) -> CodecContext:
    context: CodecContext | None = stream.codec_context
    if context is None:
        raise UnsupportedMediaError(
            f"the {word_for(stream.type)} of this file is in a format that no decoder here knows"
        )
    return context


def _open(context: CodecContext, media_type: str, tally: Tally | None) -> None:
    options = limits(media_type)
    if context.codec.name not in options["codec_whitelist"].split(","):
        raise UnsupportedMediaError(
            f"the {word_for(context.type)} codec {context.codec.canonical_name} is not accepted here"
        )
    context.options = options
    context.thread_type = ThreadType.NONE
    context.thread_count = 1
    try:
        context.open(strict=False)
    except av.FFmpegError as error:
        raise BrokenMediaError(
            f"the {word_for(context.type)} of this file cannot be decoded: {reason(error)}"
        ) from error
    if tally is not None:
        tally.decoders_opened += 1


def has_alpha_track(stream: VideoStream) -> bool:
    """Return whether a WebM stream carries transparency beside its pictures."""
    return _known(stream).codec.canonical_name in ("vp8", "vp9") and stream.metadata.get("alpha_mode") == "1"


def _twin(context: CodecContext, name: str) -> VideoCodecContext:
    twin = CodecContext.create(name, "r")
    assert isinstance(twin, VideoCodecContext)
    if context.extradata:
        twin.extradata = context.extradata
    return twin


def is_image(media_type: str) -> bool:
    return MEDIA_TYPES[media_type].kind is Kind.IMAGE
