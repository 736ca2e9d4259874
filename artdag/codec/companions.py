"""Text that comes beside media: subtitles (SubRip, WebVTT) and colour tables (.cube), strictly parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artdag.errors import BrokenMediaError

MAX_BYTES = 16_000_000
MAX_CUES = 100_000
MAX_TABLE_SIZE_3D = 129
MAX_TABLE_SIZE_1D = 65_536


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle, shown from *start_s* to *end_s*; *text* may have several lines and SubRip's or WebVTT's tags."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class ColourTable:
    """A .cube file: colours in 0..1 to colours.

    *values* is (size, 3) for a table per channel, or (size, size, size, 3) indexed [blue, green, red].
    """

    values: NDArray[np.float32]
    low: tuple[float, float, float] = (0.0, 0.0, 0.0)
    high: tuple[float, float, float] = (1.0, 1.0, 1.0)
    title: str = ""

    @property
    def size(self) -> int:
        return int(self.values.shape[0])

    @property
    def is_3d(self) -> bool:
        return self.values.ndim == 4


def parse_companion(path: Path, media_type: str) -> tuple[Cue, ...] | ColourTable:
    """Return what the text file at *path* says.

    Raises:
        BrokenMediaError: when it is too long, not UTF-8, or not what *media_type* should be; the line is named.
    """
    if path.stat().st_size > MAX_BYTES:
        raise BrokenMediaError(f"this text is longer than {MAX_BYTES // 1_000_000} MB")
    text = text_of(path.read_bytes())
    if media_type == "application/x-cube-lut":
        return parse_cube(text)
    return parse_webvtt(text) if media_type == "text/vtt" else parse_subrip(text)


def text_of(data: bytes) -> str:
    """Return the text that *data* is, with plain line ends. Raises BrokenMediaError where it is not UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenMediaError(f"this text is not UTF-8 (byte {error.start})") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        raise BrokenMediaError("this text contains a zero byte")
    return text


def parse_subtitles(data: bytes) -> tuple[Cue, ...]:
    """Return the cues of a SubRip or WebVTT text, whichever it is. Raises BrokenMediaError naming the line."""
    text = text_of(data)
    return parse_webvtt(text) if text.startswith("WEBVTT") else parse_subrip(text)


_SUBRIP_TIMES = re.compile(r"(\d{2,3}):([0-5]\d):([0-5]\d),(\d{3}) --> (\d{2,3}):([0-5]\d):([0-5]\d),(\d{3})\s*")
_WEBVTT_TIMES = re.compile(
    r"(?:(\d{2,3}):)?([0-5]\d):([0-5]\d)\.(\d{3})[ \t]+-->[ \t]+(?:(\d{2,3}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
    r"(?:[ \t]+[^\s:]+:\S+)*[ \t]*"
)


def parse_subrip(text: str) -> tuple[Cue, ...]:
    """Return the cues of a SubRip text: blocks of number, times, lines, separated by empty lines."""
    cues = []
    for line, block in _blocks(text):
        if not block[0].strip().isdecimal():
            raise BrokenMediaError(f"line {line}: a subtitle begins with its number, not {block[0][:40]!r}")
        times = _SUBRIP_TIMES.fullmatch(block[1]) if len(block) > 1 else None
        if times is None:
            raise BrokenMediaError(f"line {line + 1}: times are written 00:00:01,000 --> 00:00:02,000")
        cues.append(_cue(times, block[2:], line + 1))
    return _checked(cues)


