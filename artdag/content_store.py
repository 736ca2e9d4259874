"""The content store: digest -> bytes, written whole, never changed.

On disk: ``blobs/ab/<64 hex>``, read-only files whose SHA3-256 is their name, so that plain tools can verify them.
A blob appears by rename after its bytes and its folder are on the disk; what crashed half-way lies in ``tmp/`` and
is swept. Writing bytes that are there already puts them in the place of those, which heals what went bad on the disk.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from artdag.digest import Digest, digest_file
from artdag.errors import ArtDagError, BlobNotFoundError, CorruptBlobError, DiskError, NoRoomError

_CHUNK_BYTES = 1 << 20
_STALE_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that are stored."""

    digest: Digest
    size: int
    """Bytes."""
    is_new: bool = False
    """True when they were not here before this very write."""


class Upload(Protocol):
    """Bytes on their way in; leaving the ``with`` block without ``commit`` throws them away."""

    path: Path
    size: int

    def write(self, data: bytes) -> None: ...
    def commit(self) -> Blob: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ContentStore(Protocol):
    """Which bytes."""

    def receive(self, *, expected_bytes: int = 0) -> Upload:
        """Return a place to write bytes to; *expected_bytes* are set aside on the disk at once.

        Raises NoRoomError where it has not so many.
        """

    def put_bytes(self, data: bytes) -> Blob: ...

    def put_file(self, path: Path) -> Blob:
        """Take over a finished file: it is moved, not copied, where both lie on one file system."""

    def has(self, digest: Digest) -> bool: ...

    def path(self, digest: Digest) -> Path:
        """Return where the bytes lie, for reading. Raises BlobNotFoundError."""

    def size(self, digest: Digest) -> int:
        """Return the number of bytes. Raises BlobNotFoundError."""

    def read(self, digest: Digest) -> bytes:
        """Return the bytes of a small blob, verified. Raises BlobNotFoundError, CorruptBlobError."""

    def delete(self, digest: Digest) -> None: ...

    def verify(self, digest: Digest) -> None:
        """Hash the bytes again. Raises BlobNotFoundError, CorruptBlobError."""

    def set_aside(self, digest: Digest) -> None:
        """Take bytes that are not what their name says out of the store, without throwing them away."""

    def digests(self, *, after: str = "") -> Iterator[Digest]:
        """Go through all names behind *after* in their order."""


