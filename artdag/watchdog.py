"""A watchdog for code of others: it is stopped where it takes too long."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_S = 0.5


class TooSlowError(BaseException):
    """It took too long. No ``Exception``, so that code which catches those does not go on."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Stop the body where it takes longer than *seconds* of wall time.

    The clock is the process's one alarm, so it runs in the main thread alone; elsewhere nothing is stopped. What waits
    within a library of machine code, without coming back to Python, is not stopped either.

    Raises:
        TooSlowError: from within the body, again and again until it ends.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def bite(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlowError(f"it took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, bite)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
