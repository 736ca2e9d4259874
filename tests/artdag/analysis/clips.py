"""Clips made of arithmetic: pictures as rough as nature's, that stand, move, fade and are cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache

import av
import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import Frame, stamped
from artdag.codec.stream import Video
from artdag.media import VideoShape

Picture = NDArray[np.float64]
WIDTH, HEIGHT = 160, 90


class Clip(Video):
    """Pictures as luma, (height, width) each; chroma is grey, or (u, v) by frame."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        *,
        rate: Fraction = Fraction(25),
        pixel_format: str = "yuv420p",
        chroma: Sequence[tuple[int, int]] = (),
    ) -> None:
        height, width = pictures[0].shape
        self.shape = VideoShape(
            width=width, height=height, pixel_format=pixel_format, frame_rate=rate, frame_count=len(pictures)
        )
        self._pictures = [np.clip(np.rint(picture), 16, 235).astype(np.uint8) for picture in pictures]
        self._chroma = chroma or [(128, 128)] * len(pictures)
        self.asked: list[tuple[int, int]] = []

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        self.asked.append((first, stop))
        for index in range(first, stop):
            frame = Frame.blank(self.shape.width, self.shape.height, self.shape.pixel_format)
            if self.shape.pixel_format in ("rgb24", "rgba"):
                frame.planes[0][:] = 255
                frame.planes[0][..., :3] = self._pictures[index][..., None]
            else:
                frame.planes[0][:] = self._pictures[index]
                frame.planes[1][:], frame.planes[2][:] = self._chroma[index]
            yield stamped(frame.carrier, index, self.shape.frame_rate)


@cache
def scenery(seed: int, contrast: float = 50, mean: float | None = None) -> Picture:
    """Return a picture four times as wide and high as a clip, whose detail falls with 1 / frequency."""
    random = np.random.default_rng(seed)
    height, width = 4 * HEIGHT, 4 * WIDTH
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None])
    frequency[0, 0] = 1
    shape = np.fft.ifft2(np.fft.fft2(random.standard_normal((height, width))) / frequency).real
    shape = (shape - shape.mean()) / shape.std()
    return np.clip((random.uniform(70, 170) if mean is None else mean) + contrast * shape, 16, 235)


def view(picture: Picture, x: float, y: float = 0) -> Picture:
    return np.roll(picture, (-round(y), -round(x)), axis=(0, 1))[:HEIGHT, :WIDTH]


def still(seed: int, count: int, *, noise: float = 0, contrast: float = 50, mean: float | None = None) -> list[Picture]:
    picture, random = view(scenery(seed, contrast, mean), 0), np.random.default_rng(seed)
    return [picture + noise * random.standard_normal(picture.shape) for _ in range(count)]


def pan(seed: int, count: int, speed: float, *, noise: float = 0, begin: int = 0) -> list[Picture]:
    """Return a camera that moves *speed* pixels a frame from frame *begin* on."""
    random = np.random.default_rng(seed)
    return [
        view(scenery(seed), max(0, index - begin) * speed) + noise * random.standard_normal((HEIGHT, WIDTH))
        for index in range(count)
    ]


def zoom(seed: int, count: int) -> list[Picture]:
    rows, columns = np.arange(HEIGHT), np.arange(WIDTH)
    picture = scenery(seed)
    return [
        picture[np.ix_((rows / 1.02**index + 100).astype(int), (columns / 1.02**index + 100).astype(int))]
        for index in range(count)
    ]


def plain(luma: float, count: int) -> list[Picture]:
    return [np.full((HEIGHT, WIDTH), luma)] * count


def static(seed: int, count: int) -> list[Picture]:
    """Return the noise of an empty channel."""
    random = np.random.default_rng(seed)
    return [random.uniform(16, 235, (HEIGHT, WIDTH)) for _ in range(count)]


def dissolved(leaving: list[Picture], entering: list[Picture], count: int) -> list[Picture]:
    shares = [(index + 1) / (count + 1) for index in range(count)]
    mixed = [a * (1 - s) + b * s for a, b, s in zip(leaving[-count:], entering[:count], shares, strict=True)]
    return [*leaving[:-count], *mixed, *entering[count:]]


def with_flash(pictures: list[Picture], at: int, count: int, luma: float) -> list[Picture]:
    return [*pictures[:at], *plain(luma, count), *pictures[at + count :]]


def cut_together(*parts: list[Picture]) -> tuple[list[Picture], list[int]]:
    """Return the parts one after the other, and the frames that they begin with but for the first."""
    begins = np.cumsum([len(part) for part in parts])[:-1].tolist()
    return [picture for part in parts for picture in part], begins
