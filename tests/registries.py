"""Registries for tests: the development L2 as a process of its own, and one that says whatever a test tells it to."""

from __future__ import annotations

import http.client
import http.server
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

PROJECT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningL2:
    """A development L2 that answers."""

    origin: str
    process: subprocess.Popen[bytes]

    @property
    def host(self) -> str:
        return urlsplit(self.origin).netloc

    def cookie(self, name: str) -> str:
        """Log in as people do, and return the token in the cookie."""
        form = urlencode({"name": name, "password": name})
        answer = self.ask("POST", "/login", form, {"Content-Type": "application/x-www-form-urlencoded"})
        found = re.search(r"auth_token=([^;]+)", answer.headers["Set-Cookie"] or "")
        assert found is not None
        return found[1]

    def token(self, name: str, renderer: str) -> str:
        """Attach *renderer* as people do, and return the token that the browser is sent there with."""
        headers = {"Cookie": f"auth_token={self.cookie(name)}", "Content-Type": "application/x-www-form-urlencoded"}
        answer = self.ask("POST", "/renderers", urlencode({"renderer": renderer}), headers)
        return answer.headers["Location"].partition("auth_token=")[2]

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Said:
        connection = http.client.HTTPConnection(self.host, timeout=20)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Said(status=answer.status, headers=dict(answer.headers.items()), data=answer.read())
        finally:
            connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer."""

    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)


@contextmanager
def running_l2(*options: str, renderers: tuple[str, ...], origin: str | None = None) -> Iterator[RunningL2]:
    """Run a development L2 that knows alice and bob, each with their name as password."""
    origin = origin or f"http://127.0.0.1:{free_port()}"
    known = [word for renderer in renderers for word in ("--renderer", renderer)]
    command = [sys.executable, "-m", "tests.l2dev", "--origin", origin, *known, *options]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection((urlsplit(origin).hostname, urlsplit(origin).port), timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, "the development L2 ended"
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield RunningL2(origin=origin, process=process)
    finally:
        process.terminate()
        process.wait(20)


@dataclass
class FakeL2:
    """A registry that answers as it is told: ``says(method, path, headers, body)`` gives (status, headers, data)."""

    origin: str
    says: Callable[[str, str, dict[str, str], Any], tuple[int, dict[str, str], bytes]]
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return urlsplit(self.origin).netloc


def says_json(record: Any, status: int = 200) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    return lambda *_: (status, {"Content-Type": "application/json"}, json.dumps(record).encode())


@contextmanager
def fake_l2(says: Callable[..., tuple[int, dict[str, str], bytes]] | None = None) -> Iterator[FakeL2]:
    """Serve what a test says, in a thread."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            asked = (self.command, self.path, dict(self.headers.items()), body)
            found.asked.append(asked)
            status, headers, data = found.says(*asked)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _answer  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = FakeL2(f"http://127.0.0.1:{server.server_port}", says or says_json({}, 404))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def raw_answers(*pieces: bytes, pause: threading.Event | None = None) -> Iterator[str]:
    """Yield the origin of a server that answers each connection with *pieces* as they are, then closes.

    Between the pieces it waits for *pause*, where one is given.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    try:
                        _read_whole(connection)
                        for place, piece in enumerate(pieces):
                            if place and pause is not None:
                                pause.wait(30)
                            connection.sendall(piece)
                    except OSError:
                        continue  # the other side had enough

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            if pause is not None:
                pause.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _read_whole(connection: socket.socket) -> None:
    """Read one request to its end: what is left unread would reset the connection and swallow the answer."""
    with connection.makefile("rb") as stream:
        headers = http.client.parse_headers(stream) if stream.readline() else {}
        stream.read(int(headers.get("Content-Length") or 0))
