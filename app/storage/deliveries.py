"""Deliveries: what has to reach another server some day. Written down first, tried with growing pauses, never lost.

``artdag:delivery:<id>`` is a hash; ``artdag:deliveries:due`` says when each one is to be tried next;
``artdag:deliveries:of:<subject>`` holds those about one thing, such as a run; ``artdag:deliveries:by:<owner>`` the last
ones of one person. Who takes one that is due has it for a while only: where they die, it is due again. Times are
Redis's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self, cast

from redis import Redis

from artdag.identity import Identity
from artdag.run import rfc3339

PAUSES_S = (5.0, 30.0, 120.0, 600.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 36_000.0)
"""Between tries. After the last one it has failed: a little more than a day after the first."""

KEPT_S = 30 * 24 * 3600
"""How long one that is over can be looked at."""

RECENT = 100
"""So many of one person are listed."""

_DUE, _KEY = "artdag:deliveries:due", "artdag:delivery:"
_OF, _BY = "artdag:deliveries:of:", "artdag:deliveries:by:"


def moment(millis: int) -> datetime | None:
    """Return the moment that Redis wrote as *millis*; None for 0."""
    return datetime.fromtimestamp(millis / 1000, UTC) if millis else None


class NotDeliveredError(Exception):
    """A try came to nothing; the message is a sentence for people."""

    def __init__(self, message: str, *, for_good: bool = False, after_s: float | None = None) -> None:
        super().__init__(message)
        self.for_good = for_good
        """Whether another try would do no better."""
        self.after_s = after_s
        """When to try again at the earliest, where the other side said so."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in (DeliveryState.DELIVERED, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to tell one place."""

    id: str
    """Equal for equal deliveries: adding one again does nothing."""
    kind: str
    """Whose business it is, such as ``webhook``."""
    subject: str
    """What it is about, such as a run's id."""
    owner: Identity
    target: str
    """The place, for people."""
    facts: Mapping[str, Any]
    """What the kind needs besides; plain data, no secrets."""
    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    error: str = ""
    """What came of the last try; empty where it went well."""
    answer: Mapping[str, Any] | None = None
    """What the place said, where that is worth keeping."""
    created_ms: int = 0
    tried_ms: int = 0
    next_ms: int = 0
    """When it is tried next; 0 where that will not happen by itself."""

    def to_json(self) -> dict[str, Any]:
        """Return what its owner is told."""
        return {
            "id": self.id,
            "kind": self.kind,
            "subject": self.subject,
            "target": self.target,
            "state": self.state.value,
            "attempts": self.attempts,
            "error": self.error or None,
            "answer": dict(self.answer) if self.answer is not None else None,
            "created_at": rfc3339(moment(self.created_ms)),
            "tried_at": rfc3339(moment(self.tried_ms)),
            "next_try_at": rfc3339(moment(self.next_ms)),
        }

    @classmethod
    def from_hash(cls, delivery_id: str, found: Mapping[bytes, bytes]) -> Self:
        text = {name.decode(): value.decode() for name, value in found.items()}
        return cls(
            id=delivery_id,
            kind=text["kind"],
            subject=text["subject"],
            owner=Identity.parse(text["owner"]),
            target=text["target"],
            facts=json.loads(text["facts"]),
            state=DeliveryState(text["state"]),
            attempts=int(text["attempts"]),
            error=text["error"],
            answer=json.loads(text["answer"]) if text["answer"] else None,
            created_ms=int(text["created_ms"]),
            tried_ms=int(text["tried_ms"]),
            next_ms=int(text["next_ms"]),
        )


_NOW = """
local function millis()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end
"""

# KEYS delivery, due, of, by; ARGV id, kind, subject, owner, target, facts, seconds from now, how many are listed,
# seconds that the list of the subject is kept
_ADD = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local now = millis()
local due = now + math.floor(ARGV[7] * 1000)
redis.call('HSET', KEYS[1], 'kind', ARGV[2], 'subject', ARGV[3], 'owner', ARGV[4], 'target', ARGV[5],
  'facts', ARGV[6], 'state', 'queued', 'attempts', 0, 'error', '', 'answer', '', 'created_ms', now, 'tried_ms', 0,
  'next_ms', due)
