"""Previews of media: drawn when somebody first wants to see them, by a confined child, and kept like any result.

A poster, a strip of ten frames, the waveform and the spectrum of the sound: ``artdag.codec.preview.PREVIEWS``.
"""

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
from artdag.codec.preview import MEDIA_TYPE, PREVIEWS, shows, write_preview
from artdag.confined import Channel, run_confined
from artdag.digest import Digest, StepKey, record_key
from artdag.media import Kind, MediaFacts, PictureFacts
from artdag.result_cache import Result
from artdag.run import rfc3339
from artdag.walls import Limits

_RECORD = "artdag/preview/1"
_LIMITS = Limits(
    address_space_bytes=4 << 30, cpu_s=60, file_size_bytes=8 << 20, open_files=64, processes=32, wall_s=120
)
_turns = threading.BoundedSemaphore(2)
"""A page full of new media must not take all processors from those who render."""


def preview_key(name: str, digest: Digest) -> StepKey:
    return record_key(_RECORD, name, digest)


def preview_of(services: Services, name: str, digest: Digest) -> Digest | None:
    """Return the preview *name* of these bytes; None where they have nothing of the kind, or are not known here.

    Raises:
        BrokenMediaError, LimitError, CrashError: when they cannot be decoded.
        NoRoomError: when the disk is full.
    """
    kept = _kept(services, name, digest)
    if kept is not None:
        return kept
    facts = services.facts(digest)
    if facts is None or not shows(name, facts):
        return None
    with _turns:
        return _kept(services, name, digest) or _drawn(services, name, digest, facts)


def preview_facts(services: Services, name: str, digest: Digest) -> MediaFacts | None:
    """Return the facts of the preview that was drawn of these bytes."""
    result = services.results.get(preview_key(name, digest))
    return result.facts if result is not None else None


def forget_previews(services: Services, digest: Digest) -> None:
    """Let the previews go with what they stand for."""
    for result in services.results.get_many(preview_key(name, digest) for name in PREVIEWS).values():
        services.results.delete(result.key)
        services.content.delete(result.digest)


def _kept(services: Services, name: str, digest: Digest) -> Digest | None:
    result = services.results.get(preview_key(name, digest))
    return result.digest if result is not None and services.content.has(result.digest) else None


def _drawn(services: Services, name: str, digest: Digest, facts: MediaFacts) -> Digest:
    started = time.monotonic()
    source = services.content.path(digest)
    folder = services.content.scratch / f"preview-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        target = folder / "preview.webp"
        width, height = run_confined(
            _draw,
            name,
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
            key=preview_key(name, digest),
            digest=blob.digest,
            facts=picture_facts(blob.size, width, height),
            seconds=time.monotonic() - started,
            made_at=rfc3339(services.clock()) or "",
            made_by=socket.gethostname(),
            material={"type": "PREVIEW", "name": name, "of": digest},
        )
    )
    return blob.digest


def _draw(_channel: Channel, name: str, source: str, facts: dict[str, Any], target: str) -> tuple[int, int]:
    return write_preview(name, Path(source), MediaFacts.from_json(facts), Path(target))


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
    return MediaFacts(kind=Kind.IMAGE, media_type=MEDIA_TYPE, size=size, picture=picture)
