"""Which packets of a file could stand in another as they are: whole closed groups of pictures, if all of it is certain.

A group begins with a picture that forgets all before it (IDR), so no picture of one group needs, or is shown among,
those of another. Whatever is unusual about a stream makes it none to copy from: then it is decoded and coded again.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from artdag.codec.grid import Grid, Timing
from artdag.codec.parameter_sets import (
    DELIMITER,
    FILLER,
    KEY_SLICE,
    PICTURE_SET,
    SEQUENCE_SET,
    SLICE,
    SUPPLEMENT,
    ParameterSets,
    UnreadableError,
    units_with_lengths,
)
from artdag.media import GroupFacts

MOST_RUNS = 2000
"""A file whose groups are so unlike that more numbers than this tell of them is decoded instead."""
_CONTAINERS = ("mov", "matroska")
_HARMLESS = {SUPPLEMENT, DELIMITER, FILLER}


class GroupSight:
    """Looks at each packet of a picture while a file is probed."""

    def __init__(self, stream: VideoStream) -> None:
        self._sets: ParameterSets | None = None
        self._record = stream.codec_context.extradata or b""
        self._times: list[int] = []
        self._keys: list[int] = []
        self._size = 0
        known = stream.codec_context.name == "h264" and stream.container.format.name.startswith(_CONTAINERS)
        if known and self._record[:1] == b"\1":
            try:
                sets = ParameterSets.parse(self._record)
                one = len(sets.sequences) == 1 and bool(sets.pictures)
                self._sets = sets if one and all(facts.is_plain for facts in sets.facts) and sets.ids else None
            except UnreadableError:
                self._sets = None

    def take(self, packet: Packet[Stream]) -> None:
        """Note what *packet* is; anything unusual ends the looking."""
        if self._sets is None:
            return
        kind = self._kind(packet)
        if kind is None or packet.pts is None or packet.is_discard:
            self._sets = None
            return
        if kind == KEY_SLICE:
            self._keys.append(len(self._times))
        self._times.append(packet.pts)
        self._size += packet.size

    def _kind(self, packet: Packet[Stream]) -> int | None:
        """Return whether *packet* holds a key picture or another; None where it holds something else as well."""
        assert self._sets is not None
        found: set[int] = set()
        try:
            for unit in units_with_lengths(memoryview(packet), self._sets.length_size):
                kind = unit[0] & 31
                repeated = kind in (SEQUENCE_SET, PICTURE_SET)
                if repeated and bytes(unit) not in (*self._sets.sequences, *self._sets.pictures):
                    return None
                if not repeated and kind not in _HARMLESS:
                    found.add(kind)
        except UnreadableError:
            return None
        return found.pop() if found in ({SLICE}, {KEY_SLICE}) else None

    def facts(self, timing: Timing, time_base: Fraction, size: tuple[int, int]) -> GroupFacts | None:
        """Return the groups; None where copying them would not give what decoding does on the grid of *timing*.

        *size* is that of the picture as it is shown.
        """
        if self._sets is None or not self._keys or self._keys[0] != 0 or timing.variable_rate:
            return None
        if any((facts.width, facts.height) != size for facts in self._sets.facts):
            return None
        grid = Grid(timing.frame_rate, time_base)
        shown = [grid.index_of(time - self._times[0]) for time in self._times]
        if sorted(shown) != list(range(timing.frame_count)) or any(shown[key] != key for key in self._keys):
            return None
        lag = max(place - index for place, index in enumerate(shown))
        says = self._sets.facts[0].reordered
        if says is None and lag:
            return None  # players would have to guess how long to wait for a picture
        runs = _runs([*self._keys, timing.frame_count])
        if len(runs) > MOST_RUNS:
            return None
        return GroupFacts(settings=self._record.hex(), runs=runs, lag=max(lag, says or 0), size=self._size)


def _runs(edges: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
    found: list[tuple[int, int, int]] = []
    for first, stop in pairwise(edges):
        begin, length, count = found[-1] if found else (0, 0, 0)
        if length == stop - first:
            found[-1] = (begin, length, count + 1)
        else:
            found.append((first, stop - first, 1))
    return tuple(found)
