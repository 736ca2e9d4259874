"""Turn edges into glowing neon tubes over the darkened picture.

Tubes are edges: the strength of the Sobel gradient of luma / 4 (a step from black to white has 255) from *level* / 2,
where a tube begins, to *level*, where it is full. Their glow is the tubes under a Gaussian with a standard deviation of
half of *radius*, times 5 × *amount*. Luma is the picture's times 1 - *darkness*, drawn towards white by light: 0.8 of
the tubes and 0.35 of the glow (0.5 of it where a *color* is given). Chroma is the picture's times 1 - *darkness*, and
that of *color* times 0.4 of the tubes and the glow; or, where none is given, three times the picture's own at each tube
times half of both. Opacity stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from artdag.codec.chroma import at_chroma, keep_alpha, yuv_of
from artdag.codec.edges import slopes, strength
from artdag.codec.frame import SUBSAMPLED, Frame, Moment, Plane
from artdag.codec.lookup import bands
from artdag.codec.softness import softened
from artdag.effect import YUV_FORMATS, Effect
from artdag.params import Color, Range

OWN = 3
"""How much stronger than in the picture its own colours glow."""
CORE = 0.8
"""Lightness of a full tube."""
OWN_LIGHT, COLOR_LIGHT = 0.35, 0.5
"""How much of the glow is lightness; the rest is colour alone."""
BRIGHT = 5
"""Thin tubes lose most of their light in the blur; this brings it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    radius: Annotated[float, Range(0, 200, "px"), "How far the glow reaches."] = 20.0
    amount: Annotated[float, Range(0, 4), "Strength of the glow; 0 leaves bare tubes."] = 1.0
    level: Annotated[float, Range(1, 255), "How strong an edge must be; low finds more."] = 24.0
    darkness: Annotated[float, Range(0, 1), "How dark the picture behind becomes; 1 is black."] = 0.85
    color: Annotated[Color | None, "Of all tubes; not given: the picture's own colours."] = None


@lru_cache(maxsize=64)
def ramp(level: float) -> Plane:
    """Return strength of an edge, in code values of luma -> how much of a tube it is, 0..255."""
    edge = np.arange(512) * 255 / 219
    return np.rint(255 * np.clip(edge * 2 / level - 1, 0, 1)).astype(np.uint8)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    tubes = np.empty(picture.planes[0].shape, np.uint8)
    table = ramp(params.level)
    for rows, right, down in slopes(picture.planes[0]):
        np.take(table, strength(right, down), out=tubes[rows], mode="clip")
    half = picture.pixel_format in SUBSAMPLED
    gain = params.amount * BRIGHT / 255
    shine = softened(tubes, params.radius)
    keep = np.float32(1 - params.darkness)
    for rows in bands(picture.height):
        light = shine[rows] * np.float32(gain * (OWN_LIGHT if params.color is None else COLOR_LIGHT))
        light += tubes[rows] * np.float32(CORE / 255)
        np.minimum(light, 1, out=light)
        dark = (picture.planes[0][rows] - np.float32(16)) * keep
        dark += light * (219 - dark)
        result.planes[0][rows] = np.clip(dark + np.float32(16.5), 16, 235)
    thin = at_chroma(tubes, picture)
    spread = shine[::2, ::2] if half else shine
    tinge = None if params.color is None else yuv_of(np.array(params.color.rgb) / 255) - 128
    for number in (1, 2):
        own = picture.planes[number] - np.int16(128)
        if tinge is None:
            glow = softened(own * thin.astype(np.int16) >> np.int16(3), params.radius / 2 if half else params.radius)
            added = glow * np.float32(8 * OWN * gain / 2) + own * thin * np.float32(OWN * 0.5 / 255)
        else:
            added = (spread * np.float32(gain) + thin * np.float32(0.4 / 255)) * np.float32(tinge[number])
        added += own * keep
        result.planes[number][...] = np.clip(added, -112, 112) + np.float32(128.5)
    keep_alpha(picture, result)
    return result


EFFECT = Effect(name="neon_glow", group="detail", params=Params, pixel_formats=YUV_FORMATS, frame=frame)
