"""Looking samples up in tables, a band of rows at a time: what fits into the processor's cache is much faster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

BAND = 64
"""Rows worked on at once."""


def bands(height: int) -> Iterator[slice]:
    """Yield slices of rows that together are all *height* rows."""
    for top in range(0, height, BAND):
        yield slice(top, min(height, top + BAND))


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
