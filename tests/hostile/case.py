"""What a hostile case is, and the traps that tell whether one got through."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SENTINEL = b"sentinel-7f3a9c-nobody-may-read-this"

REFUSED_TYPE = frozenset({415})
REFUSED = frozenset({415, 422})
BROKEN = frozenset({422})
TAKEN = frozenset({201})


@dataclass(slots=True)
class Traps:
    """Things that nothing hostile may touch."""

    secret: Path
    """A text."""
    clip: Path
    """A medium that could be decoded, outside of the store."""
    pipe: Path
    """Nobody writes to it: whoever opens it for reading is seen."""
    port: int
    """Of a server on loopback that counts who comes."""
    visitors: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def assert_untouched(self) -> None:
        assert self.visitors == [], "something connected to the canary"
        assert self.opened == [], "something opened the pipe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One hostile thing and what has to come of it."""

    name: str
    make: Callable[[Traps], bytes]
    expect: frozenset[int]
    """Statuses that are right."""
    filename: str = "x.mp4"
    is_long: bool = False
    """Takes more than a moment: not in every test run."""
    words: str = ""
    """What the answer has to say."""

    def __str__(self) -> str:
        return self.name


@contextmanager
def laid_traps(folder: Path, clip: bytes) -> Iterator[Traps]:
    """Lay them; each has to be untouched when a case is over."""
    (folder / "secret.txt").write_bytes(SENTINEL)
    (folder / "secret.mp4").write_bytes(clip)
    os.mkfifo(folder / "pipe.ts")
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        traps = Traps(
            secret=folder / "secret.txt",
            clip=folder / "secret.mp4",
            pipe=folder / "pipe.ts",
            port=server.getsockname()[1],
        )
        server.settimeout(0.05)
        watchers = [
            threading.Thread(target=_listen, args=(server, traps, over)),
            threading.Thread(target=_watch_pipe, args=(traps, over)),
        ]
        for watcher in watchers:
            watcher.start()
        try:
            yield traps
        finally:
            over.set()
            for watcher in watchers:
                watcher.join()


def _listen(server: socket.socket, traps: Traps, over: threading.Event) -> None:
    while not over.is_set():
        try:
            visitor, address = server.accept()
        except TimeoutError:
            continue
        traps.visitors.append(str(address))
        visitor.close()


def _watch_pipe(traps: Traps, over: threading.Event) -> None:
    """Writing to a pipe can be begun only while somebody reads from it."""
    while not over.wait(0.02):
        try:
            handle = os.open(traps.pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            continue
        traps.opened.append(str(traps.pipe))
        os.close(handle)
