"""Patience: what must be written down waits for a Redis that is away."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import redis.exceptions

T = TypeVar("T")

PATIENCE_S = 60.0
_PAUSE_S = 0.2


def patiently(work: Callable[[], T], *, for_s: float = PATIENCE_S) -> T:
    """Return what *work* returns, trying again for a while where Redis does not answer.

    Raises:
        redis.exceptions.RedisError: when the time is over.
    """
    deadline = time.monotonic() + for_s
    while True:
        try:
            return work()
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)
