"""Streams laid over a stream: each seen for its time, where and as large as it is told to be, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import av

from artdag.codec.composite import Mode, lay_sheet
from artdag.codec.frame import HAS_ALPHA, Frame, stamped
from artdag.codec.rescale import Scaler, scaled
from artdag.codec.sheet import Sheet
from artdag.codec.stream import Video
from artdag.codec.timeline import copied


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How a layer lies in one frame of its base: corner and size in pixels, opacity 0..1."""

    x: int
    y: int
    width: int
    height: int
    opacity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What is laid over a base."""

    video: Video
    """On the base's grid, its frame 0 at the base's frame *first*; in the format that ``layer_format`` names."""
    first: int
    stop: int
    """Frames of the base over which it lies."""
    place: Callable[[int], Placement]
    """Frame of the base -> where and how it lies in it."""
    mode: Mode = "normal"
    still: bool = False
    """Its one frame is shown all the time."""


def clip_format(still: str) -> str:
    """Return the pixel format in which a still of this format becomes a clip."""
    return "yuva420p" if still in HAS_ALPHA else "yuv420p"


class Layered(Video):
    """*base* under *layers*, the first of them lowest."""

    def __init__(self, base: Video, layers: Sequence[Layer]) -> None:
        self._base = base
        self._layers = tuple(layers)
        self.shape = base.shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        hands = [_Hand(layer, stop) for layer in self._layers]
        for index, carrier in enumerate(self._base.frames(first, stop), start=first):
            below, result = Frame.over(carrier), None
            for hand in hands:
                found = hand.at(index, below)
                if found is None:
                    continue
                if result is None:
                    result = Frame.over(copied(carrier), writable=True)
                sheet, opacity = found
                lay_sheet(result, sheet, hand.layer.mode, opacity)
            yield stamped(carrier if result is None else result.carrier, index, self.shape.frame_rate)


class _Hand:
    """Follows one layer through a range of frames; what a still looks like is worked out when it changes."""

    def __init__(self, layer: Layer, stop: int) -> None:
        self.layer = layer
        self._stop = min(stop, layer.stop)
        self._clip: Iterator[av.VideoFrame] | None = None
        self._still: Scaler | None = None
        self._sized: Frame | None = None
        self._placed: tuple[Placement, Sheet | None] | None = None

    def at(self, index: int, base: Frame) -> tuple[Sheet, float] | None:
        """Return what lies over frame *index*, to be called for one frame after the other; None for nothing."""
        if not self.layer.first <= index < self._stop:
            return None
        place = self.layer.place(index)
        sheet = self._sheet_of_still(place, base) if self.layer.still else self._sheet_of_clip(index, place, base)
        return None if sheet is None else (sheet, place.opacity)

    def _sheet_of_clip(self, index: int, place: Placement, base: Frame) -> Sheet | None:
        if self._clip is None:
            self._clip = iter(self.layer.video.frames(index - self.layer.first, self._stop - self.layer.first))
        picture = Frame.over(next(self._clip))  # also where it is not seen: it runs on
        if place.opacity <= 0:
            return None
        return Sheet.of(scaled(picture, place.width, place.height), place.x, place.y, base)

    def _sheet_of_still(self, place: Placement, base: Frame) -> Sheet | None:
        if place.opacity <= 0:
            return None
        if self._placed is None or not _same_place(self._placed[0], place):
            if self._still is None:
                self._still = Scaler(Frame.over(next(iter(self.layer.video.frames(0, 1)))))
            if self._sized is None or (self._sized.width, self._sized.height) != (place.width, place.height):
                self._sized = self._still.scaled(place.width, place.height)
            self._placed = place, Sheet.of(self._sized, place.x, place.y, base)
        return self._placed[1]


def _same_place(one: Placement, other: Placement) -> bool:
    return (one.x, one.y, one.width, one.height) == (other.x, other.y, other.width, other.height)
