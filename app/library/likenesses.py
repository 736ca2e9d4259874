"""How like two media are: looked into by a confined child when somebody first asks, and kept like any result."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

from app.processes.looking import looking_context
from app.services import Services
from artdag.codec.likeness import likeness
from artdag.confined import Channel, run_confined
from artdag.digest import Digest, StepKey, canonical_json, record_key
from artdag.media import Kind, MediaFacts
from artdag.result_cache import Result
from artdag.run import rfc3339
from artdag.walls import Limits

_RECORD = "artdag/likeness/1"
_LIMITS = Limits(
    address_space_bytes=4 << 30, cpu_s=60, file_size_bytes=1 << 20, open_files=64, processes=32, wall_s=120
)


def likeness_of(services: Services, first: Digest, second: Digest) -> dict[str, Any] | None:
    """Return what ``artdag.codec.likeness`` tells of the pictures of two media; None where one has none.

    Raises:
        InputError: when they cannot be compared, as being of different sizes.
        BrokenMediaError, LimitError, CrashError: when they cannot be decoded.
        BlobNotFoundError: when the bytes of one are gone.
        NoRoomError: when the disk is full.
    """
    key = record_key(_RECORD, first, second)
    kept = services.results.get(key)
    if kept is not None and services.content.has(kept.digest):
        return _read(services, kept.digest)
    facts = [services.facts(digest) for digest in (first, second)]
    if any(one is None or one.picture is None for one in facts):
        return None
    started = time.monotonic()
    paths = [services.content.path(digest) for digest in (first, second)]
    found: dict[str, Any] = run_confined(
        _look,
        [str(path) for path in paths],
        [one.to_json() for one in facts if one is not None],
        limits=_LIMITS,
        readable=paths,
        writable=[],
        context=looking_context(),
    )
    _keep(services, key, found, time.monotonic() - started, (first, second))
    return found


def _keep(services: Services, key: StepKey, found: dict[str, Any], seconds: float, of: tuple[Digest, Digest]) -> None:
    blob = services.content.put_bytes(canonical_json(found))
    services.results.put(
        Result(
            key=key,
            digest=blob.digest,
            facts=MediaFacts(kind=Kind.DATA, media_type="application/json", size=blob.size),
            seconds=seconds,
            made_at=rfc3339(services.clock()) or "",
            made_by=socket.gethostname(),
            material={"type": "LIKENESS", "of": list(of)},
        )
    )


def _read(services: Services, digest: Digest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(services.content.read(digest))
    return found


def _look(_channel: Channel, paths: list[str], facts: list[dict[str, Any]]) -> dict[str, Any]:
    first, second = ((Path(path), MediaFacts.from_json(one)) for path, one in zip(paths, facts, strict=True))
    return likeness(first, second).to_json()
