"""The workers that are connected, and those that should take nothing new: by their own name, or all of a machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from redis import Redis
from rq.executions import WORKER_EXECUTIONS_KEY_TEMPLATE
from rq.worker_registration import get_keys

from app.storage.job_queue import CHORES, RENDERS, ListedJob, open_queue
from artdag.errors import ArtDagError


class WorkerNotFoundError(ArtDagError):
    """There is no such worker, and no machine with one."""

    code: ClassVar[str] = "worker_not_found"


_DRAINED = "artdag:workers:drained"
_QUEUES = (RENDERS, CHORES)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerEntry:
    """One worker process."""

    name: str
    host: str
    queue: str
    is_busy: bool
    is_drained: bool
    """It takes nothing new."""
    job: str
    """What it does now, for people; empty where it does nothing."""
    since: str
    """When it was started, RFC 3339."""

    @property
    def state(self) -> str:
        """``working``, ``waiting``, ``draining`` (its last job), or ``drained``."""
        if self.is_busy:
            return "draining" if self.is_drained else "working"
        return "drained" if self.is_drained else "waiting"

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "host": self.host,
            "queue": self.queue,
            "state": self.state,
            "job": self.job or None,
            "since": self.since,
        }


class WorkerList:
    """What RQ knows of the workers, and what we ask of them."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def all(self) -> tuple[WorkerEntry, ...]:
        """Return every worker that is connected, by queue and name."""
        drained = self.drained()
        return tuple(
            entry
            for queue in _QUEUES
            for key in sorted(get_keys(queue=open_queue(self._redis, queue)))
            if (entry := self._entry(key, queue, drained)) is not None
        )

    def drained(self) -> frozenset[str]:
        """Return the names, of workers and of machines, that take nothing new."""
        found = cast("set[bytes]", self._redis.smembers(_DRAINED))
        return frozenset(one.decode() for one in found)

    def drain(self, name: str) -> None:
        """Let the worker, or every worker of the machine, called *name* finish its job and take no more."""
        self._redis.sadd(_DRAINED, name)

    def resume(self, name: str) -> bool:
        """Let *name* take work again; False where it was not drained."""
        return bool(self._redis.srem(_DRAINED, name))

    def is_drained(self, name: str, host: str) -> bool:
        return any(self._redis.smismember(_DRAINED, [name, host]))

    def _entry(self, key: str, queue: str, drained: frozenset[str]) -> WorkerEntry | None:
        found = {
            name.decode(): value.decode(errors="replace")
            for name, value in cast("Mapping[bytes, bytes]", self._redis.hgetall(key)).items()
        }
        if not found:
            return None
        name, host = key.removeprefix("rq:worker:"), found.get("hostname", "")
        return WorkerEntry(
            name=name,
            host=host,
            queue=queue,
            is_busy=found.get("state") == "busy",
            is_drained=name in drained or host in drained,
            job=self._job(name),
            since=found.get("birth", ""),
        )

    def _job(self, worker: str) -> str:
        """Return what the worker does, by the description of its job."""
        running = cast("set[bytes]", self._redis.smembers(WORKER_EXECUTIONS_KEY_TEMPLATE.format(worker)))
        for execution in running:
            job_id = execution.decode().partition(":")[0]
            raw = cast("bytes | None", self._redis.hget(ListedJob.key_for(job_id), "description"))
            if raw is not None:
                return raw.decode(errors="replace")
        return ""
