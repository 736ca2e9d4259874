"""Waiting with an answer until something is over: a few at once, for the whole service, and never for long."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from redis import Redis

T = TypeVar("T")

AT_ONCE = 4
"""Each one holds a thread of the web server; beyond this number the answer comes at once."""
LONGEST_S = 30.0
_EVERY_S = 0.2
_KEY = "artdag:long-polls"


def wait_until(redis: Redis, wait_s: float, read: Callable[[], T], is_over: Callable[[T], bool]) -> T:
    """Return what *read* gives, once *is_over* says so, or after *wait_s*, or at once when too many are waiting."""
    found = read()
    if wait_s <= 0 or is_over(found):
        return found
    deadline = time.monotonic() + min(wait_s, LONGEST_S)
    with _seat(redis) as has_one:
        while has_one and not is_over(found) and time.monotonic() < deadline:
            time.sleep(_EVERY_S)
            found = read()
    return found


@contextmanager
def _seat(redis: Redis) -> Iterator[bool]:
    """Take one of the seats; one that a killed server left behind is free again after the longest wait."""
    now, token = time.time(), secrets.token_hex(8)
    pipe = redis.pipeline(transaction=True)
    pipe.zremrangebyscore(_KEY, "-inf", now - LONGEST_S - 5)
    pipe.zadd(_KEY, {token: now})
    pipe.zrank(_KEY, token)
    place = pipe.execute()[2]
    try:
        yield place is not None and place < AT_ONCE
    finally:
        redis.zrem(_KEY, token)
