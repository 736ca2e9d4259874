"""Posters of media: drawn when somebody first wants to see them, by a confined child, and kept like any result."""

from __future__ import annotations

import secrets
import shutil
import socket
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.processes.looking import looking_context
from app.services import Services
from artdag.codec import poster
from artdag.confined import Channel, run_confined
from artdag.digest import Digest, StepKey, record_key
from artdag.media import Kind, MediaFacts, PictureFacts
from artdag.result_cache import Result
from artdag.run import rfc3339
from artdag.walls import Limits

_RECORD = "artdag/poster/1"
_LIMITS = Limits(
    address_space_bytes=4 << 30, cpu_s=60, file_size_bytes=8 << 20, open_files=64, processes=32, wall_s=120
)
_turns = threading.BoundedSemaphore(2)
"""A page full of new media must not take all processors from those who render."""


def poster_key(digest: Digest) -> StepKey:
    return record_key(_RECORD, digest, poster.LONGEST_SIDE)


def poster_of(services: Services, digest: Digest) -> Digest | None:
    """Return the poster of these bytes; None where they have no looks (text), or are not known here.

    Raises:
        BrokenMediaError, LimitError, CrashError: when they cannot be decoded.
        NoRoomError: when the disk is full.
    """
    kept = _kept(services, digest)
    if kept is not None:
        return kept
    facts = services.facts(digest)
    if facts is None or facts.kind is Kind.DATA:
        return None
    with _turns:
        return _kept(services, digest) or _drawn(services, digest, facts)


def poster_facts(services: Services, digest: Digest) -> MediaFacts | None:
    """Return the facts of the poster that was drawn of these bytes."""
    result = services.results.get(poster_key(digest))
    return result.facts if result is not None else None


def forget_poster(services: Services, digest: Digest) -> None:
    """Let the poster go with what it stands for."""
    result = services.results.get(poster_key(digest))
    if result is not None:
        services.results.delete(result.key)
        services.content.delete(result.digest)


def _kept(services: Services, digest: Digest) -> Digest | None:
    result = services.results.get(poster_key(digest))
    return result.digest if result is not None and services.content.has(result.digest) else None


def _drawn(services: Services, digest: Digest, facts: MediaFacts) -> Digest:
    started = time.monotonic()
    source = services.content.path(digest)
    folder = services.content.scratch / f"poster-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        target = folder / "poster.webp"
        width, height = run_confined(
            _draw,
            str(source),
            facts.to_json(),
            str(target),
            limits=_LIMITS,
            readable=[source],
            writable=[folder],
            context=looking_context(),
        )
        blob = services.content.put_file(target)
    finally:
        shutil.rmtree(folder)
    services.results.put(
        Result(
            key=poster_key(digest),
            digest=blob.digest,
            facts=picture_facts(blob.size, width, height),
            seconds=time.monotonic() - started,
            made_at=rfc3339(services.clock()) or "",
            made_by=socket.gethostname(),
            material={"type": "POSTER", "of": digest, "longest_side": poster.LONGEST_SIDE},
        )
    )
    return blob.digest


def _draw(_channel: Channel, source: str, facts: dict[str, Any], target: str) -> tuple[int, int]:
    return poster.write_poster(Path(source), MediaFacts.from_json(facts), Path(target))


def picture_facts(size: int, width: int, height: int) -> MediaFacts:
    """Return the facts of a small picture that we drew."""
    picture = PictureFacts(
        width=width,
        height=height,
        frame_rate=Fraction(1),
        frame_count=1,
        codec="webp",
        pixel_format="bgra",
        has_alpha=True,
    )
    return MediaFacts(kind=Kind.IMAGE, media_type=poster.MEDIA_TYPE, size=size, picture=picture)
