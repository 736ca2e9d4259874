"""One question to one configured origin, over HTTP, with hard limits on how long and how large the answer may be.

``http.client`` and no larger library: it follows no redirects, reads no proxy from the environment, keeps no cookies
and no connections; what it lacks is a limit on the whole of an answer, which any library would leave to us as well.
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.registry.errors import RegistryAnswerError, RegistryAwayError, RegistryLateError
from app.signing_key import OutgoingRequest
from artdag import VERSION

Sign = Callable[[OutgoingRequest], None]

LARGEST_ANSWER_BYTES = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one question may take."""

    connect_s: float = 2.0
    whole_s: float = 5.0
    """From the first attempt to connect to the last byte of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a registry said, whole."""

    origin: str
    status: int
    media_type: str
    data: bytes

    def record(self) -> dict[str, Any]:
        """Return the JSON object that it is. Raises RegistryAnswerError."""
        if self.media_type != "application/json" and not self.media_type.endswith("+json"):
            kind = self.media_type or "of no named type"
            raise RegistryAnswerError(f"{self.origin} answered with what is {kind}, not JSON", status=self.status)
        try:
            found = json.loads(self.data)
        except (ValueError, RecursionError):
            raise RegistryAnswerError(
                f"the answer of {self.origin} is not the JSON that it says it is", status=self.status
            ) from None
        if not isinstance(found, dict):
            raise RegistryAnswerError(f"the answer of {self.origin} is JSON, but no object", status=self.status)
        return found


def ask(
    origin: str,
    method: str,
    path: str,
    *,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    sign: Sign | None = None,
    patience: Patience | None = None,
) -> Answer:
    """Return the answer of *origin*, be it an error's; an answer that is no end of the matter is none.

    Args:
        origin: one that the settings name, such as ``https://l2.example``; nothing else is ever connected to.
        method: of HTTP.
        path: from the root, with its query.
        body: sent as JSON.
        headers: beside those for JSON.
        sign: adds a signature to the headers of the request as it will be sent.
        patience: how long it may take.

    Raises:
        RegistryAwayError: when nobody takes the connection.
        RegistryLateError: when the answer is not whole in time.
        RegistryAnswerError: when it redirects, is larger than 64 KB, or is cut off.
    """
    patience = patience or Patience()
    deadline = time.monotonic() + patience.whole_s
    data = json.dumps(body).encode() if body is not None else None
    sent = {"Accept": "application/json", "User-Agent": f"artdag-l1/{VERSION}", "Connection": "close"}
    sent |= {"Content-Type": "application/json"} if data is not None else {}
    sent |= headers or {}
    if sign is not None:
        sign(OutgoingRequest(method=method, url=f"{origin}{path}", headers=sent, body=data or b""))
    with closing(_connection(origin, patience.connect_s)) as connection:
        _connect(connection, origin)
        try:
            connection.sock.settimeout(patience.whole_s)
            connection.request(method, path, data, sent)
            connection.response_class = _within(deadline)
            with connection.getresponse() as response:
                return _read(response, origin)
        except TimeoutError:
            raise RegistryLateError(f"{origin} did not answer within {patience.whole_s:g} s") from None
        except (http.client.HTTPException, ValueError) as error:
            raise RegistryAnswerError(f"{origin} sent what is no answer ({type(error).__name__})") from error
        except OSError as error:
            raise RegistryAnswerError(f"{origin} closed the connection in mid-answer") from error


def _connection(origin: str, connect_s: float) -> http.client.HTTPConnection:
    parts = urlsplit(origin)
    assert parts.hostname is not None
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=connect_s, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=connect_s)


def _connect(connection: http.client.HTTPConnection, origin: str) -> None:
    try:
        connection.connect()
    except TimeoutError:
        raise RegistryLateError(f"{origin} did not take the connection in time") from None
    except ssl.SSLError as error:
        raise RegistryAwayError(f"{origin} shows no certificate that is trusted here: {error.reason}") from error
    except (OSError, UnicodeError) as error:
        raise RegistryAwayError(f"nobody answers at {origin}") from error


def _read(response: http.client.HTTPResponse, origin: str) -> Answer:
    if 300 <= response.status < 400:
        raise RegistryAnswerError(
            f"{origin} redirects ({response.status}), which is not followed", status=response.status
        )
    if (response.length or 0) > LARGEST_ANSWER_BYTES:
        raise RegistryAnswerError(
            f"the answer of {origin} is larger than {LARGEST_ANSWER_BYTES:,} bytes", status=response.status
        )
    data = response.read(LARGEST_ANSWER_BYTES + 1)
    if len(data) > LARGEST_ANSWER_BYTES:
        raise RegistryAnswerError(
            f"the answer of {origin} is larger than {LARGEST_ANSWER_BYTES:,} bytes", status=response.status
        )
    if response.length:
        raise RegistryAnswerError(f"the answer of {origin} was cut off", status=response.status)
    media_type = response.headers.get_content_type() if "Content-Type" in response.headers else ""
    return Answer(origin=origin, status=response.status, media_type=media_type, data=data)


class _ByTheClock(io.RawIOBase):
    """Bytes from a socket until a moment, however slowly they drip."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, deadline: float) -> None:
        self._sock, self._raw, self._deadline = sock, raw, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _within(deadline: float) -> type[http.client.HTTPResponse]:
    """Return a kind of response that is read until *deadline*, headers included."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
            super().__init__(sock, *arguments, **options)
            raw = self.fp.detach()
            self.fp = io.BufferedReader(_ByTheClock(sock, raw, deadline))

    return Response
