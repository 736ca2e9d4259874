"""Looking samples up in tables, a band of rows at a time: what fits into the processor's cache is much faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

BAND = 64
"""Rows worked on at once."""
KEPT = 9_000_000
"""Samples of the largest map that is kept; those of larger pictures are worked out anew, so that memory stays free."""


def bands(height: int) -> Iterator[slice]:
    """Yield slices of rows that together are all *height* rows."""
    for top in range(0, height, BAND):
        yield slice(top, min(height, top + BAND))


def by_bands(width: int, height: int, make: Callable[[slice], NDArray[Number]]) -> Callable[[slice], NDArray[Number]]:
    """Return what gives a map's rows, whichever are asked for.

    Args:
        width: of the map.
        height: of the map.
        make: rows -> that part of the map. It is made whole, once, where that is small enough to be kept.
    """
    if width * height > KEPT:
        return make
    whole = np.concatenate([make(rows) for rows in bands(height)])
    return lambda rows: whole[rows]


def looked_up(table: NDArray[Number], plane: NDArray[Any], out: NDArray[Number] | None = None) -> NDArray[Number]:
    """Return *table*'s entry for every sample of *plane*; samples beyond its end take the last one.

    Args:
        table: one dimension.
        plane: whole numbers from 0 on; its first axis are the rows.
        out: where to write, instead of into new memory; of *table*'s type.
    """
    result = np.empty(plane.shape, table.dtype) if out is None else out
    for rows in bands(len(plane)):
        np.take(table, plane[rows], out=result[rows], mode="clip")
    return result
