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
from app.storage.job_queue import worker_count
from artdag.walls import Walls, probe_walls

_ROOM_BYTES = 1 << 30

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
        disk = os.statvfs(services.content.scratch)
    except OSError as error:
        return Check(name="store", state="broken", words=f"the store cannot be written: {error.strerror}", facts={})
    free = disk.f_bavail * disk.f_frsize
    facts = {"free_bytes": free, "total_bytes": disk.f_blocks * disk.f_frsize}
    if free < _ROOM_BYTES:
        return Check(name="store", state="warning", words="less than 1 GB is free", facts=facts)
    return Check(name="store", state="ok", words="it can be written", facts=facts)


def _workers(services: Services) -> Check:
    try:
        count = worker_count(services.queue)
    except redis.exceptions.RedisError:
        return _UNCOUNTED
    if not count:
        return Check(name="workers", state="broken", words="none is connected: python worker.py", facts={"count": 0})
    return Check(name="workers", state="ok", words=f"{count} connected", facts={"count": count})


_UNCOUNTED = Check(name="workers", state="broken", words="they cannot be counted without Redis", facts={})


@lru_cache(maxsize=1)
def _probed() -> Walls:
    return probe_walls()


def _walls() -> Check:
    walls = _probed()
    gaps = walls.gaps or ()
    words = f"what a renderer could still do: {', '.join(gaps)}" if gaps else "a renderer reaches nothing but its job"
    return Check(name="walls", state="warning" if gaps else "ok", words=words, facts=asdict(walls))
