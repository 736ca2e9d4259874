"""Importing files that lie on the server: only from under the configured roots, and never through a link."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.library.ingest import Ingested, TooLargeError, ingest
from app.services import Services
from artdag.errors import ArtDagError, BrokenMediaError, UnsupportedMediaError
from artdag.identity import Identity

MOST_FILES = 1000
_DEEPEST = 16
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class ImportRefusedError(ArtDagError):
    """The path may not be imported: it lies elsewhere, leads through a link, or is no plain file or folder."""

    code = "import_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import."""

    files: tuple[tuple[str, Ingested], ...]
    """(name, what it became)"""
    skipped: tuple[tuple[str, str], ...]
    """(name, why): files of a folder that are no media."""


def import_path(services: Services, path: str, owner: Identity) -> Imported:
    """Take in the file at *path*, or the files of the folder there and below.

    Raises:
        ImportRefusedError: when it may not be imported.
        UnsupportedMediaError, BrokenMediaError: when the one file is no medium.
    """
    with _opened(services.settings.import_roots, path) as descriptor:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            name = Path(path).name
            return Imported(files=((name, _take(services, descriptor, name, owner)),), skipped=())
        files: list[tuple[str, Ingested]] = []
        skipped: list[tuple[str, str]] = []
        for name, file in _files_below(descriptor):
            try:
                files.append((name, _take(services, file, Path(name).name, owner)))
            except (UnsupportedMediaError, BrokenMediaError, ImportRefusedError, TooLargeError) as error:
                skipped.append((name, error.message))
        return Imported(files=tuple(files), skipped=tuple(skipped))


def _take(services: Services, descriptor: int, name: str, owner: Identity) -> Ingested:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise ImportRefusedError(f"{name!r} is no plain file")
    with os.fdopen(os.dup(descriptor), "rb") as file:
        limit = services.settings.max_upload_bytes
        return ingest(services, file, filename=name, owner=owner, limit=limit, came_by="import")


@contextmanager
def _opened(roots: tuple[Path, ...], path: str) -> Iterator[int]:
    """Yield a descriptor of what lies at *path*, reached from a root step by step, each step no link."""
    if not roots:
        raise ImportRefusedError("no folder is open for import: IMPORT_ROOTS is not set")
    refused = ImportRefusedError("this path does not lie in a folder that is open for import")
    wanted = Path(path)
    if "\0" in path or not wanted.is_absolute() or ".." in wanted.parts:
        raise refused
    root = next((root for root in roots if wanted == root or root in wanted.parents), None)
    if root is None:
        raise refused
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        parts = wanted.relative_to(root).parts
        for position, part in enumerate(parts):
            descriptor = _step(descriptor, part, is_last=position == len(parts) - 1)
        yield descriptor
    finally:
        os.close(descriptor)


def _step(folder: int, name: str, *, is_last: bool) -> int:
    """Open *name* in *folder*, close *folder*, return the new descriptor."""
    try:
        found = os.open(name, _FILE if is_last else _FOLDER, dir_fd=folder)
    except OSError as error:  # absent, a link, a socket, a name that is too long: all the same to strangers
        raise ImportRefusedError("there is no file or folder at this path that may be imported") from error
    os.close(folder)
    return found


def _files_below(folder: int) -> Iterator[tuple[str, int]]:
    """Yield (path below *folder*, descriptor) of its plain files; each is closed when the next is asked for."""
    waiting: list[tuple[str, int, int]] = [("", os.dup(folder), 0)]
    count = 0
    try:
        while waiting:
            path, descriptor, depth = waiting.pop()
            try:
                for entry in sorted(os.listdir(descriptor)):  # noqa: PTH208 - a descriptor is no path
                    if entry.startswith("."):
                        continue
                    below = f"{path}{entry}"
                    try:
                        found = os.open(entry, _FILE, dir_fd=descriptor)
                    except OSError:
                        continue  # a link or a socket: neither file nor folder of ours
                    mode = os.fstat(found).st_mode
                    if stat.S_ISDIR(mode) and depth < _DEEPEST:
                        waiting.append((f"{below}/", found, depth + 1))
                        continue
                    try:
                        if stat.S_ISREG(mode):
                            count += 1
                            if count > MOST_FILES:
                                raise ImportRefusedError(f"a folder may hold {MOST_FILES:,} files, no more")
                            yield below, found
                    finally:
                        os.close(found)
            finally:
                os.close(descriptor)
    finally:
        for _, descriptor, _ in waiting:
            os.close(descriptor)