class FileContentStore:
    """Blobs in sharded folders of one file system; safe for many processes at once, with no index."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._blobs = root / "blobs"
        self.aside = root / "damaged"
        """Where damaged bytes lie that were taken out of the store; made when it is needed."""
        self.scratch = root / "tmp"
        """Where files are made before they are published; on the same file system as the blobs."""
        for folder in (self._blobs, self.scratch):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def receive(self, *, expected_bytes: int = 0) -> FileUpload:
        return FileUpload(self, expected_bytes=expected_bytes)

    def finish(self, path: Path) -> FileUpload:
        """Return the upload that the whole file at *path*, in our scratch, is: it is read and hashed now.

        The file stays where it is until ``commit`` takes it.
        """
        return FileUpload(self, path)

    def put_bytes(self, data: bytes) -> Blob:
        with self.receive() as upload:
            upload.write(data)
            return upload.commit()

    def put_file(self, path: Path) -> Blob:
        if path.stat().st_dev != self.scratch.stat().st_dev:
            with self.receive() as upload, path.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    upload.write(chunk)
                blob = upload.commit()
            path.unlink()
            return blob
        with disk_trouble_told():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
            return self._publish(path, digest_file(path), path.stat().st_size)

    def has(self, digest: Digest) -> bool:
        return self._place(digest).exists()

    def path(self, digest: Digest) -> Path:
        place = self._place(digest)
        if not place.exists():
            raise BlobNotFoundError(f"there are no bytes {digest} here")
        return place

    def size(self, digest: Digest) -> int:
        return self.path(digest).stat().st_size

    def read(self, digest: Digest) -> bytes:
        data = self.path(digest).read_bytes()
        if hashlib.sha3_256(data).hexdigest() != digest:
            raise CorruptBlobError(f"the bytes stored as {digest} are not those bytes any more")
        return data

    def delete(self, digest: Digest) -> None:
        self._place(digest).unlink(missing_ok=True)

    def verify(self, digest: Digest) -> None:
        if digest_file(self.path(digest)) != digest:
            raise CorruptBlobError(f"the bytes stored as {digest} are not those bytes any more")

    def set_aside(self, digest: Digest) -> None:
        self.aside.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):  # somebody did the same a moment ago
            self._place(digest).replace(self.aside / digest)

    def digests(self, *, after: str = "") -> Iterator[Digest]:
        for shard in sorted(self._blobs.glob("[0-9a-f][0-9a-f]")):
            if shard.name < after[:2]:
                continue
            for name in sorted(place.name for place in shard.iterdir()):
                if name > after and Digest.fits(name):  # what others leave there (.DS_Store, .nfs…) is none of ours
                    yield Digest(name)

    def sweep(self, *, older_than_s: float = _STALE_S) -> int:
        """Remove what crashed writers left in scratch; return how many entries went."""
        limit, swept = time.time() - older_than_s, 0
        for entry in self.scratch.iterdir():
            with suppress(FileNotFoundError):  # another sweeper, or its writer, was faster
                if entry.stat().st_mtime < limit:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
                    swept += 1
        return swept

    def _place(self, digest: Digest) -> Path:
        return self._blobs / digest[:2] / digest

    def _publish(self, path: Path, digest: Digest, size: int) -> Blob:
        place = self._place(digest)
        try:
            is_new = place.stat().st_size != size
        except FileNotFoundError:
            is_new = True
        with disk_trouble_told():
            self._put_in_place(path, place)
        return Blob(digest, size, is_new=is_new)

    def _put_in_place(self, path: Path, place: Path) -> None:
        path.chmod(0o444)
        if not place.parent.exists():
            place.parent.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(self._blobs)
        # Atomic: a reader sees the whole blob or none. Over what is there, too: that may have gone bad since it was
        # hashed, this was hashed a moment ago, and to take it costs less than to look.
        path.replace(place)
        _sync_folder(place.parent)


class FileUpload:
    """Bytes being written into the store, hashed as they come."""

    def __init__(self, store: FileContentStore, path: Path | None = None, expected_bytes: int = 0) -> None:
        """Begin a new file, and set *expected_bytes* aside for it; or take the one at *path* as it is."""
        self._store = store
        self._hash = hashlib.sha3_256()
        self._is_ours = path is None
        self.path = path or store.scratch / f"upload-{os.getpid()}-{secrets.token_hex(8)}"
        self.size = 0
        with disk_trouble_told():
            made = os.O_CREAT | os.O_EXCL if path is None else 0
            self._file = os.open(self.path, made | os.O_RDWR | os.O_CLOEXEC, 0o600)
        while path is not None and (chunk := os.read(self._file, _CHUNK_BYTES)):
            self._hash.update(chunk)
            self.size += len(chunk)
        self._reserved = 0
        if expected_bytes >= _CHUNK_BYTES:
            self._reserve(expected_bytes)

    def _reserve(self, size: int) -> None:
        """Take the room now, so that no other upload takes it meanwhile."""
        try:
            with disk_trouble_told():
                os.posix_fallocate(self._file, 0, size)
            self._reserved = size
        except OSError as error:
            if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):  # not every file system can
                self.__exit__(None, None, None)
                raise
        except ArtDagError:
            self.__exit__(None, None, None)
            raise

    @property
    def digest(self) -> Digest:
        """The name of what was written so far."""
        return Digest(self._hash.hexdigest())

    def write(self, data: bytes) -> None:
        """Append *data*.

        Raises:
            NoRoomError: when the disk is full.
        """
        self._hash.update(data)
        with disk_trouble_told():
            _write_all(self._file, data)
        self.size += len(data)

    def give_back_room(self) -> None:
        """Let go of room that was set aside beyond what was written."""
        if self._reserved > self.size:
            with disk_trouble_told():
                os.ftruncate(self._file, self.size)
            self._reserved = 0

    def commit(self) -> Blob:
        """Publish the bytes under their name.

        Raises:
            NoRoomError: when the disk is full; some file systems say so only now.
        """
        self.give_back_room()
        with disk_trouble_told():
            os.fsync(self._file)
            return self._store._publish(self.path, self.digest, self.size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)
        if self._is_ours:
            self.path.unlink(missing_ok=True)


_FAILING = (errno.EIO, errno.EROFS, errno.ENXIO, errno.ENODEV, errno.ESTALE)


@contextmanager
def disk_trouble_told() -> Iterator[None]:
    """Say in a sentence what a full or a broken disk says in numbers.

    Nobody tries again on the same file: a sync that failed once may report success the second time for bytes that the
    kernel has thrown away.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoomError("there is no room on the server's disk for this file") from error
        if error.errno in _FAILING:
            raise DiskError(f"the server's disk cannot be written: {os.strerror(error.errno or 0)}") from error
        raise


def _write_all(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]  # a short write is no error to the kernel


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomically(place: Path, data: bytes, *, mode: int = 0o444) -> None:
    """Write a small file so that after a crash there is the old one, the new one, or none: never half."""
    with disk_trouble_told():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = place.parent / f".{place.name}.{os.getpid()}.{secrets.token_hex(4)}"
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
        try:
            _write_all(handle, data)
            os.fsync(handle)
            temporary.replace(place)
            _sync_folder(place.parent)
        finally:
            os.close(handle)
            temporary.unlink(missing_ok=True)
