"""VouchedTokens: whom registries said that tokens stand for, and which tokens are revoked; for all processes at once.

Tokens are known by their SHA-256 alone; from what is kept here nobody can make one. What is revoked is known without
the second half of its signature: whoever has an ES256 signature (r, s) can write it (r, n - s), too, which is as good.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis

from app.storage.newest_first import decoded
from artdag.identity import Identity

# KEYS: token, revoked, user's revocation, tokens of the user
# ARGV: record, asked at, now, expires at, seconds until then, names of the token
_NOTE = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local ended = redis.call('GET', KEYS[3])
if ended and tonumber(ended) >= tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ARGV[3])
redis.call('ZADD', KEYS[4], ARGV[4], ARGV[6])
if tonumber(ARGV[5]) > redis.call('TTL', KEYS[4]) then redis.call('EXPIRE', KEYS[4], ARGV[5]) end
return 1
"""

# KEYS: token, revoked. ARGV: seconds for which an unknown token is remembered. A token that we knew is revoked for as
# long as it would have been good.
_REVOKE = """
local left = redis.call('TTL', KEYS[1])
redis.call('DEL', KEYS[1])
if left >= 0 then redis.call('SET', KEYS[2], 1, 'EX', left + 1)
elseif redis.call('EXISTS', KEYS[2]) == 0 then redis.call('SET', KEYS[2], 1, 'EX', ARGV[1]) end
return left
"""

_UNKNOWN_S = 120
"""Longer than any question to a registry takes: what is asked while a token is revoked must find that out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a registry said of a token, and when it was asked."""

    identity: Identity
    asked_at: float
    """Seconds since 1970."""


class VouchedTokens:
    """By the token itself."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._note = redis.register_script(_NOTE)
        self._revoke = redis.register_script(_REVOKE)

    def look(self, token: str) -> tuple[Known | None, bool]:
        """Return what is known of *token*, and whether it is revoked."""
        names = _names_of(token)
        record, revoked = cast("list[bytes | None]", self._redis.mget(_token(names.whole), _revoked(names.first)))
        if revoked is not None or record is None:
            return None, revoked is not None
        facts = json.loads(record)
        return Known(identity=Identity.parse(facts["actor"]), asked_at=facts["asked_at"]), False

    def note(self, token: str, identity: Identity, *, asked_at: float, now: float, expires_at: float) -> bool:
        """Remember an answer; return False, and remember nothing, where the token was revoked since *asked_at*.

        Args:
            token: what was asked about.
            identity: whom it stands for.
            asked_at: before the question was sent, in seconds since 1970.
            now: the same clock.
            expires_at: when the token ends by itself.
        """
        names = _names_of(token)
        record = json.dumps({"actor": str(identity), "asked_at": asked_at})
        keys = [_token(names.whole), _revoked(names.first), _user_revoked(identity), _tokens_of(identity)]
        left_s = max(1, math.ceil(expires_at - now))
        arguments: list[Any] = [record, repr(asked_at), repr(now), repr(expires_at), left_s, str(names)]
        return bool(self._note(keys=keys, args=arguments))

    def revoke(self, token: str) -> bool:
        """End *token*, for everybody at once; return whether it was known here."""
        return self._end(_names_of(token))

    def revoke_all(self, identity: Identity, *, now: float) -> int:
        """End every token that is known to be *identity*'s, and those being asked about now; return how many."""
        self._redis.set(_user_revoked(identity), repr(now), ex=_UNKNOWN_S)
        listed = [decoded(one) for one in cast("list[bytes]", self._redis.zrange(_tokens_of(identity), 0, -1))]
        count = sum(self._end(_Names(*one.split())) for one in listed)
        self._redis.delete(_tokens_of(identity))
        return count

    def _end(self, names: _Names) -> bool:
        return cast(int, self._revoke(keys=[_token(names.whole), _revoked(names.first)], args=[_UNKNOWN_S])) >= 0

    # --- registries that are away ---

    def note_away(self, origin: str, why: str, *, seconds: int) -> None:
        """Remember that *origin* gave no answer, so that not every request waits for it."""
        self._redis.set(_away(origin), why, ex=seconds)

    def is_away(self, origin: str) -> str | None:
        """Return why *origin* was not worth asking a moment ago."""
        found = cast("bytes | None", self._redis.get(_away(origin)))
        return decoded(found) if found is not None else None


@dataclass(frozen=True, slots=True)
class _Names:
    """What a token is kept under."""

    whole: str
    first: str
    """Of what stands before the second half of its signature."""

    def __str__(self) -> str:
        return f"{self.whole} {self.first}"


def _names_of(token: str) -> _Names:
    signed, dot, signature = token.rpartition(".")
    first = signature[: len(signature) // 2 - 1]  # of 86 letters the 43rd belongs to both halves
    return _Names(*(hashlib.sha256(part.encode()).hexdigest() for part in (token, f"{signed}{dot}{first}")))


def _token(name: str) -> str:
    return f"artdag:token:{name}"


def _revoked(name: str) -> str:
    return f"artdag:token:revoked:{name}"


def _tokens_of(identity: Identity) -> str:
    return f"artdag:tokens:of:{identity}"


def _user_revoked(identity: Identity) -> str:
    return f"artdag:tokens:ended:{identity}"


def _away(origin: str) -> str:
    return f"artdag:registry:away:{origin}"
