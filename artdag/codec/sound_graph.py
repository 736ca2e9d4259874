"""Sound through filters of the media library that have memory: always run from the start, so every range agrees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import av
import numpy as np
from av.filter import Graph

from artdag.codec.graph import Filter
from artdag.codec.mixing import in_blocks
from artdag.codec.stream import Samples, Sound
from artdag.codec.timeline import Silence
from artdag.media import SAMPLE_RATE, SoundShape


class SoundFiltered(Sound):
    """*upstream* through filters; *sample_count* long, cut or filled up with silence.

    The filters keep memory, so a range is reached by running from the first sample and throwing away what comes
    before it: sound is cheap.
    """

    def __init__(self, upstream: Sound, filters: Sequence[Filter], sample_count: int) -> None:
        self._upstream = upstream
        self._filters = tuple(filters)
        self.shape = SoundShape(sample_count=sample_count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        position = 0
        for block in self._all():
            begin, end = max(first, position), min(stop, position + block.shape[1])
            if begin < end:
                yield block[:, begin - position : end - position]
            position += block.shape[1]
            if position >= stop:
                return
        yield from Silence(stop).samples(max(first, position), stop)

    def _all(self) -> Iterator[Samples]:
        graph = Graph()
        graph.threads = 1
        source = graph.add("abuffer", sample_rate=str(SAMPLE_RATE), sample_fmt="fltp", channel_layout="stereo")
        nodes = [source, *(graph.add(item.name, **dict(item.options)) for item in self._filters)]
        nodes.append(graph.add("aformat", sample_fmts="fltp", sample_rates=str(SAMPLE_RATE), channel_layouts="stereo"))
        nodes.append(graph.add("abuffersink"))
        graph.link_nodes(*nodes)
        graph.configure()
        position = 0
        whole = self._upstream.samples(0, self._upstream.shape.sample_count)
        for block in in_blocks(whole):  # of one size, for what some filters give at the end depends on it
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), format="fltp", layout="stereo")
            frame.sample_rate = SAMPLE_RATE
            frame.pts = position
            position += block.shape[1]
            graph.push(frame)
            yield from _ready(graph)
        graph.push(None)
        yield from _ready(graph)


def _ready(graph: Graph) -> Iterator[Samples]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(frame, av.AudioFrame)
        yield np.asarray(frame.to_ndarray(), np.float32)


_EARLY = 768
"""Samples by which atempo is early: as measured on beeps, between their beginnings (1024) and their middles (430)."""


def retimed_sound(sound: Sound, speed: float, sample_count: int) -> Sound:
    """Return *sound* played *speed* times as fast (0.25 to 4) at its own pitch.

    What is struck is heard on its time, give or take 10 ms: it is smeared over the window that atempo mixes.
    """
    steps: list[Filter] = []
    while speed < 0.5:  # one atempo goes no lower
        steps += _at_tempo(0.5)
        speed /= 0.5
    while speed > 2:  # beyond, it leaves samples out instead of mixing them
        steps += _at_tempo(2)
        speed /= 2
    return SoundFiltered(sound, [*steps, *_at_tempo(speed)], sample_count)


def _at_tempo(tempo: float) -> tuple[Filter, Filter]:
    return Filter.of("adelay", delays=f"{_EARLY}S", all=1), Filter.of("atempo", tempo=tempo)
