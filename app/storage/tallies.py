"""Tallies: how often things happened and how long they took, counted by all processes on all machines together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from redis import Redis

BUCKETS_S = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)

STAGES = "artdag_stage_seconds"
RUNS = "artdag_run_seconds"
NODES = "artdag_nodes"
_KEY = "artdag:tallies"

_TOLD: Mapping[str, tuple[str, str, bool]] = {
    STAGES: ("Time a stage was worked on, by what came of it.", "outcome", True),
    RUNS: ("Time from a run's submission to its end, by how it ended.", "state", True),
    NODES: ("Nodes of completed runs: reused from the cache, or rendered.", "how", False),
}
"""Name -> what it says, its label, whether it is timed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One thing that is counted, by one label."""

    name: str
    words: str
    label: str
    is_timed: bool
    counts: dict[str, float] = field(default_factory=dict)
    """Label -> how often."""
    sums: dict[str, float] = field(default_factory=dict)
    """Label -> seconds in all."""
    buckets: dict[tuple[str, float], float] = field(default_factory=dict)
    """(label, upper limit in seconds) -> how many within it and above the limit before."""


class Tallies:
    """The counters of one Redis. They only grow; who reads them works out rates."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def count(self, name: str, label: str, amount: int = 1) -> None:
        if amount:
            self._redis.hincrby(_KEY, f"{name}|{label}|count", amount)

    def observe(self, name: str, label: str, seconds: float) -> None:
        limit = next((one for one in BUCKETS_S if seconds <= one), float("inf"))
        pipe = self._redis.pipeline(transaction=True)
        pipe.hincrby(_KEY, f"{name}|{label}|{limit}", 1)
        pipe.hincrbyfloat(_KEY, f"{name}|{label}|sum", round(max(0.0, seconds), 4))
        pipe.execute()

    def all(self) -> tuple[Tally, ...]:
        """Return every tally, those that are still empty, too."""
        found = {
            name: Tally(name=name, words=words, label=label, is_timed=is_timed)
            for name, (words, label, is_timed) in _TOLD.items()
        }
        for field_name, raw in cast("Mapping[bytes, bytes]", self._redis.hgetall(_KEY)).items():
            name, label, kind = field_name.decode().split("|")
            tally, value = found.get(name), float(raw)
            if tally is None:  # of another version
                continue
            if kind == "count":
                tally.counts[label] = value
            elif kind == "sum":
                tally.sums[label] = value
            else:
                tally.buckets[label, float(kind)] = value
        return tuple(found.values())
