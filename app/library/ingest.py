"""The one way in for media: hash while writing, sniff, probe in a confined child, and only then keep."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, Self

from app.library.quota import check_bytes
from app.processes.looking import probe_confined
from app.services import Services
from app.storage.media_index import MediaEntry, Origin
from app.storage.room import check_room
from artdag.codec.sniff import HEAD_BYTES, MEDIA_TYPES, sniff
from artdag.content_store import FileUpload
from artdag.digest import Digest
from artdag.errors import ArtDagError, BrokenMediaError, UnsupportedMediaError
from artdag.identity import Identity
from artdag.media import MediaFacts

_CHUNK_BYTES = 1 << 20
_NAME_CHARACTERS = 200
_LOOK_AGAIN_BYTES = 64 << 20
"""After so many bytes it is seen whether the disk still has room: nobody may have said how many there will be."""


class TooLargeError(ArtDagError):
    """The file is larger than this server takes."""

    code = "too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """Bytes that are here now."""

    digest: Digest
    size: int
    facts: MediaFacts
    is_new: bool
    """True when they were not here before, in nobody's library."""
    known_since: datetime | None = None
    """When the owner's library got them, where it had them already."""


def ingest(
    services: Services,
    stream: BinaryIO,
    *,
    filename: str,
    owner: Identity,
    limit: int,
    came_by: Origin = "upload",
) -> Ingested:
    """Take the bytes of *stream* in, and put them into *owner*'s library; on any error nothing is stored.

    Raises:
        TooLargeError: when there are more than *limit* bytes.
        UnsupportedMediaError: when they are of no accepted type; told after the first ones where possible.
        BrokenMediaError: when they cannot be what they claim to be.
        NoRoomError: when the disk is full.
    """
    with Incoming(services, limit=limit) as incoming:
        for chunk in _chunks(stream):
            incoming.write(chunk)
        return incoming.keep(filename=filename, owner=owner, came_by=came_by)


class Incoming:
    """A file on its way in: write to it, then ``keep`` it. Leaving the ``with`` block otherwise forgets it."""

    def __init__(
        self, services: Services, *, limit: int, expected_bytes: int = 0, upload: FileUpload | None = None
    ) -> None:
        """Open a place for it; or take *upload*, which is whole.

        Raises:
            NoRoomError: when *expected_bytes* more would not leave the disk its reserve.
        """
        self._services = services
        self._limit = limit
        if upload is None:
            check_room(services.settings.cache_dir, expected_bytes)
            upload = services.content.receive(expected_bytes=min(expected_bytes, limit))
        self._upload = upload
        # a new one has room set aside on the disk that holds nothing yet
        self._head = head_of(self._upload.path) if self._upload.size else b""
        self._media_type: str | None = None
        self.size = self._upload.size

    @property
    def digest(self) -> Digest:
        """The name of what is here so far."""
        return self._upload.digest

    def write(self, data: bytes) -> None:
        """Append *data*.

        Raises:
            TooLargeError, UnsupportedMediaError, NoRoomError
        """
        if (self.size + len(data)) // _LOOK_AGAIN_BYTES > self.size // _LOOK_AGAIN_BYTES:
            check_room(self._services.settings.cache_dir)
        self.size += len(data)
        if self.size > self._limit:
            raise TooLargeError(f"the file is larger than the {self._limit:,} bytes that this server takes")
        if self._media_type is None:
            self._head += data[: HEAD_BYTES - len(self._head)]
            if len(self._head) == HEAD_BYTES:
                self._sniff()
        self._upload.write(data)

    def keep(self, *, filename: str, owner: Identity, came_by: Origin = "upload") -> Ingested:
        """Look into the whole file, store it, put it into *owner*'s library.

        Raises:
            UnsupportedMediaError, BrokenMediaError, NoRoomError
        """
        if self.size == 0:
            raise BrokenMediaError("the file is empty")
        if self._media_type is None:
            self._sniff()
        return self._store(display_name(filename), owner, came_by)

    def give_back_room(self) -> None:
        """Let go of room that was set aside beyond what came."""
        self._upload.give_back_room()

    def close(self) -> None:
        """Forget what was not kept."""
        self._upload.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _sniff(self) -> None:
        self._media_type = accepted_type(self._head)

    def _store(self, name: str, owner: Identity, came_by: Origin) -> Ingested:
        services, digest = self._services, self._upload.digest
        facts = services.media.fresh_facts(digest) if services.content.has(digest) else None
        if facts is None:
            facts = probe_confined(self._upload.path)
        entry = MediaEntry(name=name, uploaded_at=services.clock(), came_by=came_by)
        known = services.media.entry(owner, digest)
        if known is None:
            check_bytes(services, owner, self.size)
        with services.media.changing(digest):
            blob = self._upload.commit()
            services.media.put_facts(digest, facts)
            services.media.link(owner, digest, entry)
            services.runs.unmark_deleting(digest)  # they are here again
        return Ingested(
            digest=digest,
            size=blob.size,
            facts=facts,
            is_new=blob.is_new,
            known_since=known.uploaded_at if known else None,
        )


def accepted_type(head: bytes) -> str:
    """Return the media type that the first bytes of a file tell. Raises UnsupportedMediaError."""
    found = sniff(head)
    if found is None:
        extensions = ", ".join(sorted({item.extension for item in MEDIA_TYPES.values()}))
        raise UnsupportedMediaError(f"the file is of no type that is accepted here; accepted are {extensions}")
    return found


def head_of(path: Path) -> bytes:
    """Return as much of a file as :func:`accepted_type` wants to see."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def display_name(filename: str) -> str:
    """Return *filename* as the name of what is in it: see :func:`shown_name`, and without folders.

    It is never used as a path.
    """
    return shown_name(PureWindowsPath(PurePosixPath(filename.replace("\0", "")).name).name.strip(" ."))


def shown_name(name: str) -> str:
    """Return *name* fit to be shown: without control characters and marks that turn text around, and not too long."""
    bare = name.replace("\0", "")
    shown = "".join(" " if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") else sign for sign in bare)
    shown = re.sub(r"\s+", " ", shown).strip()
    if len(shown) > _NAME_CHARACTERS:
        stem, dot, extension = shown.rpartition(".")
        tail = f"{dot}{extension}" if stem and len(extension) <= 10 else ""
        shown = shown[: _NAME_CHARACTERS - len(tail) - 1] + "…" + tail
    return shown or "untitled"


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(_CHUNK_BYTES), b"")
