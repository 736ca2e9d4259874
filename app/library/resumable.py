"""Files that come in over several requests, and go on where they stopped: after a lost line, a restart, a reload.

The bytes lie in the store's scratch, and the length of that file is the truth about how far an upload is; it is on the
disk before anybody is told. The hash is taken when all bytes are here, by reading them once: what SHA3 holds half-way
cannot be written down, and reading costs two seconds for a gigabyte.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.library.ingest import Incoming, Ingested, TooLargeError, accepted_type, display_name, head_of
from app.library.quota import check_bytes
from app.services import Services
from app.storage.room import check_room
from app.storage.tombstones import Tombstones
from app.storage.upload_index import KEPT_S, UploadIndex, UploadRecord
from artdag.codec.sniff import HEAD_BYTES
from artdag.digest import Digest
from artdag.errors import ArtDagError, BrokenMediaError, IllegalTransitionError, NoRoomError, UnsupportedMediaError
from artdag.identity import Identity

MOST_AT_ONCE = 100
"""Unfinished uploads of one person."""
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class UploadNotFoundError(ArtDagError):
    """There is no such upload: it never was, it expired, or it is somebody else's."""

    code = "upload_not_found"


class OffsetError(IllegalTransitionError):
    """The bytes that are sent do not follow those that are here."""

    code = "wrong_offset"

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.more: dict[str, Any] = {"offset": offset}


class UploadBusyError(ArtDagError):
    """Another request is sending bytes of this upload."""

    code = "upload_busy"
    headers = {"Retry-After": "5"}  # noqa: RUF012 - never changed


class TooManyUploadsError(ArtDagError):
    """There are too many uploads that were never finished."""

    code = "too_many_uploads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far an upload is."""

    record: UploadRecord
    offset: int
    """Where the next byte belongs."""


def begin(services: Services, owner: Identity, *, length: int, filename: str, expected: Digest | None) -> UploadRecord:
    """Open a place for a file of *length* bytes.

    Raises:
        BrokenMediaError: when it would be empty.
        TooLargeError, NoRoomError: when it would not fit.
        TooManyUploadsError: when *owner* has begun too many.
    """
    limit = services.settings.max_upload_bytes
    if length == 0:
        raise BrokenMediaError("the file is empty")
    if length > limit:
        raise TooLargeError(f"the file is larger than the {limit:,} bytes that this server takes")
    index = UploadIndex(services.redis)
    if sum(record.kept is None for record in index.of(owner, services.clock())) >= MOST_AT_ONCE:
        raise TooManyUploadsError(f"{MOST_AT_ONCE} uploads of yours are not finished: finish or end some first")
    check_room(services.settings.cache_dir, length)
    check_bytes(services, owner, length)
    record = UploadRecord(
        upload_id=secrets.token_hex(16),
        owner=owner,
        length=length,
        name=display_name(filename),
        expected=expected,
        expires_at=services.clock() + timedelta(seconds=KEPT_S),
    )
    _place(services, record).touch(mode=0o600, exist_ok=False)
    index.put(record)
    return record


def standing(services: Services, owner: Identity, upload_id: str) -> Standing:
    """Return how far an upload of *owner*'s is.

    All bytes of a file that was never looked into (the server was killed in that moment) count as all but the last, so
    that its sender has one to send and the look is made up for.

    Raises:
        UploadNotFoundError
    """
    record = UploadIndex(services.redis).get(upload_id) if _ID.fullmatch(upload_id) else None
    if record is None or record.owner != owner:
        raise UploadNotFoundError(f"there is no upload {upload_id[:80]!r} of yours; unfinished ones are kept for a day")
    if record.kept is not None:
        return Standing(record=record, offset=record.length)
    try:
        size = _place(services, record).stat().st_size
    except FileNotFoundError:
        raise UploadNotFoundError(f"the bytes of upload {upload_id} are not here any more: begin again") from None
    return Standing(record=record, offset=min(size, record.length - 1))


