"""What type a file is, told from its first bytes and never from its name: a closed list, everything else is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from artdag.media import Kind

HEAD_BYTES = 4096
"""How much of a file :func:`sniff` wants to see; less is enough only when the file is shorter."""


@dataclass(frozen=True, slots=True)
class MediaType:
    """How one accepted type is read: *demuxer* is FFmpeg's name, ``None`` where no media library is involved."""

    demuxer: str | None
    extension: str
    kind: Kind
    """What such a file usually holds; the probe decides (an MP4 may hold sound only, a GIF one frame only)."""


MEDIA_TYPES: dict[str, MediaType] = {
    "video/mp4": MediaType("mov", "mp4", Kind.VIDEO),
    "video/quicktime": MediaType("mov", "mov", Kind.VIDEO),
    "audio/mp4": MediaType("mov", "m4a", Kind.AUDIO),
    "video/x-matroska": MediaType("matroska", "mkv", Kind.VIDEO),
    "video/webm": MediaType("matroska", "webm", Kind.VIDEO),
    "video/x-msvideo": MediaType("avi", "avi", Kind.VIDEO),
    "video/mp2t": MediaType("mpegts", "ts", Kind.VIDEO),
    "video/ogg": MediaType("ogg", "ogv", Kind.VIDEO),
    "audio/ogg": MediaType("ogg", "ogg", Kind.AUDIO),
    "audio/wav": MediaType("wav", "wav", Kind.AUDIO),
    "audio/mpeg": MediaType("mp3", "mp3", Kind.AUDIO),
    "audio/flac": MediaType("flac", "flac", Kind.AUDIO),
    "audio/aac": MediaType("aac", "aac", Kind.AUDIO),
    "image/gif": MediaType("gif", "gif", Kind.IMAGE),
    "image/png": MediaType("png_pipe", "png", Kind.IMAGE),
    "image/jpeg": MediaType("jpeg_pipe", "jpg", Kind.IMAGE),
    "image/webp": MediaType("webp_pipe", "webp", Kind.IMAGE),
    "image/bmp": MediaType("bmp_pipe", "bmp", Kind.IMAGE),
    "image/tiff": MediaType("tiff_pipe", "tiff", Kind.IMAGE),
    "application/x-subrip": MediaType(None, "srt", Kind.DATA),
    "text/vtt": MediaType(None, "vtt", Kind.DATA),
    "application/x-cube-lut": MediaType(None, "cube", Kind.DATA),
}
"""Every type that is accepted."""

_NOT_MOVIES = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
"""Brands of still-picture formats that share MP4's boxes and are not accepted."""

_SUBRIP = re.compile(r"\s*\d+[ \t]*\r?\n\d{2,}:\d{2}:\d{2},\d{3} --> \d{2,}:\d{2}:\d{2},\d{3}[ \t]*\r?\n")
_WEBVTT = re.compile(r"WEBVTT(?:[ \t][^\r\n]*)?(?:\r?\n|$)")
_CUBE_WORD = re.compile(
    r"TITLE[ \t]+\".*\"|LUT_[13]D_SIZE[ \t]+\d+|(?:DOMAIN_MIN|DOMAIN_MAX)(?:[ \t]+[-+.\deE]+){3}"
    r"|LUT_[13]D_INPUT_RANGE(?:[ \t]+[-+.\deE]+){2}"
)
_CUBE_SIZE = re.compile(r"^LUT_[13]D_SIZE[ \t]+\d+[ \t]*\r?$", re.MULTILINE)


def sniff(head: bytes) -> str | None:
    """Return the media type (a key of ``MEDIA_TYPES``) of a file that begins with *head*; ``None`` when not accepted.

    *head* is the first ``HEAD_BYTES`` bytes, or the whole file when it is shorter.
    """
    return _boxes(head) or _riff(head) or _magic(head) or _sound(head) or _transport_stream(head) or _text(head)


def _boxes(head: bytes) -> str | None:
    box = head[4:8]
    if box == b"ftyp":
        brand = head[8:12]
        if brand in _NOT_MOVIES:
            return None
        if brand == b"qt  ":
            return "video/quicktime"
        return "audio/mp4" if brand in (b"M4A ", b"M4B ") else "video/mp4"
    # QuickTime from before there was ftyp begins with one of these
    return "video/quicktime" if box in (b"moov", b"mdat", b"wide", b"pnot") else None


def _riff(head: bytes) -> str | None:
    if head[:4] not in (b"RIFF", b"RF64"):
        return None
    return {b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(head[8:12])


def _magic(head: bytes) -> str | None:
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"\x42\x82\x84webm" in head[:64] else "video/x-matroska"
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head else "audio/ogg"
    if head.startswith(b"BM"):
        # two letters are weak evidence; the size of the header that follows is one of these
        return "image/bmp" if int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124) else None
    for magic, media_type in (
        (b"fLaC", "audio/flac"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
    ):
        if head.startswith(magic):
            return media_type
    return None


def _sound(head: bytes) -> str | None:
    """MPEG layer 1-3, AAC in ADTS, or either (or FLAC) behind an ID3 tag."""
    if head.startswith(b"ID3") and len(head) > 10:
        size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        behind = head[10 + size :]
        if not behind:
            return "audio/mpeg"  # the tag (with its cover picture) is longer than what we see
        return "audio/flac" if behind.startswith(b"fLaC") else _sound(behind)
    if len(head) < 8 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        follows = head[length : length + 2]
        return "audio/aac" if length > 7 and (len(follows) < 2 or follows == head[:2]) else None
    frame_bytes = _mpeg_frame_bytes(head)
    if frame_bytes is None:
        return None
    follows = head[frame_bytes : frame_bytes + 2]
    return "audio/mpeg" if len(follows) < 2 or (follows[0] == 0xFF and follows[1] == head[1]) else None


def _mpeg_frame_bytes(head: bytes) -> int | None:
    """Return the length of the MPEG layer III frame that *head* begins with; ``None`` when it is none."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    rate_index, sampling_index, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if head[1] & 0xE0 != 0xE0 or version == 1 or layer != 1 or rate_index in (0, 15) or sampling_index == 3:
        return None
    kilobits = (
        (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
        if version == 3
        else (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    )[rate_index]
    hertz = (44100, 48000, 32000)[sampling_index] >> {3: 0, 2: 1, 0: 2}[version]
    return (144 if version == 3 else 72) * kilobits * 1000 // hertz + padding


def _transport_stream(head: bytes) -> str | None:
    for stride, offset in ((188, 0), (192, 4)):
        marks = head[offset::stride]
        if len(marks) >= 3 and set(marks[: (len(head) - offset) // stride]) == {0x47}:
            return "video/mp2t"
    return None


def _text(head: bytes) -> str | None:
    if b"\x00" in head:
        return None
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(head) < HEAD_BYTES or error.start < len(head) - 3:
            return None
        text = head[: error.start].decode("utf-8-sig")  # the view ends within a character
    if _WEBVTT.match(text):
        return "text/vtt"
    if _SUBRIP.match(text):
        return "application/x-subrip"
    # what begins as a table does is one; the probe reads it strictly, and says which line is wrong
    begins = next((line.strip() for line in text.split("\n") if line.strip() and not line.startswith("#")), "")
    if _CUBE_SIZE.search(text) and _CUBE_WORD.fullmatch(begins):
        return "application/x-cube-lut"
    return None
