"""Streams through time in any order, and streams with memory: any range of them is the same, whatever was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, Moment, stamped
from artdag.codec.stream import Samples, Sound, Video
from artdag.codec.timeline import BLOCK, copied
from artdag.media import SoundShape, VideoShape

_HELD_BYTES = 96 << 20
"""Frames that wait for their turn: at 720p some 70, which is a group of pictures and more."""
_FEWEST, _MOST = 4, 128


class Reordered(Video):
    """*upstream* in any order: frame i is the upstream's frame ``index(i)``; it may repeat, skip and go backwards.

    Frames are fetched some at a time, each run of neighbours in one go, so that going backwards does not begin at a
    key frame for each frame. Where the order never goes back, ``artdag.codec.timeline.Remapped`` is cheaper.
    """

    def __init__(self, upstream: Video, shape: VideoShape, index: Callable[[int], int]) -> None:
        self._upstream = upstream
        self._index = index
        self.shape = shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        own = self._upstream.shape
        chunk = min(_MOST, max(_FEWEST, _HELD_BYTES // (own.width * own.height * 3)))
        for start in range(first, stop, chunk):
            wanted = [self._index(index) for index in range(start, min(start + chunk, stop))]
            held = {number: frame for run in _runs(wanted) for number, frame in self._fetched(run)}
            given: set[int] = set()
            for index, number in enumerate(wanted, start):
                frame = copied(held[number]) if number in given else held[number]
                given.add(number)
                yield stamped(frame, index, self.shape.frame_rate)

    def _fetched(self, run: range) -> Iterator[tuple[int, av.VideoFrame]]:
        return zip(run, self._upstream.frames(run.start, run.stop), strict=True)


_CLOSE = 8
"""Frames that are rather decoded and thrown away than sought over."""


def _runs(wanted: Sequence[int]) -> Iterator[range]:
    """Yield ranges, in order, that hold all numbers of *wanted* and few others."""
    ordered = sorted(set(wanted))
    begin = last = ordered[0]
    for number in ordered[1:]:
        if number - last > _CLOSE:
            yield range(begin, last + 1)
            begin = number
        last = number
    yield range(begin, last + 1)


Carry = Callable[[Frame, Moment, Any], tuple[Frame, Any]]
"""(frame, moment, what was kept) -> (what is seen, what to keep). Nothing is kept (None) before the first frame."""


class Carried(Video):
    """A function of each frame and of what it kept from those before.

    After *look_back* frames nothing of a frame may be left in what is kept, to the last bit: a range begins that many
    frames earlier, and what comes of them is thrown away.
    """

    def __init__(self, upstream: Video, function: Carry, shape: VideoShape, *, look_back: int, seed: int = 0) -> None:
        self._upstream = upstream
        self._function = function
        self._look_back = look_back
        self._seed = seed
        self.shape = shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        if first >= stop:
            return
        start, kept = max(0, first - self._look_back), None
        rate, count = self.shape.frame_rate, self.shape.frame_count
        for index, carrier in enumerate(self._upstream.frames(start, stop), start):
            moment = Moment(index=index, frame_rate=rate, frame_count=count, seed=self._seed)
            frame, kept = self._function(Frame.over(carrier), moment, kept)
            if index >= first:
                yield stamped(frame.carrier, index, rate)


Positions = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""Sample indices of the result -> the places in the source, in samples, that are heard there."""


class SoundReordered(Sound):
    """*upstream* as a tape that is moved at will: at sample i is heard what stands at ``places(i)`` of it.

    Between samples a cubic (Catmull-Rom) through the four around; at whole places exactly the sample. Outside the
    source there is silence. Nothing is done about what moving faster folds down from above the highest frequency.
    """

    def __init__(self, upstream: Sound, places: Positions, sample_count: int) -> None:
        self._upstream = upstream
        self._places = places
        self.shape = SoundShape(sample_count=sample_count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        for start in range(first, stop, BLOCK):
            yield from self._block(start, min(start + BLOCK, stop))

    def _block(self, start: int, stop: int) -> Iterator[Samples]:
        places = self._places(np.arange(start, stop, dtype=np.int64))
        low, high = int(np.floor(places.min())) - 1, int(np.floor(places.max())) + 3
        if high - low > 8 * BLOCK and stop - start > 1:  # far apart: fetched in parts, so that little is held
            middle = (start + stop) // 2
            yield from self._block(start, middle)
            yield from self._block(middle, stop)
            return
        source = self._between(low, high)
        whole = np.floor(places)
        share = (places - whole).astype(np.float32)
        at = whole.astype(np.int64) - low
        before, here, after, later = (source[:, at + step] for step in (-1, 0, 1, 2))
        slope, curve = (after - before) / 2, before - 2.5 * here + 2 * after - later / 2
        bend = (later - before) / 2 + 1.5 * (here - after)
        yield np.asarray(here + share * (slope + share * (curve + share * bend)), np.float32)

    def _between(self, low: int, high: int) -> Samples:
        """Return the source's samples *low* ≤ i < *high*, silent outside of it."""
        found = np.zeros((2, high - low), np.float32)
        begin, end = max(0, low), min(high, self._upstream.shape.sample_count)
        position = begin
        if begin < end:
            for block in self._upstream.samples(begin, end):
                found[:, position - low : position - low + block.shape[1]] = block
                position += block.shape[1]
        return found
