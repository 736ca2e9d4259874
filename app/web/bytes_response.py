"""Stored bytes as an answer: ranges, conditions, and headers that keep foreign content from acting in our name."""

from __future__ import annotations

import re

from flask import Response, request, send_file

from app.services import Services
from artdag.codec.sniff import MEDIA_TYPES
from artdag.digest import Digest
from artdag.media import Kind, MediaFacts

INLINE = frozenset(
    {
        *("image/png", "image/jpeg", "image/webp", "image/gif", "video/mp4", "video/webm"),
        *("audio/mpeg", "audio/wav", "audio/flac", "audio/ogg", "audio/mp4", "audio/aac", "video/ogg"),
    }
)
"""What browsers show without running anything; all else is offered for saving."""

SERVED = (*sorted(INLINE), "application/octet-stream")

_POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
_PLAYER_POLICY = _POLICY.replace("sandbox", "sandbox allow-same-origin")
"""A browser that is sent to a clip shows it in a page of its own, which must be of our origin to load the clip. Scripts
stay forbidden."""

_A_YEAR_S = 365 * 24 * 3600


def send_bytes(services: Services, digest: Digest, facts: MediaFacts | None, name: str | None = None) -> Response:
    """Return the bytes, or the range of them, that the request asks for.

    The type is the one that was found by looking at the bytes, never one that somebody claimed.

    Raises:
        BlobNotFoundError: when they are not here.
    """
    media_type = facts.media_type if facts is not None else "application/octet-stream"
    inline = media_type in INLINE
    response = send_file(
        services.content.path(digest),
        mimetype=media_type if inline else "application/octet-stream",
        as_attachment=not inline or "download" in request.args,
        download_name=_saved_as(name or digest, facts),
        conditional=True,
        etag=digest,
        last_modified=None,
        max_age=_A_YEAR_S,
    )
    headers = response.headers
    headers.remove("Last-Modified")  # the name is the content: there is nothing to compare but it
    headers["Cache-Control"] = f"private, max-age={_A_YEAR_S}, immutable"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = _PLAYER_POLICY if inline and facts is not None and _moves(facts) else _POLICY
    headers["Cross-Origin-Resource-Policy"] = "same-site"
    headers["Accept-Ranges"] = "bytes"
    return response


def _saved_as(name: str, facts: MediaFacts | None) -> str:
    """Return *name* as a file's: in no folder, and with the extension of what it is."""
    name = re.sub(r"[/\\]", "-", name)
    accepted = MEDIA_TYPES.get(facts.media_type) if facts is not None else None
    if accepted is None or name.lower().endswith(f".{accepted.extension}"):
        return name
    return f"{name}.{accepted.extension}"


def _moves(facts: MediaFacts) -> bool:
    return facts.kind in (Kind.VIDEO, Kind.AUDIO)
