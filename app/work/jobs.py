"""What a worker does: one stage, under a lease, in a confined child; published only while the stage is still ours."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path

import redis.exceptions
from rq.timeouts import JobTimeoutException

from app import logs
from app.runs.completion import complete_runs
from app.runs.doorbell import top_up
from app.runs.planned import read_plan
from app.services import Services, build_services
from app.settings import Settings
from app.storage.job_queue import job_id, take_job
from app.storage.stage_record import StageRecord
from app.storage.tallies import STAGES
from app.work.holding import Holding
from app.work.patience import patiently
from app.work.recovery import return_stage
from app.work.rendering import File, logged, render_in_child, told
from artdag.content_store import disk_trouble_told
from artdag.digest import StepKey
from artdag.errors import ArtDagError, CrashError, LimitError, NoRoomError, RenderError, StoppedError
from artdag.plan import Plan
from artdag.result_cache import Result
from artdag.run import RunState, rfc3339

_log = logging.getLogger(__name__)

DONE = "done"
GO_ON_S = 5.0
"""So long a process that did its job begins another one."""
STOP_GRACE_S = 6.0
"""A worker that is asked to end gives its stage so long to finish before it is put back."""


@cache
def worker_services() -> Services:
    """Return the services of this process: built by the worker before it forks, found by its children."""
    return build_services(Settings.from_env(os.environ, Path(".env")))


def render_stage(stage_key: str, attempt: int) -> str:
    """Do the work that job ``<stage key>-<attempt>`` rings for; return what came of it, for people.

    What waits in the queue behind it is then done here as well, for a few seconds: a process for each short piece of
    work would cost more than some of the work.
    """
    services, begun, answers = worker_services(), time.monotonic(), []
    following: tuple[StepKey, int] | None = (StepKey.parse(stage_key), attempt)
    with _last_one_by(signal.SIGUSR1) as is_last:
        while following is not None:
            job = StageJob(services, *following)
            answers.append(_carried_out(services, job))
            ends = is_last() or job.is_asked_to_stop or time.monotonic() - begun >= GO_ON_S
            following = take_job(services.queue) if answers[-1] == DONE and not ends else None
    return ", ".join(answers)


@contextmanager
def _last_one_by(number: signal.Signals) -> Iterator[Callable[[], bool]]:
    """Give what tells whether the signal *number* came: its worker is to take nothing new."""
    came = False

    def note(*_: object) -> None:
        nonlocal came
        came = True

    before = signal.signal(number, note)
    try:
        yield lambda: came
    finally:
        signal.signal(number, before)


def _carried_out(services: Services, job: StageJob) -> str:
    logs.reference.set(job.name)
    began, outcome = time.monotonic(), "failed"
    try:
        with job.stopped_by(signal.SIGTERM):
            outcome = job.carry_out()
    finally:
        with suppress(redis.exceptions.RedisError):  # a number more or less is not worth a job
            services.tallies.observe(STAGES, outcome.partition(":")[0], time.monotonic() - began)
    return outcome


class StageJob:
    """One attempt at one stage."""

    def __init__(self, services: Services, key: StepKey, attempt: int) -> None:
        self._services = services
        self._key = key
        self._attempt = attempt
        self._worker = f"{socket.gethostname()}-{os.getpid()}"
        self._stop_at: float | None = None

    @property
    def name(self) -> str:
        """For the log."""
        return f"{self._key[:10]}-{self._attempt}"

    @property
    def is_asked_to_stop(self) -> bool:
        return self._stop_at is not None

    @contextmanager
    def stopped_by(self, number: signal.Signals) -> Iterator[None]:
        """Let the signal *number* give the job a last while to finish in."""

        def ask(*_: object) -> None:
            self._stop_at = time.monotonic() + STOP_GRACE_S

        before = signal.signal(number, ask)
        try:
            yield
        finally:
            signal.signal(number, before)

    def carry_out(self) -> str:
        """Start the stage, render it, publish it; whatever happens, the stage says so."""
        services, key = self._services, self._key
        started = services.stages.start(
            key,
            self._attempt,
            worker=self._worker,
            now=services.clock(),
            lease_s=services.settings.lease_s,
        )
        if started is None:
            return "somebody else's: nothing was done"
        for run_id in started.runs:
            with suppress(ArtDagError):  # it ended, or was discarded, a moment ago
                services.runs.move(run_id, RunState.RUNNING, started_at=services.clock())
        holding = Holding(services, key, started.token, lambda: self._stop_at)
        record = services.stages.get(key)
        assert record is not None  # it was started above
        try:
            return self._render(record, holding, run=next(iter(started.runs), None))
        except StoppedError:
            return self._stopped(holding)
        except CrashError as error:
            return self._crashed(error)
        except ArtDagError as error:
            return self._failed(holding, error)
        except redis.exceptions.RedisError:
            raise  # the lease runs out and the stage comes back by itself
        except JobTimeoutException:
            self._failed(holding, LimitError("the work took longer than it may"))
            raise
        except Exception as error:
            self._failed(holding, logged(told(error)))
            raise

    def _render(self, record: StageRecord, holding: Holding, *, run: str | None) -> str:
        services, key = self._services, self._key
        if not self._is_there() and not self._is_known_otherwise(plan := read_plan(services, record.plan)):
            self._check_code(plan)
            with self._folder() as folder:
                file = render_in_child(
                    services, plan, key, folder, on_message=holding.note, should_stop=holding.is_over
                )
                if not patiently(holding.renew):
                    holding.is_lost = True
                    raise StoppedError("the stage was taken away before it was published")
                self._publish(plan, file, run)
        runs = patiently(partial(services.stages.finish, key, holding.token))
        if runs is None:
            holding.is_lost = True
            raise StoppedError("the stage was taken away before it was finished")
        _log.info("stage %s is done", key[:10])
        complete_runs(services, runs, task_id=job_id(key, self._attempt))
        top_up(services)
        return DONE

    def _is_there(self) -> bool:
        """Tell whether an earlier attempt got as far as publishing."""
        result = self._services.results.get(self._key)
        return result is not None and self._services.content.has(result.digest)

    def _is_known_otherwise(self, plan: Plan) -> bool:
        """Tell whether it was made for other work with the same bytes: a slice before this one may have found that."""
        self._services.memory.adopt(plan)
        return self._is_there()

    def _check_code(self, plan: Plan) -> None:
        """Refuse work whose keys name another build than ours: its results would lie."""
        planned = plan.steps[0].toolchain
        if planned != self._services.toolchain:
            raise RenderError(
                "Art DAG or its media library changed since this was planned: run it again",
                detail=f"planned for {planned}\nthis worker has {self._services.toolchain}",
            )

    def _publish(self, plan: Plan, file: File, run: str | None) -> None:
        services, made_at = self._services, rfc3339(self._services.clock()) or ""
        blob = services.content.put_file(file.path)
        result = Result(
            key=self._key,
            digest=blob.digest,
            facts=file.facts,
            seconds=file.seconds,
            made_at=made_at,
            made_by=self._worker,
            material=plan.by_key[self._key].material if self._key in plan.by_key else {"type": "SLICE"},
            run=run,
            plan=plan.plan_id,
            reused=file.reused,
        )
        services.results.put(result)
        for kept in file.kept:
            try:
                digest = services.content.put_file(kept.path).digest
                entry = kept.result(digest, made_at=made_at, made_by=self._worker, run=run, plan=plan.plan_id)
                services.results.put(entry)
            except (NoRoomError, OSError) as error:  # what is kept on the side must not cost the result
                _log.warning("stage %s: frames were not kept: %s", self._key[:10], error)
        services.memory.share(plan, result)
        services.seen.note(file.computed, plan.plan_id)
        services.costs.learn(file.work, file.seconds)

    @contextmanager
    def _folder(self) -> Iterator[Path]:
        """A folder in scratch, gone afterwards; what earlier attempts left behind goes, too."""
        scratch = self._services.content.scratch
        for leftover in scratch.glob(f"render-{self._key[:16]}-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = scratch / f"render-{self._key[:16]}-{self._attempt}-{secrets.token_hex(4)}"
        with disk_trouble_told():
            folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    # --- the other endings ---

    def _stopped(self, holding: Holding) -> str:
        if holding.is_lost:
            return "not wanted any more"
        self._put_back(died=False, error=StoppedError("the worker was stopped"))
        return "put back"

    def _crashed(self, error: CrashError) -> str:
        """The child died; that may have been the machine's fault, so the stage gets another chance, up to a limit."""
        _log.warning("stage %s, attempt %d: %s", self._key[:10], self._attempt, error.message)
        self._put_back(died=True, error=error)
        return f"crashed: {error.message}"

    def _failed(self, holding: Holding, error: ArtDagError) -> str:
        _log.warning("stage %s failed: %s", self._key[:10], error.message)
        runs = patiently(partial(self._services.stages.fail, self._key, holding.token, error.to_json()))
        complete_runs(self._services, runs or ())
        top_up(self._services)
        return f"failed: {error.message}"

    def _put_back(self, *, died: bool, error: ArtDagError) -> None:
        stage = patiently(partial(self._services.stages.get, self._key))
        if stage is not None and stage.attempt == self._attempt:
            patiently(partial(return_stage, self._services, stage, died=died, unless_held=False, last=error))
