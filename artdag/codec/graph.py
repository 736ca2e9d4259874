"""Filters of the media library, built by its API and never by text: a run of them is one graph, one pass.

Between two filters stands an explicit ``format``, so that a fused chain gives exactly the pixels that the same chain
gives when it is rendered step by step: without it the library negotiates a format over the whole graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import av
from av.filter import Graph

from artdag.codec.frame import IS_RGB
from artdag.codec.stream import Video
from artdag.errors import RenderError
from artdag.media import VideoShape

EXACT = "bicubic+accurate_rnd+full_chroma_int+bitexact"
"""Scaler flags that give the same pixels at every SIMD level of the processor."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter with its options already spelt; make it with :meth:`of`."""

    name: str
    options: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, name: str, **options: float | str) -> Self:
        """Return the filter; strings among its options are words or formulas of ours, never a user's."""
        return cls(name, tuple((key, spell(value)) for key, value in options.items()))


def spell(value: float | str) -> str:
    """Return *value* as the media library reads it."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(int(value))
    return f"{value:.10f}".rstrip("0").rstrip(".")


def pinned(pixel_format: str) -> Filter:
    """Return the filter that holds the format between two steps."""
    return Filter.of("format", pix_fmts=pixel_format)


def converted(source: str, target: str) -> tuple[Filter, ...]:
    """Return the filters that bring frames from one pixel format to another, the same on every processor."""
    if source == target:
        return ()
    options: dict[str, str] = {"flags": EXACT}
    if (source in IS_RGB) != (target in IS_RGB):
        rgb_to_yuv = source in IS_RGB
        options["out_color_matrix" if rgb_to_yuv else "in_color_matrix"] = "bt709"
        options["out_range" if rgb_to_yuv else "in_range"] = "tv"
    return (Filter.of("scale", **options), pinned(target))


class Filtered(Video):
    """*upstream* through filters that give one frame for each frame and have no memory.

    A chain of ``Filtered`` becomes one graph: the first upstream that is not one feeds it.
    """

    def __init__(self, upstream: Video, filters: Sequence[Filter], shape: VideoShape) -> None:
        self.shape = shape
        self._upstream = upstream
        self._filters = (*filters, pinned(shape.pixel_format))

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        feed, filters = self._run()
        line = GraphLine(feed.shape, filters)
        for frame in feed.frames(first, stop):
            yield from line.through(frame)
        yield from line.rest()

    def _run(self) -> tuple[Video, list[Filter]]:
        """Return what feeds the run of filters that ends here, and all its filters."""
        parts: list[tuple[Filter, ...]] = []
        feed: Video = self
        while isinstance(feed, Filtered):
            parts.append(feed._filters)
            feed = feed._upstream
        return feed, [item for part in reversed(parts) for item in part]


class FilteredOverTime(Video):
    """*upstream* through filters whose settings change: those that *filters* gives for a frame's time in seconds.

    The filters keep no memory, so a graph serves as long as nothing changes and is then replaced.
    """

    def __init__(self, upstream: Video, filters: Callable[[float], Sequence[Filter]], shape: VideoShape) -> None:
        self._upstream = upstream
        self._filters = filters
        self.shape = shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        line: GraphLine | None = None
        current: tuple[Filter, ...] = ()
        for index, frame in enumerate(self._upstream.frames(first, stop), first):
            wanted = (*self._filters(float(index / self.shape.frame_rate)), pinned(self.shape.pixel_format))
            if line is None or wanted != current:
                if line is not None:
                    yield from line.rest()
                line, current = GraphLine(self._upstream.shape, wanted), wanted
            yield from line.through(frame)
        if line is not None:
            yield from line.rest()


class GraphLine:
    """A configured graph with one picture input and one output."""

    def __init__(self, shape: VideoShape, filters: Sequence[Filter]) -> None:
        self._graph = Graph()
        self._graph.threads = 1  # slices run side by side; threads within one would only contend
        rgb = shape.pixel_format in IS_RGB
        source = self._graph.add(
            "buffer",
            video_size=f"{shape.width}x{shape.height}",
            pix_fmt=shape.pixel_format,
            time_base=str(1 / shape.frame_rate),
            frame_rate=str(shape.frame_rate),
            pixel_aspect="1/1",
            colorspace="gbr" if rgb else "bt709",
            range="pc" if rgb else "tv",
        )
        nodes = [source, *(self._graph.add(item.name, **dict(item.options)) for item in filters)]
        nodes.append(self._graph.add("buffersink"))
        self._graph.link_nodes(*nodes)
        self._graph.configure()

    def through(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Push *frame*, yield what comes out.

        Raises:
            RenderError: when the media library refuses the frame.
        """
        try:
            self._graph.vpush(frame)
        except av.FFmpegError as error:
            raise RenderError(f"the filter graph refused a frame: {error.strerror}") from error
        yield from self._ready()

    def rest(self) -> Iterator[av.VideoFrame]:
        """End the input and yield what is still inside."""
        self._graph.vpush(None)
        yield from self._ready()

    def _ready(self) -> Iterator[av.VideoFrame]:
        while True:
            try:
                yield self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
