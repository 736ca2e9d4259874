"""Make one colour see-through, such as the green behind an actor.

The distance of two colours is that of their chroma, sqrt(((U - U')² + (V - V')²) / 2) / 255, as in FFmpeg's
``chromakey``. Up to *similarity* from *color* a pixel is see-through, from *similarity* + *blend* on it is opaque, in
between a ramp. *despill* takes the key's tinge off what stays: that share of the chroma vector's part along the key,
where it points the key's way. Opacity that was there is multiplied. In 4:2:0 the opacity is worked out where the
chroma samples are and runs linearly between them, so that its edges are smooth.

The result has an alpha channel; the profiles ``alpha`` and ``lossless`` keep it in a file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated

import numpy as np

from artdag.codec.chroma import at_luma, yuv_of
from artdag.codec.frame import Frame, Moment, Plane
from artdag.effect import YUV_FORMATS, Effect
from artdag.media import VideoShape
from artdag.params import Color, Range

KEYED = {"yuv420p": "yuva420p", "yuv444p": "yuva444p"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    color: Annotated[Color, "What becomes see-through."] = Color("#00ff00")
    similarity: Annotated[float, Range(0, 1), "How far a colour may be from it and still go wholly."] = 0.15
    blend: Annotated[float, Range(0, 1), "How much farther it is half see-through; 0 is a hard edge."] = 0.1
    despill: Annotated[float, Range(0, 1), "How much of the key's tinge is taken off what stays."] = 0.5


def reshape(params: Params, shape: VideoShape) -> VideoShape:
    return replace(shape, pixel_format=KEYED.get(shape.pixel_format, shape.pixel_format))


@lru_cache(maxsize=8)
def tables(params: Params) -> tuple[Plane, tuple[Plane, Plane]]:
    """Return (256 U + V) -> opacity, and (256 U + V) -> U and V without the key's tinge."""
    key = yuv_of(np.array(params.color.rgb) / 255)[1:]
    v, u = np.meshgrid(np.arange(256.0), np.arange(256.0))
    distance = np.sqrt(((u - key[0]) ** 2 + (v - key[1]) ** 2) / 2) / 255
    if params.blend > 0:
        opacity = np.clip((distance - params.similarity) / params.blend, 0, 1)
    else:
        opacity = (distance > params.similarity).astype(np.float64)
    direction = key - 128
    length = np.hypot(*direction)
    direction = direction / length if length > 1 else direction * 0  # a grey key has no tinge
    along = params.despill * np.maximum((u - 128) * direction[0] + (v - 128) * direction[1], 0)
    clean = [np.rint(np.clip(own - along * part, 0, 255)) for own, part in zip((u, v), direction, strict=True)]
    return _bytes(255 * opacity), (_bytes(clean[0]), _bytes(clean[1]))


def _bytes(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Plane:
    return np.rint(values).astype(np.uint8).ravel()


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    shown = KEYED.get(picture.pixel_format, picture.pixel_format)
    result = Frame.blank(picture.width, picture.height, shown)
    opacity, clean = tables(params)
    result.planes[0][...] = picture.planes[0]
    pair = (picture.planes[1].astype(np.uint16) << 8) | picture.planes[2]
    for target, table in zip(result.planes[1:3], clean, strict=True):
        np.take(table, pair, out=target, mode="clip")
    alpha = at_luma(np.take(opacity, pair, mode="clip"), picture)
    if len(picture.planes) == 4:
        product = alpha.astype(np.uint16) * picture.planes[3]
        alpha = ((product + 127) // 255).astype(np.uint8)
    result.planes[3][...] = alpha
    return result


EFFECT = Effect(
    name="chroma_key",
    group="colour",
    params=Params,
    pixel_formats=YUV_FORMATS,
    frame=frame,
    reshape=reshape,
    cost_class="light",
)
