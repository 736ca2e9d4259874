"""StageStore: the work on its way, as the truth behind the queue.

``artdag:stage:<key>`` is a hash with the stage's state, ``…:runs`` the runs that wait for it. Stages that wait stand in
one line per owner (``artdag:stages:waiting:<actor>``); ``artdag:stages:turns`` says whose line is served next. Each
method is one script: Redis does it whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis

from app.storage.stage_record import NewStage, Returned, StageRecord, StageState, Started
from artdag.digest import Digest, StepKey
from artdag.identity import Identity

LOST_LIMIT = 3
"""After so many workers died of a stage it fails for good."""

# Functions that the scripts below, and those of RunStore, begin with. A final stage is kept for a day: long enough for
# whoever settles its runs, and so that a later attempt does not get the job id of an earlier one.
STAGE_FUNCTIONS = """
local function millis()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end

local function stand_in_line(key, owner, place)
  redis.call('ZADD', 'artdag:stages:waiting:' .. owner, place, key)
  if not redis.call('LPOS', 'artdag:stages:turns', owner) then
    redis.call('RPUSH', 'artdag:stages:turns', owner)
  end
end

local function is_open(state)
  return state == 'waiting' or state == 'queued' or state == 'running'
end

local function close(key, state)
  local stage = 'artdag:stage:' .. key
  local runs = redis.call('SMEMBERS', stage .. ':runs')
  redis.call('HSET', stage, 'state', state, 'fence', '')
  redis.call('EXPIRE', stage, 86400)
  redis.call('DEL', stage .. ':runs', 'artdag:lease:stage:' .. key)
  redis.call('SREM', 'artdag:stages:open', key)
  redis.call('SREM', 'artdag:stages:active', key)
  redis.call('ZREM', 'artdag:stages:waiting:' .. redis.call('HGET', stage, 'owner'), key)
  for _, run in ipairs(runs) do redis.call('ZADD', 'artdag:runs:due', millis(), run) end
  return runs
end

local function join(wanted, run, owner, plan)
  local stage = 'artdag:stage:' .. wanted.key
  local state = redis.call('HGET', stage, 'state')
  redis.call('SADD', stage .. ':runs', run)
  if is_open(state) then return state end
  local place = redis.call('INCR', 'artdag:stages:places')
  redis.call('HSET', stage, 'state', 'waiting', 'lost', 0, 'plan', plan, 'owner', owner, 'nodes', wanted.nodes,
    'cost_s', wanted.cost_s, 'title', wanted.title, 'place', place, 'fraction', 0, 'fence', '', 'started_at', '',
    'worker', '', 'error', '')
  redis.call('HSETNX', stage, 'attempt', 0)
  redis.call('PERSIST', stage)
  redis.call('SADD', 'artdag:stages:open', wanted.key)
  stand_in_line(wanted.key, owner, place)
  return ''
end
"""

# ARGV how many of one owner may be handed out at once; 0: as many as there are
_NEXT = """
local most, handed_out = tonumber(ARGV[1]), {}
if most > 0 then
  for _, key in ipairs(redis.call('SMEMBERS', 'artdag:stages:active')) do
    local owner = redis.call('HGET', 'artdag:stage:' .. key, 'owner') or ''
    handed_out[owner] = (handed_out[owner] or 0) + 1
  end
end
for _ = 1, redis.call('LLEN', 'artdag:stages:turns') do
  local owner = redis.call('LPOP', 'artdag:stages:turns')
  local line = 'artdag:stages:waiting:' .. owner
  local first
  if most == 0 or (handed_out[owner] or 0) < most then first = redis.call('ZPOPMIN', line)[1] end
  if redis.call('EXISTS', line) == 1 then redis.call('RPUSH', 'artdag:stages:turns', owner) end
  if first then
    local stage = 'artdag:stage:' .. first
    redis.call('HSET', stage, 'state', 'queued')
    redis.call('HINCRBY', stage, 'attempt', 1)
    redis.call('SADD', 'artdag:stages:active', first)
    return first
  end
