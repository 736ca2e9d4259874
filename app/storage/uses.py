"""Which bytes runs use, all of them at once; for one at a time there is ``RunStore.runs_using``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from redis import Redis

from app.storage.newest_first import decoded
from app.storage.run_record import uses_key
from artdag.digest import Digest

_AT_ONCE = 500


def all_uses(redis: Redis) -> Iterator[tuple[Digest, tuple[str, ...]]]:
    """Go through all bytes that runs use, and those runs."""
    prefix = uses_key("")
    keys = redis.scan_iter(match=f"{prefix}*", count=_AT_ONCE)
    while some := [decoded(key) for key in islice(keys, _AT_ONCE)]:
        pipe = redis.pipeline(transaction=False)
        for key in some:
            pipe.smembers(key)
        for key, members in zip(some, pipe.execute(), strict=True):
            yield Digest.parse(key.removeprefix(prefix)), tuple(sorted(map(decoded, members)))
