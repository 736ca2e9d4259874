"""Colour tables (.cube) made fast: what a table does to 8-bit RGB, worked out as far as memory allows.

A table per channel becomes 256 bytes a channel. A cube is read linearly between its eight points around a colour: that
is done beforehand for every pair of red and green, so that a pixel needs two look-ups and one mixture along blue. The
three results lie in one 64-bit number, in fields of 21 bits, and are mixed together: 13 bits of value (1/32 code
value), 8 of weight, and nothing spills over. Where cells are large along blue, they are divided first, which changes
nothing: all is linear within them. So a result, before it is rounded, is off by no more than 1/64 code value and 1/512
of what the cell spans along blue. What a table gives beyond 0..1 is cut off before the step along blue.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from artdag.codec.companions import ColourTable, parse_cube, text_of
from artdag.codec.frame import Plane
from artdag.codec.lookup import bands

FULL = 256
"""The share of a result that is wholly the table's."""
_FEWEST_CELLS = 32
_FIELD = 21
_FINE = 32
_SHIFT = np.uint64(13)
_HALF = np.uint64(sum(1 << (12 + _FIELD * channel) for channel in range(3)))


@dataclass(frozen=True, slots=True)
class Curves:
    """A table of 256 for each channel."""

    values: NDArray[np.float64]
    """(3, 256): code values 0..255, not rounded."""

    def write(self, source: Plane, target: Plane, share: int) -> None:
        """Write (height, width, 3) from *source* to *target*: *share* / 256 of it the table's, the rest as it was."""
        code = np.arange(256)
        mixed = np.rint(code + share / FULL * (self.values - code)).astype(np.uint8)
        for rows in bands(len(source)):
            for channel, table in enumerate(mixed):
                target[rows, :, channel] = np.take(table, source[rows, :, channel], mode="clip")


@dataclass(frozen=True, slots=True)
class Cube:
    """A cube with red and green already looked up."""

    packed: NDArray[np.uint64]
    """Indexed [green, red, point along blue], flat: red, green and blue in fields, in 1/32 code value."""
    count: int
    """Points along blue."""
    blue: NDArray[np.int64]
    """Code value -> its cell."""
    weight: NDArray[np.uint64]
    """Blue -> share of the next point, in 1/256."""

    def write(self, source: Plane, target: Plane, share: int) -> None:
        """Write (height, width, 3) from *source* to *target*: *share* / 256 of it the table's, the rest as it was."""
        for rows in bands(len(source)):
            colours = np.ascontiguousarray(source[rows])
            blue = colours[..., 2]
            # red and the green behind it, read as one number
            index = np.ndarray(blue.shape, "<u2", colours.data, 0, colours.strides[:2]).astype(np.intp)
            index *= self.count
            index += np.take(self.blue, blue, mode="clip")
            weight = np.take(self.weight, blue, mode="clip")
            here = np.take(self.packed, index, mode="clip")
            index += 1
            there = np.take(self.packed, index, mode="clip")
            there *= weight
            np.subtract(np.uint64(FULL), weight, out=weight)
            here *= weight
            here += there
            here += _HALF
            here >>= _SHIFT
            for channel in range(3):
                value = here.astype("<u8", copy=False).view(np.uint8)[:, ::8]
                target[rows, :, channel] = value if share == FULL else _mixed(source[rows, :, channel], value, share)
                here >>= np.uint64(_FIELD)


def _mixed(before: Plane, after: Plane, share: int) -> NDArray[np.uint16]:
    result = before * np.uint16(FULL - share)
    result += after * np.uint16(share)
    result += np.uint16(FULL // 2)
    result >>= np.uint16(8)
    return result


@lru_cache(maxsize=2)
def read_table(data: bytes) -> Curves | Cube:
    """Return what the .cube file *data* does to 8-bit RGB. Raises BrokenMediaError naming the line that is wrong."""
    table = parse_cube(text_of(data))
    return _cube(table) if table.is_3d else _curves(table)


def _curves(table: ColourTable) -> Curves:
    values = np.empty((3, 256))
    for channel in range(3):
        cell, share = _places(table, channel)
        column = table.values[:, channel].astype(np.float64)
        values[channel] = column[cell] * (1 - share) + column[cell + 1] * share
    return Curves(255 * np.clip(values, 0, 1))


def _cube(table: ColourTable) -> Cube:
    (red, red_share), (green, green_share), (blue, blue_share) = (_places(table, channel) for channel in range(3))
    points = table.values.astype(np.float64)
    finer = -(-_FEWEST_CELLS // (table.size - 1))
    count = (table.size - 1) * finer + 1
    packed = np.empty((256, 256, count), np.uint64)
    for point in range(count):  # a plane at a time: the whole, as numbers, would be eight times as large
        before, part = divmod(point, finer)
        plane = points[before] + (part / finer * (points[before + 1] - points[before]) if part else 0)
        across = plane[:, red] * (1 - red_share)[:, None] + plane[:, red + 1] * red_share[:, None]
        colours = across[green] * (1 - green_share)[:, None, None] + across[green + 1] * green_share[:, None, None]
        fields = np.rint(255 * _FINE * np.clip(colours, 0, 1)).astype(np.uint64)
        packed[:, :, point] = fields[..., 0] | fields[..., 1] << _FIELD | fields[..., 2] << 2 * _FIELD
    place = (blue + blue_share) * finer
    cell = np.minimum(place.astype(np.int64), count - 2)
    weight = np.rint(FULL * (place - cell)).astype(np.uint64)
    return Cube(packed.ravel(), count, cell, weight)


def _places(table: ColourTable, channel: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each code value the cell of the table it lies in, and where between its ends; 0..1 outside of none."""
    low, high = table.low[channel], table.high[channel]
    place = np.clip((np.arange(256) / 255 - low) / (high - low), 0, 1) * (table.size - 1)
    cell = np.minimum(place.astype(np.int64), table.size - 2)
    return cell, place - cell
