"""Frames made to fit a profile: its size, its pixel format, its colours; the same pixels on every processor."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import av

from artdag.codec.frame import HAS_ALPHA, IS_RGB, stamped
from artdag.codec.graph import EXACT, Filter, GraphLine, converted, pinned
from artdag.codec.opaque import OPAQUE, laid_on
from artdag.codec.profile import Profile
from artdag.codec.stream import Video
from artdag.errors import RenderError
from artdag.media import VideoShape

_RGB = {*IS_RGB, "bgra", "bgr0"}


def fitted_frames(video: Video, first: int, stop: int, profile: Profile) -> Generator[av.VideoFrame, None, None]:
    """Yield the frames *first* ≤ i < *stop* as *profile*'s encoder wants them: new objects, free to be restamped.

    Raises:
        ParameterError: when the profile holds no picture of the stream's format.
        RenderError: when the stream gives fewer or more frames, or others than its shape promises.
    """
    shape = video.shape
    flatten = shape.pixel_format in HAS_ALPHA and not profile.keeps_alpha(shape.pixel_format)
    flat = replace(shape, pixel_format=OPAQUE[shape.pixel_format]) if flatten else shape
    # Always through a graph, if only an empty one: a stream may give the same object again and again (a still), and
    # what comes out of a graph is ours alone, though it shares the pixels.
    line = GraphLine(flat, fitting(flat, profile))
    frames = video.frames(first, stop)
    index = first
    try:
        for frame in frames:
            _check(frame, index, stop, shape)
            yield from line.through(stamped(laid_on(frame), index, shape.frame_rate) if flatten else frame)
            index += 1
    finally:
        if isinstance(frames, Generator):
            frames.close()
    if index != stop:
        raise RenderError(f"the picture ended after {index} of {stop} frames")
    yield from line.rest()


def fitting(shape: VideoShape, profile: Profile) -> tuple[Filter, ...]:
    """Return the filters between frames of *shape* and the encoder of *profile*."""
    source, target = shape.pixel_format, profile.pixel_format(shape.pixel_format)
    filters: tuple[Filter, ...] = ()
    width, height = profile.size(shape.width, shape.height)
    if (width, height) != (shape.width, shape.height):
        filters = (Filter.of("scale", w=width, h=height, flags=EXACT), pinned(source))
    if profile.picture is not None and profile.picture.jfif:
        ranges = {} if source in _RGB else {"in_color_matrix": "bt709", "in_range": "tv"}
        jfif = Filter.of("scale", flags=EXACT, **ranges, out_color_matrix="bt601", out_range="pc")
        return (*filters, jfif, pinned(target))
    if source in _RGB and target in _RGB:  # only the order of bytes changes
        return (*filters, Filter.of("scale", flags=EXACT), pinned(target))
    if source not in IS_RGB and target in _RGB:
        to_rgb = Filter.of("scale", flags=EXACT, in_color_matrix="bt709", in_range="tv")
        return (*filters, to_rgb, pinned(target))
    return (*filters, *converted(source, target), pinned(target))


def _check(frame: av.VideoFrame, index: int, stop: int, shape: VideoShape) -> None:
    if index >= stop:
        raise RenderError(f"the picture goes on after its {stop} frames")
    if frame.pts != index:
        raise RenderError(f"frame {index} of the picture is marked as frame {frame.pts}")
    found, wanted = (frame.width, frame.height, frame.format.name), (shape.width, shape.height, shape.pixel_format)
    if found != wanted:
        raise RenderError("frame {} is {}×{} {}, not {}×{} {}".format(index, *found, *wanted))
