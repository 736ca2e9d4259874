"""What takes too long is stopped; what does not is left alone."""

from __future__ import annotations

import signal
import threading

import pytest

from artdag.watchdog import TooSlowError, time_limit


def test_what_is_quick_is_left_alone_and_nothing_ticks_afterwards():
    before = signal.getsignal(signal.SIGALRM)
    with time_limit(60):
        value = 1
    assert value == 1
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_what_waits_for_ever_is_stopped():
    with pytest.raises(TooSlowError, match=r"longer than 0\.05 s"), time_limit(0.05):
        threading.Event().wait()


def test_what_fails_by_itself_says_why():
    with pytest.raises(ValueError, match="mine"), time_limit(60):
        raise ValueError("mine")


def test_in_a_thread_nothing_is_stopped_and_nothing_breaks():
    done: list[bool] = []

    def work() -> None:
        with time_limit(0.001):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
