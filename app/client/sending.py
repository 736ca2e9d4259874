"""Sending a file: not at all where the server has the bytes, in pieces that can be resumed where it is large."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.client.answers import FailedError, checked
from app.client.doors import Door, NobodyThereError
from artdag.digest import Digest, digest_file

LARGE_BYTES = 8 << 20
"""From here on a file is asked for by its hash first, and sent in pieces."""
PIECE_BYTES = 16 << 20
_TRIES = 6
_PAUSE_S = 1.0
_PIECE = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


def send(door: Door, file: Path, on_sent: Callable[[int], None] | None = None) -> dict[str, Any]:
    """Let the bytes of *file* be in the library; return their facts, with ``is_new``.

    Raises:
        UsageError: when the server does not take it.
        NobodyThereError, FailedError: when it could not be sent, after several tries; the next call goes on from there.
    """
    if file.stat().st_size < LARGE_BYTES:
        found: dict[str, Any] = checked(door.upload("/cache/upload", file, on_sent=on_sent))
        return found
    digest = digest_file(file)
    (known,) = checked(door.ask("POST", "/cache/have", {"content_hashes": [digest]}))["items"]
    if known["here"]:
        kept_there: dict[str, Any] = checked(door.ask("POST", f"/cache/{digest}/keep", {"name": file.name}))
        return kept_there
    kept = _sent_in_pieces(door, file, digest, on_sent)
    return {**checked(door.ask("GET", f"/cache/{kept}", accept="application/json")), "is_new": True}


def _sent_in_pieces(door: Door, file: Path, digest: Digest, on_sent: Callable[[int], None] | None) -> str:
    """Return the hash that the whole file is kept under."""
    place, offset = _place(door, file, digest)
    length, failures = file.stat().st_size, 0
    with file.open("rb") as opened:
        while True:
            opened.seek(offset)
            try:
                headers = {**_PIECE, "Upload-Offset": str(offset)}
                answer = door.ask("PATCH", place, raw=opened.read(PIECE_BYTES), headers=headers)
                if answer.status in (409, 502, 503, 504):
                    raise NobodyThereError(f"the server answers with status {answer.status}")
                checked(answer)
                offset, failures = int(answer.headers["upload-offset"]), 0
            except NobodyThereError:
                failures += 1
                if failures == _TRIES:
                    raise
                time.sleep(_PAUSE_S * failures)
                offset = _offset(door, place, offset)
                continue
            if on_sent is not None:
                on_sent(offset)
            if name := answer.headers.get("content-location"):
                return name.rpartition("/")[2]
            if offset >= length:
                raise FailedError(f"the server took all of {file.name} and does not say what it is kept under")


def _place(door: Door, file: Path, digest: Digest) -> tuple[str, int]:
    """Return where to send the pieces, and how many bytes are there: of an upload that was broken off, or a new one."""
    length = file.stat().st_size
    begun = checked(door.ask("GET", "/cache/uploads"))["items"]
    for one in begun:
        if one["name"] == file.name and one["length"] == length and not one["content_hash"]:
            return f"/cache/uploads/{one['upload_id']}", int(one["offset"])
    told = {"filename": file.name, "content_hash": digest}
    metadata = ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in told.items())
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": metadata}
    answer = door.ask("POST", "/cache/uploads", headers=headers)
    checked(answer)
    return answer.headers["location"], 0


def _offset(door: Door, place: str, last: int) -> int:
    """Return how much has arrived; what is known of it where nobody answers."""
    try:
        return int(checked(door.ask("GET", place))["offset"])
    except NobodyThereError:
        return last
