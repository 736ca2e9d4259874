"""Streams looked at in any order, moment by moment: for code of others, which goes where it likes.

A reader is for one run over one range, in one thread; two runs have two, so that none sees what another did.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

import av
import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, Plane
from artdag.codec.stream import Samples, Sound, Video
from artdag.media import SAMPLE_RATE

_HELD_BYTES = 64 << 20
_FEWEST, _BEHIND = 4, 16
"""Frames that are kept at least; frames fetched at once on a way backwards, at most."""
_CLOSE = 8
"""Frames that are rather decoded and passed over than sought over."""
_NOWHERE = 1 << 62
_TOLERANCE = 1e-5
"""Frames: times are sums of floats, and a hair before a frame is that frame."""


class Pictures:
    """The frames of a packed RGB stream by time."""

    def __init__(self, video: Video) -> None:
        self._video = video
        shape = video.shape
        size = shape.width * shape.height * (4 if shape.pixel_format == "rgba" else 3)
        self._most = max(_FEWEST, _HELD_BYTES // size)
        self._kept: OrderedDict[int, Plane] = OrderedDict()
        self._ahead: Iterator[av.VideoFrame] = iter(())
        self._next = self._last = _NOWHERE

    def at(self, time_s: float) -> Plane:
        """Return a copy of what is seen at *time_s*: (height, width, 3 or 4). Outside, of the first or last frame."""
        shape = self._video.shape
        index = int(np.floor(time_s * float(shape.frame_rate) + _TOLERANCE))
        return self._frame(min(max(index, 0), shape.frame_count - 1)).copy()

    def _frame(self, index: int) -> Plane:
        last, self._last = self._last, index
        if index in self._kept:
            self._kept.move_to_end(index)
            return self._kept[index]
        if not self._next <= index <= self._next + _CLOSE:
            back = min(_BEHIND, self._most // 2)
            begin = max(0, index + 1 - back) if last - back <= index < last else index
            self._ahead, self._next = self._video.frames(begin, self._video.shape.frame_count), begin
        while self._next <= index:
            self._kept[self._next] = Frame.over(next(self._ahead)).planes[0].copy()
            self._next += 1
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return self._kept[index]


class Waves:
    """The samples of a stream by time."""

    def __init__(self, sound: Sound) -> None:
        self._sound = sound
        self._ahead: Iterator[Samples] = iter(())
        self._begin = self._end = _NOWHERE
        self._kept = np.zeros((2, 0), np.float32)

    def at(self, times_s: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the samples nearest to *times_s*: of its shape, with a last axis of 2; outside of the sound, 0."""
        times = np.asarray(times_s, np.float64)
        index = np.floor(times.ravel() * SAMPLE_RATE + 0.5).astype(np.int64)
        inside = (index >= 0) & (index < self._sound.shape.sample_count)
        found = np.zeros((len(index), 2))
        if inside.any():
            wanted = index[inside]
            low, high = int(wanted.min()), int(wanted.max()) + 1
            found[inside] = self._between(low, high)[:, wanted - low].T
        return found.reshape(*times.shape, 2)

    def _between(self, low: int, high: int) -> Samples:
        if not self._begin <= low <= self._end:
            self._ahead = self._sound.samples(low, self._sound.shape.sample_count)
            self._begin = self._end = low
            self._kept = np.zeros((2, 0), np.float32)
        parts = [self._kept]
        while self._end < high:
            part = next(self._ahead)
            parts.append(part)
            self._end += part.shape[1]
        whole = np.concatenate(parts, axis=1)
        found = whole[:, low - self._begin : high - self._begin]
        # a second before what was asked for stays: most go on from there, or a little back
        drop = max(0, low - SAMPLE_RATE - self._begin)
        self._kept, self._begin = whole[:, drop:], self._begin + drop
        return found
