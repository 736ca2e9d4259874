"""The worker process: RQ's worker, taught to notice deaths in seconds, to leave nobody behind, to wait for Redis.

RQ's bookkeeping is never asked what is true; that stands in the stage store.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis.exceptions
from rq import Queue, Worker
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus
from rq.worker_registration import register

from app.processes import tether
from app.services import Services, connect
from app.settings import Settings
from app.storage.job_queue import RENDERS, RESULT_TTL_S, ListedJob, open_queue, parse_job_id
from app.storage.newest_first import decoded
from app.work.jobs import worker_services
from app.work.recovery import return_stage
from artdag.codec.fontfile import load_typefaces
from artdag.errors import CrashError
from artdag.walls import probe_walls

_log = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[2]
_MONITORING_S, _MAINTENANCE_S, _WORKER_TTL_S = 3, 5, 20
_REDIS_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 2.0
_REST_S = 1.0


class WorkerError(Exception):
    """This worker cannot work here; the message is one line for the person at the terminal."""


class RenderWorker(Worker):
    """A worker on exactly one queue: with two, RQ can lose a job between taking and registering it."""

    job_class = ListedJob
    max_connection_wait_time = _LONGEST_PAUSE_S

    def __init__(self, services: Services, queue: str, *, name: str, tend: Callable[[], None]) -> None:
        """Prepare to work.

        Args:
            services: the stores behind the queue.
            queue: the one queue.
            name: for people who look at the workers.
            tend: called every few seconds.
        """
        own = connect(services.settings)  # RQ changes the time limits of the connection it is given
        super().__init__(
            [open_queue(own, queue)],
            name=name,
            connection=own,
            default_result_ttl=RESULT_TTL_S,
            maintenance_interval=_MAINTENANCE_S,
            worker_ttl=_WORKER_TTL_S,
            job_monitoring_interval=_MONITORING_S,
            job_class=ListedJob,
            serializer=JSONSerializer,
            work_horse_killed_handler=self._horse_died,
        )
        self.asked_to_stop = False
        self._services = services
        self._tend = tend

    # --- deaths are noticed, and nobody is left behind ---

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """Return a short one: RQ's own adds a minute."""
        return int(self.job_monitoring_interval) + 10

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Work in the forked process, which ends with its parent."""
        ctypes.CDLL(None).prctl(tether.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self.pid:  # it died before we asked
            os._exit(1)
        super().main_work_horse(job, queue)

    def _horse_died(self, job: Job, *_: object) -> None:
        self._give_back(job.id, died=True)

    def _give_back(self, name: str, *, died: bool) -> None:
        if self.queues[0].name != RENDERS:
            return
        key, attempt = parse_job_id(name)
        stage = self._services.stages.get(key)
        if stage is not None and stage.attempt == attempt:
            last = CrashError("its worker was killed") if died else None
            return_stage(self._services, stage, died=died, unless_held=False, last=last)

    # --- one thread only: a process that forks must have no other ---

    def subscribe(self) -> None:
        """Listen to no commands: whoever can publish in Redis must not be able to stop us."""

    # --- an end that was asked for ---

    def request_stop(self, signum: int, frame: Any) -> None:
        """Begin to end: a job in hand gets a last while to finish in, and is put back after it."""
        self.asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]
        if self.horse_pid:
            self.kill_horse(signal.SIGTERM)

    def request_force_stop(self, signum: int, frame: Any) -> None:
        """End at once: the job in hand is put back first, and is not counted as a death."""
        name = self.get_current_job_id() if self.horse_pid else None
        try:
            super().request_force_stop(signum, frame)
        finally:
            if name is not None and not self.horse_pid:
                self._give_back(name, died=False)

    # --- a Redis that is away ---

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        """Tell RQ that we are here, if it can be told: the job goes on either way."""
        try:
            super().maintain_heartbeats(job, execution)
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            _log.warning("Redis is away while %s is rendered: %s", job.id, error)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        super().heartbeat(timeout, pipeline)
        if not self.is_horse:
            register(self)  # again: a Redis that lost its data knows nobody
            self._tend()
            if pipeline is None and self.get_state() != WorkerStatus.BUSY:
                self._rest_while_drained()
            elif self._is_drained():
                self._let_be_last()

    # --- taking nothing new ---

    def _rest_while_drained(self) -> None:
        """Stay without work, and alive, for as long as somebody wants it so. Asked between jobs, and every 5 s."""
        rests = False
        while not self._stop_requested and self._is_drained():
            if not rests:
                rests = True
                _log.info("%s is drained: it takes nothing new", self.name)
                self.set_state(WorkerStatus.SUSPENDED)
            super().heartbeat()
            self._tend()
            time.sleep(_REST_S)
        if rests:
            _log.info("%s takes work again", self.name)
            self.set_state(WorkerStatus.IDLE)

    def _is_drained(self) -> bool:
        return self._services.workers.is_drained(self.name, str(self.hostname))

    def _let_be_last(self) -> None:
        """Tell the process that works to begin nothing behind what it has in hand."""
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGUSR1)

    def finish_and_end(self, *_: object) -> None:
        """Begin to end, on SIGUSR1: a job in hand is finished, however long it takes."""
        if self.is_horse:  # told before its job had begun to listen
            return
        self.asked_to_stop = True
        self._let_be_last()
        self._shutdown_requested_date = datetime.now(UTC)
        self._shutdown()  # type: ignore[no-untyped-call]

    def _install_signal_handlers(self) -> None:
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGUSR1, self.finish_and_end)

    def register_birth(self) -> None:
        """Take our name; one that a worker of this machine left behind when it was killed is free."""
        known = self.connection.hmget(self.key, "hostname", "pid")
        host, pid = (decoded(value) if value else "" for value in known)
        if host == self.hostname and not (pid.isdecimal() and int(pid) != self.pid and _is_alive(int(pid))):
            self.connection.delete(self.key)
        super().register_birth()  # type: ignore[no-untyped-call]


class _Housekeeping(logging.Filter):
    """Leaves out what RQ says every five seconds, day and night: that it looks after its registries."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "cleaning " not in str(record.msg)


