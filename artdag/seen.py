"""Which steps were computed before, and whether for more than one plan: what is asked for again is worth keeping.

A table of fixed size in one file, shared by all processes: each step has one place in it, and a step that comes later
takes the place of one that was there. So it may forget; what it says is only ever a reason to keep something.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Collection, Iterable
from pathlib import Path

from artdag.digest import Digest, StepKey

PLACES = 1 << 16
_ENTRY = struct.Struct("<8s7s?")
"""The beginning of the step's key, the beginning of a plan's id, and whether other plans had the step as well."""
_BYTES = PLACES * _ENTRY.size


class SeenSteps:
    """The table of one folder: ``seen``, 1 MB."""

    def __init__(self, root: Path) -> None:
        self._path = root / "seen"

    def note(self, keys: Iterable[StepKey], plan_id: Digest) -> None:
        """Remember that the steps *keys* were computed for a plan; where there is no room, nothing is remembered."""
        plan = _plan(plan_id)
        table = self._opened(write=True)
        if table is None:
            return
        with table:
            for key in keys:
                place, name = _place(key)
                known, by, often = _ENTRY.unpack_from(table, place)
                is_known = known == name
                _ENTRY.pack_into(table, place, name, plan, is_known and (often or by != plan))

    def elsewhere(self, keys: Iterable[StepKey], plan_id: Digest) -> Collection[StepKey]:
        """Return those of *keys* that were computed for another plan before."""
        plan, found = _plan(plan_id), set[StepKey]()
        table = self._opened(write=False)
        if table is None:
            return found
        with table:
            for key in keys:
                place, name = _place(key)
                known, by, often = _ENTRY.unpack_from(table, place)
                if known == name and (often or by != plan):
                    found.add(key)
        return found

    def _opened(self, *, write: bool) -> mmap.mmap | None:
        """Return the table; None where there is none, or no room for one."""
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if write else 0), 0o600)
        except OSError:
            return None
        try:
            if os.fstat(handle).st_size != _BYTES:
                if not write:
                    return None
                os.posix_fallocate(handle, 0, _BYTES)  # a hole that cannot be filled later would kill who writes to it
                os.ftruncate(handle, _BYTES)
            return mmap.mmap(handle, _BYTES)
        except OSError:
            return None
        finally:
            os.close(handle)


def _place(key: StepKey) -> tuple[int, bytes]:
    """Return where a step stands in the table, in bytes, and its name there."""
    whole = bytes.fromhex(key)
    return int.from_bytes(whole[:4], "big") % PLACES * _ENTRY.size, whole[4:12]


def _plan(plan_id: Digest) -> bytes:
    return bytes.fromhex(plan_id)[:7]
