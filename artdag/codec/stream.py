"""Video and Sound: what flows along an edge while rendering, pulled by range, nothing kept.

A stream answers for any range of its frames or samples, at any time, and always gives the same ones for the same
range. That is what lets a render be cut into slices, and one file be encoded from many streams in one pass.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from artdag.media import SoundShape, VideoShape

Samples = NDArray[np.float32]
"""Shape (2, n): left and right, full scale ±1."""


class Video(ABC):
    """Frames of one size and format on a constant grid."""

    shape: VideoShape

    @abstractmethod
    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        """Yield exactly the frames *first* ≤ i < *stop* (0 ≤ first ≤ stop ≤ ``shape.frame_count``).

        Each has ``pts`` = i, ``time_base`` = 1 / frame rate, the shape's size and pixel format; YUV is BT.709,
        limited range. Whoever receives one must not write to its pixels.
        """


class Sound(ABC):
    """Stereo float samples at ``artdag.media.SAMPLE_RATE``."""

    shape: SoundShape

    @abstractmethod
    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        """Yield blocks, of any length, that together are exactly the samples *first* ≤ i < *stop*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What a node gives: a picture stream, a sound stream, or both; or data."""

    video: Video | None = None
    sound: Sound | None = None
    data: Callable[[], bytes] | None = None
    """Reads or works out the bytes of what is neither picture nor sound; asked once or often, they are the same."""
