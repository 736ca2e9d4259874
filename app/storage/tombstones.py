"""Tombstones: what was deleted on purpose, when and why, so that its address can say so instead of "unknown"."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from redis import Redis

Buried = Literal["run", "media", "recipe", "upload"]

_KEPT_S = 90 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """One thing that is gone."""

    at: datetime
    why: str


class Tombstones:
    """By kind and id, for ninety days."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def add(self, kind: Buried, name: str, *, at: datetime, why: str) -> None:
        self._redis.set(_key(kind, name), json.dumps({"at": at.isoformat(), "why": why}), ex=_KEPT_S)

    def get(self, kind: Buried, name: str) -> Tombstone | None:
        found = cast("bytes | None", self._redis.get(_key(kind, name)))
        if found is None:
            return None
        record = json.loads(found)
        return Tombstone(at=datetime.fromisoformat(record["at"]), why=record["why"])

    def remove(self, kind: Buried, name: str) -> None:
        """Forget that it was gone: it is back."""
        self._redis.delete(_key(kind, name))


def _key(kind: Buried, name: str) -> str:
    return f"artdag:gone:{kind}:{name}"
