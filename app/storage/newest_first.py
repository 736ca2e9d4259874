"""NewestFirst: an ordered set of names that is read in pages, newest first, at one speed whatever its size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from redis import Redis
from redis.client import Pipeline

T = TypeVar("T")

MAX_PAGE = 200
_LOOK, _LOOKS = 500, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list."""

    items: tuple[T, ...]
    next: str | None = None
    """Cursor of the page after this one; None on the last."""
    total: int | None = None
    """Length of the whole list; None where counting would mean reading all of it."""


class NewestFirst:
    """Names with a time each, kept at one Redis key.

    A page goes on where its cursor's *name* stands now, so entries that arrive or go between two pages neither repeat
    nor hide others. A cursor whose name is gone goes on at its time.
    """

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis = redis
        self.key = key

    def slice(self, cursor: str | None, limit: int) -> tuple[list[str], str | None]:
        """Return up to *limit* names behind *cursor*, and the next cursor.

        Raises:
            ValueError: when *cursor* is none that was given out.
        """
        start = self._start(cursor)
        found = cast(
            "list[tuple[bytes, float]]",
            self._redis.zrange(self.key, start, start + limit, desc=True, withscores=True),
        )
        names = [name.decode() for name, _ in found[:limit]]
        if len(found) <= limit:
            return names, None
        last, score = found[limit - 1]
        return names, f"{int(score)}.{last.decode()}"

    def search(
        self,
        cursor: str | None,
        limit: int,
        *,
        read: Callable[[list[str]], Iterable[tuple[str, T]]],
        takes: Callable[[T], bool],
    ) -> Page[T]:
        """Return the next *limit* entries that *takes* likes.

        After looking through 20,000 it gives what it has, with the cursor where to go on: a page may be short, or
        even empty, and still have a next one.
        """
        found: list[T] = []
        for _ in range(_LOOKS):
            names, after = self.slice(cursor, _LOOK)
            for name, entry in read(names):
                if takes(entry):
                    found.append(entry)
                    if len(found) == limit:
                        return Page(items=tuple(found), next=self.cursor_at(name))
            cursor = after
            if cursor is None:
                break
        return Page(items=tuple(found), next=cursor)

    def cursor_at(self, name: str) -> str | None:
        """Return the cursor of the page that begins behind *name*."""
        score = self._redis.zscore(self.key, name)
        return None if score is None else f"{int(score)}.{name}"

    def count(self) -> int:
        return self._redis.zcard(self.key)

    def _start(self, cursor: str | None) -> int:
        if cursor is None:
            return 0
        score, dot, name = cursor.partition(".")
        if not (dot and name and score.isascii() and score.isdecimal()):
            raise ValueError(f"{cursor[:80]!r} is not a cursor of this list")
        rank = cast("int | None", self._redis.zrevrank(self.key, name))
        if rank is not None:
            return rank + 1
        return self._redis.zcount(self.key, f"({score}", "+inf")


def score_of(moment: datetime) -> int:
    """Return *moment* in microseconds: exact in the doubles that Redis sorts by until the year 2255."""
    return round(moment.timestamp() * 1_000_000)


def decoded(value: Any) -> str:
    """Return the text that Redis gave as bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


def atomically(redis: Redis, work: Callable[[Pipeline], T], *watched: str) -> T:
    """Return what *work* returns: it reads, calls ``multi()``, and its writes happen at once or it is done again."""
    return cast(T, redis.transaction(cast(Any, work), *watched, value_from_callable=True))
