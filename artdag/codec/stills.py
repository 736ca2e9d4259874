"""A look at the parts of a picture file before the media library sees it, which shows half a picture without a word."""

from __future__ import annotations

import mmap
import re
from pathlib import Path

from artdag.errors import BrokenMediaError, UnsupportedMediaError

MAX_PACKED_TEXT = 256_000
"""Bytes of packed text in a PNG; zlib makes up to a thousand times as much of them."""

_CUT_OFF = "this picture is cut off"


def check_picture(path: Path, media_type: str) -> None:
    """Walk through a PNG, GIF or JPEG file; others are left to their decoders, which do tell.

    Raises:
        BrokenMediaError: when the file ends before the picture does.
        UnsupportedMediaError: when a PNG holds more packed text than pictures have.
    """
    check = {"image/png": _check_png, "image/gif": _check_gif, "image/jpeg": _check_jpeg}.get(media_type)
    if check is not None:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            check(content)


def _check_png(content: mmap.mmap) -> None:
    at, text = 8, 0
    while at + 12 <= len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if kind == b"zTXt" or (kind == b"iTXt" and _is_packed(content[at + 8 : at + 90])):
            text += length
            if text > MAX_PACKED_TEXT:
                raise UnsupportedMediaError("this PNG holds more packed text than is accepted")
        if kind == b"IEND":
            return
        at += 12 + length
    raise BrokenMediaError(_CUT_OFF)


def _is_packed(international: bytes) -> bool:
    """Return whether an iTXt chunk's text is packed: the byte behind its name, which ends with a zero, says so."""
    name_end = international.find(b"\x00")
    return international[name_end + 1 : name_end + 2] != b"\x00"


def _check_gif(content: mmap.mmap) -> None:
    at = 13 + _colour_table(content[10:11])
    while at < len(content):
        kind = content[at]
        if kind == 0x3B:
            return
        if kind == 0x21:
            at += 2
        elif kind == 0x2C:
            at += 11 + _colour_table(content[at + 9 : at + 10])
        else:
            raise BrokenMediaError("this GIF is damaged")
        while at < len(content) and content[at]:
            at += 1 + content[at]
        at += 1
    raise BrokenMediaError(_CUT_OFF)


def _colour_table(flags: bytes) -> int:
    """Return the bytes of the colour table that a GIF's flags announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


_MARK = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends a stretch of a JPEG's picture data, in which a lone ff is followed by 0, and restarts are marked."""


def _check_jpeg(content: mmap.mmap) -> None:
    at = 2
    while found := _MARK.search(content, at):
        kind = content[found.start() + 1]
        if kind == 0xD9:
            return
        length = int.from_bytes(content[found.end() : found.end() + 2], "big")
        at = found.end() + (0 if kind in (0x01, 0xD8) else max(2, length))
    raise BrokenMediaError(_CUT_OFF)
