"""Working ahead: in order, never far, and over when it is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator

import pytest

from artdag.codec.ahead import ahead


class Source:
    """Counts to *count*, tells how far it is, whether it was closed, and in which thread."""

    def __init__(self, count: int, fault: BaseException | None = None) -> None:
        self.count, self.fault = count, fault
        self.made, self.closed = 0, False
        self.thread: threading.Thread | None = None

    def items(self) -> Generator[int, None, None]:
        self.thread = threading.current_thread()
        try:
            for number in range(self.count):
                self.made += 1
                yield number
            if self.fault is not None:
                raise self.fault
        finally:
            self.closed = True


def ours() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "artdag-ahead"]


def test_items_come_in_order_from_another_thread_which_ends():
    source = Source(1000)
    assert list(ahead(source.items())) == list(range(1000))
    assert source.thread is not threading.current_thread()
    assert source.closed
    assert ours() == []


def test_nothing_is_nothing():
    assert list(ahead(Source(0).items())) == []


@pytest.mark.parametrize("fault", [ValueError("no such pixel"), KeyboardInterrupt(), SystemExit(3)])
def test_what_the_source_raises_is_raised_after_the_items_before_it(fault):
    source = Source(20, fault)
    seen: list[int] = []
    with pytest.raises(type(fault)) as caught:
        seen.extend(ahead(source.items()))
    assert caught.value is fault
    assert seen == list(range(20))
    assert ours() == []


def test_it_is_never_more_than_a_few_items_in_front():
    source = Source(100)
    items = ahead(source.items(), depth=3)
    for used, _ in enumerate(items, start=1):
        time.sleep(0.001)
        assert source.made <= used + 3 + 1  # three wait, one is being made


@pytest.mark.parametrize("used", [1, 5])
def test_a_reader_that_leaves_ends_the_source_and_its_thread_at_once(used):
    source = Source(10**9)
    items = ahead(source.items(), depth=2)
    for _ in range(used):
        next(items)
    items.close()
    assert source.closed
    assert ours() == []
    assert source.made <= used + 4


def test_a_reader_that_fails_ends_the_source_too():
    source = Source(10**9)
    items = ahead(source.items())
    with pytest.raises(ZeroDivisionError):
        sum(1 // (5 - item) for item in items)
    items.close()
    assert source.closed
    assert ours() == []
