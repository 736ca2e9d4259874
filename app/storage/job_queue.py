"""The RQ queues: a doorbell for workers. What is to be done stands in the stage store; a job only names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from rq.worker_registration import get_keys

from app.storage.stage_record import StageRecord
from artdag.digest import StepKey
from artdag.errors import InvalidDigestError

RENDERS, CHORES = "renders", "chores"

RENDER_STAGE = "app.work.jobs.render_stage"
DRAW_PICTURES = "app.work.chores.draw_pictures"
DELIVER = "app.work.sending.deliver"
TIDY = "app.work.upkeep.tidy"
LOOK_OVER = "app.work.upkeep.look_over"
FUNCTIONS: Mapping[str, frozenset[str]] = {
    RENDERS: frozenset({RENDER_STAGE}),
    CHORES: frozenset({DRAW_PICTURES, DELIVER, TIDY, LOOK_OVER}),
}
"""The closed list. A job's function is a name in Redis: whoever can write there must not be able to choose it."""

RESULT_TTL_S = 60
FAILURE_TTL_S = 12 * 3600
_BEYOND_RENDER_S = 60
"""A render ends itself when its time is over; the queue's own limit is for one that cannot."""


class UnlistedFunctionError(Exception):
    """A job names a function that this queue does not run."""


class ListedJob(Job):
    """A job of the closed list; callbacks and webhooks that somebody wrote into it are not looked at."""

    @property
    def func(self) -> Callable[..., Any]:
        if self.func_name not in FUNCTIONS.get(self.origin, ()) or self.instance is not None:
            raise UnlistedFunctionError(f"{self.func_name!r} is not a job of the queue {self.origin!r}")
        found: Callable[..., Any] = super().func
        return found

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None

    def send_webhooks(self, status: str | JobStatus, *, exc_string: str | None = None) -> None:
        """Send none."""


def open_queue(redis: Redis, name: str = RENDERS) -> Queue:
    return Queue(name, connection=redis, job_class=ListedJob, serializer=JSONSerializer)


def job_id(key: StepKey, attempt: int) -> str:
    return f"{key}-{attempt}"


def parse_job_id(text: str) -> tuple[StepKey, int]:
    """Return what :func:`job_id` was given. Raises InvalidDigestError, ValueError."""
    key, _, attempt = text.rpartition("-")
    return StepKey.parse(key), int(attempt)


def take_job(queue: Queue) -> tuple[StepKey, int] | None:
    """Take the job that is first in line out of the queue; return its stage and attempt.

    None where there is none, or one with a name that is not ours: RQ refuses that. What else stands in the job is not
    looked at. Whoever dies with it in hand leaves what a dying worker leaves: a stage that comes back by itself.
    """
    for name in queue.get_job_ids(0, 1):
        with suppress(InvalidDigestError, ValueError):
            key, attempt = parse_job_id(name)
            if queue.remove(name):  # else somebody else was quicker
                queue.connection.delete(queue.job_class.key_for(name))
                return key, attempt
    return None


def enqueue_stage(queue: Queue, stage: StageRecord, *, timeout_s: float) -> None:
    """Ring for *stage*: its newest attempt may be started by whoever takes the job."""
    queue.enqueue_call(
        RENDER_STAGE,
        args=(stage.key, stage.attempt),
        job_id=job_id(stage.key, stage.attempt),
        description=f"{stage.title} for {stage.owner}",
        timeout=int(timeout_s) + _BEYOND_RENDER_S,
        result_ttl=RESULT_TTL_S,
        failure_ttl=FAILURE_TTL_S,
    )


def enqueue_chore(
    redis: Redis, function: str, *arguments: str, description: str, timeout_s: int = 600, job_id: str | None = None
) -> None:
    """Ask for a chore, one of ``FUNCTIONS[CHORES]``; one that waits already under *job_id* is not asked for twice.

    Where it fails, whoever needs its result makes it, or asks again.
    """
    queue = open_queue(redis, CHORES)
    if job_id is not None and job_id in queue.get_job_ids():
        return
    queue.enqueue_call(
        function,
        args=arguments,
        job_id=job_id,
        description=description,
        timeout=timeout_s,
        result_ttl=RESULT_TTL_S,
        failure_ttl=FAILURE_TTL_S,
    )


def worker_count(queue: Queue) -> int:
    """Return how many workers listen; one that was killed counts a little longer."""
    keys = sorted(get_keys(queue=queue))
    return queue.connection.exists(*keys) if keys else 0
