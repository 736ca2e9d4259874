"""The pipe from a child to its parent: JSON in frames of bounded size, never pickle."""

from __future__ import annotations

import json
import os
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

MAX_MESSAGE_BYTES = 16 * 2**20
"""The largest message, result or error a child may send, as JSON."""

_HEADER = struct.Struct("!4sI")
_MAGIC = b"ArtD"


class GarbageError(ValueError):
    """The child sent something that is not a message."""


def frame(facts: Mapping[str, object]) -> bytes:
    """Return *facts* as bytes for the pipe.

    Raises:
        TypeError, ValueError: when they are not plain JSON values, or too large.
    """
    body = json.dumps(facts, allow_nan=False, separators=(",", ":")).encode()
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(body)} bytes is larger than the allowed {MAX_MESSAGE_BYTES}")
    return _HEADER.pack(_MAGIC, len(body)) + body


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parse(body: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as broken:
        raise GarbageError("its message is not JSON") from broken
    if not isinstance(facts, dict) or len(facts) != 1:
        raise GarbageError("its message has no kind")
    return facts


@dataclass(slots=True)
class FrameReader:
    """Cuts what comes out of the pipe, in whatever pieces, into frames."""

    rest: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        self.rest += data
        while len(self.rest) >= _HEADER.size:
            magic, length = _HEADER.unpack_from(self.rest)
            if magic != _MAGIC or length > MAX_MESSAGE_BYTES:
                raise GarbageError("it wrote something that is not a message")
            end = _HEADER.size + length
            if len(self.rest) < end:
                return
            body = bytes(self.rest[_HEADER.size : end])
            del self.rest[:end]
            yield _parse(body)


class Channel:
    """The child's end of the pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()  # a frame is more than one write, and work may have threads

    def send(self, message: Mapping[str, object]) -> None:
        """Send *message* to the parent's ``on_message``; waits while the parent is busy.

        Raises:
            TypeError, ValueError: when it is not plain JSON, or larger than ``MAX_MESSAGE_BYTES``.
        """
        self.send_frame(frame({"message": message}))

    def send_frame(self, framed: bytes) -> None:
        view = memoryview(framed)
        with self._lock:
            while view:
                view = view[os.write(self._descriptor, view) :]
