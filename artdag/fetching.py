"""Reading what others publish: over HTTP, without following anybody elsewhere, and never more than was agreed."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from artdag import VERSION
from artdag.errors import ArtDagError

_SILENCE_S = 20.0
_CHUNK = 1 << 20


class FetchError(ArtDagError):
    """Something could not be had from its address."""

    code = "fetch_failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an address gave."""

    media_type: str
    chunks: Iterator[bytes]
    """The body, piece by piece; raises FetchError where it breaks off."""

    def whole(self) -> bytes:
        return b"".join(self.chunks)


def origin_of(url: str) -> str:
    """Return scheme, host and port of *url*, as one writes them. Raises FetchError for what is no web address."""
    wrong = FetchError(f"{url[:200]!r} is no address of the web")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or not url.isascii():
        raise wrong
    if not url.isprintable() or " " in url:
        raise wrong
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


@contextmanager
def fetched(url: str, *, accept: str, most_bytes: int, within_s: float) -> Iterator[Answer]:
    """Give what stands at *url*.

    Raises:
        FetchError: when nobody answers in time, the answer is another than 200, or it is larger than *most_bytes*.
    """
    origin = origin_of(url)
    parts = urlsplit(url)
    until = time.monotonic() + within_s
    if parts.scheme == "https":
        line: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.netloc, timeout=_SILENCE_S, context=ssl.create_default_context()
        )
    else:
        line = http.client.HTTPConnection(parts.netloc, timeout=_SILENCE_S)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Accept": accept, "User-Agent": f"artdag/{VERSION}", "Accept-Encoding": "identity"}
    try:
        line.request("GET", target, headers=headers)
        answer = line.getresponse()
        if answer.status != 200:
            raise FetchError(f"{url} answered {answer.status}{_elsewhere(answer)}")
        yield Answer(answer.headers.get_content_type(), _body(answer, url, most_bytes, until))
    except (OSError, http.client.HTTPException) as error:
        raise FetchError(f"{origin} could not be asked: {str(error) or type(error).__name__}") from error
    finally:
        line.close()


def _elsewhere(answer: http.client.HTTPResponse) -> str:
    place = answer.headers.get("Location")
    return f" and points to {place[:200]!r}, which is not followed" if place and 300 <= answer.status < 400 else ""


def _body(answer: http.client.HTTPResponse, url: str, most_bytes: int, until: float) -> Iterator[bytes]:
    size = 0
    while chunk := answer.read1(_CHUNK):
        size += len(chunk)
        if size > most_bytes:
            raise FetchError(f"{url} gives more than the {most_bytes:,} bytes that are taken")
        if time.monotonic() > until:
            raise FetchError(f"{url} takes too long")
        yield chunk
    if answer.length:
        raise FetchError(f"{url} broke off, {answer.length:,} bytes before its end")
