"""Streams made of streams along time: cut, held, on another grid, joined. Nothing is kept but the frame in hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

from artdag.codec.chain import Line, Link
from artdag.codec.frame import Frame, Moment, stamped
from artdag.codec.stream import Samples, Sound, Video
from artdag.media import SoundShape, VideoShape, samples_at

BLOCK = 48_000
"""Samples of silence given at a time."""


def copied(frame: av.VideoFrame) -> av.VideoFrame:
    """Return a frame of its own with the same pixels: one object may not be given twice with two times."""
    source = Frame.over(frame)
    target = source.blank_like()
    for ours, theirs in zip(target.planes, source.planes, strict=True):
        ours[...] = theirs
    return target.carrier


class Remapped(Video):
    """*upstream* on another grid: frame i is the upstream's frame ``index(i)``, and *index* never falls."""

    def __init__(self, upstream: Video, shape: VideoShape, index: Callable[[int], int]) -> None:
        self._upstream = upstream
        self._index = index
        self.shape = shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        if first >= stop:
            return
        start, end = self._index(first), self._index(stop - 1) + 1
        source = self._upstream.frames(start, end)
        position, held, given = start - 1, None, False
        for index in range(first, stop):
            wanted = self._index(index)
            while position < wanted:
                held, given = next(source), False
                position += 1
            assert held is not None
            frame = copied(held) if given else held
            given = True
            yield stamped(frame, index, self.shape.frame_rate)


def cut(upstream: Video, first: int, count: int) -> Video:
    """Return *count* frames of *upstream* from *first* on, counted from zero again."""
    shape = replace(upstream.shape, frame_count=count)
    return Remapped(upstream, shape, lambda index: index + first)


def held(still: Video, frame_rate: Fraction, count: int) -> Video:
    """Return the first frame of *still* shown *count* times."""
    shape = replace(still.shape, frame_rate=frame_rate, frame_count=count)
    return Remapped(still, shape, lambda index: 0)


