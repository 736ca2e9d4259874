"""Seats for bodies that are being read: slow clients may hold some of the web server's threads, never all of them.

A thread reads one body. Media have seats of their own, so that six uploads do not keep anybody from pressing a button,
and both kinds together leave threads for pages. Where all seats are taken, the slowest body loses its seat to who comes
next, once it is as slow as no working line is.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Condition
from typing import Any, ClassVar

from artdag.errors import ArtDagError

MEDIA_AT_ONCE, SMALL_AT_ONCE = 6, 6
"""Of one process, which has 16 threads."""
SMALL_PATIENCE_S = 3.0
"""How long a small body waits for a seat; most are read within a millisecond."""
IDLE_S = 20.0
"""A client that sends nothing for so long is taken for gone."""
SLOW_AFTER_S, SLOW_BYTES_PER_S = 15.0, 16_000
_PIECE_BYTES = 64 << 10


class BusyError(ArtDagError):
    """As many bodies are being read as this process reads at once."""

    code = "busy"
    title = "Too many at once"
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


class Seats:
    """As many bodies as may be read at once."""

    def __init__(self, count: int, *, patience_s: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._count = count
        self._patience_s = patience_s
        self._clock = clock
        self._free = Condition()
        self._taken: list[Body] = []

    def take(self, stream: Any, length: int | None, connection: socket.socket | None) -> Body:
        """Return *stream* with a seat, which it gives back at its end.

        Args:
            stream: a WSGI server's: of its methods only ``read`` is used.
            length: bytes, where they are known.
            connection: what the stream is read from, to be ended when the seat is lost.

        Raises:
            BusyError: when none is free and nobody's body is slow.
        """
        body = Body(self, stream, length, connection, self._clock())
        with self._free:
            if not self._free.wait_for(lambda: len(self._taken) < self._count, self._patience_s):
                slowest = self._slowest()
                if slowest is None:
                    raise BusyError("this server reads as many bodies as it can: try again in a few seconds")
                self._taken.remove(slowest)
                slowest.cut()
            self._taken.append(body)
        if connection is not None:
            connection.settimeout(IDLE_S)
        return body

    def give_back(self, body: Body) -> None:
        with self._free:
            if body in self._taken:
                self._taken.remove(body)
                self._free.notify()

    def _slowest(self) -> Body | None:
        now = self._clock()
        slow = [body for body in self._taken if body.is_slow(now)]
        return min(slow, key=lambda body: body.rate(now), default=None)


class Body:
    """A body on its way in."""

    def __init__(
        self, seats: Seats, stream: Any, length: int | None, connection: socket.socket | None, began: float
    ) -> None:
        self._seats = seats
        self._stream = stream
        self._length = length
        self._connection = connection
        self._began = began
        self._is_over = False
        self.received = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, *size* or fewer; none at the end, and after the seat was lost."""
        wanted = _PIECE_BYTES if size < 0 else min(size, _PIECE_BYTES)
        data: bytes = b"" if self._is_over else self._stream.read(wanted)
        self.received += len(data)
        if not data or (self._length is not None and self.received >= self._length):
            self.close()
        return data

    def close(self) -> None:
        """Give the seat back."""
        if not self._is_over:
            self._is_over = True
            self._seats.give_back(self)
            if self._connection is not None:
                with suppress(OSError):  # it may be gone
                    self._connection.settimeout(None)  # the answer may take its time

    def cut(self) -> None:
        """End the connection, so that whoever waits for its bytes waits no longer."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def is_slow(self, now: float) -> bool:
        return now - self._began > SLOW_AFTER_S and self.rate(now) < SLOW_BYTES_PER_S

    def rate(self, now: float) -> float:
        """Bytes per second."""
        return self.received / max(now - self._began, 1e-3)


MEDIA = Seats(MEDIA_AT_ONCE)
SMALL = Seats(SMALL_AT_ONCE, patience_s=SMALL_PATIENCE_S)
