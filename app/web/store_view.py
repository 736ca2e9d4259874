"""How the store stands, as the cache page tells: how full it is and of what, how it grows, whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.services import Services
from app.storage.room import TAKE_IN, room_on
from app.upkeep.checking import Check, last_check
from app.upkeep.survey import Sort
from artdag.digest import Digest

SORTS = (*(sort.value for sort in Sort), "quarantined")
WORDS = {
    "uploads": "uploads",
    "outputs": "outputs",
    "intermediates": "intermediates",
    "previews": "previews",
    "papers": "recipes, plans, receipts",
    "loose": "nobody's",
    "quarantined": "quarantined",
}
_WIDTH = 1000
_LOOK_BACK_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One part of the stacked bar."""

    sort: str
    size: int
    x: float
    width: float

    @property
    def word(self) -> str:
        return WORDS[self.sort]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreView:
    """All of it."""

    limit: int | None
    room: int
    """Bytes that may still be taken in."""
    usage: dict[str, Any] | None
    """What the last count said; None where none was made yet."""
    by_day: dict[str, int]
    check: Check | None
    lost: tuple[dict[str, Any], ...]
    """What only a person can restore, as far as it is still missing."""
    cleared: dict[str, Any] | None
    reindexed: dict[str, Any] | None
    is_admin: bool

    @property
    def total(self) -> int:
        return int(self.usage["total"]) if self.usage else 0

    @property
    def counted_at(self) -> datetime | None:
        return datetime.fromisoformat(self.usage["at"]) if self.usage else None

    @property
    def most(self) -> int:
        """Bytes that may be kept: the limit, or what fits on the disk."""
        return self.limit if self.limit is not None else self.total + max(0, self.room)

    @property
    def bars(self) -> Iterator[Bar]:
        sizes: dict[str, int] = self.usage["sizes"] if self.usage else {}
        whole, x = max(self.most, self.total, 1), 0.0
        for sort in SORTS:
            if size := sizes.get(sort, 0):
                width = size / whole * _WIDTH
                yield Bar(sort=sort, size=size, x=round(x, 2), width=round(max(width, 1.5), 2))
                x += width

    @property
    def growth(self) -> float | None:
        """Bytes a day, over the last two weeks; None where that is not known yet."""
        days = list(self.by_day.items())[-_LOOK_BACK_DAYS:]
        if len(days) < 2:
            return None
        (first, before), (last, after) = days[0], days[-1]
        return (after - before) / (date.fromisoformat(last) - date.fromisoformat(first)).days

    @property
    def full_in_days(self) -> int | None:
        """None where it does not grow."""
        growth = self.growth
        return int(max(0, self.most - self.total) / growth) if growth is not None and growth > 0 else None

    @property
    def finished_at(self) -> datetime | None:
        done = self.check.finished_at if self.check else None
        return datetime.fromisoformat(done) if done else None

    @property
    def cleared_at(self) -> datetime | None:
        return datetime.fromisoformat(self.cleared["at"]) if self.cleared else None

    def to_json(self) -> dict[str, Any]:
        return {
            "limit_bytes": self.limit,
            "room_bytes": self.room,
            "usage": self.usage,
            "bytes_by_day": self.by_day,
            "growth_bytes_per_day": round(self.growth) if self.growth is not None else None,
            "full_in_days": self.full_in_days,
            "check": self.check.to_json() if self.check else None,
            "for_a_person": list(self.lost),
            "last_clearing": self.cleared,
            "last_reindex": self.reindexed,
        }


def store_view(services: Services, *, is_admin: bool) -> StoreView:
    """Return how the store stands; what only concerns who runs the server is left out for others."""
    room = room_on(services.settings.cache_dir)
    check = last_check(services)
    lost = check.for_a_person if check is not None and is_admin else []
    return StoreView(
        limit=services.settings.cache_max_bytes,
        room=room.free - room.reserve(TAKE_IN),
        usage=services.upkeep.get("usage"),
        by_day=services.upkeep.sizes(),
        check=check,
        lost=tuple(one for one in lost if not services.content.has(Digest(one["digest"]))),
        cleared=services.upkeep.get("gc"),
        reindexed=services.upkeep.get("reindex") if is_admin else None,
        is_admin=is_admin,
    )
