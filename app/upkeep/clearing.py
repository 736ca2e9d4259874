"""Making room: what can be made again goes, cheap and big things first; what a rule holds stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.library.standing import is_held
from app.services import Services
from app.upkeep.survey import Kept, Survey, Wanted, survey

LOW_SHARE = 0.9
"""Once the limit is passed, room is made down to this share of it, so that it is not passed again at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """What was let go, or would be."""

    dry_run: bool
    before: int
    """Bytes that were kept."""
    limit: int | None
    gone: tuple[Kept, ...]
    is_enough: bool
    """False where all that may go is not enough."""

    @property
    def freed(self) -> int:
        """Bytes."""
        return sum(kept.size for kept in self.gone)

    @property
    def seconds(self) -> float:
        """What making all of it again would take."""
        return sum(kept.seconds or 0.0 for kept in self.gone)

    @property
    def words(self) -> str:
        """What happened, in one sentence."""
        would = "would be " if self.dry_run else ""
        if not self.gone:
            if self.is_enough:
                return "There is nothing to clear: all that is kept fits"
            return "Nothing may go: everything is held by a run, a library or a name"
        count = f"{len(self.gone):,} file{'s' if len(self.gone) != 1 else ''}"
        more = "" if self.is_enough else "; that is not enough, and the rest is held"
        return f"{count} {would}let go; making them again takes {self.seconds:,.0f} s of work{more}"

    def to_json(self) -> dict[str, Any]:
        return {
            "dry_run": self.dry_run,
            "bytes_before": self.before,
            "limit_bytes": self.limit,
            "freed_bytes": self.freed,
            "rebuild_seconds": round(self.seconds, 1),
            "enough": self.is_enough,
            "detail": self.words,
            "count": len(self.gone),
            "removes": [kept.to_json() for kept in self.gone[:1000]],
        }


def clear(
    services: Services, *, dry_run: bool = False, limit: int | None = None, found: Survey | None = None
) -> Clearing:
    """Let go of what nobody names, and beyond *limit* bytes (else ``CACHE_MAX_BYTES``) of what can be made again.

    Args:
        services: whose store it is.
        dry_run: only tell.
        limit: bytes that may be kept.
        found: a survey that was made a moment ago.
    """
    found = found or survey(services)
    limit = limit if limit is not None else services.settings.cache_max_bytes
    target = found.total if limit is None or found.total <= limit else int(limit * LOW_SHARE)
    wanted = Wanted(services)
    left, gone = found.total, []
    for kept in found.evictable():
        if left <= target and kept.keys:
            break  # what nobody names comes first and goes in any case
        if dry_run or _let_go(services, kept, wanted):
            gone.append(kept)
            left -= kept.size
    done = Clearing(
        dry_run=dry_run, before=found.total, limit=limit, gone=tuple(gone), is_enough=limit is None or left <= limit
    )
    if not dry_run:
        facts = {name: value for name, value in done.to_json().items() if name != "removes"}
        services.upkeep.put("gc", {"at": services.clock().isoformat(), **facts})
    return done


def _let_go(services: Services, kept: Kept, wanted: Wanted) -> bool:
    """Remove one blob, unless somebody took it since the look that said it may go."""
    with services.media.changing(kept.digest):
        if services.runs.mark_deleting(kept.digest):
            return False
        try:
            if _is_taken(services, kept, wanted.keys()):
                return False
            for key in kept.keys:
                services.results.delete(key)
            services.content.delete(kept.digest)
        finally:
            services.runs.unmark_deleting(kept.digest)
    return True


def _is_taken(services: Services, kept: Kept, wanted: Iterable[str]) -> bool:
    digest = kept.digest
    return bool(
        services.media.owners(digest)
        or services.assets.names_of(digest)
        or services.recipes.owners(digest)
        or services.recipes.using(digest)
        or is_held(services, digest)
        or set(kept.keys) & set(wanted)
    )
