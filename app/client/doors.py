"""Ways to a server for programs of ours: over HTTP, or to one in this very process; both are asked the same."""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

_CHUNK_BYTES = 1 << 20
_ANSWER_S = 60.0


class NobodyThereError(Exception):
    """No server answers at the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said."""

    status: int
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""

    @property
    def json(self) -> Any:
        """The body as plain data; an empty dict where it is none."""
        try:
            return json.loads(self.data)
        except ValueError:
            return {}


class Door(Protocol):
    """Somebody who answers as the API is described."""

    address: str
    """For people."""

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Return the answer to a request with a JSON body, or with *raw* bytes, or none. Raises NobodyThereError."""

    def upload(self, path: str, file: Path, *, on_sent: Callable[[int], None] | None = None) -> Answer:
        """Send *file* as the multipart field ``file``; *on_sent* hears how many bytes went. Raises NobodyThereError."""

    def fetch(self, path: str, target: BinaryIO) -> int:
        """Write the body of the answer to *target* and return its status. Raises NobodyThereError."""

    def work(self) -> None:
        """Do what waits, where nobody else does."""


class HttpDoor:
    """A server over HTTP."""

    def __init__(self, address: str, token: str | None = None) -> None:
        """Remember *address*, such as ``http://localhost:8100``. Raises ValueError where it is none."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{address!r} is not an address such as http://localhost:8100")
        self.address = address.rstrip("/")
        self._is_secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        data = json.dumps(body).encode() if body is not None else raw
        kind = {"Content-Type": "application/json"} if body is not None else {}
        with _Exchange(self, method, path, data, {"Accept": accept, **kind, **(headers or {})}) as response:
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answer(status=response.status, data=response.read(), headers=told)

    def upload(self, path: str, file: Path, *, on_sent: Callable[[int], None] | None = None) -> Answer:
        boundary = secrets.token_hex(16)
        name = file.name.replace("\\", "_").replace('"', "_").replace("\r", "_").replace("\n", "_")
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        tail = f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(head) + file.stat().st_size + len(tail)),
        }
        with _Exchange(self, "POST", path, _pieces(head, file, tail, on_sent), headers) as response:
            return Answer(status=response.status, data=response.read())

    def fetch(self, path: str, target: BinaryIO) -> int:
        with _Exchange(self, "GET", path, None, {}) as response:
            while chunk := response.read(_CHUNK_BYTES):
                target.write(chunk)
            return response.status

    def work(self) -> None:
        """Leave it to the server's workers."""

    def connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._is_secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=_ANSWER_S)

    def full(self, path: str) -> str:
        return self._prefix + path

    @property
    def headers(self) -> dict[str, str]:
        return dict(self._headers)


class _Exchange:
    """One request and its answer; network trouble of any kind means that nobody is there."""

    def __init__(self, door: HttpDoor, method: str, path: str, body: Any, headers: Mapping[str, str]) -> None:
        self._door = door
        self._request = (method, door.full(path), body, {**door.headers, **headers})
        self._connection = door.connect()

    def __enter__(self) -> http.client.HTTPResponse:
        try:
            try:
                self._connection.request(*self._request)
            except (BrokenPipeError, ConnectionResetError):
                return self._connection.getresponse()  # who refuses a long body says why and reads no further
            return self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise NobodyThereError(f"nobody answers at {self._door.address}: {error}") from error

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _pieces(head: bytes, file: Path, tail: bytes, on_sent: Callable[[int], None] | None) -> Iterator[bytes]:
    yield head
    sent = 0
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            yield chunk
            sent += len(chunk)
            if on_sent is not None:
                on_sent(sent)
    yield tail
