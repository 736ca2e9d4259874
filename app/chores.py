"""Small things that can wait: what the queue ``chores`` carries. Doing one twice does no harm."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from app.examples import example_of
from app.jobs import worker_services
from app.posters import poster_of
from artdag.errors import ArtDagError

_log = logging.getLogger(__name__)


def draw_pictures() -> str:
    """Draw the posters of the assets and the example picture of every effect, so that no visitor waits for them."""
    services = worker_services()
    drawn = [_attempt(name, partial(poster_of, services, digest)) for name, digest in services.assets.all().items()]
    drawn += [_attempt(effect.name, partial(example_of, services, effect)) for effect in services.effects]
    return f"{sum(drawn)} of {len(drawn)} pictures are there"


def _attempt(name: str, draw: Callable[[], object]) -> bool:
    try:
        draw()
    except ArtDagError as error:
        _log.warning("no picture of %s: %s", name, error)
        return False
    return True
