"""See-through pictures with every colour weighed by its opacity, so that means and maxima of several come out right.

Without this the colours that lie unseen below see-through parts would bleed into the mixture. What is weighed are the
distances from black (luma 16, chroma 128, R, G and B 0), each product and quotient rounded to the nearest step; opaque
pixels come through unchanged, both ways. In 4:2:0 a chroma sample has the mean opacity of its pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from artdag.codec.chroma import at_chroma
from artdag.codec.frame import HAS_ALPHA, Frame, Plane
from artdag.codec.lookup import bands

_Distances = NDArray[np.int32]
_Work = Callable[[_Distances, Plane], _Distances]

_FINE = 12
"""Bits behind the point of 255 / opacity."""
_QUOTIENTS = np.array([0, *(round((255 << _FINE) / opacity) for opacity in range(1, 256))], np.int32)


def premultiplied(picture: Frame) -> Frame:
    """Return *picture* with its colours weighed; *picture* itself where its format has no opacity."""
    return _worked(picture, _weighed) if picture.pixel_format in HAS_ALPHA else picture


def straight(picture: Frame) -> Frame:
    """Return what ``premultiplied`` was made from, as far as rounding allows; what is wholly see-through is black."""
    return _worked(picture, _parted) if picture.pixel_format in HAS_ALPHA else picture


def _weighed(distance: _Distances, opacity: Plane) -> _Distances:
    distance *= 2 * opacity.astype(np.int32)
    distance += 255
    return np.asarray(distance // 510)


def _parted(distance: _Distances, opacity: Plane) -> _Distances:
    distance *= _QUOTIENTS[opacity]
    distance += 1 << (_FINE - 1)
    distance >>= _FINE
    return distance


def _worked(picture: Frame, work: _Work) -> Frame:
    result = picture.blank_like()
    for colour, opacity, black, out in _coloured(picture, result):
        for rows in bands(len(colour)):
            distance = colour[rows].astype(np.int32)
            distance -= black
            found = work(distance, opacity[rows])
            found += black
            out[rows] = np.clip(found, 0, 255)
    return result


def _coloured(picture: Frame, result: Frame) -> Iterator[tuple[Plane, Plane, int, Plane]]:
    """Yield each plane of colour, its opacity, its black and where to write; opacity is copied."""
    if picture.pixel_format == "rgba":
        (pixels,), (out,) = picture.planes, result.planes
        out[..., 3] = pixels[..., 3]
        for channel in range(3):
            yield pixels[..., channel], pixels[..., 3], 0, out[..., channel]
        return
    luma, *chroma, alpha = picture.planes
    result.planes[3][...] = alpha
    yield luma, alpha, 16, result.planes[0]
    mean = at_chroma(alpha, picture)
    for plane, target in zip(chroma, result.planes[1:3], strict=True):
        yield plane, mean, 128, target
