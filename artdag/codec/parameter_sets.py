"""H.264 parameter sets: what a stream says of itself before its first picture, read and written as MP4 files keep it.

Recommendation ITU-T H.264 says what stands in a sequence parameter set (7.3.2.1, E.1.1), ISO/IEC 14496-15 how MP4 and
Matroska keep the sets of a stream (5.3.3.1, AVCDecoderConfigurationRecord).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

SLICE, KEY_SLICE, SUPPLEMENT, SEQUENCE_SET, PICTURE_SET, DELIMITER, FILLER = 1, 5, 6, 7, 8, 9, 12
"""Types of NAL units."""
BASELINE, MAIN, HIGH = 66, 77, 100
"""Values of profile_idc."""
_ALL_KNOW = 0x40
"""The constraint flag of Baseline streams that Main and High decoders read as well."""
_MOST_REORDERED = 16
_PRIMARIES, _TRANSFERS = (1, 2), (1, 2, 6)
"""BT.709, or nothing said; BT.601 has the same transfer curve."""


class UnreadableError(ValueError):
    """These bytes are no parameter sets, or such as are not known here."""


@dataclass(frozen=True, slots=True)
class SequenceFacts:
    """What a sequence parameter set says."""

    set_id: int
    profile: int
    constraints: int
    level: int
    width: int
    """Pixels, what is cropped away already left out."""
    height: int
    chroma: int
    """chroma_format_idc: 1 is 4:2:0."""
    bits: int
    progressive: bool
    square: bool
    """Whether pixels are said to be square, or nothing is said."""
    full_range: bool
    primaries: int
    transfer: int
    matrix: int
    reordered: int | None
    """Frames that may be shown after one that is coded later; None where nothing is said."""

    @property
    def is_plain(self) -> bool:
        """Whether decoders of High profile show it as it is: 8-bit 4:2:0, progressive, BT.709 matrix, limited range."""
        known = self.profile in (MAIN, HIGH) or (self.profile == BASELINE and bool(self.constraints & _ALL_KNOW))
        shown = self.progressive and self.square and not self.full_range
        colours = self.matrix == 1 and self.primaries in _PRIMARIES and self.transfer in _TRANSFERS
        return known and shown and colours and (self.chroma, self.bits) == (1, 8)


@dataclass(frozen=True)
class ParameterSets:
    """Sequence and picture parameter sets of a stream, each a NAL unit without its length."""

    sequences: tuple[bytes, ...]
    pictures: tuple[bytes, ...]
    length_size: int = 4
    """Bytes that say how long a NAL unit of the stream is."""

    @classmethod
    def parse(cls, extradata: bytes | None) -> Self:
        """Return what *extradata* holds: the record of MP4 files, or NAL units after start codes.

        Raises:
            UnreadableError: when it is neither.
        """
        if not extradata:
            raise UnreadableError("there are no parameter sets")
        if extradata[0] == 1:
            return cls._of_record(extradata)
        units = list(units_after_start_codes(extradata))
        return cls(
            sequences=tuple(unit for unit in units if unit[0] & 31 == SEQUENCE_SET),
            pictures=tuple(unit for unit in units if unit[0] & 31 == PICTURE_SET),
        )

    @classmethod
    def _of_record(cls, record: bytes) -> Self:
        try:
            length_size, place = (record[4] & 3) + 1, 5
            found: list[list[bytes]] = []
            for mask in (31, 255):
                count, place = record[place] & mask, place + 1
                found.append([])
                for _ in range(count):
                    size = int.from_bytes(record[place : place + 2], "big")
                    unit = record[place + 2 : place + 2 + size]
                    if not size or len(unit) < size:
                        raise UnreadableError("a parameter set is cut off")
                    found[-1].append(unit)
                    place += 2 + size
        except IndexError as error:
            raise UnreadableError("the parameter sets are cut off") from error
        return cls(tuple(found[0]), tuple(found[1]), length_size)

    @cached_property
    def facts(self) -> tuple[SequenceFacts, ...]:
        """What the sequence parameter sets say. Raises UnreadableError."""
        return tuple(_sequence_facts(unit) for unit in self.sequences)

    @cached_property
    def ids(self) -> frozenset[tuple[int, int]]:
        """(type, id) of each set: two streams can share a file where none is in both, or the sets are the same."""
        own = [(SEQUENCE_SET, facts.set_id) for facts in self.facts]
        return frozenset([*own, *((PICTURE_SET, _Bits(unit[1:]).unsigned()) for unit in self.pictures)])

    def joined(self, other: ParameterSets) -> ParameterSets:
        """Return the sets of both."""
        return ParameterSets(
            tuple(dict.fromkeys([*self.sequences, *other.sequences])),
            tuple(dict.fromkeys([*self.pictures, *other.pictures])),
        )

    def record(self) -> bytes:
        """Return them as MP4 files keep them, for NAL units with lengths of four bytes.

        The profile named is High, whose decoders read all that is plain (see :class:`SequenceFacts`); the level is the
        highest.
        """
        level = max(facts.level for facts in self.facts)
        head = bytes((1, HIGH, 0, level, 0xFF, 0xE0 | len(self.sequences)))
        tail = bytes((0xFC | 1, 0xF8, 0xF8, 0))  # 4:2:0, 8 bits, 8 bits, no extensions
        return head + _counted(self.sequences) + bytes((len(self.pictures),)) + _counted(self.pictures) + tail


def _counted(units: Sequence[bytes]) -> bytes:
    return b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def units_after_start_codes(data: bytes) -> Iterator[bytes]:
    """Yield the NAL units of *data*, in which each follows the bytes 0 0 1."""
    for part in data.split(b"\0\0\1")[1:]:
        unit = part.rstrip(b"\0")
        if unit:
            yield unit


def with_lengths(data: bytes) -> bytes:
    """Return *data*, NAL units after start codes, with lengths of four bytes before them instead."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units_after_start_codes(data))