def standing_of(services: Services, owner: Identity) -> tuple[Standing, ...]:
    """Return *owner*'s uploads that are not finished."""
    open_ones = (one for one in UploadIndex(services.redis).of(owner, services.clock()) if one.kept is None)
    here = (one for one in open_ones if _place(services, one).exists())
    return tuple(standing(services, owner, one.upload_id) for one in here)


def append(
    services: Services, owner: Identity, upload_id: str, offset: int, pieces: Iterator[bytes]
) -> tuple[Standing, Ingested | None]:
    """Write *pieces* behind the *offset* bytes that are here; when they were the last, keep the file.

    What came before *pieces* raised is kept on the disk and counts.

    Raises:
        UploadNotFoundError, UploadBusyError
        OffsetError: when another number of bytes is here.
        TooLargeError: when more come than were announced.
        UnsupportedMediaError, BrokenMediaError: when they are no medium; the upload is over then.
    """
    found = standing(services, owner, upload_id)
    with _alone(_place(services, found.record)) as file:
        found = standing(services, owner, upload_id)  # somebody may have been at it
        record = found.record
        if offset != found.offset:
            raise OffsetError(f"{found.offset:,} bytes are here, so the next piece begins there", found.offset)
        if record.kept is not None:
            return found, None
        os.ftruncate(file, offset)
        os.lseek(file, offset, os.SEEK_SET)
        try:
            offset = _write(file, record, offset, pieces)
        finally:
            os.fsync(file)
            record = replace(record, expires_at=services.clock() + timedelta(seconds=KEPT_S))
            UploadIndex(services.redis).put(record)
        try:
            if offset >= min(HEAD_BYTES, record.length):
                accepted_type(head_of(_place(services, record)))
            kept = _keep(services, record) if offset == record.length else None
        except (UnsupportedMediaError, BrokenMediaError):
            end(services, record, why="it is no medium that is accepted here")
            raise
    if kept is not None:
        record = replace(record, kept=kept.digest, is_new=kept.is_new)
        UploadIndex(services.redis).put(record)
    return Standing(record=record, offset=offset), kept


def end(services: Services, record: UploadRecord, *, why: str) -> None:
    """Forget an upload and its bytes; of a finished one only the bytes that it became stay."""
    UploadIndex(services.redis).forget(record)
    _place(services, record).unlink(missing_ok=True)
    Tombstones(services.redis).add("upload", record.upload_id, at=services.clock(), why=why)


def _write(file: int, record: UploadRecord, offset: int, pieces: Iterator[bytes]) -> int:
    """Return how many bytes are here then. Raises TooLargeError, NoRoomError, and what *pieces* raises."""
    for piece in pieces:
        if offset + len(piece) > record.length:
            raise TooLargeError(f"more bytes come than the {record.length:,} that were announced")
        view = memoryview(piece)
        try:
            while view:
                view = view[os.write(file, view) :]
        except OSError as error:
            raise NoRoomError("there is no room on the server's disk for this file") from error
        offset += len(piece)
    return offset


def _keep(services: Services, record: UploadRecord) -> Ingested:
    with Incoming(services, limit=record.length, upload=services.content.finish(_place(services, record))) as incoming:
        if record.expected is not None and incoming.digest != record.expected:
            message = f"the bytes that came are {incoming.digest}, not those that were announced: send them again"
            raise BrokenMediaError(message)
        return incoming.keep(filename=record.name, owner=record.owner)


def _place(services: Services, record: UploadRecord) -> Path:
    return services.content.scratch / f"resumable-{record.upload_id}"


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """Open the file, with nobody else at it; the lock goes with whoever dies. Raises UploadBusyError."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UploadNotFoundError("this upload ended a moment ago") from None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = "another request is sending bytes of this upload: ask again in a few seconds"
            raise UploadBusyError(message) from None
        yield file
    finally:
        os.close(file)
