"""The memory of a process that renders: what is freed stays with it, for the next frame and the next encoder.

An encoder for each group of pictures takes and frees some 100 MB every two seconds. Given back to the kernel each time,
those pages would be cleared again each time: about 3 % of all processor time, measured.
"""

from __future__ import annotations

import ctypes
from functools import cache

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 1 << 30
_LARGEST_FROM_HEAP_BYTES = 32 << 20
"""The most that every version of glibc accepts; a frame of 8192 × 2700 is as large."""


@cache
def keep_freed_memory() -> bool:
    """Ask the C library to keep up to 1 GB of freed memory; return whether it does (other libraries know no such wish).

    It is for the whole process, from now on: for one that renders and ends, or renders again.
    """
    allocator = getattr(ctypes.CDLL(None), "mallopt", None)
    wishes = ((_M_TRIM_THRESHOLD, _KEPT_BYTES), (_M_MMAP_THRESHOLD, _LARGEST_FROM_HEAP_BYTES))
    return allocator is not None and all(allocator(wish, size) for wish, size in wishes)