redis.call('ZADD', KEYS[2], due, ARGV[1])
redis.call('SADD', KEYS[3], ARGV[1])
redis.call('EXPIRE', KEYS[3], ARGV[9])
redis.call('LPUSH', KEYS[4], ARGV[1])
redis.call('LTRIM', KEYS[4], 0, ARGV[8] - 1)
return 1
"""

# KEYS due; ARGV how many, seconds that whoever takes them has before they are due again
_TAKE = """
local now = millis()
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(found) do redis.call('ZADD', KEYS[1], now + math.floor(ARGV[2] * 1000), id) end
return found
"""

# KEYS delivery, due; ARGV id, seconds it may take. The number of the try, or nothing where it is over or under way.
_BEGIN = """
local now = millis()
local known = redis.call('HMGET', KEYS[1], 'state', 'busy_until')
if known[1] ~= 'queued' and not (known[1] == 'sending' and tonumber(known[2] or 0) < now) then return false end
local ends = now + math.floor(ARGV[2] * 1000)
redis.call('HSET', KEYS[1], 'state', 'sending', 'tried_ms', now, 'busy_until', ends, 'next_ms', ends)
redis.call('ZADD', KEYS[2], ends, ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'attempts', 1)
"""

# KEYS delivery, due, of; ARGV id, try, state, error, answer, seconds to the next try, seconds it is kept
_END = """
local known = redis.call('HMGET', KEYS[1], 'state', 'attempts')
if known[1] ~= 'sending' or known[2] ~= ARGV[2] then return 0 end
local next_ms = 0
if ARGV[3] == 'queued' then
  next_ms = millis() + math.floor(ARGV[6] * 1000)
  redis.call('ZADD', KEYS[2], next_ms, ARGV[1])
