"""Bent pictures: every pixel of the result is fetched from another place of the source, linearly between its samples.

Places are given in pixels of the picture, where pixel (0, 0) covers 0..1 and its middle is (0.5, 0.5); so chroma of
4:2:0, whose sample (0, 0) lies in the middle of four pixels at (1, 1), follows the same places. They become whole
numbers of 1/256 sample, and the arithmetic below them is exact: places that fall on samples give those unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from artdag.codec.bordered import Border, bordered, halved_along
from artdag.codec.frame import SUBSAMPLED, Frame, Plane

Fixed = NDArray[np.int32]
"""Sample coordinates in 1/256; (rows, columns), or with one row or column where all are alike."""
Places = NDArray[np.float64]
"""Coordinates in pixels, shaped likewise."""
Edge = Literal["repeat", "mirror", "background"]
"""What lies beyond the sides: the border again, the picture turned over, or one colour."""
Field = Callable[[slice], tuple[Fixed, Fixed]]
"""Rows of a plane of the result -> x and y of its samples in the same plane of the source."""
Bend = Callable[[Places, Places], tuple[Places, Places]]
"""x (1, columns) and y (rows, 1) of pixels of the result -> where each is fetched from."""

ONE = 256
AREA = 1 << 15
"""Samples worked on at once: what fits into the processor's cache."""
KEPT = 9_000_000
"""Larger planes get their places worked out anew each time, so that maps never fill the memory."""
NUDGE = 2.0**-10
"""Added before rounding, so that a place half way between two steps does not hang on the last bit of a sine."""


