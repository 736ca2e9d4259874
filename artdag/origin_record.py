"""What a server signs about what it did not render, an upload or a recipe: who has it, since when, from where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from artdag.digest import Digest
from artdag.identity import Identity
from artdag.run import rfc3339

ORIGIN = "artdag/origin/1"


def make_origin(
    *,
    name: str,
    digest: Digest,
    media_type: str,
    held_by: Identity,
    held_since: datetime,
    came_by: str,
    origin: Mapping[str, str],
    signed_at: datetime,
) -> dict[str, Any]:
    """Return the record. *origin* is what its holder says: their own, or found at a URL."""
    return {
        "record": ORIGIN,
        "held_by": str(held_by),
        "held_since": rfc3339(held_since),
        "came_by": came_by,
        "origin": dict(origin),
        "signed_at": rfc3339(signed_at),
        "output": {"name": name, "content_hash": digest, "media_type": media_type},
    }
