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
from av.filter.context import FilterContext

from artdag.codec.chain import MOST_HELD_BYTES, Line, Link
from artdag.codec.frame import HAS_ALPHA, IS_RGB, PACKED
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
    if source not in IS_RGB and target in PACKED:
        # by way of planes: the same pixels (the tests see to that), five times as fast as straight to packed ones
        planes = "gbrap" if target in HAS_ALPHA else "gbrp"
        return (Filter.of("scale", **options), pinned(planes), Filter.of("scale", flags=EXACT), pinned(target))
    return (Filter.of("scale", **options), pinned(target))


_MOST_FILTERS = 100
"""More in one graph take long to set up, which graphs that are alike need only once."""
_BYTES_HELD = {"format": (0, 0), "gblur": (1 << 20, 70), "bilateral": (1 << 20, 50), "hue": (5 << 20, 5)}
_BYTES_HELD_ELSE = (1 << 20, 5)
"""What filters were seen to take: bytes, and bytes for each pixel."""


# fmt: off
KEEP_MEMORY = frozenset({
    "atadenoise", "bwdif", "decimate", "dedot", "deflicker", "dejudder", "deshake", "elbg", "fade", "fieldmatch",
    "fps", "framerate", "framestep", "freezedetect", "freezeframes", "hqdn3d", "hysteresis", "idet", "interlace",
    "kerndeint", "lagfun", "loop", "mcdeint", "mestimate", "minterpolate", "mpdecimate", "nnedi", "palettegen",
    "perms", "phase", "photosensitivity", "pullup", "random", "repeatfields", "reverse", "select", "separatefields",
    "setpts", "settb", "shuffleframes", "signalstats", "telecine", "thumbnail", "tile", "tinterlace", "tmedian",
    "tmidequalizer", "tmix", "tpad", "trim", "vaguedenoiser", "vfrdet", "vidstabdetect", "vidstabtransform", "vif",
    "w3fdif", "weave", "yadif", "zoompan",
})
# fmt: on
"""Filters whose frames depend on those before, or on where their graph began: a slice would show others."""


def held_by(filters: Sequence[Filter], shape: VideoShape) -> int:
    """Return about how many bytes an open graph of *filters* takes, seen from above."""
    pixels = shape.width * shape.height
    each = (_BYTES_HELD.get(item.name, _BYTES_HELD_ELSE) for item in filters)
    return sum(fixed + per_pixel * pixels for fixed, per_pixel in each)


class Filtered(Link):
    """*upstream* through filters that give one frame for each frame and have no memory.

    A chain of ``Filtered`` becomes one graph, or few: the first upstream that is not one feeds it.
    """

    def __init__(self, upstream: Video, filters: Sequence[Filter], shape: VideoShape) -> None:
        self.shape = shape
        self.upstream = upstream
        self._filters = (*filters, pinned(shape.pixel_format))
        larger = max(shape, upstream.shape, key=lambda one: one.width * one.height)
        self.held_bytes = held_by(self._filters, larger)
        self.work = (upstream.shape, self._filters)

    def line(self, first: int, stop: int) -> Line:
        return GraphLine(self.upstream.shape, self._filters, self.shape)

    def behind(self, before: Link) -> Link | None:
        if not isinstance(before, Filtered) or before.held_bytes + self.held_bytes > MOST_HELD_BYTES:
            return None
        filters = (*before._filters, *self._filters)
        if sum(item.name != "format" for item in filters) > _MOST_FILTERS:
            return None
        return Filtered(before.upstream, filters, self.shape)


class FilteredOverTime(Link):
    """*upstream* through filters whose settings change: those that *filters* gives for a frame's time in seconds.

    The filters keep no memory, so a graph serves as long as nothing changes and is then replaced.
    """

    def __init__(self, upstream: Video, filters: Callable[[float], Sequence[Filter]], shape: VideoShape) -> None:
        self.upstream = upstream
        self._filters = filters
        self.shape = shape
        self.held_bytes = held_by(filters(0.0), upstream.shape)

    def line(self, first: int, stop: int) -> Line:
        return _ChangingLine(self.upstream.shape, self._filters, self.shape, first)


