"""What a stage on its way is: the work that one job does, for all runs that wait for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from artdag.digest import Digest, StepKey
from artdag.identity import Identity


class StageState(StrEnum):
    """Where a stage stands."""

    WAITING = "waiting"
    """In its owner's line; nobody has been told."""
    QUEUED = "queued"
    """A job for it was put into the queue."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        return self in (StageState.WAITING, StageState.QUEUED, StageState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStage:
    """Work that a run needs and that is not done."""

    key: StepKey
    nodes: tuple[str, ...]
    """Node ids that it carries."""
    cost_s: float
    """Estimate, in seconds."""
    title: str
    """For people who look at the queue, such as ``soft-night: box → web``."""
    needs: tuple[StepKey, ...] = ()
    """Stages that have to be done before."""

    def to_json(self) -> dict[str, Any]:
        facts = {"key": self.key, "nodes": list(self.nodes), "cost_s": self.cost_s, "title": self.title}
        return facts | ({"needs": list(self.needs)} if self.needs else {})

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> NewStage:
        return cls(
            key=StepKey.parse(record["key"]),
            nodes=tuple(record["nodes"]),
            cost_s=record["cost_s"],
            title=record["title"],
            needs=tuple(map(StepKey.parse, record.get("needs", ()))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRecord:
    """A stage as the store knows it."""

    key: StepKey
    state: StageState
    attempt: int
    """How often a job was made for it; job ids carry it, and only the newest one may start."""
    lost: int
    """How many of its workers died."""
    plan: Digest
    """The plan that it is rendered from."""
    owner: Identity
    """Who asked first; the queue takes turns between owners."""
    nodes: tuple[str, ...]
    cost_s: float
    title: str
    fraction: float
    """Share of the work that is done, 0 to 1; never falls while one attempt lasts."""
    started_at: datetime | None
    worker: str
    error: Mapping[str, Any] | None

    @classmethod
    def from_hash(cls, key: StepKey, found: Mapping[bytes, bytes]) -> StageRecord:
        text = {name.decode(): value.decode() for name, value in found.items()}
        return cls(
            key=key,
            state=StageState(text["state"]),
            attempt=int(text["attempt"]),
            lost=int(text["lost"]),
            plan=Digest.parse(text["plan"]),
            owner=Identity.parse(text["owner"]),
            nodes=tuple(json.loads(text["nodes"])),
            cost_s=float(text["cost_s"]),
            title=text["title"],
            fraction=float(text["fraction"]),
            started_at=datetime.fromisoformat(text["started_at"]) if text["started_at"] else None,
            worker=text["worker"],
            error=json.loads(text["error"]) if text["error"] else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The right to work on a stage."""

    token: int
    """Fencing token: what is done with an older one counts for nothing."""
    runs: tuple[str, ...]
    """The runs that wait for it now; more may join."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What became of a stage that was put back."""

    state: StageState
    """``WAITING``, or ``FAILED`` where too many workers died of it."""
    runs: tuple[str, ...]
