"""A disk that fails: the n-th call of a kind, below one folder, raises an error or ends the process."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CALLS = ("open", "write", "fsync", "replace", "mkdir", "posix_fallocate", "ftruncate")


class Disk:
    """Counts what is asked of the disk below *root*, and lets the *n*-th call go wrong."""

    def __init__(self, root: Path, call: str, n: int, fault: int | None) -> None:
        """Prepare.

        Args:
            root: the folder that is on the bad disk.
            call: one of ``CALLS``.
            n: which one goes wrong, counted from 1.
            fault: the error number; None lets the process end there, before the call.
        """
        self.root, self.call, self.n, self.fault = root, call, n, fault
        self.count = 0
        self.failed_handles: set[int] = set()
        self.synced_again = False
        self._handles: set[int] = set()

    @property
    def was_reached(self) -> bool:
        return self.count >= self.n

    def is_here(self, call: str, arguments: tuple[Any, ...]) -> bool:
        if call in ("write", "fsync", "posix_fallocate", "ftruncate"):
            return arguments[0] in self._handles
        return any(isinstance(one, str | os.PathLike) and str(one).startswith(str(self.root)) for one in arguments)

    def before(self, call: str, arguments: tuple[Any, ...]) -> None:
        if call == "fsync" and arguments[0] in self.failed_handles:
            self.synced_again = True
        if call != self.call or not self.is_here(call, arguments):
            return
        self.count += 1
        if self.count != self.n:
            return
        if self.fault is None:
            os._exit(137)
        if call == "fsync":
            self.failed_handles.add(arguments[0])
        raise OSError(self.fault, os.strerror(self.fault))

    def opened(self, handle: int, arguments: tuple[Any, ...]) -> None:
        if self.is_here("open", arguments):
            self._handles.add(handle)

    def closed(self, handle: int) -> None:
        self._handles.discard(handle)
        self.failed_handles.discard(handle)


@contextmanager
def failing(disk: Disk) -> Iterator[Disk]:
    """Let the disk of this process be *disk*."""
    real = {name: getattr(os, name) for name in (*CALLS, "close")}

    def wrapped(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            if name == "close":
                disk.closed(arguments[0])
                return real["close"](*arguments)
            disk.before(name, arguments)
            found = real[name](*arguments, **more)
            if name == "open":
                disk.opened(found, arguments)
            return found

        return call

    for name in real:
        setattr(os, name, wrapped(name))
    try:
        yield disk
    finally:
        for name, function in real.items():
            setattr(os, name, function)


ERRORS = {"no space": errno.ENOSPC, "quota": errno.EDQUOT, "bad sector": errno.EIO, "read-only": errno.EROFS}
