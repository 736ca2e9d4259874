"""Show another time in each column or row, as a slit camera does: what moves bends.

Where *direction* points the past lies: at the opposite side is the frame's own time, and from there to the other side
it goes back evenly, to *spread_s* before. So what happens is seen first at one side and runs through the picture. With
*smooth*, moments between two frames are their mean, in steps of 1/256; without, each column or row is the nearest
frame. Before the clip's beginning its first frame stands.

The frames of *spread_s* are held: 512 MB of them at most, which is 5 s of 1920 × 1080 at 30 frames a second; more is
refused. Opacity goes along. Sound stays as it is, and a still too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, Moment, Plane
from artdag.codec.lookup import bands
from artdag.codec.premultiplied import premultiplied, straight
from artdag.codec.remap import lattices
from artdag.codec.stream import Media
from artdag.codec.window import Windowed, check_room
from artdag.effect import Effect
from artdag.media import Shape
from artdag.params import Constant, Range

ONE = 256
"""Steps from frame to frame."""
Direction = Literal["right", "left", "down", "up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    direction: Annotated[Direction, "Where the past lies, and where what happens runs to."] = "right"
    spread_s: Annotated[
        float, Range(0, 10, "s"), Constant("decides how many frames are held"), "How far the past reaches back."
    ] = 1.0
    smooth: Annotated[bool, "Mix neighbouring moments, so that no steps are seen."] = True


def span(params: Params, frame_rate: Fraction) -> int:
    """Return how far the past reaches back, in 1/256 of frames."""
    return round(Fraction(params.spread_s).limit_denominator(10**6) * frame_rate * ONE)


def reach(params: Params, frame_rate: Fraction) -> int:
    """Return how many earlier frames are seen at most."""
    return -(-span(params, frame_rate) // ONE)


def gives(params: Params, shapes: tuple[Shape, ...]) -> Shape:
    video = shapes[0].video
    assert video is not None
    check_room(video, reach(params, video.frame_rate), "time_slice", "a smaller spread_s")
    return shapes[0]


def streams(inputs: tuple[Media, ...], params: Params, shape: Shape) -> Media:
    (media,) = inputs
    assert media.video is not None
    own = media.video.shape
    far = span(params, own.frame_rate)
    sliced = partial(frame, params, far)
    return replace(media, video=Windowed(media.video, sliced, reach(params, own.frame_rate)))


@dataclass(frozen=True, slots=True)
class Strip:
    """Columns, or rows, of one plane that lie between the same two frames."""

    lines: slice
    back: int
    """How many frames ago the later of the two was."""


@dataclass(frozen=True, slots=True)
class Slices:
    """How one sort of plane is put together."""

    strips: tuple[Strip, ...]
    weights: NDArray[np.uint16] | None
    """Of the earlier frame, for each column (1, n) or row (n, 1); None where only the later ones are seen."""


@lru_cache(maxsize=8)
def slices(
    width: int, height: int, pixel_format: str, direction: Direction, far: int, smooth: bool
) -> tuple[Slices, Slices]:
    """Return how luma (and opacity, and R, G and B) and how chroma are put together; *far* is a ``span``."""
    across = direction in ("right", "left")
    found = []
    for lattice in lattices(width, height, pixel_format):
        places = (lattice.x if across else lattice.y(slice(None))).ravel() - 0.5
        share = np.clip(places / max(1, (width if across else height) - 1), 0, 1)
        if direction in ("left", "up"):
            share = 1 - share
        ago = np.floor(share * far + 0.5).astype(np.int64)
        if not smooth:
            ago = (ago + ONE // 2) // ONE * ONE
        back, rest = ago // ONE, (ago % ONE).astype(np.uint16)
        cuts = [0, *(np.flatnonzero(np.diff(back)) + 1).tolist(), len(back)]
        strips = tuple(Strip(slice(first, stop), int(back[first])) for first, stop in pairwise(cuts))
        found.append(Slices(strips, (rest[None, :] if across else rest[:, None]) if rest.any() else None))
    return found[0], found[1]


def frame(params: Params, far: int, window: Sequence[Frame], moment: Moment) -> Frame:
    """Return the last frame of *window*, with the earlier ones in their places."""
    picture = window[-1]
    luma, chroma = slices(picture.width, picture.height, picture.pixel_format, params.direction, far, params.smooth)
    later = _put_together(window, luma, chroma, params.direction, 0)
    if luma.weights is None and chroma.weights is None:
        return later
    earlier = premultiplied(_put_together(window, luma, chroma, params.direction, 1))
    later = premultiplied(later)
    result = picture.blank_like()
    for number, out in enumerate(result.planes):
        weights = (chroma if _is_chroma(picture, number) else luma).weights
        _mix(later.planes[number], earlier.planes[number], weights, out)
    return straight(result)


def _put_together(window: Sequence[Frame], luma: Slices, chroma: Slices, direction: Direction, more: int) -> Frame:
    """Return the picture whose strips come from the frames so long ago, and *more* frames."""
    result = window[-1].blank_like()
    for number, out in enumerate(result.planes):
        for strip in (chroma if _is_chroma(result, number) else luma).strips:
            source = window[max(0, len(window) - 1 - strip.back - more)].planes[number]
            lines = strip.lines if direction in ("down", "up") else (slice(None), strip.lines)
            out[lines] = source[lines]
    return result


def _is_chroma(picture: Frame, number: int) -> bool:
    return len(picture.planes) > 1 and number in (1, 2)


def _mix(later: Plane, earlier: Plane, weights: NDArray[np.uint16] | None, out: Plane) -> None:
    if weights is None:
        out[...] = later
        return
    share = weights[..., None] if out.ndim == 3 else weights
    for rows in bands(len(out)):
        own = share[rows] if len(share) > 1 else share
        total = later[rows] * (np.uint16(ONE) - own)
        total += earlier[rows] * own
        total += np.uint16(ONE // 2)
        total >>= np.uint16(8)
        out[rows] = total


def same_as(params: Params) -> str | None:
    return "input" if params.spread_s == 0 else None


EFFECT = Effect(
    name="time_slice", group="time", params=Params, streams=streams, gives=gives, same_as=same_as, cost_class="light"
)
