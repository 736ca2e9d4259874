"""Sessions: browsers that were attached by a registry, each with the token it came with, until that ends.

The browser's cookie holds a random name; here is only its SHA-256, so that nobody can make a cookie of what is kept.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from typing import cast

from redis import Redis

from app.storage.newest_first import decoded


class Sessions:
    """By the name in the cookie."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def begin(self, token: str, *, seconds: float) -> str:
        """Return the name of a new session that lasts as long as *token*, which is *seconds*."""
        name = secrets.token_urlsafe(32)
        self._redis.set(_key(name), token, ex=max(1, math.ceil(seconds)))
        return name

    def token(self, name: str) -> str | None:
        """Return what the session came with; None where there is none of that name, or no more."""
        found = cast("bytes | None", self._redis.get(_key(name)))
        return decoded(found) if found is not None else None

    def end(self, name: str) -> None:
        self._redis.delete(_key(name))


def _key(name: str) -> str:
    return f"artdag:session:{hashlib.sha256(name.encode()).hexdigest()}"
