"""Whether the service can do its work: each part is asked, and each answer says what to do about it."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

import redis.exceptions

from app.processes.embedded_redis import running_url
from app.services import Services
from app.storage.job_queue import CHORES, RENDERS, worker_count
from app.storage.room import BEGIN, TAKE_IN, room_on
from artdag.walls import Walls, probe_walls

State = Literal["ok", "warning", "broken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One part of the service."""

    name: str
    state: State
    words: str
    facts: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return {"state": self.state, "detail": self.words, **self.facts}


def readiness(services: Services) -> tuple[Check, ...]:
    """Return how each part stands; the service is ready when none is broken."""
    asked = _redis(services)
    answers = bool(asked.facts)  # one that does not is not asked again: each time takes until it is given up
    return (asked, _store(services), _workers(services) if answers else _UNCOUNTED, _walls())


def _redis(services: Services) -> Check:
    started = time.monotonic()
    try:
        services.redis.ping()
        info = services.redis.info("persistence")
    except redis.exceptions.RedisError as error:
        return Check(name="redis", state="broken", words=f"Redis does not answer: {error}"[:200], facts={})
    facts = {
        "answers_in_ms": round((time.monotonic() - started) * 1000, 2),
        "append_only_file": bool(info.get("aof_enabled")),
        "fsync": _fsync(services) if info.get("aof_enabled") else None,
        "last_write_ok": info.get("aof_last_write_status", "ok") == "ok"
        and info.get("rdb_last_bgsave_status", "ok") == "ok",
    }
    if not facts["last_write_ok"]:
        return Check(name="redis", state="broken", words="Redis could not write to its disk", facts=facts)
    promises = {
        "always": ("ok", "what is acknowledged survives a power cut"),
        "everysec": ("warning", "a power cut may lose the last two seconds"),
        "no": ("warning", "a power cut may lose what the system has not written yet"),
    }
    unknown = ("warning", "the append-only file is on; how often it is synced is not told")
    state, words = promises.get(str(facts["fsync"]), unknown)
    if not facts["append_only_file"]:
        state, words = "warning", "there is no append-only file: a crash loses what came since the last snapshot"
    return Check(name="redis", state="warning" if state == "warning" else "ok", words=words, facts=facts)


def _fsync(services: Services) -> str | None:
    """Return the policy; None where we may not ask."""
    own = running_url(services.settings.home)
    if own is not None and services.settings.redis_url in (None, own):
        return "always"  # our own server is started so, and answers no CONFIG
    try:
        found = services.redis.config_get("appendfsync")
    except redis.exceptions.ResponseError:
        return None
    return found.get("appendfsync")


def _store(services: Services) -> Check:
    place = services.content.scratch / f"ready-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        place.write_bytes(b"ready")
        place.unlink()
        room = room_on(services.content.scratch)
    except OSError as error:
        return Check(name="store", state="broken", words=f"the store cannot be written: {error.strerror}", facts={})
    facts = {"free_bytes": room.free, "total_bytes": room.total, "reserve_bytes": room.reserve(TAKE_IN)}
    facts |= _looked_over(services)
    if not room.leaves(BEGIN):
        words = "the disk is nearly full: no work is begun until there is room again"
        return Check(name="store", state="broken", words=words, facts=facts)
    if not room.leaves(TAKE_IN):
        words = "the disk is nearly full: nothing new is taken in"
        return Check(name="store", state="warning", words=words, facts=facts)
    if facts.get("for_a_person"):
        words = f"{facts['for_a_person']} things went bad that only a person can restore: the cache page lists them"
        return Check(name="store", state="warning", words=words, facts=facts)
    return Check(name="store", state="ok", words="it can be written", facts=facts)


def _looked_over(services: Services) -> dict[str, Any]:
    """Return when all that is kept was last looked over, and what came of it."""
    try:
        last = services.upkeep.get("fsck")
    except redis.exceptions.RedisError:
        return {}
    if last is None:
        return {"last_checked": None}
    return {"last_checked": last.get("finished_at"), "for_a_person": len(last.get("for_a_person", ()))}


def _workers(services: Services) -> Check:
    try:
        count = worker_count(services.queue)
    except redis.exceptions.RedisError:
        return _UNCOUNTED
    if not count:
        return Check(name="workers", state="broken", words="none is connected: python worker.py", facts={"count": 0})
    listed = services.workers.all()
    resting = sum(worker.queue == RENDERS and worker.is_drained for worker in listed)
    facts = {"count": count, "drained": resting, "chores": sum(worker.queue == CHORES for worker in listed)}
    if resting and resting >= count:
        return Check(name="workers", state="warning", words="all are drained: artdag resume NAME", facts=facts)
    if not facts["chores"]:
        words = "nobody does chores (webhooks, publishing, upkeep): python worker.py --queue chores"
        return Check(name="workers", state="warning", words=words, facts=facts)
    return Check(name="workers", state="ok", words=f"{count} connected", facts=facts)


_UNCOUNTED = Check(name="workers", state="broken", words="they cannot be counted without Redis", facts={})


@lru_cache(maxsize=1)
def _probed() -> Walls:
    return probe_walls()


def _walls() -> Check:
    walls = _probed()
    gaps = walls.gaps or ()
    words = f"what a renderer could still do: {', '.join(gaps)}" if gaps else "a renderer reaches nothing but its job"
    return Check(name="walls", state="warning" if gaps else "ok", words=words, facts=asdict(walls))
