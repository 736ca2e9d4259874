"""Leases: who may do a thing that only one process at a time should do, for as long as it gives signs of life.

Times are Redis's own: a wrong clock on a worker expires nothing. Tokens grow: whoever holds the larger one came later.
"""

from __future__ import annotations

from typing import Any, cast

from redis import Redis

FENCE = "artdag:fence"
"""Counter of all tokens given out."""

# KEYS lease, fence; ARGV milliseconds. A token, or nothing where somebody holds it.
_TAKE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local token = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
return token
"""

# KEYS lease; ARGV token, milliseconds. A lease that lapsed and that nobody took meanwhile is taken again.
_RENEW = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

# KEYS lease; ARGV token.
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class Leases:
    """Named leases."""

    def __init__(self, redis: Redis) -> None:
        self._take = redis.register_script(_TAKE)
        self._renew = redis.register_script(_RENEW)
        self._release = redis.register_script(_RELEASE)

    def take(self, name: str, seconds: float) -> int | None:
        """Return a token, or None where somebody else holds *name*."""
        return cast("int | None", _call(self._take, [_key(name), FENCE], [_ms(seconds)]))

    def renew(self, name: str, token: int, seconds: float) -> bool:
        """Hold *name* for *seconds* from now; False once somebody else has it."""
        return bool(_call(self._renew, [_key(name)], [token, _ms(seconds)]))

    def release(self, name: str, token: int) -> bool:
        """Give *name* back; False where it was somebody else's already."""
        return bool(_call(self._release, [_key(name)], [token]))


def _key(name: str) -> str:
    return f"artdag:lease:{name}"


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _call(script: Any, keys: list[str], arguments: list[int]) -> Any:
    return script(keys=keys, args=arguments)
