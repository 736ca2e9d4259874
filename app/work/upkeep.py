"""Looking after the store, as chores: asked for by the dispatcher, carried out between other chores."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from app.services import Services
from app.storage.job_queue import LOOK_OVER, TIDY, enqueue_chore
from app.storage.room import TAKE_IN, room_on
from app.upkeep.checking import begin_check, go_on_checking, last_check
from app.upkeep.clearing import clear
from app.upkeep.survey import survey
from app.work.jobs import worker_services

_log = logging.getLogger(__name__)

CHECK_EVERY = timedelta(days=7)
_TIDY_EVERY_S = 600.0
_SEE_TO_RENDERS_S = 5.0
_WHILE_S = 30.0


def ask_for_upkeep(services: Services) -> None:
    """Ask the queue ``chores`` for what is due."""
    if services.leases.take("tidy", _TIDY_EVERY_S) is not None:
        enqueue_chore(services.redis, TIDY, description="count and clear the cache", job_id="tidy")
    check = last_check(services)
    now = services.clock()
    if check is None or (not check.is_running and _is_old(check.finished_at, now)):
        check = begin_check(services)
    if check.is_running or (check.rendering and services.leases.take("see-renders", _SEE_TO_RENDERS_S) is not None):
        enqueue_chore(services.redis, LOOK_OVER, description="look over what is kept", job_id="look-over")


def tidy() -> str:
    """Count what is kept, and make room where it is more than it may be."""
    return tidy_store(worker_services())


def tidy_store(services: Services) -> str:
    """Do it on these services; return what came of it, for people."""
    found = survey(services)
    now = services.clock()
    facts = {"at": now.isoformat(), "total": found.total, "count": len(found.blobs), "sizes": found.sizes()}
    services.upkeep.put("usage", facts)
    services.upkeep.note_size(now.date().isoformat(), found.total)
    limit, room = services.settings.cache_max_bytes, room_on(services.settings.cache_dir)
    lacking = room.reserve(TAKE_IN) - room.free
    if lacking > 0:  # the disk is full of other things, too: what can be made again makes room for what cannot
        limit = max(0, min(limit or found.total, found.total - lacking))
    done = clear(services, limit=limit, found=found)
    if done.gone:
        _log.info("%s", done.words)
        services.upkeep.note_size(now.date().isoformat(), found.total - done.freed)
    return done.words


def look_over() -> str:
    """Go on with the look over the store for a while."""
    check = go_on_checking(worker_services(), for_s=_WHILE_S)
    if check is None:
        return "somebody else is at it"
    return f"{check.blobs} blobs, {check.damaged} damaged, {'going on' if check.is_running else 'over'}"


def _is_old(finished_at: str | None, now: datetime) -> bool:
    return finished_at is None or now - datetime.fromisoformat(finished_at) >= CHECK_EVERY
