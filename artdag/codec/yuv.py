"""Clips brought to luma and chroma, for what looks at light over time; stills have no time and stay what they are."""

from __future__ import annotations

from dataclasses import replace

from artdag.codec.geometry import in_format, nearest_format
from artdag.codec.stream import Video
from artdag.media import Kind, Shape

FORMATS = ("yuv420p", "yuva420p", "yuv444p", "yuva444p")


def yuv_shape(shape: Shape) -> Shape:
    """Return *shape*, which has a picture, in the nearest of ``FORMATS``; that of a still as it is."""
    if shape.kind is Kind.IMAGE:
        return shape
    assert shape.video is not None
    return replace(shape, video=replace(shape.video, pixel_format=nearest_format(shape.video.pixel_format, FORMATS)))


def yuv_clip(video: Video) -> Video:
    """Return the picture of a clip in the format that ``yuv_shape`` says."""
    return in_format(video, nearest_format(video.shape.pixel_format, FORMATS))
