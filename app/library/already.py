"""What is here already: asked before anything is sent, and put into a library without sending."""

from __future__ import annotations

from collections.abc import Iterable

from app.library.ingest import Ingested, display_name
from app.services import Services
from app.storage.media_index import MediaEntry
from artdag.digest import Digest
from artdag.errors import BlobNotFoundError
from artdag.identity import Identity


def same_sizes(services: Services, owner: Identity, sizes: Iterable[int]) -> set[int]:
    """Return those of *sizes* (bytes) that something in *owner*'s library has."""
    return services.media.sizes_among(owner, sizes)


def keep_what_is_here(services: Services, digest: Digest, owner: Identity, name: str | None) -> Ingested:
    """Put bytes that are here into *owner*'s library.

    Whoever knows a hash may read its bytes at their address, so this gives nobody what they had not.

    Raises:
        BlobNotFoundError: when they are not here, or are no medium.
    """
    facts = services.facts(digest)
    with services.media.changing(digest):
        if facts is None or not services.content.has(digest):
            raise BlobNotFoundError(f"there is no medium {digest} here: send its bytes")
        known = services.media.entry(owner, digest)
        shown = display_name(name) if name else digest[:10]  # what others call it is theirs
        services.media.link(owner, digest, MediaEntry(name=shown, uploaded_at=services.clock()))
        services.runs.unmark_deleting(digest)
    return Ingested(
        digest=digest,
        size=facts.size,
        facts=facts,
        is_new=False,
        known_since=known.uploaded_at if known else None,
    )
