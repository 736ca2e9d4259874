"""Small things that can wait: what the queue ``chores`` carries. Doing one twice does no harm."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from app.library.effect_examples import example_of, loop_of
from app.library.previews import preview_of
from app.services import Services
from app.work.jobs import worker_services
from artdag.digest import Digest
from artdag.errors import ArtDagError
from artdag.media import Kind

_log = logging.getLogger(__name__)


def draw_pictures() -> str:
    """Draw the posters of the assets, and the picture and the loop of every effect, so that no visitor waits."""
    services = worker_services()
    media = {name: digest for name, digest in services.assets.all().items() if not _is_text(services, digest)}
    drawn = [_attempt(name, partial(preview_of, services, "poster", digest)) for name, digest in media.items()]
    drawn += [_attempt(effect.name, partial(example_of, services, effect)) for effect in services.effects]
    drawn += [_attempt(effect.name, partial(loop_of, services, effect)) for effect in services.effects]
    return f"{sum(drawn)} of {len(drawn)} pictures are there"


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
