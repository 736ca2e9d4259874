"""Files that are small and want to be large, and files that lie about themselves."""

from __future__ import annotations

import functools
import io
import math
import random
import struct
import tempfile
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.builders import a_clip
from tests.hostile.case import BROKEN, REFUSED, REFUSED_TYPE, TAKEN, Case, Traps
from tests.hostile.playlists import box

Make = Callable[[], bytes]
EITHER = TAKEN | BROKEN
OGG_PAGE = b"OggS\0\2" + bytes(8) + b"\1\0\0\0" + bytes(8) + b"\1\1x"
LINK_IN_TAR = b"a".ljust(156, b"\0") + b"2/etc/passwd".ljust(101, b"\0") + b"ustar".ljust(255, b"\0")


def chunk(kind: bytes, data: bytes, *, crc: int | None = None) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc or zlib.crc32(kind + data))


def png(
    width: int, height: int, *, depth: int = 8, colour: int = 2, rows: bytes | None = None, extra: bytes = b""
) -> bytes:
    """A PNG that claims a size; *rows* are what is compressed, nothing where it only claims."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(rows or b"", 9))
    return b"\x89PNG\r\n\x1a\n" + head + extra + data + chunk(b"IEND", b"")


def squeezed(size: int) -> bytes:
    """*size* zeros, compressed, without ever holding them."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(size >> 20)), packer.flush()])


def large_png(width: int, height: int, depth: int, colour: int) -> bytes:
    channels = {0: 1, 2: 3, 6: 4}[colour]
    row = 1 + math.ceil(width * channels * depth / 8)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    data = chunk(b"IDAT", squeezed((row * height >> 20 << 20) + (1 << 20)))
    return b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")


@functools.cache
def small_png() -> bytes:
    return png(8, 8, rows=(b"\0" + bytes(24)) * 8)


def text_bombs(count: int, size: int) -> bytes:
    packed = squeezed(size)
    return png(8, 8, rows=(b"\0" + bytes(24)) * 8, extra=chunk(b"zTXt", b"a\0\0" + packed) * count)


def gif(width: int, height: int, frames: int = 1) -> bytes:
    frame = b"\x21\xf9\4\0\1\0\0\0\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\2\2\x4c\1\0"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + frame * frames + b";"


@functools.cache
def encoded(suffix: str, codec: str, width: int = 64, height: int = 48) -> bytes:
    """A small true file of some kind."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{suffix}"
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=Fraction(25))
            stream.width, stream.height = width, height
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            for number in range(3 if suffix not in ("jpg", "webp") else 1):
                shade = np.full((height, width, 3), number * 40, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
            container.mux(stream.encode())
        return path.read_bytes()


@functools.cache
def clip() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return a_clip(Path(folder) / "clip.mp4").read_bytes()


def patched(find: bytes, change: Callable[[bytearray, int], None], data: Callable[[], bytes] = clip) -> Make:
    """A true file with something changed behind *find*."""

    def make() -> bytes:
        found = bytearray(data())
        place = found.index(find)
        change(found, place + len(find))
        return bytes(found)

    return make


def put(at: int, value: bytes) -> Callable[[bytearray, int], None]:
    def change(data: bytearray, place: int) -> None:
        data[place + at : place + at + len(value)] = value

    return change


def jpeg_that_claims(width: int, height: int) -> bytes:
    return patched(b"\xff\xc0", put(3, struct.pack(">HH", height, width)), lambda: encoded("jpg", "mjpeg"))()


def wav(
    *,
    channels: int = 1,
    rate: int = 8000,
    data: bytes = bytes(800),
    claims: int | None = None,
    code: int = 1,
    bits: int = 16,
) -> bytes:
    form = struct.pack(
        "<HHIIHH", code, channels, rate, (rate * channels * 2) & 0xFFFFFFFF, (channels * bits // 8) & 0xFFFF, bits
    )
    size = len(data) if claims is None else claims
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", (len(body) if claims is None else claims) & 0xFFFFFFFF) + body


def tiff(entries: int, *, next_at: int = 0, width: int = 8, height: int = 8) -> bytes:
    known = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    tags = [*known, *((40_000 + number % 20_000, 4, 1, 0) for number in range(entries))]
    listed = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags) & 0xFFFF) + listed + struct.pack("<I", next_at)


def bmp(width: int, height: int) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + 192, 0, 0, 54) + head + bytes(192)


def webp(width: int, height: int) -> bytes:
    extended = b"\2\0\0\0" + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + extended
    return b"RIFF" + struct.pack("<I", len(body)) + body


def huge_h264() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 16_128, 16_128, "yuv420p"
        stream.options = {"preset": "ultrafast", "x264-params": "threads=1"}
        frame = av.VideoFrame(16_128, 16_128, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


def gap(seconds: int) -> bytes:
    """Two frames, far apart."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream("mjpeg", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 16, 16, "yuvj420p"
        for number in (0, seconds):
            frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
            frame.pts, frame.time_base = number * 25, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


