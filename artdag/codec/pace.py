"""How far a clip has gone when it is played at a speed that changes: the exact integral of the speed.

Places and times are counted in steps of a grid, of frames or of samples, so that at a whole speed whole places come
out whole. Where the speed is given by keyframes it lies on the result's time, like every setting that changes; between
two of them, h apart, with u going from 0 to 1, what is passed since the first is

    linear   h (a u + (b - a) u² / 2)          smooth   h (a u + (b - a) (u³ - u⁴ / 2))          hold   h a u

for speeds a and b.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import av
import numpy as np
from numpy.typing import NDArray

from artdag.animation import Keyframes
from artdag.codec.frame import Frame, stamped
from artdag.codec.mean import mean, weights_of
from artdag.codec.retime import SoundReordered
from artdag.codec.stream import Samples, Sound, Video
from artdag.codec.timeline import copied
from artdag.media import SoundShape, VideoShape

Steps = NDArray[np.float64]
NUDGE = 2.0**-20
"""Of a step: so that what lies half way between two does not hang on the last bit of a sum."""
_FINEST = 10**6
"""A constant speed is taken as a fraction with at most this denominator: 0.1 is a tenth."""


@dataclass(frozen=True, slots=False)
class Pace:
    """A speed, above 0, over a grid of *rate* steps a second."""

    speed: float | Keyframes
    rate: Fraction

    @cached_property
    def _marks(self) -> tuple[Steps, Steps, Steps]:
        """Times of the keyframes, speeds there, and what is passed until each."""
        assert isinstance(self.speed, Keyframes)
        times, speeds = (np.array(column, np.float64) for column in zip(*self.speed.points, strict=True))
        times = times * float(self.rate)
        gaps = np.diff(times)
        means = speeds[:-1] if self.speed.ease == "hold" else (speeds[:-1] + speeds[1:]) / 2
        passed = [times[0] * speeds[0]]
        for part in (gaps * means).tolist():
            passed.append(passed[-1] + part)
        return times, speeds, np.array(passed)

    def passed(self, steps: Steps) -> Steps:
        """Return how many steps of the source lie before each step, whole or not, of the result."""
        if not isinstance(self.speed, Keyframes):
            exact = Fraction(self.speed).limit_denominator(_FINEST)
            return steps * exact.numerator / exact.denominator
        times, speeds, passed = self._marks
        place = np.clip(np.searchsorted(times, steps, side="right") - 1, 0, len(times) - 2)
        gap = times[place + 1] - times[place]
        u = np.clip((steps - times[place]) / gap, 0, 1)
        rise = speeds[place + 1] - speeds[place]
        if self.speed.ease == "linear":
            bend = rise * (u * u / 2)
        elif self.speed.ease == "smooth":
            bend = rise * (u * u * (u - u * u / 2))
        else:
            bend = np.zeros_like(u)
        inside = passed[place] + gap * (speeds[place] * u + bend)
        before, after = steps < times[0], steps > times[-1]
        outside = np.where(before, steps * speeds[0], passed[-1] + (steps - times[-1]) * speeds[-1])
        return np.asarray(np.where(before | after, outside, inside))

    def speeds(self, steps: Steps) -> Steps:
        """Return the speed at each step of the result."""
        if isinstance(self.speed, Keyframes):
            return self.speed.values(steps / float(self.rate))
        return np.full(len(steps), self.speed)

    @property
    def highest(self) -> float:
        return self.speed.high if isinstance(self.speed, Keyframes) else self.speed

    @property
    def lowest(self) -> float:
        return self.speed.low if isinstance(self.speed, Keyframes) else self.speed

    def lasting(self, length: int) -> int:
        """Return how many steps *length* steps of the source last: rounded half up, one at least."""
        if not isinstance(self.speed, Keyframes):
            exact = length / Fraction(self.speed).limit_denominator(_FINEST)
            return max(1, int(exact + Fraction(1, 2)))
        low, high = 0.0, length / self.lowest + 1
        while (middle := (low + high) / 2) not in (low, high):
            if float(self.passed(np.array([middle]))[0]) < length:
                low = middle
            else:
                high = middle
        return max(1, int(high + 0.5 + NUDGE))


class Paced(Video):
    """*upstream* at another pace: of each of its frames the one that is seen then.

    That is the frame nearest in time; where it runs slower than the grid, the one seen in the middle of the frame.
    """

    def __init__(self, upstream: Video, pace: Pace, shape: VideoShape) -> None:
        self._upstream = upstream
        self._pace = pace
        self.shape = shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        last = self._upstream.shape.frame_count - 1
        edges = self._pace.passed(np.arange(first, stop + 1, dtype=np.float64))
        middles = edges[:-1] + np.minimum(1, np.diff(edges)) / 2
        wanted = np.minimum(np.floor(middles + NUDGE), last).astype(np.int64).tolist()
        yield from self._shown([((number, 1.0),) for number in wanted], first)

    def _shown(self, parts: list[tuple[tuple[int, float], ...]], first: int) -> Iterator[av.VideoFrame]:
        """Yield for each of *parts*, (source frame, share) pairs that never go back, their mean."""
        if not parts:
            return
        source = enumerate(self._upstream.frames(parts[0][0][0], parts[-1][-1][0] + 1), parts[0][0][0])
        held: dict[int, Frame] = {}
        given = -1
        for index, part in enumerate(parts, first):
            wanted = [number for number, _ in part]
            while not held or max(held) < wanted[-1]:
                number, carrier = next(source)
                if number >= wanted[0]:
                    held[number] = Frame.over(carrier)
            held = {number: frame for number, frame in held.items() if number >= wanted[0]}
            weights = weights_of([share for _, share in part])
            carrier = mean([held[number] for number in wanted], weights).carrier
            whole = next((number for number in wanted if held[number].carrier is carrier), None)
            if whole is not None:
                carrier, given = (copied(carrier) if whole == given else carrier), whole
            yield stamped(carrier, index, self.shape.frame_rate)


class PacedSmoothly(Paced):
    """*upstream* at another pace, every frame the mean of all that passes while it is seen.

    Where it runs slower, that is a frame's time of the source: the mean of two neighbours, by their shares of it.
    """

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        last = self._upstream.shape.frame_count - 1
        edges = self._pace.passed(np.arange(first, stop + 1, dtype=np.float64))
        widths = np.maximum(1, np.diff(edges))
        parts = [_shares(begin, begin + width, last) for begin, width in zip(edges, widths, strict=False)]
        yield from self._shown(parts, first)


def _shares(begin: float, end: float, last: int) -> tuple[tuple[int, float], ...]:
    """Return the frames between two places, and how much of each lies there; beyond *last* it is that one."""
    first = min(last, int(begin + NUDGE))
    final = max(first, min(last, int(np.ceil(end - NUDGE)) - 1))
    if first == final:
        return ((first, 1.0),)
    numbers = range(first, final + 1)
    return tuple(
        (number, float((end if number == last else min(end, number + 1)) - max(begin, number))) for number in numbers
    )


class SoundPaced(Sound):
    """*upstream* at another pace, like a tape: what runs faster sounds higher.

    Between samples it is interpolated. Where it runs faster, each sample is the mean of several places over what
    passes meanwhile, which takes away most of what would be folded down from above the highest frequency.
    """

    def __init__(self, upstream: Sound, pace: Pace, sample_count: int) -> None:
        self._places = max(1, int(np.ceil(pace.highest)))
        self._pace = pace
        self._tape = SoundReordered(upstream, self._place, sample_count * self._places)
        self.shape = SoundShape(sample_count=sample_count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        many = self._places
        left = np.zeros((2, 0), np.float32)
        for part in self._tape.samples(first * many, stop * many):
            block = np.concatenate([left, part], axis=1)
            whole = block.shape[1] // many * many
            left = block[:, whole:]
            total = block[:, 0:whole:many].copy()
            for place in range(1, many):
                total += block[:, place:whole:many]
            total /= np.float32(many)
            yield total

    def _place(self, index: NDArray[np.int64]) -> Steps:
        many = self._places
        steps = (index // many).astype(np.float64)
        places = self._pace.passed(steps)
        if many == 1:
            return places
        aside = (index % many + 0.5) / many - 0.5
        return places + aside * np.maximum(0, self._pace.speeds(steps) - 1)