end
return false
"""

# ARGV key, attempt, worker, moment, lease in milliseconds
_START = """
local stage, lease = 'artdag:stage:' .. ARGV[1], 'artdag:lease:stage:' .. ARGV[1]
local known = redis.call('HMGET', stage, 'state', 'attempt')
if known[1] ~= 'queued' or known[2] ~= ARGV[2] then return false end
local token = redis.call('INCR', 'artdag:fence')
redis.call('HSET', stage, 'state', 'running', 'fence', token, 'worker', ARGV[3], 'started_at', ARGV[4], 'fraction', 0)
redis.call('SET', lease, token, 'PX', ARGV[5])
return {token, redis.call('SMEMBERS', stage .. ':runs')}
"""

# ARGV key, token, lease in milliseconds. A lease that lapsed is taken again: the stage's own fence says whether
# anybody took the work away meanwhile.
_HOLD = """
local stage = 'artdag:stage:' .. ARGV[1]
if redis.call('HGET', stage, 'fence') ~= ARGV[2] then return 0 end
redis.call('SET', 'artdag:lease:stage:' .. ARGV[1], ARGV[2], 'PX', ARGV[3])
return 1
"""

# ARGV key, token, fraction
_PROGRESS = """
local stage = 'artdag:stage:' .. ARGV[1]
local known = redis.call('HMGET', stage, 'fence', 'fraction')
if known[1] ~= ARGV[2] then return 0 end
if tonumber(ARGV[3]) > tonumber(known[2]) then redis.call('HSET', stage, 'fraction', ARGV[3]) end
return 1
"""

# ARGV key, token, final state, error
_END = """
local stage = 'artdag:stage:' .. ARGV[1]
if redis.call('HGET', stage, 'fence') ~= ARGV[2] then return false end
redis.call('HSET', stage, 'error', ARGV[4])
if ARGV[3] == 'done' then redis.call('HSET', stage, 'fraction', 1) end
return close(ARGV[1], ARGV[3])
"""

# ARGV key, attempt, 1 where its worker died, 1 where a lease protects it, limit, error for when that is reached
_PUT_BACK = """
local stage, lease = 'artdag:stage:' .. ARGV[1], 'artdag:lease:stage:' .. ARGV[1]
local known = redis.call('HMGET', stage, 'state', 'attempt', 'owner', 'place')
if (known[1] ~= 'queued' and known[1] ~= 'running') or known[2] ~= ARGV[2] then return false end
if ARGV[4] == '1' and redis.call('EXISTS', lease) == 1 then return false end
if known[1] == 'running' and redis.call('HINCRBY', stage, 'lost', ARGV[3]) >= tonumber(ARGV[5]) then
  redis.call('HSET', stage, 'error', ARGV[6])
  return {'failed', close(ARGV[1], 'failed')}
