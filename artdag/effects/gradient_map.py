"""Replace the colours by a run of two or three, from shadows to lights.

BT.709 luma 0 becomes *dark*, 1 becomes *light* and, where it is given, 0.5 becomes *middle*; between them R, G and B
run straight. *amount* mixes the result with the picture. In YUV all three planes are tables of luma; chroma looks them
up with the mean luma of its pixels (two by two in 4:2:0).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import at_chroma, keep_alpha, yuv_of
from artdag.codec.frame import Frame, Moment, Plane
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Color, Range

ONE = 64
"""Tables of chroma are in steps of 1 / 64 code value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    dark: Annotated[Color, "What black becomes."] = Color("#30006b")
    light: Annotated[Color, "What white becomes."] = Color("#ffb0c8")
    middle: Annotated[Color | None, "What half grey becomes; not given: half way from dark to light."] = None
    amount: Annotated[float, Range(0, 1), "How much of it; 0 changes nothing."] = 1.0


@lru_cache(maxsize=64)
def tables(params: Params) -> tuple[Plane, tuple[NDArray[np.int16], ...], NDArray[np.int16]]:
    """Return luma -> luma; luma -> the gradient's share of U and of V; U or V -> its own remaining share."""
    code = np.arange(256)
    stops = [params.dark.rgb, params.light.rgb]
    if params.middle is not None:
        stops.insert(1, params.middle.rgb)
    places = np.linspace(0, 1, len(stops))
    level = np.clip((code - 16) / 219, 0, 1)
    rgb = np.stack([np.interp(level, places, channel) for channel in zip(*stops, strict=True)], axis=-1)
    yuv = yuv_of(rgb / 255)
    luma = np.rint(code + params.amount * (yuv[:, 0] - code)).astype(np.uint8)
    shares = tuple(np.rint(params.amount * ONE * yuv[:, plane]).astype(np.int16) for plane in (1, 2))
    return luma, shares, np.rint((1 - params.amount) * ONE * code).astype(np.int16)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    toned, shares, remaining = tables(params)
    luma = picture.planes[0]
    np.take(toned, luma, out=result.planes[0], mode="clip")
    mean = at_chroma(luma, picture)
    for source, target, share in zip(picture.planes[1:3], result.planes[1:3], shares, strict=True):
        mixed = np.take(share, mean, mode="clip") + np.take(remaining, source, mode="clip")
        target[...] = (mixed + ONE // 2) >> 6
    keep_alpha(picture, result)
    return result


EFFECT = Effect(
    name="gradient_map", group="colour", params=Params, pixel_formats=YUV_FORMATS, frame=frame, cost_class="light"
)
