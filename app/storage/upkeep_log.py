"""What the last look over the store, the last clearing and the last return from the disk came to; and how it grows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from redis import Redis

from app.storage.newest_first import decoded

Chapter = Literal["fsck", "gc", "reindex", "usage"]

_INDEXED = "artdag:indexed"
"""Stands where Redis holds what the disk holds; gone with everything else when Redis loses its data."""
_SIZES, _MOST_SIZES = "artdag:upkeep:sizes", 400


class UpkeepLog:
    """Chapters of plain data, the newest of each."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def put(self, chapter: Chapter, facts: Mapping[str, Any]) -> None:
        self._redis.set(f"artdag:upkeep:{chapter}", json.dumps(dict(facts)))

    def get(self, chapter: Chapter) -> dict[str, Any] | None:
        found = cast("bytes | None", self._redis.get(f"artdag:upkeep:{chapter}"))
        return json.loads(found) if found is not None else None

    # --- whether Redis knows what the disk knows ---

    @property
    def is_indexed(self) -> bool:
        return bool(self._redis.exists(_INDEXED))

    def mark_indexed(self, at: datetime) -> None:
        self._redis.set(_INDEXED, at.astimezone(UTC).isoformat())

    # --- how the store grows ---

    def note_size(self, day: str, size: int) -> None:
        """Note how many bytes are kept on *day*, such as ``2026-11-24``; the last word of a day counts."""
        self._redis.hset(_SIZES, day, size)
        days = sorted(map(decoded, cast("list[bytes]", self._redis.hkeys(_SIZES))))
        if len(days) > _MOST_SIZES:
            self._redis.hdel(_SIZES, *days[:-_MOST_SIZES])

    def sizes(self) -> dict[str, int]:
        """Return the bytes kept, by day, the earliest first."""
        found = cast("dict[bytes, bytes]", self._redis.hgetall(_SIZES))
        return dict(sorted((decoded(day), int(size)) for day, size in found.items()))
