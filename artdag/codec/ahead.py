"""Working ahead: one thread makes items while the caller uses them, never more than a few items in front."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator
from typing import Generic, TypeVar

DEPTH = 8
"""Frames that decoding, filters and effects may be in front of the encoder."""

Item = TypeVar("Item")


def ahead(source: Generator[Item, None, None], depth: int = DEPTH) -> Generator[Item, None, None]:
    """Yield the items of *source*, which a thread of its own runs, at most *depth* of them before they are asked for.

    What *source* raises is raised here, after the items before it. When the reader is done, or closes this generator
    early, *source* is closed in its own thread and the thread has ended before control returns.
    """
    belt = _Belt[Item](depth)
    thread = threading.Thread(target=_work, args=(source, belt), name="artdag-ahead", daemon=True)
    thread.start()
    try:
        yield from belt.items()
    finally:
        belt.leave()
        thread.join()


def _work(source: Generator[Item, None, None], belt: _Belt[Item]) -> None:
    failure: BaseException | None = None
    try:
        try:
            for item in source:
                if not belt.put(item):
                    break
        finally:
            source.close()
    except BaseException as error:  # noqa: BLE001  # carried to the reader, who raises it: nothing is swallowed
        failure = error
    belt.end(failure)


class _Belt(Generic[Item]):
    """A bounded line of items between one writer and one reader, either of whom may stop."""

    def __init__(self, depth: int) -> None:
        self._waiting: deque[Item] = deque()
        self._depth = depth
        self._changed = threading.Condition()
        self._left = False
        self._ended = False
        self._failure: BaseException | None = None

    def put(self, item: Item) -> bool:
        """Add *item* when there is room; return False when the reader has left."""
        with self._changed:
            while len(self._waiting) >= self._depth and not self._left:
                self._changed.wait()
            if self._left:
                return False
            self._waiting.append(item)
            self._changed.notify_all()
            return True

    def end(self, failure: BaseException | None) -> None:
        with self._changed:
            self._ended, self._failure = True, failure
            self._changed.notify_all()

    def leave(self) -> None:
        with self._changed:
            self._left = True
            self._waiting.clear()
            self._changed.notify_all()

    def items(self) -> Generator[Item, None, None]:
        while True:
            with self._changed:
                while not self._waiting and not self._ended:
                    self._changed.wait()
                if not self._waiting:
                    if self._failure is not None:
                        raise self._failure
                    return
                item = self._waiting.popleft()
                self._changed.notify_all()
            yield item
            del item  # not kept while waiting for the next: frames are large
