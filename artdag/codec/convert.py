"""Decoded pictures brought to the working format: upright, square pixels, progressive, BT.709 SDR, 8 bits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from artdag.codec.display import Orientation, orientation_of
from artdag.codec.frame import BT709, FULL_RANGE, IS_RGB, LIMITED_RANGE, RGB_MATRIX
from artdag.codec.graph import EXACT
from artdag.codec.tone import hald_table
from artdag.errors import BrokenMediaError, UnsupportedMediaError
from artdag.media import VideoShape

UNSPECIFIED = 2
_MATRICES = {
    RGB_MATRIX: "gbr",
    BT709: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    9: "bt2020nc",
    10: "bt2020c",
}
"""FFmpeg's AVColorSpace, by the names that its filters know."""
_BT601 = 6
HDR_TRANSFERS = {16: "pq", 18: "hlg"}
"""FFmpeg's AVColorTransferCharacteristic, where a tone curve is needed."""
_BT2020_PRIMARIES = 9
_SD_WIDTH, _SD_HEIGHT = 1024, 576
"""Untagged video up to this size is BT.601, as it is wherever it comes from; larger is BT.709."""


@dataclass(frozen=True, slots=True)
class _Look:
    """All that decides how a frame is converted; equal looks share one graph."""

    width: int
    height: int
    pixel_format: str
    matrix: int
    full_range: bool
    transfer: str | None
    interlaced: bool
    orientation: Orientation

    def is_working_format(self, shape: VideoShape) -> bool:
        yuv = self.matrix == BT709 and not self.full_range
        return (
            self.pixel_format == shape.pixel_format
            and (yuv or self.pixel_format in IS_RGB)
            and self.transfer is None
            and not self.interlaced
            and not self.orientation.filters
            and (self.width, self.height) == (shape.width, shape.height)
        )


