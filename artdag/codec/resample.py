"""Sound of any rate becomes sound of 48 kHz, with the same bits on every processor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph

from artdag.codec.stream import Samples
from artdag.media import SAMPLE_RATE

_SCALE = 2.0**28
"""Full scale as an integer: 18 dB of room below 2³¹ for sound beyond ±1, 1.5e-9 of it the finest step."""


class Resampler:
    """Stereo samples in, stereo samples at ``SAMPLE_RATE`` out; sample 0 in and sample 0 out are the same moment.

    The library's resampler works on 32-bit integers here: its float form sums in an order that depends on the
    processor. Sound that has the rate already passes untouched.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._graph: Graph | None = None
        self._fed = 0
        if rate == SAMPLE_RATE:
            return
        graph = Graph()
        graph.threads = 1
        nodes = [
            graph.add(
                "abuffer", sample_rate=str(rate), sample_fmt="s32p", channel_layout="stereo", time_base=f"1/{rate}"
            ),
            graph.add("aresample", osr=str(SAMPLE_RATE), osf="s32p", internal_sample_fmt="s32p"),
            graph.add("abuffersink"),
        ]
        graph.link_nodes(*nodes)
        graph.configure()
        self._graph = graph

    def over(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Yield what *blocks* become."""
        for block in blocks:
            yield from self.through(block)
        yield from self.rest()

    def through(self, samples: Samples) -> Iterator[Samples]:
        """Push (2, n) samples, yield what comes out."""
        if self._graph is None:
            yield samples
            return
        scaled = np.clip(np.rint(samples.astype(np.float64) * _SCALE), -(2.0**31), 2.0**31 - 1)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(scaled.astype(np.int32)), format="s32p", layout="stereo")
        frame.sample_rate, frame.pts = self._rate, self._fed
        self._fed += frame.samples
        self._graph.push(frame)
        yield from self._ready()

    def rest(self) -> Iterator[Samples]:
        """Yield what is still inside."""
        if self._graph is not None:
            self._graph.push(None)
            yield from self._ready()

    def _ready(self) -> Iterator[Samples]:
        assert self._graph is not None
        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            assert isinstance(frame, AudioFrame)
            yield (frame.to_ndarray().astype(np.float64) / _SCALE).astype(np.float32)