def many_tracks(count: int) -> bytes:
    data = clip()
    at = data.index(b"trak") - 4
    size = struct.unpack(">I", data[at : at + 4])[0]
    track = data[at : at + size]
    movie = data.index(b"moov") - 4
    whole = struct.unpack(">I", data[movie : movie + 4])[0] + size * count
    return data[:movie] + struct.pack(">I", whole) + data[movie + 4 : at] + track * (count + 1) + data[at + size :]


def nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = box(b"moov", data)
    return box(b"ftyp", b"isom" + bytes(4)) + data


def mutated(seed: int, data: Callable[[], bytes] = clip, count: int = 40) -> Make:
    def make() -> bytes:
        dice, found = random.Random(seed), bytearray(data())
        for _ in range(count):
            found[dice.randrange(16, len(found))] = dice.randrange(256)
        return bytes(found)

    return make


def sized(size: int) -> Callable[[bytearray, int], None]:
    return put(4, struct.pack(">I", size))


SHORT: dict[str, tuple[Make, frozenset[int], str]] = {
    "PNG of 65535² at one bit": (lambda: png(65535, 65535, depth=1, colour=0), BROKEN, ""),
    "PNG of 2³¹−1": (lambda: png(2**31 - 1, 2**31 - 1), BROKEN, ""),
    "PNG of no width": (lambda: png(0, 8), BROKEN, ""),
    "PNG with a wrong sum": (lambda: small_png()[:29] + b"\0\0\0\0" + small_png()[33:], TAKEN, ""),
    "PNG without an end": (lambda: small_png()[:-12], BROKEN, "cut off"),
    "PNG without pictures": (lambda: b"\x89PNG\r\n\x1a\n" + small_png()[8:33] + chunk(b"IEND", b""), BROKEN, ""),
    "PNG of 1 × 65535": (lambda: png(1, 65535, rows=b"\0\0\0\0" * 65535), TAKEN, ""),
    "PNG with 40 packed texts": (lambda: text_bombs(40, 8 << 20), REFUSED_TYPE, "packed text"),
    "PNG with a packed profile": (
        lambda: png(8, 8, rows=(b"\0" + bytes(24)) * 8, extra=chunk(b"iCCP", b"a\0\0" + squeezed(64 << 20))),
        EITHER,
        "",
    ),
    "GIF of 65535²": (lambda: gif(65535, 65535), BROKEN, "megapixels"),
    "GIF of 3000 frames": (lambda: gif(16, 16, 3000), TAKEN, ""),
    "GIF that ends in its head": (lambda: gif(16, 16)[:13], BROKEN, ""),
    "JPEG of 65500²": (lambda: jpeg_that_claims(65500, 65500), BROKEN, ""),
    "JPEG of no height": (lambda: jpeg_that_claims(64, 0), BROKEN, ""),
    "JPEG cut in the middle": (lambda: encoded("jpg", "mjpeg")[:200], EITHER, ""),
    "WebP of 16384²": (lambda: webp(16384, 16384), REFUSED_TYPE, ""),
    "TIFF whose next page is itself": (lambda: tiff(0, next_at=8), TAKEN, ""),
    "TIFF of 65000 entries": (lambda: tiff(65000), BROKEN, ""),
    "TIFF of 65535²": (lambda: tiff(0, width=65535, height=65535), BROKEN, ""),
    "BMP upside down and huge": (lambda: bmp(8, -(2**31)), BROKEN, ""),
    "BMP of 2³¹−1": (lambda: bmp(2**31 - 1, 2**31 - 1), BROKEN, ""),
    "MP4 with 10⁹ frames of one length": (patched(b"stts", put(8, struct.pack(">I", 10**9))), EITHER, ""),
    "MP4 with 10⁹ entries of lengths": (patched(b"stts", sized(10**9)), EITHER, ""),
    "MP4 with 10⁹ sizes": (patched(b"stsz", put(8, struct.pack(">I", 10**9))), EITHER, ""),
    "MP4 with 10⁹ places": (patched(b"stco", sized(10**9)), EITHER, ""),
    "MP4 of 400 tracks": (lambda: many_tracks(400), EITHER, ""),
    "MP4 of no tracks": (lambda: box(b"ftyp", b"isom" + bytes(4)) + box(b"moov", b""), BROKEN, ""),
    "MP4 whose boxes hold each other": (lambda: nested(2000), BROKEN, ""),
    "MP4 cut before its index": (lambda: clip()[: len(clip()) // 3], BROKEN, ""),
    "MP4 without pictures": (lambda: clip()[: clip().index(b"mdat") + 4], BROKEN, ""),
    "MP4 whose box is larger than the file": (patched(b"moov", put(-8, b"\x7f\xff\xff\xff")), TAKEN, ""),
    "MP4 whose box has no size": (patched(b"moov", put(-8, bytes(4))), EITHER, ""),
    "MP4 with time backwards": (patched(b"mvhd", put(4 + 8, bytes(4))), EITHER, ""),
    "MP4 of 65535 × 65535 in its index": (patched(b"avc1", put(24, b"\xff\xff\xff\xff")), EITHER, ""),
    "MKV with 10⁸ seconds between two frames": (lambda: gap(10**8), REFUSED_TYPE, "longer than 24 hours"),
    "MKV that ends in its head": (lambda: b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x7f", BROKEN, ""),
    "MKV of endless size": (lambda: b"\x1aE\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7 + bytes(200), BROKEN, ""),
    "WAV of 65535 channels": (lambda: wav(channels=65535), BROKEN, ""),
    "WAV of 4 GHz": (lambda: wav(rate=0xFFFFFFFF), BROKEN, ""),
    "WAV of 0 Hz": (lambda: wav(rate=0), BROKEN, ""),
    "WAV that claims 4 GB": (lambda: wav(claims=0xFFFFFFFF), EITHER, ""),
    "WAV of not-a-number": (
        lambda: wav(code=3, bits=32, data=np.full(400, np.nan, np.float32).tobytes()),
        TAKEN,
        "",
    ),
    "WAV of infinity": (lambda: wav(code=3, bits=32, data=np.full(400, np.inf, np.float32).tobytes()), TAKEN, ""),
    "WAV of nothing": (lambda: wav(data=b""), BROKEN, ""),
    "MP3 whose tag claims 200 MB": (lambda: b"ID3\4\0\0\x5f\x5f\x5f\x5f" + bytes(6000), REFUSED, ""),
    "FLAC of 2³⁶ samples": (lambda: b"fLaC\x80\0\0\x22" + b"\xff" * 34, BROKEN, ""),
    "Ogg of 2000 first pages": (
        lambda: OGG_PAGE * 2000,
        BROKEN,
        "",
    ),
    "nothing at all": (lambda: b"", BROKEN, "empty"),
    "one byte": (lambda: b"\0", REFUSED_TYPE, ""),
    "a megabyte of zeros": (lambda: bytes(1 << 20), REFUSED_TYPE, ""),
    "transport stream of one packet": (lambda: (b"G" + bytes(187)) * 3, REFUSED, ""),
    "AAC of one head": (lambda: b"\xff\xf1\x50\x80\x01\xbf\xfc" + bytes(6), REFUSED, ""),
    "GIF that is a script": (lambda: b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)//", BROKEN, ""),
    "PNG with a page behind it": (lambda: small_png() + b"<html><script>alert(1)</script>", TAKEN, ""),
    "MP4 that is a PDF": (lambda: b"%PDF-1.4\n" + clip(), REFUSED_TYPE, ""),
    "MP4 with a ZIP behind it": (lambda: clip() + b"PK\3\4" + bytes(60) + b"PK\5\6" + bytes(18), TAKEN, ""),
    "ZIP": (lambda: b"PK\3\4" + bytes(60), REFUSED_TYPE, ""),
    "TAR with a link": (lambda: LINK_IN_TAR, REFUSED_TYPE, ""),
    **{f"MP4 mutated, {seed}": (mutated(seed), EITHER, "") for seed in range(8)},
    **{f"WebM mutated, {seed}": (mutated(seed, lambda: encoded("webm", "libvpx")), EITHER, "") for seed in range(4)},
    **{f"JPEG mutated, {seed}": (mutated(seed, lambda: encoded("jpg", "mjpeg"), 10), EITHER, "") for seed in range(4)},
}

LONG: dict[str, tuple[Make, frozenset[int], str]] = {
    "PNG of 16000² at 64 bits": (lambda: large_png(16000, 16000, 16, 6), BROKEN, ""),
    "PNG of 20000² in colour": (lambda: large_png(20000, 20000, 8, 2), BROKEN, ""),
    "PNG with a text of 200 MB": (lambda: text_bombs(1, 200 << 20), TAKEN, ""),
    "PNG with 60 texts of 50 MB": (lambda: text_bombs(60, 50 << 20), REFUSED_TYPE, ""),
    "H.264 of 16128²": (huge_h264, BROKEN, ""),
    "GIF of 50000 frames of 8000²": (lambda: gif(8000, 8000, 50_000), EITHER, ""),
    "MP4 of 3000 tracks": (lambda: many_tracks(3000), EITHER, ""),
    "Ogg of 10⁵ first pages": (
        lambda: OGG_PAGE * 10**5,
        BROKEN,
        "",
    ),
    **{f"MP4 mutated a lot, {seed}": (mutated(1000 + seed, count=400), EITHER, "") for seed in range(40)},
}


SLOW = {"PNG with a packed profile", "MP4 of 400 tracks", "GIF of 3000 frames", "PNG of 1 × 65535"}
"""Those of the short ones that take seconds."""


def _case(name: str, made: tuple[Make, frozenset[int], str], *, is_long: bool) -> Case:
    make, expect, words = made

    def data(_: Traps) -> bytes:
        return make()

    return Case(name=name, make=data, expect=expect, words=words, is_long=is_long)


CASES = [
    *(_case(name, made, is_long=name in SLOW) for name, made in SHORT.items()),
    *(_case(name, made, is_long=True) for name, made in LONG.items()),
]