class Converter:
    """Frames in, the same number of frames of *shape* out, in order; some may come a few frames later.

    Every frame is converted by itself: what comes before or after it does not change its pixels.
    """

    def __init__(self, shape: VideoShape, *, image: bool) -> None:
        self._shape = shape
        self._image = image
        self._orientation: Orientation | None = None
        self._look: _Look | None = None
        self._graph: _ConversionGraph | None = None
        self._fed = 0

    def feed(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """Take *frame* (its colour tags and time may be rewritten), yield what is ready.

        Raises:
            UnsupportedMediaError: when its colours are coded in a way that is not known here.
            BrokenMediaError: when the media library refuses it.
        """
        look = self._look_of(frame)
        if look != self._look:
            yield from self.rest()
            self._look = look
            plain = look.is_working_format(self._shape)
            self._graph = None if plain else _ConversionGraph(look, self._shape)
        if self._graph is None:
            _tag(frame, look)
            yield frame
            return
        _tag(frame, look)
        frame.pts, frame.time_base = self._fed, 1 / self._shape.frame_rate
        self._fed += 1
        yield from self._graph.through(frame)

    def rest(self) -> Iterator[VideoFrame]:
        """Yield what is still inside."""
        if self._graph is not None:
            yield from self._graph.through(None)
        self._graph = self._look = None

    def _look_of(self, frame: VideoFrame) -> _Look:
        if self._orientation is None:
            self._orientation = orientation_of(frame)
        name = frame.format.name
        rgb = frame.format.is_rgb or frame.format.has_palette
        matrix = RGB_MATRIX if rgb else _matrix_of(frame, image=self._image)
        transfer = HDR_TRANSFERS.get(frame.color_trc)
        if transfer is None and frame.color_primaries == _BT2020_PRIMARIES:
            transfer = "sdr"
        return _Look(
            width=frame.width,
            height=frame.height,
            pixel_format=name,
            matrix=matrix,
            full_range=rgb or frame.color_range == FULL_RANGE or name.startswith("yuvj"),
            transfer=None if self._image else transfer,
            interlaced=frame.interlaced_frame and not self._image,
            orientation=self._orientation,
        )


def _matrix_of(frame: VideoFrame, *, image: bool) -> int:
    matrix = frame.colorspace
    if matrix == UNSPECIFIED or (matrix == RGB_MATRIX and not frame.format.is_rgb):
        small = frame.width <= _SD_WIDTH and frame.height <= _SD_HEIGHT
        return _BT601 if image or small else BT709  # JPEG and WebP are BT.601 by their specifications
    if matrix not in _MATRICES:
        raise UnsupportedMediaError(f"this picture's colours are coded by matrix {matrix}, which is not known here")
    return matrix


def _tag(frame: VideoFrame, look: _Look) -> None:
    frame.colorspace = look.matrix
    frame.color_range = FULL_RANGE if look.full_range else LIMITED_RANGE


class _ConversionGraph:
    """Filters from one look to the working format."""

    def __init__(self, look: _Look, shape: VideoShape) -> None:
        graph = Graph()
        graph.threads = 1
        self._graph = graph
        time_base = str(1 / shape.frame_rate)
        last = self._source = graph.add(
            "buffer",
            video_size=f"{look.width}x{look.height}",
            pix_fmt=look.pixel_format,
            time_base=time_base,
            frame_rate=str(shape.frame_rate),
            pixel_aspect="1/1",
            colorspace=_MATRICES[look.matrix],
            range="pc" if look.full_range else "tv",
        )
        nodes = [last]
        if look.interlaced:
            # looks at one frame only (others need its neighbours, and then a range would not be self-contained)
            nodes.append(graph.add("estdif", mode="frame", deint="all"))
        if look.transfer is not None:
            nodes.append(graph.add("scale", flags=EXACT, in_color_matrix="bt2020", out_range="pc"))
            nodes.append(graph.add("format", pix_fmts="gbrp16le"))
            self._clut = graph.add("buffer", **_clut_source(time_base))
            table = graph.add("haldclut", interp="tetrahedral")
            # the table is the second input
            self._clut.link_to(table, 0, 1)
            nodes.append(table)
        nodes += [graph.add(turn.name, **dict(turn.options)) for turn in look.orientation.filters]
        nodes += _scaled(graph, look, shape)
        nodes.append(graph.add("buffersink"))
        graph.link_nodes(*nodes)
        graph.configure()
        if look.transfer is not None:
            self._clut.push(_clut_frame(look.transfer))
            self._clut.push(None)

    def through(self, frame: VideoFrame | None) -> Iterator[VideoFrame]:
        try:
            self._source.push(frame)
        except av.FFmpegError as error:
            raise BrokenMediaError(f"a picture of this file cannot be converted: {error.strerror}") from error
        while True:
            try:
                ready = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            yield ready


def _clut_source(time_base: str) -> dict[str, str]:
    side = hald_table("pq").shape[0]
    return {
        "video_size": f"{side}x{side}",
        "pix_fmt": "gbrp16le",
        "time_base": time_base,
        "pixel_aspect": "1/1",
        "colorspace": "gbr",
        "range": "pc",
    }


def _clut_frame(transfer: str) -> VideoFrame:
    frame = VideoFrame.from_ndarray(hald_table(transfer), format="gbrp16le", channel_last=True)
    frame.colorspace, frame.color_range, frame.pts = RGB_MATRIX, FULL_RANGE, 0
    return frame


def _scaled(graph: Graph, look: _Look, shape: VideoShape) -> list[FilterContext]:
    """Return the last filters: size, matrix, range and pixel format, all brought about by one scaler, exactly."""
    options = {"w": str(shape.width), "h": str(shape.height), "flags": EXACT}
    if shape.pixel_format not in IS_RGB:
        options |= {"out_color_matrix": "bt709", "out_range": "tv"}
    else:
        options |= {"out_range": "pc"}
    return [
        graph.add("scale", **options),
        graph.add("format", pix_fmts=shape.pixel_format),
    ]


def copies(frame: VideoFrame, shape: VideoShape) -> Iterator[VideoFrame]:
    """Yield *frame*, then more frames over the same pixels for as long as asked: each can have a time of its own."""
    yield frame
    graph = Graph()
    graph.threads = 1
    source = graph.add(
        "buffer",
        video_size=f"{frame.width}x{frame.height}",
        pix_fmt=frame.format.name,
        time_base=str(1 / shape.frame_rate),
        pixel_aspect="1/1",
        colorspace=_MATRICES[frame.colorspace],
        range="pc" if frame.color_range == FULL_RANGE else "tv",
    )
    sink = graph.add("buffersink")
    source.link_to(sink)
    graph.configure()
    while True:
        source.push(frame)
        copy = graph.vpull()
        yield copy