def conformed(upstream: Video, frame_rate: Fraction, count: int, *, beyond: Literal["hold", "loop"] = "hold") -> Video:
    """Return *upstream* on a grid of *frame_rate*, *count* frames long.

    Each frame shows what the upstream shows at that time, see :func:`passing`; after its end the last frame is held,
    or it begins again.
    """
    own = upstream.shape
    if own.frame_count == 1:
        return held(upstream, frame_rate, count)
    if own.frame_rate == frame_rate and own.frame_count == count:
        return upstream
    ratio = own.frame_rate / frame_rate

    if beyond == "hold" or passing(count - 1, ratio) < own.frame_count:
        shape = replace(own, frame_rate=frame_rate, frame_count=count)
        return Remapped(upstream, shape, lambda index: min(passing(index, ratio), own.frame_count - 1))
    once = max(1, int(own.frame_count / ratio))
    shape = replace(own, frame_rate=frame_rate, frame_count=once)
    turn = Remapped(upstream, shape, lambda index: min(passing(index, ratio), own.frame_count - 1))
    turns = -(-count // once)
    return cut(Joined([turn] * turns, overlap=0), 0, count)


def passing(index: int, ratio: Fraction) -> int:
    """Return which frame of a clip is seen at frame *index* of a grid, when *ratio* of its frames pass in each.

    Of a faster clip it is the frame nearest in time; of a slower one that which is seen in the middle of the grid's
    frame, so that none appears more than half a frame of the grid before or after its time.
    """
    passed, whole = ratio.numerator, ratio.denominator
    return (2 * index * passed + min(passed, whole)) // (2 * whole)


def lasting(shape: VideoShape, frame_rate: Fraction) -> int:
    """Return how many frames of another grid a clip lasts: rounded half up, one at least."""
    return max(1, int(shape.frame_count / shape.frame_rate * frame_rate + Fraction(1, 2)))


class Framewise(Link):
    """A function of one frame from each upstream at a time."""

    def __init__(
        self,
        upstreams: Sequence[Video],
        function: Callable[[tuple[Frame, ...], Moment], Frame],
        shape: VideoShape,
        seed: int,
    ) -> None:
        self.upstream, *self._others = upstreams
        self._function = function
        self._seed = seed
        self.shape = shape

    def line(self, first: int, stop: int) -> Line:
        others = [upstream.frames(first, stop) for upstream in self._others]
        return _FunctionLine(self._function, others, self.shape, self._seed, first)


class _FunctionLine:
    is_empty = True

    def __init__(
        self,
        function: Callable[[tuple[Frame, ...], Moment], Frame],
        others: Sequence[Iterator[av.VideoFrame]],
        shape: VideoShape,
        seed: int,
        first: int,
    ) -> None:
        self._function, self._others, self._shape, self._seed = function, others, shape, seed
        self._index = first

    def through(self, frame: av.VideoFrame) -> tuple[av.VideoFrame]:
        rate, count = self._shape.frame_rate, self._shape.frame_count
        frames = (Frame.over(frame), *(Frame.over(next(other)) for other in self._others))
        moment = Moment(index=self._index, frame_rate=rate, frame_count=count, seed=self._seed)
        made = stamped(self._function(frames, moment).carrier, self._index, rate)
        self._index += 1
        return (made,)

    def rest(self) -> tuple[()]:
        return ()


@dataclass(frozen=True, slots=True)
class Span:
    """Where a clip lies in a joined timeline: from *start* to *stop*, overlapping the next by the transition."""

    start: int
    stop: int


Mixer = Callable[[Frame, Frame, float], Frame]
"""(leaving, entering, share of the entering one, 0 < share < 1) -> what is seen between."""


class Joined(Video):
    """Clips one after the other, each overlapping the next by *overlap* frames in which *mix* shows both.

    Both may be given once for all joints, or for each joint in turn; the overlaps of a clip are not longer than it.
    A clip is opened when its first frame is needed and closed after its last, so that many clips cost no more memory
    than two.
    """

    def __init__(
        self,
        clips: Sequence[Video],
        *,
        overlap: int | Sequence[int],
        mix: Mixer | Sequence[Mixer | None] | None = None,
    ) -> None:
        self._clips = tuple(clips)
        self._mixes = (mix,) * (len(clips) - 1) if mix is None or callable(mix) else tuple(mix)
        self.spans = spans([clip.shape.frame_count for clip in clips], overlap)
        self.shape = replace(self._clips[0].shape, frame_count=self.spans[-1].stop)

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        rate = self.shape.frame_rate
        leaving: Iterator[av.VideoFrame] | None = None
        for number, span in enumerate(self.spans):
            begin, end = max(first, span.start), min(stop, span.stop)
            if begin >= end:
                leaving = None
                continue
            entering = self._clips[number].frames(begin - span.start, end - span.start)
            shared_from = self.spans[number + 1].start if number + 1 < len(self.spans) else span.stop
            shared_to = self.spans[number - 1].stop if number else span.start
            for index in range(begin, min(end, shared_from)):
                frame = next(entering)
                if index < shared_to:
                    mix = self._mixes[number - 1]
                    assert leaving is not None
                    assert mix is not None
                    share = (index - span.start + 1) / (shared_to - span.start + 1)
                    frame = mix(Frame.over(next(leaving)), Frame.over(frame), share).carrier
                yield stamped(frame, index, rate)
            leaving = entering


def spans(counts: Sequence[int], overlap: int | Sequence[int]) -> list[Span]:
    """Return where clips of these lengths lie when each overlaps the next by *overlap*, or by its own one of many."""
    overlaps = [overlap] * (len(counts) - 1) if isinstance(overlap, int) else overlap
    found: list[Span] = []
    start = 0
    for count, shared in zip(counts, [*overlaps, 0], strict=True):
        found.append(Span(start, start + count))
        start += count - shared
    return found


class Silence(Sound):
    """No sound, for as long as is needed."""

    def __init__(self, sample_count: int) -> None:
        self.shape = SoundShape(sample_count=sample_count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        for start in range(first, stop, BLOCK):
            yield np.zeros((2, min(BLOCK, stop - start)), np.float32)


class SoundCut(Sound):
    """*count* samples of *upstream* from *first* on; beyond its end, silence."""

    def __init__(self, upstream: Sound, first: int, count: int) -> None:
        self._upstream = upstream
        self._first = first
        self.shape = SoundShape(sample_count=count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        available = max(0, min(stop, self._upstream.shape.sample_count - self._first))
        if first < available:
            yield from self._upstream.samples(first + self._first, available + self._first)
        yield from Silence(stop).samples(max(first, available), stop)


class SoundMapped(Sound):
    """A function of each block of samples and of the index of its first one; it keeps the length."""

    def __init__(self, upstream: Sound, function: Callable[[Samples, int], Samples]) -> None:
        self._upstream = upstream
        self._function = function
        self.shape = upstream.shape

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        feed: Sound = self
        functions: list[Callable[[Samples, int], Samples]] = []
        while isinstance(feed, SoundMapped):  # walked in a loop: some thousand generators are more than Python nests
            functions.append(feed._function)
            feed = feed._upstream
        position = first
        for samples in feed.samples(first, stop):
            block = samples
            for function in reversed(functions):
                block = function(block, position)
            yield block
            position += block.shape[1]


class SoundJoined(Sound):
    """Sounds one after the other at given starts; where two overlap, a transition of exactly that length.

    It is an equal-gain crossfade; or, at the joints that *dips* tells of, one falls silent before the other rises.
    """

    def __init__(self, sounds: Sequence[Sound], places: Sequence[Span], dips: Sequence[bool] | None = None) -> None:
        self._sounds = tuple(sounds)
        self._places = tuple(places)
        self._dips = (False,) * (len(places) - 1) if dips is None else tuple(dips)
        self.shape = SoundShape(sample_count=places[-1].stop)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        readers: dict[int, _Reader] = {}  # each sound is opened once, when its first sample is needed
        for start in range(first, stop, BLOCK):
            end = min(start + BLOCK, stop)
            mixed = np.zeros((2, end - start), np.float32)
            for number, place in enumerate(self._places):
                begin, finish = max(start, place.start), min(end, place.stop)
                if begin >= finish:
                    readers.pop(number, None)
                    continue
                if number not in readers:
                    until = min(stop, place.stop)
                    readers[number] = _Reader(self._sounds[number].samples(begin - place.start, until - place.start))
                part = readers[number].take(finish - begin)
                mixed[:, begin - start : finish - start] += part * self._gain(number, begin, finish)
            yield mixed

    def _gain(self, number: int, begin: int, finish: int) -> Samples:
        place = self._places[number]
        index = np.arange(begin, finish, dtype=np.float64)
        gain = np.ones(finish - begin)
        if number and (shared := self._places[number - 1].stop - place.start) > 0:
            gain = np.minimum(gain, _rise((index - place.start + 0.5) / shared, dip=self._dips[number - 1]))
        if number + 1 < len(self._places) and (shared := place.stop - self._places[number + 1].start) > 0:
            gain = np.minimum(gain, _rise((place.stop - index - 0.5) / shared, dip=self._dips[number]))
        return np.asarray(np.clip(gain, 0, 1), np.float32)


def _rise(share: NDArray[np.float64], *, dip: bool) -> NDArray[np.float64]:
    return 2 * share - 1 if dip else share


class _Reader:
    """Takes exact numbers of samples from blocks of any length."""

    def __init__(self, blocks: Iterator[Samples]) -> None:
        self._blocks = blocks
        self._left = np.zeros((2, 0), np.float32)

    def take(self, count: int) -> Samples:
        parts = [self._left]
        have = self._left.shape[1]
        while have < count:
            block = next(self._blocks)
            parts.append(block)
            have += block.shape[1]
        whole = np.concatenate(parts, axis=1)
        self._left = whole[:, count:]
        return whole[:, :count]


class _SoundHeld(Sound):
    """*upstream* and its last sample once more: it is that much too short where frames do not last whole samples."""

    def __init__(self, upstream: Sound) -> None:
        self._upstream = upstream
        self.shape = SoundShape(sample_count=upstream.shape.sample_count + 1)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        own = self._upstream.shape.sample_count
        if first < min(stop, own):
            yield from self._upstream.samples(first, min(stop, own))
        if first <= own < stop:
            yield from self._upstream.samples(own - 1, own)


def sound_of(sound: Sound | None, sample_count: int) -> Sound:
    """Return *sound* made exactly *sample_count* long, or silence of that length.

    What is missing at its end is silent; but one sample, which is no more than rounding, is held: it would be a click.
    """
    if sound is None:
        return Silence(sample_count)
    own = sound.shape.sample_count
    if own == sample_count:
        return sound
    return _SoundHeld(sound) if own and own + 1 == sample_count else SoundCut(sound, 0, sample_count)


def sample_span(span: Span, frame_rate: Fraction) -> Span:
    """Return the samples that the frames of *span* last."""
    return Span(samples_at(span.start, frame_rate), samples_at(span.stop, frame_rate))