end
redis.call('HSET', stage, 'state', 'waiting', 'fence', '', 'worker', '', 'started_at', '', 'fraction', 0)
redis.call('DEL', lease)
redis.call('SREM', 'artdag:stages:active', ARGV[1])
stand_in_line(ARGV[1], known[3], known[4])
return {'waiting', redis.call('SMEMBERS', stage .. ':runs')}
"""

# ARGV run, keys. Work that nobody waits for any more is cancelled.
_LEAVE = """
local ended = {}
for place = 2, #ARGV do
  local stage = 'artdag:stage:' .. ARGV[place]
  redis.call('SREM', stage .. ':runs', ARGV[1])
  if is_open(redis.call('HGET', stage, 'state')) and redis.call('EXISTS', stage .. ':runs') == 0 then
    close(ARGV[place], 'cancelled')
    ended[#ended + 1] = ARGV[place]
  end
end
return ended
"""

# ARGV request: {run, owner, plan, stages}
_JOIN = """
local wanted = cjson.decode(ARGV[1])
for _, stage in ipairs(wanted.stages) do join(stage, wanted.run, wanted.owner, wanted.plan) end
return 1
"""


# ARGV run, mark
_SETTLED = """
if redis.call('ZSCORE', 'artdag:runs:due', ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('ZREM', 'artdag:runs:due', ARGV[1])
"""


class StageStore:
    """Stages by key."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts = {
            name: redis.register_script(STAGE_FUNCTIONS + text)
            for name, text in {
                "next": _NEXT,
                "start": _START,
                "hold": _HOLD,
                "progress": _PROGRESS,
                "end": _END,
                "put_back": _PUT_BACK,
                "leave": _LEAVE,
                "join": _JOIN,
                "settled": _SETTLED,
            }.items()
        }

    # --- reading ---

    def get(self, key: StepKey) -> StageRecord | None:
        return self.get_many([key]).get(key)

    def get_many(self, keys: Iterable[StepKey]) -> dict[StepKey, StageRecord]:
        """Return those that are known, in one round trip."""
        wanted = list(keys)
        pipe = self._redis.pipeline(transaction=False)
        for key in wanted:
            pipe.hgetall(_stage(key))
        return {
            key: StageRecord.from_hash(key, found)
            for key, found in zip(wanted, cast("list[dict[bytes, bytes]]", pipe.execute()), strict=True)
            if found
        }

    def active(self) -> tuple[StageRecord, ...]:
        """Return the stages that were handed out: queued or running."""
        keys = cast("set[bytes]", self._redis.smembers("artdag:stages:active"))
        return tuple(self.get_many(sorted(map(_key, keys))).values())

    def open_count(self) -> int:
        return self._redis.scard("artdag:stages:open")

    def waiting_count(self) -> int:
        """Return how many stages stand in a line."""
        return self.open_count() - self._redis.scard("artdag:stages:active")

    def ahead_of(self, record: StageRecord) -> int:
        """Return how many stages of the same owner will be handed out before this one."""
        place = cast("int | None", self._redis.zrank(_line(record.owner), record.key))
        return place or 0

    def runs_of(self, key: StepKey) -> tuple[str, ...]:
        """Return the runs that wait for a stage."""
        return _texts(cast("set[bytes]", self._redis.smembers(f"{_stage(key)}:runs")))

    def are_held(self, keys: Iterable[StepKey]) -> dict[StepKey, bool]:
        """Tell of each stage whether somebody gave signs of life for it within the time of a lease."""
        wanted = list(keys)
        found = cast("list[Any]", self._redis.mget([f"artdag:lease:stage:{key}" for key in wanted])) if wanted else []
        return {key: holder is not None for key, holder in zip(wanted, found, strict=True)}

    # --- changing ---

    def take_next(self, *, most_of_one: int | None = None) -> StageRecord | None:
        """Mark the next stage as queued, owner by owner in turns, and return it; None when nothing may be handed out.

        An owner with *most_of_one* handed out already is passed over until one of them is done.
        """
        key = self._call("next", most_of_one or 0)
        return self.get(_key(key)) if key is not None else None

    def start(self, key: StepKey, attempt: int, *, worker: str, now: datetime, lease_s: float) -> Started | None:
        """Begin the work; None where this attempt is not the one that may."""
        moment = now.astimezone(UTC).isoformat()
        found = self._call("start", key, attempt, worker, moment, _ms(lease_s))
        return Started(token=found[0], runs=_texts(found[1])) if found else None

    def hold(self, key: StepKey, token: int, lease_s: float) -> bool:
        """Give a sign of life; False once the stage is cancelled, or somebody else's."""
        return bool(self._call("hold", key, token, _ms(lease_s)))

    def is_wanted(self, key: StepKey, token: int) -> bool:
        """Tell, at the price of one read, whether the stage is still wanted and still the token's."""
        return cast("bytes | None", self._redis.hget(_stage(key), "fence")) == str(token).encode()

    def progress(self, key: StepKey, token: int, fraction: float) -> bool:
        """Note how much is done; False where the token is out of date."""
        return bool(self._call("progress", key, token, repr(min(max(fraction, 0.0), 1.0))))

    def finish(self, key: StepKey, token: int) -> tuple[str, ...] | None:
        """Mark the stage as done and return the runs that waited; None where the token is out of date."""
        return self._end(key, token, StageState.DONE, None)

    def fail(self, key: StepKey, token: int, error: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Mark the stage as failed and return the runs that waited; None where the token is out of date."""
        return self._end(key, token, StageState.FAILED, error)

    def put_back(
        self, key: StepKey, attempt: int, *, died: bool, unless_held: bool = True, error: Mapping[str, Any]
    ) -> Returned | None:
        """Let the stage wait again, or fail with *error* where too many of its workers died.

        Args:
            key: the stage.
            attempt: the one that came to nothing; where another is on already, nothing happens and None is returned.
            died: its worker died, rather than gave it back.
            unless_held: leave it alone where somebody holds a lease on it.
            error: what to say in the end, as an engine error's JSON.
        """
        found = self._call("put_back", key, attempt, int(died), int(unless_held), LOST_LIMIT, json.dumps(dict(error)))
        return Returned(state=StageState(found[0].decode()), runs=_texts(found[1])) if found else None

    def join(self, run_id: str, plan: Digest, owner: Identity, stages: Iterable[NewStage]) -> None:
        """Let *run_id* wait for *stages*: for those that are on their way, and for the others as new ones."""
        self._call("join", json.dumps({"run": run_id, **stage_arguments(plan, owner, stages)}))

    def leave(self, run_id: str, keys: Iterable[StepKey]) -> tuple[StepKey, ...]:
        """Let *run_id* wait no more; return the stages that were cancelled, because nobody else waits for them."""
        wanted = list(keys)
        return tuple(map(_key, self._call("leave", run_id, *wanted))) if wanted else ()

    # --- settling: runs whose stages came to an end ---

    def due_runs(self, *, for_s: float) -> tuple[str, ...]:
        """Return the runs that somebody should have settled for more than *for_s* seconds."""
        seconds, micros = self._redis.time()
        limit = seconds * 1000 + micros // 1000 - for_s * 1000
        found = cast("list[bytes]", self._redis.zrangebyscore("artdag:runs:due", "-inf", limit, start=0, num=50))
        return tuple(item.decode() for item in found)

    def due_mark(self, run_id: str) -> str:
        """Return what the stage of *run_id* that ended last has left; empty where nothing is due."""
        moment = self._redis.zscore("artdag:runs:due", run_id)
        return "" if moment is None else f"{moment:.0f}"

    def is_settled(self, run_id: str, mark: str) -> None:
        """Note that *run_id* was looked at after *mark*. Where a stage ended since, the run stays due."""
        self._call("settled", run_id, mark)

    def _end(
        self, key: StepKey, token: int, state: StageState, error: Mapping[str, Any] | None
    ) -> tuple[str, ...] | None:
        found = self._call("end", key, token, state.value, json.dumps(dict(error)) if error is not None else "")
        return None if found is None else _texts(found)

    def _call(self, name: str, *arguments: object) -> Any:
        return cast(Any, self._scripts[name])(args=list(arguments))


def stage_arguments(plan: Digest, owner: Identity, stages: Iterable[NewStage]) -> dict[str, Any]:
    """Return what the script function ``join`` wants to know of *stages*."""
    return {
        "plan": plan,
        "owner": str(owner),
        "stages": [{**stage.to_json(), "nodes": json.dumps(list(stage.nodes))} for stage in stages],
    }


def _stage(key: str) -> str:
    return f"artdag:stage:{key}"


def _line(owner: Identity) -> str:
    return f"artdag:stages:waiting:{owner}"


def _key(raw: bytes) -> StepKey:
    return StepKey.parse(raw.decode())


def _texts(raw: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(sorted(item.decode() for item in raw))


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
