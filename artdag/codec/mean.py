"""The weighted mean of several frames of one format: pictures of several moments seen at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame
from artdag.codec.lookup import bands
from artdag.codec.premultiplied import premultiplied, straight

WHOLE = 256
"""The sum of all weights."""


def weights_of(parts: Sequence[float]) -> tuple[int, ...]:
    """Return whole weights, ``WHOLE`` together, as near to the proportion of *parts* as can be.

    *parts* are 0 or more, not all 0. What rounding leaves over goes to those that lost most, earlier ones first.
    """
    total = sum(parts)
    exact = [part * WHOLE / total for part in parts]
    whole = [int(part) for part in exact]
    # rounded, so that equal parts stay equal whatever the last bits of their quotients are
    order = sorted(range(len(parts)), key=lambda place: round(whole[place] - exact[place], 9))
    for place in order[: WHOLE - sum(whole)]:
        whole[place] += 1
    return tuple(whole)


def mean(pictures: Sequence[Frame], weights: Sequence[int]) -> Frame:
    """Return the mean of *pictures*, each sample rounded half up; see-through parts weigh as much as they are seen.

    Args:
        pictures: of one size and format.
        weights: one for each, 0 or more, ``WHOLE`` together. A picture that has them all is the result itself.
    """
    seen = [(picture, weight) for picture, weight in zip(pictures, weights, strict=True) if weight]
    assert sum(weights) == WHOLE
    if len(seen) == 1:
        return seen[0][0]
    sources = [premultiplied(picture) for picture, _ in seen]
    shares = [np.uint16(weight) for _, weight in seen]
    result = sources[0].blank_like()
    for number, out in enumerate(result.planes):
        planes = [source.planes[number] for source in sources]
        for rows in bands(len(out)):
            total: NDArray[np.uint16] = planes[0][rows] * shares[0]
            part = np.empty_like(total)
            for plane, share in zip(planes[1:], shares[1:], strict=True):
                np.multiply(plane[rows], share, out=part)
                total += part
            total += np.uint16(WHOLE // 2)
            total >>= np.uint16(8)
            out[rows] = total
    return straight(result)
