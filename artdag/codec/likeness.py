"""How like two pictures or clips are, frame by frame: equal, nearly equal, or how far apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artdag.codec.decode import open_media
from artdag.codec.frame import Frame, Plane
from artdag.codec.stream import Video
from artdag.errors import BrokenMediaError, InputError
from artdag.media import MediaFacts

MOST_FRAMES = 24
"""So many moments of a clip are looked at, evenly apart."""

_WINDOW = 8
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How like two pictures or clips of one size are."""

    looked_at: int
    """Frames that were compared."""
    equal: int
    """How many of them are the same, sample by sample, in all planes."""
    ssim: float
    """Structural similarity of luma (of RGB: green), mean of the frames; Wang et al. 2004, in blocks of 8 × 8."""
    psnr_db: float | None
    """Peak signal to noise over all samples of all planes; None where they are equal."""
    worst: int
    """Index of the frame that is least alike."""
    lengths: tuple[int, int]
    """Frames of each."""

    def to_json(self) -> dict[str, float | int | list[int] | None]:
        return {
            "looked_at": self.looked_at,
            "equal": self.equal,
            "ssim": self.ssim,
            "psnr_db": self.psnr_db,
            "worst": self.worst,
            "lengths": list(self.lengths),
        }


def likeness(first: tuple[Path, MediaFacts], second: tuple[Path, MediaFacts]) -> Likeness:
    """Return how like the pictures of two files are; frames are paired by their number.

    Raises:
        InputError: when one has no picture, or the two are not of one size and format.
        BrokenMediaError: when one cannot be decoded.
    """
    one, other = (_video(path, facts) for path, facts in (first, second))
    sizes = [(video.shape.width, video.shape.height) for video in (one, other)]
    if sizes[0] != sizes[1]:
        words = " and ".join(f"{width} × {height}" for width, height in sizes)
        raise InputError(f"they are of different sizes: {words}")
    if one.shape.pixel_format != other.shape.pixel_format:
        formats = f"{one.shape.pixel_format} and {other.shape.pixel_format}"
        raise InputError(f"they are of different pixel formats: {formats}")
    count = min(one.shape.frame_count, other.shape.frame_count)
    indices = sorted({int(place) for place in np.linspace(0, count - 1, min(count, MOST_FRAMES))})
    equal, similar, squares, samples, worst = 0, 0.0, 0.0, 0, (2.0, 0)
    for index in indices:
        frames = [_frame(video, index) for video in (one, other)]
        error = sum(_squared(a, b) for a, b in zip(*(frame.planes for frame in frames), strict=True))
        ssim = _ssim(*(_light(frame) for frame in frames)) if error else 1.0
        equal += error == 0
        similar += ssim
        squares += error
        samples += sum(plane.size for plane in frames[0].planes)
        worst = min(worst, (ssim, index))
    noise = squares / samples
    return Likeness(
        looked_at=len(indices),
        equal=equal,
        ssim=similar / len(indices),
        psnr_db=10 * math.log10(255**2 / noise) if noise else None,
        worst=worst[1],
        lengths=(one.shape.frame_count, other.shape.frame_count),
    )


def _video(path: Path, facts: MediaFacts) -> Video:
    media = open_media(path, facts)
    if media.video is None:
        raise InputError(f"a {facts.media_type} file has no picture")
    return media.video


def _frame(video: Video, index: int) -> Frame:
    frame = next(video.frames(index, index + 1), None)
    if frame is None:
        raise BrokenMediaError("this file's picture ends before its time")
    return Frame.over(frame)


def _light(frame: Frame) -> Plane:
    """Return luma; of RGB the green, which tells most of it."""
    return frame.planes[0][..., 1] if frame.planes[0].ndim == 3 else frame.planes[0]


def _squared(first: Plane, second: Plane) -> float:
    if np.array_equal(first, second):
        return 0.0
    return float(np.square(first.astype(np.float64) - second).sum())


def _ssim(first: Plane, second: Plane) -> float:
    rows, columns = (max(1, size // _WINDOW) for size in first.shape)
    height, width = min(_WINDOW, first.shape[0]), min(_WINDOW, first.shape[1])
    blocks = [
        plane[: rows * height, : columns * width].reshape(rows, height, columns, width).astype(np.float64)
        for plane in (first, second)
    ]
    means = [block.mean(axis=(1, 3)) for block in blocks]
    spreads = [block.var(axis=(1, 3)) for block in blocks]
    joint = (blocks[0] * blocks[1]).mean(axis=(1, 3)) - means[0] * means[1]
    over = (2 * means[0] * means[1] + _C1) * (2 * joint + _C2)
    under = (means[0] ** 2 + means[1] ** 2 + _C1) * (spreads[0] + spreads[1] + _C2)
    return float((over / under).mean())
