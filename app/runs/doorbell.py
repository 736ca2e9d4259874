"""Ringing for workers: the queue is topped up from the stages that wait, owner by owner in turns."""

from __future__ import annotations

import logging

from app.services import Services
from app.storage.job_queue import enqueue_stage, worker_count
from app.storage.room import BEGIN, room_on

_log = logging.getLogger(__name__)

_PER_WORKER = 2
"""So many jobs lie ready per worker; what is beyond waits in the store, where turns are taken."""


def top_up(services: Services) -> int:
    """Put jobs for waiting stages into the queue until there are enough, and return how many.

    A crash between marking a stage and ringing for it is the dispatcher's to notice.
    """
    if not room_on(services.settings.cache_dir).leaves(BEGIN):
        _log.warning("the disk is nearly full: nothing is begun until there is room again")
        return 0
    rung = 0
    room = _PER_WORKER * max(1, worker_count(services.queue)) - services.queue.count
    most = services.settings.user_concurrency
    while rung < room and (stage := services.stages.take_next(most_of_one=most)) is not None:
        enqueue_stage(services.queue, stage, timeout_s=services.settings.render_timeout_s)
        _log.info("queued %s, attempt %d: %s for %s", stage.key[:10], stage.attempt, stage.title, stage.owner)
        rung += 1
    return rung
