"""AuditLog: who did what, when, and how it was answered. Entries are only ever added; the oldest go when it is full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis

from app.storage.newest_first import Page, decoded
from artdag.run import rfc3339

MOST_ENTRIES = 20_000
_KEY = "artdag:audit"
_LOOK, _LOOKS = 500, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One deed."""

    at: datetime
    actor: str
    by: str
    """How they were known: bearer, session, cookie, token file, loopback, registry."""
    action: str
    subject: str
    """Method and path."""
    status: int
    """What was answered: below 400 it was done."""

    def to_json(self) -> dict[str, Any]:
        return {
            "at": rfc3339(self.at),
            "actor": self.actor,
            "by": self.by,
            "action": self.action,
            "subject": self.subject,
            "status": self.status,
        }


class AuditLog:
    """One stream for all."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def add(self, entry: AuditEntry) -> None:
        facts: dict[Any, Any] = {**entry.to_json(), "at": repr(entry.at.timestamp())}
        self._redis.xadd(_KEY, facts, maxlen=MOST_ENTRIES, approximate=True)

    def page(self, cursor: str | None = None, limit: int = 50, *, actor: str = "") -> Page[AuditEntry]:
        """Return a page, newest first, of all or of *actor*'s deeds. A page may be short and still have a next one.

        Raises:
            ValueError: when *cursor* is none of this list.
        """
        if cursor is not None and not _is_id(cursor):
            raise ValueError(f"{cursor[:80]!r} is not a cursor of this list")
        found: list[AuditEntry] = []
        for _ in range(_LOOKS):
            last = f"({cursor}" if cursor is not None else "+"
            entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", self._redis.xrevrange(_KEY, last, "-", _LOOK))
            for place, (name, facts) in enumerate(entries):
                entry = _read(facts)
                if actor in ("", entry.actor):
                    found.append(entry)
                if len(found) == limit:
                    more = place + 1 < len(entries) or len(entries) == _LOOK
                    return Page(items=tuple(found), next=decoded(name) if more else None)
            if len(entries) < _LOOK:
                return Page(items=tuple(found))
            cursor = decoded(entries[-1][0])
        return Page(items=tuple(found), next=cursor)


def _is_id(text: str) -> bool:
    moment, dash, number = text.partition("-")
    return bool(dash) and all(part.isascii() and part.isdecimal() and len(part) <= 20 for part in (moment, number))


def _read(facts: dict[bytes, bytes]) -> AuditEntry:
    text = {decoded(name): decoded(value) for name, value in facts.items()}
    return AuditEntry(
        at=datetime.fromtimestamp(float(text["at"]), UTC),
        actor=text["actor"],
        by=text["by"],
        action=text["action"],
        subject=text["subject"],
        status=int(text["status"]),
    )