def parse_webvtt(text: str) -> tuple[Cue, ...]:
    """Return the cues of a WebVTT text; its NOTE, STYLE and REGION blocks are skipped."""
    cues = []
    for number, (line, block) in enumerate(_blocks(text)):
        if number == 0:
            if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", block[0]):
                raise BrokenMediaError("line 1: a WebVTT text begins with WEBVTT")
            continue
        if re.match(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)", block[0]):
            continue
        at = 0 if "-->" in block[0] else 1  # a cue may have a name
        times = _WEBVTT_TIMES.fullmatch(block[at]) if len(block) > at else None
        if times is None:
            raise BrokenMediaError(f"line {line + at}: times are written 00:00:01.000 --> 00:00:02.000")
        cues.append(_cue(times, block[at + 1 :], line + at))
    return _checked(cues)


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    """Return the runs of non-empty lines, each with the number (from 1) of its first."""
    blocks: list[tuple[int, list[str]]] = []
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            inside = False
        elif inside:
            blocks[-1][1].append(line)
        else:
            blocks.append((number, [line]))
            inside = True
    return blocks


def _cue(times: re.Match[str], lines: list[str], line: int) -> Cue:
    numbers = [int(value or 0) for value in times.groups()]
    start_s, end_s = (h * 3600 + m * 60 + s + ms / 1000 for h, m, s, ms in (numbers[:4], numbers[4:]))
    if end_s < start_s:
        raise BrokenMediaError(f"line {line}: a subtitle ends before it begins")
    return Cue(start_s, end_s, "\n".join(lines))


def _checked(cues: list[Cue]) -> tuple[Cue, ...]:
    if not cues:
        raise BrokenMediaError("this text holds no subtitles")
    if len(cues) > MAX_CUES:
        raise BrokenMediaError(f"this text holds more than {MAX_CUES} subtitles")
    return tuple(cues)


def parse_cube(text: str) -> ColourTable:
    """Return the table of a .cube text (Adobe's Cube LUT Specification 1.0): red varies fastest."""
    size: int | None = None
    is_3d = False
    title = ""
    low, high = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    rows: list[tuple[float, float, float]] = []
    for number, raw in enumerate(text.split("\n"), 1):
        words = raw.split()
        if not words or words[0].startswith("#"):
            continue
        match words[0]:
            case "TITLE":
                title = raw.split(None, 1)[1].strip().strip('"')[:200] if len(words) > 1 else ""
            case "LUT_1D_SIZE" | "LUT_3D_SIZE":
                if size is not None:
                    raise BrokenMediaError(f"line {number}: the size is given twice")
                is_3d = words[0] == "LUT_3D_SIZE"
                size = _table_size(words, number, MAX_TABLE_SIZE_3D if is_3d else MAX_TABLE_SIZE_1D)
            case "DOMAIN_MIN":
                low = _three(words[1:], number)
            case "DOMAIN_MAX":
                high = _three(words[1:], number)
            case "LUT_1D_INPUT_RANGE" | "LUT_3D_INPUT_RANGE":
                ends = _numbers(words[1:], number, 2)
                low, high = (ends[0],) * 3, (ends[1],) * 3
            case _:
                rows.append(_three(words, number))
    if size is None:
        raise BrokenMediaError("this table does not say its size (LUT_3D_SIZE or LUT_1D_SIZE)")
    wanted = size**3 if is_3d else size
    if len(rows) != wanted:
        raise BrokenMediaError(f"this table should have {wanted} lines of colours, it has {len(rows)}")
    if any(a >= b for a, b in zip(low, high, strict=True)):
        raise BrokenMediaError("the table's DOMAIN_MIN is not below its DOMAIN_MAX")
    values = np.array(rows, np.float32)
    return ColourTable(values.reshape(size, size, size, 3) if is_3d else values, low, high, title)


def _table_size(words: list[str], line: int, most: int) -> int:
    if len(words) != 2 or not words[1].isdecimal() or not 2 <= int(words[1][:9]) <= most:
        raise BrokenMediaError(f"line {line}: the size of a table is 2 to {most}")
    return int(words[1])


def _three(words: list[str], line: int) -> tuple[float, float, float]:
    red, green, blue = _numbers(words, line, 3)
    return red, green, blue


def _numbers(words: list[str], line: int, count: int) -> list[float]:
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if len(values) != count or not all(abs(value) < 1e6 for value in values):  # also false for nan
        raise BrokenMediaError(f"line {line}: {count} numbers are expected here")
    return values
