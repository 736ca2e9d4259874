"""Holding a stage while it is rendered: signs of life, progress, and noticing that nobody wants it any more."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import redis.exceptions

from app.runs.progress import note_progress
from app.services import Services
from artdag.digest import StepKey

_log = logging.getLogger(__name__)

_LOOK_S = 0.5
"""How long a cancelled stage may go unnoticed; a look is one read."""
_WRITE_S = 0.25
"""Progress is written down no more often than this."""


class Holding:
    """The right to one stage, from the side of who works on it. A Redis that is away is waited for, not feared."""

    def __init__(self, services: Services, key: StepKey, token: int, stop_at: Callable[[], float | None]) -> None:
        """Begin.

        Args:
            services: where the stage stands.
            key: its key.
            token: what its start gave.
            stop_at: the moment (``time.monotonic``) at which the work has to end; None while nobody asked.
        """
        self.token = token
        self.is_lost = False
        """True once the stage was cancelled, or given to somebody else."""
        self._services = services
        self._key = key
        self._stop_at = stop_at
        self._renewed = self._looked = self._wrote = time.monotonic()

    def is_over(self) -> bool:
        """Tell whether the work should end; gives a sign of life where one is due."""
        now = time.monotonic()
        stop_at = self._stop_at()
        if stop_at is not None and now >= stop_at:
            return True
        try:
            if now - self._renewed >= self._services.settings.lease_s / 4:
                self.is_lost = not self.renew()
            elif now - self._looked >= _LOOK_S:
                self._looked = now
                self.is_lost = not self._services.stages.is_wanted(self._key, self.token)
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            self._looked = now
            _log.warning("no sign of life for stage %s: %s", self._key[:10], error)
        return self.is_lost

    def renew(self) -> bool:
        """Give a sign of life; False where the stage is ours no more."""
        now = time.monotonic()
        held = self._services.stages.hold(self._key, self.token, self._services.settings.lease_s)
        self._renewed = self._looked = now
        return held

    def note(self, message: dict[str, Any]) -> None:
        """Write down what the rendering process says of its progress."""
        done, total = message.get("done"), message.get("total")
        if not isinstance(done, int) or not isinstance(total, int) or total <= 0:
            return
        if time.monotonic() - self._wrote < _WRITE_S:
            return
        try:
            if self._services.stages.progress(self._key, self.token, done / total):
                note_progress(self._services, self._services.stages.runs_of(self._key))
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            _log.warning("no progress noted for stage %s: %s", self._key[:10], error)
        self._wrote = time.monotonic()
