"""The adjustments that effects and the TRANSFORM node share, each one formula in one place. All work on YUV frames."""

from __future__ import annotations

from collections.abc import Sequence

from artdag.codec.graph import Filter, spell
from artdag.media import VideoShape

_LUMA, _CHROMA = 1, 2 + 4
"""Bits of the planes."""

_NARROWEST = 2
"""gblur reads and writes past its memory where a side of a plane is 1 px: such planes are left alone."""


def tone(*, saturation: float = 1, contrast: float = 1, brightness: float = 0, gamma: float = 1) -> Sequence[Filter]:
    """Return saturation, contrast, brightness and gamma as one table for luma and one for chroma.

    Luma v in 0..1: contrast 0.5 + c (v - 0.5); brightness b mixes with white (b > 0) or black (b < 0) by |b|;
    clipped; at last gamma, v^(1/g). Chroma is multiplied by saturation, contrast and 1 - |b|; gamma leaves it.
    """
    if (saturation, contrast, brightness, gamma) == (1, 1, 0, 1):
        return []
    share, target = spell(abs(brightness)), 1 if brightness > 0 else 0
    contrasted = f"(0.5+{spell(contrast)}*((val-16)/219-0.5))"
    mixed = f"clip({contrasted}+{share}*({target}-{contrasted}),0,1)"
    luma = f"16+219*pow({mixed},1/{spell(gamma)})+0.5"
    chroma = f"clip(128+{spell(saturation)}*{spell(contrast)}*(1-{share})*(val-128),16,240)+0.5"
    return [Filter.of("lutyuv", y=luma, u=chroma, v=chroma)]


def blurred(radius: float, shape: VideoShape) -> Sequence[Filter]:
    """Return a Gaussian with a standard deviation of half of *radius* (px); chroma of half the size half as wide."""
    least = min(shape.width, shape.height)
    if radius == 0 or least < _NARROWEST:
        return []
    sigma = radius / 2
    if "444" in shape.pixel_format:
        return [Filter.of("gblur", sigma=sigma, steps=2, planes=_LUMA + _CHROMA)]
    luma = [Filter.of("gblur", sigma=sigma, steps=2, planes=_LUMA)]
    if (least + 1) // 2 < _NARROWEST:
        return luma
    return [*luma, Filter.of("gblur", sigma=sigma / 2, steps=2, planes=_CHROMA)]


def sharpened(amount: float) -> Sequence[Filter]:
    """Return an unsharp mask on luma: Y + *amount* (Y - Y blurred over 5 × 5 pixels)."""
    if amount == 0:
        return []
    return [Filter.of("unsharp", luma_msize_x=5, luma_msize_y=5, luma_amount=amount, chroma_amount=0)]
