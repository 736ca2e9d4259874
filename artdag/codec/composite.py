"""Laying one picture over another: where it lies, how see-through it is, and how the colours of both meet.

Blend modes, per channel, of the lower picture b and the upper one s, in 0..1: W3C Compositing and Blending Level 1
gives normal, multiply, screen, overlay, lighten, darken and difference, Pegtop's list the others::

    normal      s                      multiply    b s
    screen      b + s - b s            overlay     2 b s where b < 1/2, else 1 - 2 (1 - b) (1 - s)
    add         min(1, b + s)          subtract    max(0, b - s)
    average     (b + s) / 2            difference  |b - s|
    lighten     max(b, s)              darken      min(b, s)

They are worked out in bytes, every quotient rounded to the nearest. All but normal and average mean something on R, G
and B only (half of the code of a luma is not half as bright, and the middle of a chroma is no colour), so there YUV
pictures are brought to RGB where they overlap, blended, and brought back. Normal and average are sums: the same in
every colour model, and done where the picture is.

The opacity a of the upper picture, times the opacity of the whole layer in steps of 1/255, mixes the result B with
the lower one: b + a (B - b). Where the lower picture has an opacity of its own, ab, it is W3C's source-over::

    s' = (1 - ab) s + ab B      opacity a + ab (1 - a)      colour (a s' + ab (1 - a) b) / that opacity

In 4:2:0 a chroma sample has the mean opacity of its two by two pixels, and of their colours the mean weighed by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import halved
from artdag.codec.frame import HAS_ALPHA, IS_RGB, SUBSAMPLED, Frame, Plane
from artdag.codec.lookup import bands
from artdag.codec.opaque import OPAQUE
from artdag.codec.rescale import colours_of, in_model
from artdag.codec.sheet import Sheet

Mode = Literal[
    "normal",
    "multiply",
    "screen",
    "overlay",
    "add",
    "subtract",
    "average",
    "difference",
    "lighten",
    "darken",
]
SUMS = frozenset({"normal", "average"})
"""Modes that are the same in every colour model."""

_Wide = NDArray[np.uint16]


def _of_255(products: _Wide) -> _Wide:
    """Return *products* / 255, rounded to the nearest; exact up to 255 · 255. The argument is used up."""
    products += np.uint16(128)
    products += products >> 8
    products >>= 8
    return products


def _overlay(b: _Wide, s: _Wide) -> _Wide:
    mirror: _Wide = (b >> np.uint16(7)) * np.uint16(255)  # v ^ 255 is 255 - v: both halves of the formula are one
    twice: _Wide = (b ^ mirror) * (s ^ mirror)
    twice *= 2
    twice = _of_255(twice)
    twice ^= mirror
    return twice


_FORMULAS: dict[str, Callable[[_Wide, _Wide], _Wide]] = {
    "normal": lambda b, s: s,
    "multiply": lambda b, s: _of_255(b * s),
    "screen": lambda b, s: b + s - _of_255(b * s),
    "overlay": _overlay,
    "add": lambda b, s: np.minimum(b + s, 255),
    "subtract": lambda b, s: np.maximum(b, s) - s,
    "average": lambda b, s: np.right_shift(b + s + 1, 1, dtype=np.uint16),
    "difference": lambda b, s: np.maximum(b, s) - np.minimum(b, s),
    "lighten": np.maximum,
    "darken": np.minimum,
}


def blended(mode: Mode, below: Plane, above: Plane) -> Plane:
    """Return what *mode* makes of two planes, or channels, of one size."""
    formula = _FORMULAS[mode]
    result = np.empty(below.shape, np.uint8)
    for rows in bands(len(below)):
        result[rows] = formula(below[rows].astype(np.uint16), above[rows].astype(np.uint16))
    return result


def mixed(below: Plane, above: Plane, share: Plane | int, out: Plane) -> None:
    """Write into *out* the mean of both planes; *share*, 0..255, is that of *above*. *out* may be *below*."""
    for rows in bands(len(below)):
        weight = np.uint16(share) if isinstance(share, int) else share[rows].astype(np.uint16)
        value = above[rows].astype(np.uint16)
        value *= weight
        rest = below[rows].astype(np.uint16)
        rest *= np.uint16(255) - weight
        value += rest
        out[rows] = _of_255(value)


def layer_format(base: str, own: str, mode: Mode) -> str:
    """Return the pixel format in which a layer that comes as *own* is laid on a base of format *base*."""
    alpha = own in HAS_ALPHA
    if base in IS_RGB or mode not in SUMS:
        return own if own in IS_RGB else "rgba" if alpha else "gbrp"
    if not alpha:
        return OPAQUE.get(base, base)
    return own if own == "yuva420p" and base in SUBSAMPLED else "yuva444p"


def lay(base: Frame, layer: Frame, x: int, y: int, mode: Mode = "normal", opacity: float = 1) -> None:
    """Lay *layer* over *base*, which is written to.

    Args:
        base: any format.
        layer: in the format that ``layer_format`` names.
        x: of its left side in the base, px; what lies outside is not seen.
        y: of its upper side.
        mode: how the colours meet.
        opacity: of the whole layer, 0..1, rounded to 1/255.
    """
    sheet = Sheet.of(layer, x, y, base)
    if sheet is not None:
        lay_sheet(base, sheet, mode, opacity)


def lay_sheet(base: Frame, sheet: Sheet, mode: Mode = "normal", opacity: float = 1) -> None:
    """Lay what ``Sheet.of`` cut out for pictures like *base* over it; see ``lay``."""
    share = int(opacity * 255 + 0.5)
    if share == 0:
        return
    if mode not in SUMS and base.pixel_format not in IS_RGB:
        sheet = _met_in_rgb(mode, sheet, base)
    elif mode != "normal":
        sheet = replace(sheet, colours=_met(mode, *sheet.under(base), sheet.colours))
    colours, behind = sheet.under(base)
    for below, above, alpha, own in zip(colours, sheet.colours, sheet.alphas, behind, strict=True):
        opacities = _share_of(alpha, share)
        if own is not None:
            _mixed_over(below, above, opacities, own)
        elif isinstance(opacities, int) and opacities == 255:
            below[...] = above
        else:
            mixed(below, above, opacities, below)
    if behind[0] is not None:
        white = np.full_like(behind[0], 255)
        mixed(behind[0], white, _share_of(sheet.alphas[0], share), behind[0])


def _share_of(alpha: Plane | None, share: int) -> Plane | int:
    if alpha is None or share == 255:
        return share if alpha is None else alpha
    return _of_255(alpha * np.uint16(share)).astype(np.uint8)


def _mixed_over(below: Plane, above: Plane, share: Plane | int, opacity: Plane) -> None:
    """Write into *below*, whose opacity is given, its colour under *above*."""
    for rows in bands(len(below)):
        front = np.uint32(share) if isinstance(share, int) else share[rows].astype(np.uint32)
        back = opacity[rows] * (255 - front)
        front *= 255
        total = front + back
        value = front * above[rows] + back * below[rows] + total // 2
        np.copyto(below[rows], value // np.maximum(total, 1), where=total > 0, casting="unsafe")


def _met(
    mode: Mode, colours: Sequence[Plane], behind: Sequence[Plane | None], above: Sequence[Plane]
) -> tuple[Plane, ...]:
    """Return the colours that are to be laid: what *mode* makes of both, as far as there is something below."""
    result = []
    for below, own, opacity in zip(colours, above, behind, strict=True):
        both = blended(mode, below, own)
        if opacity is not None:
            mixed(own, both, opacity, both)
        result.append(both)
    return tuple(result)


def _met_in_rgb(mode: Mode, sheet: Sheet, base: Frame) -> Sheet:
    """Return what is to be laid on a YUV *base*, of a sheet in RGB."""
    height, width = sheet.colours[0].shape
    opaque = OPAQUE.get(base.pixel_format, base.pixel_format)
    patch = Frame.blank(width, height, opaque)
    colours, behind = sheet.under(base)
    for out, plane in zip(patch.planes, colours, strict=True):
        out[...] = plane
    below = colours_of(in_model(patch, "gbrp"))
    alpha = sheet.alphas[0]
    both = _met(mode, below, [behind[0]] * 3, sheet.colours)
    result = Frame.blank(width, height, "gbrp")
    for out, own, plane in zip(colours_of(result), both, below, strict=True):
        out[...] = own
        if alpha is not None:  # unseen colours would come back when chroma is averaged
            np.copyto(out, plane, where=alpha == 0)
    half = alpha if alpha is None or base.pixel_format not in SUBSAMPLED else halved(alpha)
    return replace(sheet, colours=in_model(result, opaque).planes, alphas=(alpha, half, half))