class DispatcherProcess:
    """The dispatcher that this worker brings along: a process of its own, which dies with us."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def tend(self) -> None:
        """Start it where it does not run."""
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid())]
            self._process = subprocess.Popen(
                [*command, sys.executable, "-m", "app.work.dispatcher"], cwd=PROJECT, stdin=subprocess.DEVNULL
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def serve(settings: Settings, *, queue: str, name: str | None, burst: bool, with_dispatcher: bool) -> None:
    """Work until asked to stop (with *burst*: until the queue is empty), through every absence of Redis.

    Raises:
        WorkerError: when the walls that ``SANDBOX=require`` asks for do not stand here.
    """
    logging.getLogger("rq.worker").addFilter(_Housekeeping())
    services = worker_services()  # everything a job needs is in memory before the first fork
    if queue == RENDERS:
        load_typefaces()
    _check_walls(settings)
    dispatcher = DispatcherProcess()
    tend = dispatcher.tend if with_dispatcher and queue == RENDERS else lambda: None
    try:
        while True:
            tend()
            _wait_for(services.redis)
            if _work(services, queue=queue, name=name or _readable_name(queue), burst=burst, tend=tend):
                return
            time.sleep(_REDIS_PAUSE_S)
    finally:
        dispatcher.stop()


def _work(services: Services, *, queue: str, name: str, burst: bool, tend: Callable[[], None]) -> bool:
    """Work; return whether it is over, rather than broken off because Redis went away."""
    worker: RenderWorker | None = None
    try:
        worker = RenderWorker(services, queue, name=name, tend=tend)
        worker.log_result_lifespan = False
        worker.work(burst=burst, logging_level=services.settings.log_level)
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
        _log.warning("Redis went away: %s", error)
        return worker is not None and worker.asked_to_stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            signal.signal(number, signal.SIG_DFL)  # the worker's handlers speak of a worker that is no more
        if worker is not None:
            worker.connection.close()
    return burst or worker.asked_to_stop


def _wait_for(client: redis.Redis) -> None:
    pause = _REDIS_PAUSE_S
    while True:
        try:
            client.ping()
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            _log.warning("Redis does not answer (%s); trying again in %.1f s", error, pause)
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        else:
            return


def _check_walls(settings: Settings) -> None:
    walls = probe_walls()
    _log.info("%s", walls.describe())
    if settings.sandbox == "require" and not walls.complete:
        raise WorkerError(f"SANDBOX=require, and here is missing: {'; '.join([*walls.missing(), *(walls.gaps or ())])}")


def _readable_name(queue: str) -> str:
    return f"{queue}-{socket.gethostname()}-{os.getpid()}"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
