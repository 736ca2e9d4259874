"""The dispatcher: hands out work that waits, brings back work that was lost, settles runs that were left lying.

One at a time, elected by a lease; each worker brings a process along that stands for election. What it knows it reads
from the stores, so that another can take over at any moment.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import redis.exceptions

from app import logs
from app.publishing.course import see_to_publications
from app.runs.announcing import announce_ended
from app.runs.completion import complete_runs
from app.runs.doorbell import top_up
from app.services import Services, build_services, connect
from app.settings import Settings
from app.storage.job_queue import job_id
from app.storage.leases import Leases
from app.storage.stage_record import StageRecord, StageState
from app.upkeep.reindex import reindex
from app.work.recovery import return_stage
from app.work.sending import hand_out
from app.work.upkeep import ask_for_upkeep

_log = logging.getLogger(__name__)

TICK_S = 1.0
NAME = "dispatcher"

_PICKED_UP_S = 5.0
"""A worker that took a job from the queue should have started its stage by then."""
_LEFT_LYING_S = 2.0
"""Who ends a stage settles its runs at once; later than this, somebody else does."""
_LOOK_AT_ALL_S = 60.0
_SWEEP_S = 3600.0
_SCRATCH_S = 24 * 3600.0


class Dispatcher:
    """What has to be done each second, and what it remembers from one to the next."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._missing_since: dict[str, float] = {}
        """Job id -> when it was first seen to be neither in the queue nor started."""
        self._looked_at_all = time.monotonic()

    def dispatch_once(self) -> None:
        """Bring back what was lost, settle what was left lying, ring for what waits, tell of what ended."""
        if not self._services.upkeep.is_indexed:
            reindex(self._services)  # Redis lost what it held, or is new to this disk
        self._reconcile()
        complete_runs(self._services, self._services.stages.due_runs(for_s=_LEFT_LYING_S))
        if time.monotonic() - self._looked_at_all >= _LOOK_AT_ALL_S:
            self._looked_at_all = time.monotonic()
            complete_runs(self._services, list(self._stuck_runs()))
        top_up(self._services)
        announce_ended(self._services)
        see_to_publications(self._services)
        hand_out(self._services)
        ask_for_upkeep(self._services)
        self._sweep()

    def _reconcile(self) -> None:
        """Let stages wait again that were handed out and that nobody works on."""
        stages = self._services.stages
        active = stages.active()
        held = stages.are_held(stage.key for stage in active)
        queued = set(self._services.queue.get_job_ids())
        missing: dict[str, float] = {}
        for stage in active:
            name = job_id(stage.key, stage.attempt)
            if stage.state is StageState.RUNNING and not held[stage.key]:
                self._bring_back(stage, died=True)
            elif stage.state is StageState.QUEUED and name not in queued:
                missing[name] = self._missing_since.get(name, time.monotonic())
                if time.monotonic() - missing[name] >= _PICKED_UP_S:
                    self._bring_back(stage, died=False)
        self._missing_since = missing

    def _bring_back(self, stage: StageRecord, *, died: bool) -> None:
        returned = return_stage(self._services, stage, died=died, unless_held=True)
        if returned is not None:
            what = "the worker was lost" if died else "the job was lost"
            _log.warning("stage %s, attempt %d: %s; %s", stage.key[:10], stage.attempt, what, returned.state.value)

    def _stuck_runs(self) -> Iterator[str]:
        """Go through the open runs that wait for nothing that is on its way: they should have ended."""
        ids = self._services.runs.open_ids()
        while some := list(islice(ids, 500)):
            wanted = self._services.runs.stages_of_many(some)
            known = self._services.stages.get_many({stage.key for stages in wanted.values() for stage in stages})
            for run_id, stages in wanted.items():
                if not any(stage.key in known and known[stage.key].state.is_open for stage in stages):
                    yield run_id

    def _sweep(self) -> None:
        """Once an hour, remove from scratch what crashed workers left there."""
        if self._services.leases.take("sweep", _SWEEP_S) is not None:
            longest = self._services.settings.render_timeout_s + _SWEEP_S
            swept = self._services.content.sweep(older_than_s=max(_SCRATCH_S, longest))
            if swept:
                _log.info("swept %d leftovers from scratch", swept)


def dispatch_once(services: Services) -> None:
    """Do once what the dispatcher does each second."""
    Dispatcher(services).dispatch_once()


def run_dispatcher(settings: Settings, *, until: Callable[[], bool]) -> None:
    """Stand for election, and dispatch each second while elected; wait where Redis is away."""
    leases = Leases(connect(settings))
    dispatcher: Dispatcher | None = None
    token: int | None = None
    while not until():
        try:
            if token is None or not leases.renew(NAME, token, settings.lease_s):
                token = leases.take(NAME, settings.lease_s)
            if token is not None:
                # only who is elected needs the engine in memory
                dispatcher = dispatcher or Dispatcher(build_services(settings))
                dispatcher.dispatch_once()
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            _log.warning("Redis is away: %s", error)
        except Exception:  # noqa: BLE001 - one bad record must not keep everything else from moving
            _log.exception("this round came to nothing; the next one is in a second")
        time.sleep(TICK_S)
    if token is not None:
        with suppress(redis.exceptions.RedisError):  # then it runs out by itself
            leases.release(NAME, token)


def main() -> None:
    """Run until SIGTERM, or until the worker that started this process is gone."""
    settings = Settings.from_env(os.environ, Path(".env"))
    logs.configure(settings)
    logs.reference.set(NAME)
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the worker's; we end with it
    run_dispatcher(settings, until=lambda: stopped)


if __name__ == "__main__":
    main()
