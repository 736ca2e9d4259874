"""How the queue stands, in numbers that pages and programs show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.services import Services
from app.storage.job_queue import worker_count
from artdag.run import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """Workers, and the work before them."""

    workers: int
    running: int
    """Stages that are rendered at this moment."""
    waiting: int
    """Stages that nobody works on yet."""
    runs_open: int

    @property
    def is_stuck(self) -> bool:
        """Something waits and nobody is there to do it."""
        return self.workers == 0 and self.runs_open > 0

    def to_json(self) -> dict[str, Any]:
        return {
            "workers": self.workers,
            "running": self.running,
            "waiting": self.waiting,
            "runs_open": self.runs_open,
        }


def queue_state(services: Services) -> QueueState:
    waiting = services.stages.waiting_count()
    counts = services.runs.counts()
    return QueueState(
        workers=worker_count(services.queue),
        running=services.stages.open_count() - waiting,
        waiting=waiting,
        runs_open=counts[RunState.PENDING] + counts[RunState.RUNNING],
    )