_HALVES, _LOW, _HALF = np.uint32(0x00FF00FF), np.uint32(0xFFFF), np.uint32(1 << 15)


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where the samples of a plane lie: sample (i, j) is in the middle of the pixels that it spans."""

    width: int
    height: int
    across: int = 1
    """Pixels that one sample spans."""
    down: int = 1

    @property
    def x(self) -> Places:
        return ((np.arange(self.width, dtype=np.float64) + 0.5) * self.across)[None, :]

    def y(self, rows: slice) -> Places:
        return ((np.arange(self.height, dtype=np.float64)[rows] + 0.5) * self.down)[:, None]

    def halved(self, across: int, down: int) -> Lattice:
        """Return the lattice of the plane that ``halved_along`` gives, so many times each way."""
        wide, high = 1 << across, 1 << down
        return Lattice(-(-self.width // wide), -(-self.height // high), self.across * wide, self.down * high)

    @property
    def bands(self) -> list[slice]:
        """The rows, as many at a time as are worked on at once."""
        count = max(1, AREA // self.width)
        return [slice(top, min(self.height, top + count)) for top in range(0, self.height, count)]


def lattices(width: int, height: int, pixel_format: str) -> tuple[Lattice, Lattice]:
    """Return the lattices of luma (and of opacity, and of R, G and B) and of chroma."""
    whole = Lattice(width, height)
    return whole, Lattice((width + 1) // 2, (height + 1) // 2, 2, 2) if pixel_format in SUBSAMPLED else whole


def halvings_for(factor: float) -> int:
    """Return how often to halve a picture that becomes *factor* times as large: down to two thirds, not at all."""
    count = 0
    while factor * (1 << count) < 2 / 3:
        count += 1
    return count


def fixed(places: Places, span: float) -> Fixed:
    """Return *places* in 1/256 of samples that span *span* pixels each."""
    return np.floor(places * (ONE / span) + (0.5 - ONE / 2 + NUDGE)).astype(np.int32)


def kept_inside(places: Places, length: int, count: int, span: int, edge: Edge) -> Fixed:
    """Return *places* along a side of *length* pixels, or *count* samples, brought to where the source has some."""
    if edge == "mirror":
        places = length - np.abs(length - np.mod(places, 2 * length))
    beyond = 1 if edge == "background" else 0
    near = np.clip(places, -4.0 * span, length + 4.0 * span)
    return np.clip(fixed(near, span), -ONE * beyond, ONE * (count - 1 + beyond))


@dataclass(frozen=True, slots=True)
class Worked:
    """A field that is worked out whenever it is asked."""

    bend: Bend
    target: Lattice
    source: Lattice
    size: tuple[int, int]
    edge: Edge

    def __call__(self, rows: slice) -> tuple[Fixed, Fixed]:
        x, y = self.bend(self.target.x, self.target.y(rows))
        source, (width, height) = self.source, self.size
        return (
            kept_inside(x, width, source.width, source.across, self.edge),
            kept_inside(y, height, source.height, source.down, self.edge),
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """A field that is kept, for pictures that all bend alike."""

    x: Fixed
    y: Fixed

    def __call__(self, rows: slice) -> tuple[Fixed, Fixed]:
        return self.x[rows] if len(self.x) > 1 else self.x, self.y[rows] if len(self.y) > 1 else self.y

    @classmethod
    def of(cls, field: Field, target: Lattice) -> Stored:
        samples = field(slice(0, 2))
        if separate(*samples):
            return cls(*field(slice(None)))
        parts = [field(rows) for rows in target.bands]
        return cls(
            *(
                samples[axis] if len(samples[axis]) == 1 else np.concatenate([part[axis] for part in parts])
                for axis in (0, 1)
            )
        )


def separate(x: Fixed, y: Fixed) -> bool:
    """Return whether x is the same in all rows and y in all columns: such fields take next to no room."""
    return len(x) == 1 and len(y[0]) == 1


def bent(
    width: int,
    height: int,
    pixel_format: str,
    bend: Bend,
    *,
    edge: Edge = "mirror",
    size: tuple[int, int] | None = None,
    halvings: tuple[int, int] = (0, 0),
) -> tuple[Field, Field]:
    """Return the fields of luma and of chroma for one way to bend pictures.

    Keep the result with ``lru_cache``: it takes several times as long as ``remapped``, unless x and y are separate.

    Args:
        width: of the source, in pixels.
        height: of the source.
        pixel_format: of both.
        bend: pixels of the result -> pixels of the source.
        edge: what lies beyond the sides.
        size: of the result, where it differs.
        halvings: what ``remapped`` is given.
    """
    fields: list[Field] = []
    targets = lattices(*(size or (width, height)), pixel_format)
    for target, source in zip(targets, lattices(width, height, pixel_format), strict=True):
        field: Field = Worked(bend, target, source.halved(*halvings), (width, height), edge)
        if target.width * target.height <= KEPT or separate(*field(slice(0, 2))):
            field = fields[0] if fields and target == targets[0] else Stored.of(field, target)
        fields.append(field)
    return fields[0], fields[1]


def remapped(
    picture: Frame,
    fields: tuple[Field, Field],
    *,
    size: tuple[int, int] | None = None,
    border: Border | None = None,
    halvings: tuple[int, int] = (0, 0),
) -> Frame:
    """Return *picture* fetched from the places that *fields* name.

    Args:
        picture: any format; opacity and R, G and B move as luma does.
        fields: of luma and of chroma. They may reach as far outside as the border does.
        size: of the result, where it differs.
        border: what is put around the picture; none by default.
        halvings: how often the source is halved across and down first, against the jagged look of what is made much
            smaller; the fields then speak of the halved planes.
    """
    result = Frame.blank(*(size or (picture.width, picture.height)), picture.pixel_format)
    border = border or Border()
    luma, chroma = lattices(result.width, result.height, picture.pixel_format)
    works: list[tuple[Field, Lattice, list[_Work]]] = [(fields[0], luma, []), (fields[1], chroma, [])]
    for index, (plane, out) in enumerate(zip(_flat(picture), _flat(result), strict=True)):
        coloured = len(picture.planes) > 1 and index in {1, 2}
        fill = border.fill[index] if border.fill else None
        works[coloured][2].append(_Work(plane, out, fill))
    if picture.pixel_format not in SUBSAMPLED:
        works = [(fields[0], luma, works[0][2] + works[1][2])]
    for field, lattice, group in works:
        margin = -(-border.margin // lattice.across)
        at_once = len(group) if lattice.width * lattice.height <= KEPT else 1
        for first in range(0, len(group), at_once):
            some = group[first : first + at_once]
            sources = [bordered(_halved(work.plane, *halvings), margin, border.edge, work.fill) for work in some]
            fetch(sources, margin, field, lattice, [work.out for work in some])
    return result


@dataclass(frozen=True, slots=True)
class _Work:
    plane: Plane
    out: Plane
    fill: int | None


def _flat(picture: Frame) -> list[Plane]:
    """Return the planes, or the channels of a packed format, each (height, width)."""
    if picture.planes[0].ndim == 3:
        return [picture.planes[0][..., channel] for channel in range(picture.planes[0].shape[2])]
    return list(picture.planes)


def _halved(plane: Plane, across: int, down: int) -> Plane:
    for axis, count in ((1, across), (0, down)):
        for _ in range(count):
            plane = halved_along(plane, axis)
    return plane


def fetch(sources: Sequence[Plane], margin: int, field: Field, target: Lattice, outs: Sequence[Plane]) -> None:
    """Write into each of *outs* what lies at the places of *field* in the source beside it.

    Args:
        sources: planes of one size, with *margin* samples before, and one more behind, the first row and column.
        margin: where in them the field's (0, 0) lies.
        field: of these planes.
        target: the lattice of *outs*.
        outs: written.
    """
    many = [gathered(source) for source in sources]
    stride = np.int32(many[0].shape[1])
    origin = np.int32(margin * many[0].shape[1] + margin)
    shape = (target.bands[0].stop, target.width)
    places, value, other = np.empty(shape, np.intp), np.empty(shape, np.uint32), np.empty(shape, np.uint32)
    for rows in target.bands:
        x, y = field(rows)
        count = rows.stop - rows.start
        a, b, index = value[:count], other[:count], places[:count]
        np.add((y >> 8) * stride + origin, x >> 8, out=index)
        right, below = (x & 255).view(np.uint32), (y & 255).view(np.uint32)
        for quads, out in zip(many, outs, strict=True):
            np.take(quads.ravel(), index, out=a, mode="clip")
            np.right_shift(a, 8, out=b)
            a &= _HALVES  # a: the two left samples, the upper one low; b: the two right ones
            b &= _HALVES
            b -= a
            b *= right  # sums may wrap around 2^32 on the way; what comes out is right, each half below 2^16
            a <<= 8
            a += b
            np.right_shift(a, 16, out=b)
            a &= _LOW
            b -= a
            b *= below
            a <<= 8
            a += b
            a += _HALF
            a >>= 16
            out[rows] = a


def gathered(source: Plane) -> NDArray[np.uint32]:
    """Return for each sample four at once: itself, the next, and the two below, from the lowest byte up.

    One row and one column fewer than *source*, which is contiguous.
    """
    height, width = source.shape
    pairs = np.ndarray((height, width - 1), "<u2", source.data, 0, (width, 1))  # each reaches into the next sample
    quads = np.empty((height - 1, width - 1), np.uint32)
    quads[...] = pairs[1:]
    quads <<= 16
    quads |= pairs[:-1]
    return quads
