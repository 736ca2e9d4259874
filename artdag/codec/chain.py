"""Chains of streams of which each makes its frame i of the frame i of the one before: walked in a loop, at any length.

As generators around generators they would go deeper than Python does, and as one filter graph they would hold more
memory than there is.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

import av

from artdag.codec.stream import Video

MOST_HELD_BYTES = 1 << 30
"""What the filters of a chain that is open as a whole may hold; beyond, its links are opened one after the other."""
_BATCH_BYTES = 96 << 20
"""Frames that then go through a link together."""


class Line(Protocol):
    """Where frames go in and come out again, changed: in order, one for each, maybe later."""

    @property
    def is_empty(self) -> bool:
        """Whether all that went in has come out."""

    def through(self, frame: av.VideoFrame) -> Iterable[av.VideoFrame]:
        """Push *frame*, give what comes out."""

    def rest(self) -> Iterable[av.VideoFrame]:
        """End the input and give what is still inside."""


class Link(Video):
    """A stream that makes frame i of *upstream*'s frame i, whatever the other frames are."""

    upstream: Video
    held_bytes: int = 0
    """About what an open line takes."""
    work: Hashable = None
    """Equal where lines are alike, so that an empty one can serve for another; None where none is like it."""

    @abstractmethod
    def line(self, first: int, stop: int) -> Line:
        """Return a new line for the frames *first* ≤ i < *stop*."""

    def behind(self, before: Link) -> Link | None:
        """Return one link that does what *before* and this one do in turn; None where they cannot be one."""
        return None

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        if first >= stop:
            return
        feed, links = _unwound(self)
        source = feed.frames(first, stop)
        try:
            if sum(link.held_bytes for link in links) <= MOST_HELD_BYTES:
                lines = [link.line(first, stop) for link in links]
                for frame in source:
                    yield from _pushed([frame], lines)
                yield from _drained(lines)
            else:
                size = max(1, _BATCH_BYTES // (4 * feed.shape.width * feed.shape.height))
                chain = _OneByOne(links)
                for start in range(first, stop, size):
                    batch = list(islice(source, min(size, stop - start)))
                    if batch:  # else the feed ended before its time, which whoever reads this sees
                        yield from chain.through(batch, start)
        finally:
            if isinstance(source, Generator):
                source.close()


def _unwound(last: Link) -> tuple[Video, list[Link]]:
    """Return what feeds the chain that ends with *last*, and its links, those that can be one made one."""
    chain: list[Link] = []
    feed: Video = last
    while isinstance(feed, Link):
        chain.append(feed)
        feed = feed.upstream
    links: list[Link] = []
    for link in reversed(chain):
        one = link.behind(links[-1]) if links else None
        if one is not None:
            links[-1] = one
        else:
            links.append(link)
    return feed, links


def _pushed(frames: Sequence[av.VideoFrame], lines: Iterable[Line]) -> Sequence[av.VideoFrame]:
    for line in lines:
        frames = [ready for frame in frames for ready in line.through(frame)]
    return frames


def _drained(lines: Sequence[Line]) -> Iterator[av.VideoFrame]:
    for place, line in enumerate(lines):
        if not line.is_empty:
            yield from _pushed(list(line.rest()), islice(lines, place + 1, None))


class _OneByOne:
    """A chain of which one link is open at a time: a batch of frames goes through one after the other."""

    def __init__(self, links: Sequence[Link]) -> None:
        self._links = links
        self._line: Line | None = None
        self._open: Hashable = None
        """The open line's work, where another like it may follow: filters take longer to set up than to use."""

    def through(self, frames: Sequence[av.VideoFrame], first: int) -> Sequence[av.VideoFrame]:
        """Take the frames from *first* on through all links."""
        stop = first + len(frames)
        for link in self._links:
            if self._line is None or link.work is None or link.work != self._open:
                self._line = None  # before the next one takes its memory
                self._line, self._open = link.line(first, stop), link.work
            frames = _pushed(frames, [self._line])
            if not self._line.is_empty:
                frames, self._line = [*frames, *self._line.rest()], None
        return frames