else
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('EXPIRE', KEYS[1], ARGV[7])
end
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'error', ARGV[4], 'answer', ARGV[5], 'next_ms', next_ms, 'busy_until', 0)
return 1
"""

# KEYS delivery, due; ARGV id. Tried now: one that waits for its next try, or that failed.
_AGAIN = """
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'queued' and state ~= 'failed' then return 0 end
if state == 'failed' then redis.call('HSET', KEYS[1], 'attempts', 0) end
local now = millis()
redis.call('HSET', KEYS[1], 'state', 'queued', 'next_ms', now)
redis.call('PERSIST', KEYS[1])
redis.call('ZADD', KEYS[2], now, ARGV[1])
return 1
"""


class Deliveries:
    """Deliveries by id."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts = {
            name: redis.register_script(_NOW + text)
            for name, text in {"add": _ADD, "take": _TAKE, "begin": _BEGIN, "end": _END, "again": _AGAIN}.items()
        }

    # --- reading ---

    def get(self, delivery_id: str) -> Delivery | None:
        return self.get_many([delivery_id]).get(delivery_id)

    def get_many(self, ids: Iterable[str]) -> dict[str, Delivery]:
        """Return those that are known, in one round trip."""
        wanted = list(ids)
        pipe = self._redis.pipeline(transaction=False)
        for one in wanted:
            pipe.hgetall(_KEY + one)
        found = cast("list[dict[bytes, bytes]]", pipe.execute())
        return {one: Delivery.from_hash(one, hash_) for one, hash_ in zip(wanted, found, strict=True) if hash_}

    def about(self, subject: str) -> tuple[Delivery, ...]:
        """Return those about *subject*, oldest first."""
        ids = cast("set[bytes]", self._redis.smembers(_OF + subject))
        found = self.get_many(sorted(one.decode() for one in ids))
        return tuple(sorted(found.values(), key=lambda delivery: delivery.created_ms))

    def recent(self, owner: Identity) -> tuple[Delivery, ...]:
        """Return *owner*'s last ones, newest first."""
        ids = cast("list[bytes]", self._redis.lrange(f"{_BY}{owner}", 0, RECENT - 1))
        return tuple(self.get_many(one.decode() for one in ids).values())

    def waiting_count(self) -> int:
        """Return how many are not over."""
        return self._redis.zcard(_DUE)

    # --- changing ---

    def add(
        self,
        delivery_id: str,
        *,
        kind: str,
        subject: str,
        owner: Identity,
        target: str,
        facts: Mapping[str, Any],
        after_s: float = 0.0,
    ) -> bool:
        """Write a delivery down, due *after_s* seconds from now; False, and nothing changed, where it is known."""
        keys = [_KEY + delivery_id, _DUE, _OF + subject, f"{_BY}{owner}"]
        told = json.dumps(dict(facts))
        values = [delivery_id, kind, subject, str(owner), target, told, repr(after_s), RECENT, 2 * KEPT_S]
        return bool(self._call("add", keys, values))

    def take_due(self, *, limit: int = 50, for_s: float = 60.0) -> tuple[str, ...]:
        """Return the ids of those that are due; nobody else gets them for *for_s* seconds."""
        found = cast("list[bytes]", self._call("take", [_DUE], [limit, repr(for_s)]))
        return tuple(one.decode() for one in found)

    def begin(self, delivery_id: str, *, within_s: float = 60.0) -> int | None:
        """Begin a try and return its number (from 1); None where it is over, or somebody else is at it.

        Whoever has not ended it *within_s* seconds counts as dead, and it is due again.
        """
        found = self._call("begin", [_KEY + delivery_id, _DUE], [delivery_id, repr(within_s)])
        return None if found is None else int(found)

    def succeed(self, delivery: Delivery, attempt: int, answer: Mapping[str, Any] | None = None) -> bool:
        """End try *attempt*: it got there. False where that try is not the one under way."""
        return self._end(delivery, attempt, DeliveryState.DELIVERED, answer=answer)

    def fail(
        self,
        delivery: Delivery,
        attempt: int,
        error: str,
        *,
        for_good: bool = False,
        after_s: float | None = None,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> bool:
        """End try *attempt*: it did not get there.

        Args:
            delivery: as it was when the try began.
            attempt: what ``begin`` gave.
            error: one sentence for people.
            for_good: another try would do no better.
            after_s: when to try again at the earliest, where the place said so.
            pauses_s: between tries; with as many tries as pauses behind it, it has failed for good.
        """
        if for_good or attempt > len(pauses_s):
            return self._end(delivery, attempt, DeliveryState.FAILED, error=error)
        pause = max(pauses_s[attempt - 1], after_s or 0.0)
        return self._end(delivery, attempt, DeliveryState.QUEUED, error=error, after_s=pause)

    def try_now(self, delivery_id: str) -> bool:
        """Let one that failed, or that waits for its next try, be tried now; False where it is over or under way."""
        return bool(self._call("again", [_KEY + delivery_id, _DUE], [delivery_id]))

    def forget(self, subject: str) -> None:
        """Remove what is known about *subject*, over or not."""
        ids = [one.decode() for one in cast("set[bytes]", self._redis.smembers(_OF + subject))]
        pipe = self._redis.pipeline(transaction=True)
        for one in ids:
            pipe.delete(_KEY + one)
            pipe.zrem(_DUE, one)
        pipe.delete(_OF + subject)
        pipe.execute()

    def _end(
        self,
        delivery: Delivery,
        attempt: int,
        state: DeliveryState,
        *,
        error: str = "",
        answer: Mapping[str, Any] | None = None,
        after_s: float = 0.0,
    ) -> bool:
        keys = [_KEY + delivery.id, _DUE, _OF + delivery.subject]
        said = json.dumps(dict(answer)) if answer is not None else ""
        values = [delivery.id, attempt, state.value, error[:1000], said, repr(after_s), KEPT_S]
        return bool(self._call("end", keys, values))

    def _call(self, name: str, keys: list[str], arguments: list[Any]) -> Any:
        return cast(Any, self._scripts[name])(keys=keys, args=arguments)