def units_with_lengths(data: memoryview, length_size: int) -> Iterator[memoryview]:
    """Yield the NAL units of *data*, each after its length. Raises UnreadableError when one is cut off."""
    place = 0
    while place < len(data):
        size = int.from_bytes(data[place : place + length_size], "big")
        place += length_size
        unit = data[place : place + size]
        if not size or len(unit) < size:
            raise UnreadableError("a NAL unit is cut off")
        yield unit
        place += size


class _Bits:
    """Reads bits, and the numbers that H.264 writes with few of them."""

    def __init__(self, data: bytes) -> None:
        plain = data.replace(b"\0\0\3", b"\0\0")  # the third byte only keeps start codes from appearing
        self._value, self._left = int.from_bytes(plain, "big"), 8 * len(plain)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise UnreadableError("a parameter set is cut off")
        return self._value >> self._left & ((1 << count) - 1)

    def flag(self) -> bool:
        return bool(self.take(1))

    def unsigned(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 31:
                raise UnreadableError("a parameter set holds an endless number")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        number = self.unsigned()
        return (number + 1) // 2 if number & 1 else -(number // 2)


_WITH_CHROMA = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
_ALL_OF_A_TABLE = 255


def _sequence_facts(unit: bytes) -> SequenceFacts:
    bits = _Bits(unit[1:])
    profile, constraints, level, set_id = bits.take(8), bits.take(8), bits.take(8), bits.unsigned()
    chroma, depth = 1, 8
    if profile in _WITH_CHROMA:
        chroma = bits.unsigned()
        if chroma == 3:
            bits.flag()
        depth = 8 + max(bits.unsigned(), bits.unsigned())
        bits.flag()
        if bits.flag():
            _pass_scaling_lists(bits, 12 if chroma == 3 else 8)
    bits.unsigned()  # length of frame numbers
    order = bits.unsigned()
    if order == 0:
        bits.unsigned()
    elif order == 1:
        bits.flag(), bits.signed(), bits.signed()
        for _ in range(min(bits.unsigned(), 255)):
            bits.signed()
    bits.unsigned()  # reference frames
    bits.flag()
    columns, rows = bits.unsigned() + 1, bits.unsigned() + 1
    progressive = bits.flag()
    if not progressive:
        bits.flag()
    bits.flag()
    left, right, top, bottom = (bits.unsigned() for _ in range(4)) if bits.flag() else (0, 0, 0, 0)
    across, down = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1) * (1 if progressive else 2)
    shown = _shown(bits) if bits.flag() else _Shown()
    return SequenceFacts(
        set_id=set_id,
        profile=profile,
        constraints=constraints,
        level=level,
        width=16 * columns - across * (left + right),
        height=16 * rows * (1 if progressive else 2) - down * (top + bottom),
        chroma=chroma,
        bits=depth,
        progressive=progressive,
        square=shown.square,
        full_range=shown.full_range,
        primaries=shown.colours[0],
        transfer=shown.colours[1],
        matrix=shown.colours[2],
        reordered=shown.reordered,
    )


def _pass_scaling_lists(bits: _Bits, count: int) -> None:
    for number in range(count):
        if bits.flag():
            last = following = 8
            for _ in range(16 if number < 6 else 64):
                if following:
                    following = (last + bits.signed()) % 256
                last = following or last


@dataclass(frozen=True, slots=True)
class _Shown:
    """The part on how it is to be shown; 2 stands for colours that nothing is said about."""

    square: bool = True
    full_range: bool = False
    colours: tuple[int, int, int] = (2, 2, 2)
    reordered: int | None = None


def _shown(bits: _Bits) -> _Shown:
    square, full_range, colours = True, False, (2, 2, 2)
    if bits.flag():
        shape = bits.take(8)
        square = bits.take(16) == bits.take(16) if shape == _ALL_OF_A_TABLE else shape in (0, 1)
    if bits.flag():
        bits.flag()
    if bits.flag():
        bits.take(3)
        full_range = bits.flag()
        if bits.flag():
            colours = (bits.take(8), bits.take(8), bits.take(8))
    if bits.flag():
        bits.unsigned(), bits.unsigned()
    if bits.flag():
        bits.take(32), bits.take(32), bits.flag()
    buffers = [bits.flag() and _pass_buffer(bits), bits.flag() and _pass_buffer(bits)]
    if any(buffers):
        bits.flag()
    bits.flag()
    reordered = None
    if bits.flag():
        bits.flag(), bits.unsigned(), bits.unsigned(), bits.unsigned(), bits.unsigned()
        reordered = min(bits.unsigned(), _MOST_REORDERED)
    return _Shown(square, full_range, colours, reordered)


def _pass_buffer(bits: _Bits) -> bool:
    count = min(bits.unsigned() + 1, 32)
    bits.take(8)
    for _ in range(count):
        bits.unsigned(), bits.unsigned(), bits.flag()
    bits.take(20)
    return True
