"""Frame: one picture as planes of bytes, with the pixel format that gives them meaning."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

PACKED = {"rgb24": 3, "rgba": 4}
HAS_ALPHA = {"yuva420p", "yuva444p", "rgba"}
SUBSAMPLED = {"yuv420p", "yuva420p"}
IS_RGB = {"rgb24", "rgba", "gbrp"}

BT709 = 1
LIMITED_RANGE = 1
FULL_RANGE = 2
RGB_MATRIX = 0
"""Numbers of FFmpeg's AVColorSpace and AVColorRange."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Planes of uint8 over the memory of one media-library frame; no copy is made.

    ``yuv420p``: Y (height, width), then U and V (ceil(height / 2), ceil(width / 2)), BT.709, limited range
    (Y 16..235, U and V 16..240 around 128). ``yuva420p``: the same and A (height, width), 0..255.
    ``yuv444p`` and ``yuva444p``: the same with U and V of full size.
    ``rgb24`` and ``rgba``: one plane (height, width, 3 or 4), 0..255. ``gbrp``: G, B and R, each (height, width).
    ``gray``: Y (height, width), limited range. Rows may be padded, so a plane need not be contiguous.

    A frame that was received is read-only: others hold it too. Write into ``blank_like()`` instead.
    """

    planes: tuple[Plane, ...]
    pixel_format: str
    carrier: av.VideoFrame

    @property
    def width(self) -> int:
        return self.carrier.width

    @property
    def height(self) -> int:
        return self.carrier.height

    @classmethod
    def over(cls, carrier: av.VideoFrame, *, writable: bool = False) -> Frame:
        """Return a view of *carrier*'s memory."""
        name = carrier.format.name
        channels = PACKED.get(name, 0)
        planes = []
        for plane in carrier.planes:
            rows: Plane = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height]
            view = rows[:, : plane.width * max(1, channels)]
            if channels:
                view = view.reshape(plane.height, plane.width, channels)
            view.flags.writeable = writable
            planes.append(view)
        return cls(tuple(planes), name, carrier)

    @classmethod
    def blank(cls, width: int, height: int, pixel_format: str) -> Frame:
        """Return a writable frame with undefined contents."""
        carrier = av.VideoFrame(width, height, pixel_format)
        rgb = pixel_format in IS_RGB
        carrier.colorspace = RGB_MATRIX if rgb else BT709
        carrier.color_range = FULL_RANGE if rgb else LIMITED_RANGE
        return cls.over(carrier, writable=True)

    def blank_like(self) -> Frame:
        """Return a writable frame of the same size and format with undefined contents."""
        return Frame.blank(self.width, self.height, self.pixel_format)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When a frame is shown: what an effect may know of time."""

    index: int
    frame_rate: Fraction
    frame_count: int
    seed: int
    """From the step's key: the same for every frame of the step, different for different work."""

    @property
    def time_s(self) -> float:
        return float(self.index / self.frame_rate)


def stamped(carrier: av.VideoFrame, index: int, frame_rate: Fraction) -> av.VideoFrame:
    """Return *carrier* with its time set to frame *index* of the grid."""
    carrier.pts = index
    carrier.time_base = 1 / frame_rate
    return carrier


def pixels(carrier: av.VideoFrame) -> bytes:
    """Return the frame's pixels without padding, plane after plane: what two equal frames have in common."""
    return b"".join(np.ascontiguousarray(plane).tobytes() for plane in Frame.over(carrier).planes)


def describe(carrier: av.VideoFrame) -> dict[str, Any]:
    return {"width": carrier.width, "height": carrier.height, "pixel_format": carrier.format.name}