class _ChangingLine:
    """A graph for as long as the filters stay what they are, then another."""

    def __init__(
        self, source: VideoShape, filters: Callable[[float], Sequence[Filter]], shape: VideoShape, first: int
    ) -> None:
        self._source, self._filters, self._shape, self._index = source, filters, shape, first
        self._line: GraphLine | None = None
        self._current: tuple[Filter, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self._line is None or self._line.is_empty

    def through(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        time_s = float(self._index / self._shape.frame_rate)
        self._index += 1
        wanted = (*self._filters(time_s), pinned(self._shape.pixel_format))
        if self._line is None or wanted != self._current:
            yield from self.rest()
            self._line, self._current = GraphLine(self._source, wanted, self._shape), wanted
        yield from self._line.through(frame)

    def rest(self) -> Iterator[av.VideoFrame]:
        if self._line is not None and not self._line.is_empty:
            yield from self._line.rest()
        self._line = None


class GraphLine:
    """A configured graph with one picture input and one output, which gives one frame for each.

    Raises:
        RenderError: for a filter that is not there, or that takes no such options or pictures.
        MemoryError: when there is not enough for all of its filters.
    """

    def __init__(self, shape: VideoShape, filters: Sequence[Filter], promised: VideoShape | None = None) -> None:
        """Make one for frames of *shape*; those that come out are seen to be of the size of *promised*, if given."""
        self._inside = 0
        self._promised = promised
        self._names = _named(filters)
        try:
            self._build(shape, filters)
        except MemoryError:
            raise
        except RuntimeError as error:  # what this library raises where a filter could not be allocated
            raise MemoryError(f"{len(filters)} filters do not fit into memory: {error}") from error
        except av.FFmpegError as error:
            raise RenderError(f"{self._names} cannot be joined up: {error.strerror}") from error

    @property
    def is_empty(self) -> bool:
        """Whether all frames that went in have come out."""
        return self._inside == 0

    def _build(self, shape: VideoShape, filters: Sequence[Filter]) -> None:
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
        nodes = [source, *(self._added(item) for item in filters)]
        nodes.append(self._graph.add("buffersink"))
        self._graph.link_nodes(*nodes)
        self._graph.configure()

    def _added(self, item: Filter) -> FilterContext:
        try:
            return self._graph.add(item.name, **dict(item.options))
        except MemoryError:
            raise
        except (ValueError, av.FFmpegError) as error:  # ValueError: the name of a filter or of an option
            options = ", ".join(f"{name}={value}" for name, value in item.options)
            raise RenderError(
                f"the filter {item.name} cannot be made with {options or 'no options'}: {error}"
            ) from error

    def through(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """Push *frame*, yield what comes out.

        Raises:
            RenderError: when the media library refuses the frame, or gives one of another size than was promised.
        """
        self._inside += 1
        try:
            self._graph.vpush(frame)
        except MemoryError:
            raise
        except av.FFmpegError as error:
            raise RenderError(f"the filter graph refused a frame: {error.strerror}") from error
        yield from self._ready()

    def rest(self) -> Iterator[av.VideoFrame]:
        """End the input and yield what is still inside.

        Raises:
            RenderError: when more or fewer have come out than went in.
        """
        self._graph.vpush(None)
        yield from self._ready()
        if self._inside != 0:
            raise RenderError(f"{self._names} gave more or fewer frames than they got: one for one is wanted")

    def _ready(self) -> Iterator[av.VideoFrame]:
        while True:
            try:
                frame = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            self._inside -= 1
            own, size = self._promised, (frame.width, frame.height)
            if own is not None and size != (own.width, own.height):
                raise RenderError(f"{self._names} gave {size[0]}×{size[1]}, not the promised {own.width}×{own.height}")
            yield frame


def _named(filters: Sequence[Filter]) -> str:
    names = list(dict.fromkeys(item.name for item in filters if item.name != "format"))
    return f"the filter{'s' if len(names) > 1 else ''} {', '.join(names)}"
