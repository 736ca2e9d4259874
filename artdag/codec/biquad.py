"""Recursive filters for sound, in sections of second order: Butterworth low and high passes, fixed or moving.

The media library runs the sections with 64-bit floats, sample after sample, so that blocks do not show and every
processor gives the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Literal

import av
import numpy as np
from av.filter import Graph

from artdag.animation import Animation
from artdag.codec.graph import Filter
from artdag.codec.mixing import in_blocks
from artdag.codec.sound_graph import SoundFiltered
from artdag.codec.stream import Samples, Sound
from artdag.media import SAMPLE_RATE, SoundShape

STEP = 120
"""Samples, 2.5 ms, for which a moving filter stands still."""

Pass = Literal["low", "high"]


@dataclass(frozen=True, slots=True)
class Section:
    """y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]."""

    b0: float
    b1: float
    b2: float
    a1: float
    a2: float

    def filter(self) -> Filter:
        coefficients = {field.name: repr(getattr(self, field.name)) for field in fields(self)}
        return Filter.of("biquad", a0="1", precision="f64", transform="tdii", **coefficients)


def butterworth(kind: Pass, frequency_hz: float, order: int) -> tuple[Filter, ...]:
    """Return a pass whose gain is -3.01 dB at *frequency_hz* and falls by 6 dB an octave for each *order* beyond it.

    The poles lie evenly on a circle; the bilinear transform, bent so that *frequency_hz* is met exactly, brings them to
    samples. Each pair is a section of second order, whose states are those of integrators ("zdf"): they keep their
    meaning when the frequency moves. The one that is left in odd orders is a section of first order.

    Args:
        kind: what it lets through.
        frequency_hz: more than 0, less than half of the sample rate.
        order: 1 or more.
    """
    qualities = (1 / (2 * math.sin(math.pi * (2 * pair + 1) / (2 * order))) for pair in range(order // 2))
    exact = {"precision": "f64", "width_type": "q"}
    pairs = [
        Filter.of(f"{kind}pass", frequency=repr(frequency_hz), width=repr(quality), transform="zdf", **exact)
        for quality in qualities
    ]
    if order % 2 == 0:
        return tuple(pairs)
    k = math.tan(math.pi * frequency_hz / SAMPLE_RATE)
    gain, sign = (k, 1) if kind == "low" else (1.0, -1)
    single = Section(gain / (1 + k), sign * gain / (1 + k), 0.0, (k - 1) / (1 + k), 0.0)
    return (*pairs, single.filter())


def passed(sound: Sound, kind: Pass, frequency_hz: float | Animation, order: int) -> Sound:
    """Return *sound* through a Butterworth filter; where its frequency moves, it is set anew every ``STEP``."""
    if isinstance(frequency_hz, Animation):
        return Moving(sound, kind, frequency_hz, order)
    return SoundFiltered(sound, butterworth(kind, frequency_hz, order), sound.shape.sample_count)


class Moving(Sound):
    """*upstream* through a Butterworth filter whose frequency moves.

    It is run from the first sample, whatever is asked for, as in :class:`artdag.codec.sound_graph.SoundFiltered`.
    """

    def __init__(self, upstream: Sound, kind: Pass, frequency_hz: Animation, order: int) -> None:
        self._upstream = upstream
        self._kind: Pass = kind
        self._frequency_hz = frequency_hz
        self._order = order
        self.shape = SoundShape(sample_count=upstream.shape.sample_count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        if first >= stop:
            return
        position = 0
        for block in self._all(stop):
            begin, end = max(first, position), position + block.shape[1]
            if begin < end:
                yield block[:, begin - position :]
            position = end

    def _all(self, stop: int) -> Iterator[Samples]:
        moments = np.arange(0, stop, STEP) / SAMPLE_RATE
        frequencies = self._frequency_hz.values(moments).tolist()
        line = Line(butterworth(self._kind, frequencies[0], self._order))
        position = 0
        for block in in_blocks(self._upstream.samples(0, stop)):
            for start in range(0, block.shape[1], STEP):
                line.become(butterworth(self._kind, frequencies[position // STEP], self._order))
                part = block[:, start : start + STEP]
                yield line.through(part, position)
                position += part.shape[1]


class Line:
    """Filters one behind the other that give a sample for each sample; their options can change, their memory stays."""

    def __init__(self, filters: Sequence[Filter]) -> None:
        self._filters = tuple(filters)
        self._graph = Graph()
        self._graph.threads = 1
        source = self._graph.add("abuffer", sample_rate=str(SAMPLE_RATE), sample_fmt="fltp", channel_layout="stereo")
        self._nodes = [self._graph.add(item.name, **dict(item.options)) for item in self._filters]
        ending = self._graph.add("aformat", sample_fmts="fltp", sample_rates=str(SAMPLE_RATE), channel_layouts="stereo")
        self._graph.link_nodes(source, *self._nodes, ending, self._graph.add("abuffersink"))
        self._graph.configure()

    def become(self, filters: Sequence[Filter]) -> None:
        """Give the filters the options of *filters*, which are of the same names."""
        for node, old, new in zip(self._nodes, self._filters, filters, strict=True):
            for (name, before), (_, value) in zip(old.options, new.options, strict=True):
                if value != before:
                    node.process_command(name, value)
        self._filters = tuple(filters)

    def through(self, samples: Samples, position: int) -> Samples:
        """Return what becomes of *samples*, the first of which is number *position* of all."""
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE, position
        self._graph.push(frame)
        result = self._graph.pull()
        assert isinstance(result, av.AudioFrame)
        assert result.samples == samples.shape[1]
        return np.asarray(result.to_ndarray(), np.float32)
