"""See-through pictures laid on one colour, for whatever cannot keep them see-through.

Without this the hidden colours would come back: the green behind a keyed-out actor.
"""

from __future__ import annotations

from dataclasses import replace

import av
import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import at_chroma, yuv_of
from artdag.codec.frame import HAS_ALPHA, Frame, Moment
from artdag.codec.stream import Video
from artdag.codec.timeline import Framewise

OPAQUE = {"yuva420p": "yuv420p", "yuva444p": "yuv444p", "rgba": "rgb24"}
"""See-through format -> the same without opacity."""


class Opaque(Framewise):
    """*upstream*, which has alpha, laid on *background* (``#rrggbb``)."""

    def __init__(self, upstream: Video, background: str = "#000000") -> None:
        def lay(frames: tuple[Frame, ...], _: Moment) -> Frame:
            return Frame.over(laid_on(frames[0].carrier, background))

        shape = replace(upstream.shape, pixel_format=OPAQUE[upstream.shape.pixel_format])
        super().__init__([upstream], lay, shape, seed=0)


def laid_on(carrier: av.VideoFrame, background: str = "#000000") -> av.VideoFrame:
    """Return the frame on *background*, as players show see-through parts; opaque pixels stay exactly as they are."""
    frame = Frame.over(carrier)
    assert frame.pixel_format in HAS_ALPHA
    flat = Frame.blank(frame.width, frame.height, OPAQUE[frame.pixel_format])
    behind = np.array([int(background[at : at + 2], 16) for at in (1, 3, 5)])
    if frame.pixel_format == "rgba":
        flat.planes[0][...] = _mixed(frame.planes[0][..., :3], frame.planes[0][..., 3:], behind)
    else:
        *planes, alpha = frame.planes
        code = np.rint(yuv_of(behind / 255)).astype(np.int32)
        weights = (alpha, *[at_chroma(alpha, frame)] * 2)
        for plane, weight, own, target in zip(planes, weights, code, flat.planes, strict=True):
            target[...] = _mixed(plane, weight, own)
    return flat.carrier


def _mixed(
    values: NDArray[np.uint8], alpha: NDArray[np.uint8], behind: NDArray[np.int32] | NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Return *behind* + (values − *behind*) · alpha / 255, rounded half up."""
    scaled = (values.astype(np.int32) - behind.astype(np.int32)) * alpha
    return ((scaled * 2 + 255) // 510 + behind).astype(np.uint8)
