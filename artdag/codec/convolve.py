"""Sound convolved with a response: the same for any range, since it is worked out in blocks that have fixed places."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from artdag.codec.blocks import fixed_blocks
from artdag.codec.stream import Samples, Sound
from artdag.media import SoundShape

Response = NDArray[np.float64]
"""(2, n): what left and right answer to a single sample of 1."""

_SMALLEST = 1 << 15


class Convolved(Sound):
    """Each channel of *upstream* convolved with that of *response*, cut to the length of *upstream*.

    By overlap and save: one Fourier transform over two blocks, each no shorter than the response, gives one block.
    """

    def __init__(self, upstream: Sound, response: Response) -> None:
        self._upstream = upstream
        self._response = response
        self._block = max(_SMALLEST, 1 << (response.shape[1] - 1).bit_length())
        self._spectrum: NDArray[np.complex128] | None = None
        self.shape = SoundShape(sample_count=upstream.shape.sample_count)

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        for _, _, heard in self.beside(first, stop):
            yield heard.astype(np.float32)

    def beside(self, first: int, stop: int) -> Iterator[tuple[int, Samples, Response]]:
        """Yield (index of its first sample, *upstream*'s samples, convolved ones) for blocks of the range."""
        if first >= stop:
            return
        if self._spectrum is None:
            self._spectrum = np.fft.rfft(self._response, 2 * self._block, axis=1)
        start = first // self._block
        blocks = fixed_blocks(self._upstream, self._block, max(0, start - 1), -(-stop // self._block))
        before = next(blocks) if start else np.zeros((2, self._block), np.float32)
        for number, block in enumerate(blocks, start):
            both = np.concatenate([before, block], axis=1, dtype=np.float64)
            heard = np.fft.irfft(np.fft.rfft(both, axis=1) * self._spectrum, axis=1)
            begin = number * self._block
            part = slice(max(0, first - begin), min(self._block, stop - begin))
            yield begin + part.start, block[:, part], heard[:, self._block :][:, part]
            before = block
