"""A run: one request to carry out a plan. An event with a random id, where the plan is a value."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from artdag.digest import Digest
from artdag.errors import IllegalTransitionError
from artdag.identity import Identity


class RunState(StrEnum):
    """Where a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return not _MOVES[self]


_MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.PENDING: frozenset({RunState.RUNNING, RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED}),
    RunState.RUNNING: frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED}),
    RunState.COMPLETED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.CANCELLED: frozenset(),
}


class NodeState(StrEnum):
    """Where a node of a run stands."""

    PENDING = "pending"
    RUNNING = "running"
    CACHED = "cached"
    JOINED = "joined"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"

    @property
    def is_final(self) -> bool:
        return self not in (NodeState.PENDING, NodeState.RUNNING, NodeState.JOINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come: counts of nodes, and the share of the work that is done (never falling)."""

    nodes: int = 0
    cached: int = 0
    done: int = 0
    running: int = 0
    fraction: float = 0.0
    eta_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The record of a run, as everybody sees it."""

    run_id: str
    state: RunState = RunState.PENDING
    owner: Identity
    recipe: str
    """Name of the recipe."""
    recipe_version: str = "1.0"
    recipe_id: Digest
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """Node id -> content hash; those of a list as ``node[0]``, ``node[1]`` and so on."""
    params: Mapping[str, Any] = field(default_factory=dict)
    output_name: str
    plan_id: Digest
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    outputs: Mapping[str, Digest] = field(default_factory=dict)
    """Output name -> content hash; filled as they are made."""
    provenance: Digest | None = None
    progress: Progress = Progress()
    analysing: bool = False
    """Whether sound is being heard first: what else there is to do shows after that."""
    error: Mapping[str, Any] | None = None
    published: tuple[Mapping[str, Any], ...] = ()
    infrastructure: Mapping[str, Any] | None = None

    @property
    def output(self) -> Digest | None:
        """The first output: what ``output_hash`` says."""
        return next(iter(self.outputs.values()), None)

    def moved_to(self, state: RunState, **changes: Any) -> Run:
        """Return this run in *state*, with *changes* to other fields.

        Raises:
            IllegalTransitionError: when it cannot go there from here.
        """
        if state not in _MOVES[self.state]:
            raise IllegalTransitionError(f"run {self.run_id} is {self.state.value}: it cannot become {state.value}")
        return dataclasses.replace(self, state=state, **changes)

    def to_json(self) -> dict[str, Any]:
        """Return the run record of the contract."""
        return {
            "run_id": self.run_id,
            "status": self.state.value,
            "recipe": self.recipe,
            "recipe_version": self.recipe_version,
            "recipe_id": self.recipe_id,
            "inputs": dict(self.inputs),
            "params": dict(self.params),
            "output_name": self.output_name,
            "output_hash": self.output,
            "outputs": dict(self.outputs),
            "created_at": rfc3339(self.created_at),
            "started_at": rfc3339(self.started_at),
            "completed_at": rfc3339(self.completed_at),
            "username": str(self.owner),
            "plan_id": self.plan_id,
            "progress": dataclasses.asdict(self.progress),
            "analysing": self.analysing,
            "error": dict(self.error) if self.error else None,
            "provenance_hash": self.provenance,
            "infrastructure": dict(self.infrastructure) if self.infrastructure else None,
            "published": [dict(entry) for entry in self.published],
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Run:
        return cls(
            run_id=record["run_id"],
            state=RunState(record["status"]),
            owner=Identity.parse(record["username"]),
            recipe=record["recipe"],
            recipe_version=record["recipe_version"],
            recipe_id=Digest.parse(record["recipe_id"]),
            inputs=record["inputs"],
            params=record["params"],
            output_name=record["output_name"],
            plan_id=Digest.parse(record["plan_id"]),
            created_at=_moment(record["created_at"]),
            started_at=_moment(record["started_at"]) if record["started_at"] else None,
            completed_at=_moment(record["completed_at"]) if record["completed_at"] else None,
            outputs={name: Digest.parse(digest) for name, digest in record["outputs"].items()},
            provenance=Digest.parse(record["provenance_hash"]) if record["provenance_hash"] else None,
            progress=Progress(**record["progress"]),
            analysing=record.get("analysing", False),
            error=record["error"],
            published=tuple(record["published"]),
            infrastructure=record["infrastructure"],
        )


def rfc3339(moment: datetime | None) -> str | None:
    """Return *moment* in UTC with milliseconds, as ``2026-11-24T08:00:00.000Z``."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
