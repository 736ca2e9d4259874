"""Small things that can wait: what the queue ``chores`` carries. Doing one twice does no harm."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from app.library.effect_examples import example_of, loop_of
from app.library.previews import preview_of
from app.services import Services
from app.storage.job_queue import CHORES, DRAW_PICTURES, enqueue_chore, open_queue
from app.work.jobs import worker_services
from artdag.digest import Digest
from artdag.errors import ArtDagError
from artdag.media import Kind

_log = logging.getLogger(__name__)

_AT_LEAST_S = 2.0
"""So long it draws before it makes way: what was drawn earlier is passed over in less."""


def draw_pictures() -> str:
    """Draw the posters of the assets, and the picture and the loop of every effect, so that no visitor waits.

    Where somebody else's chore comes meanwhile, the rest is left for after it.
    """
    services = worker_services()
    media = {name: digest for name, digest in services.assets.all().items() if not _is_text(services, digest)}
    work: list[tuple[str, Callable[[], object]]] = [
        *((name, partial(preview_of, services, "poster", digest)) for name, digest in media.items()),
        *((effect.name, partial(example_of, services, effect)) for effect in services.effects),
        *((effect.name, partial(loop_of, services, effect)) for effect in services.effects),
    ]
    until = time.monotonic() + _AT_LEAST_S
    drawn = 0
    for name, draw in work:
        drawn += _attempt(name, draw)
        if time.monotonic() > until and open_queue(services.redis, CHORES).count:
            enqueue_chore(services.redis, DRAW_PICTURES, description="the rest of the pictures")
            return f"made way after {drawn} of {len(work)} pictures"
    return f"{drawn} of {len(work)} pictures are there"


def _is_text(services: Services, digest: Digest) -> bool:
    facts = services.facts(digest)
    return facts is None or facts.kind is Kind.DATA


def _attempt(name: str, draw: Callable[[], object]) -> bool:
    try:
        draw()
    except ArtDagError as error:
        _log.warning("no picture of %s: %s", name, error)
        return False
    return True
