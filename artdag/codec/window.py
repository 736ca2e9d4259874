"""A frame and those shortly before it, seen at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

import av

from artdag.codec.frame import HAS_ALPHA, SUBSAMPLED, Frame, Moment, stamped
from artdag.codec.stream import Video
from artdag.errors import ParameterError
from artdag.media import VideoShape

MOST_BYTES = 512 << 20
"""Earlier frames that wait hold so much at most: some 170 frames of 1920 × 1080, 40 of four times that."""


class Windowed(Video):
    """A function of each frame and of those up to *reach* frames before it; the last of what it gets is the frame.

    At the beginning of the clip it gets fewer. Nothing else is kept, so a range begins *reach* frames earlier.
    """

    def __init__(self, upstream: Video, function: Callable[[Sequence[Frame], Moment], Frame], reach: int) -> None:
        self._upstream = upstream
        self._function = function
        self._reach = reach
        self.shape = upstream.shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        if first >= stop:
            return
        rate, count = self.shape.frame_rate, self.shape.frame_count
        window: deque[Frame] = deque(maxlen=self._reach + 1)
        start = max(0, first - self._reach)
        for index, carrier in enumerate(self._upstream.frames(start, stop), start):
            window.append(Frame.over(carrier))
            if index >= first:
                moment = Moment(index=index, frame_rate=rate, frame_count=count, seed=0)
                yield stamped(self._function(window, moment).carrier, index, rate)


def check_room(shape: VideoShape, reach: int, what: str, smaller: str) -> None:
    """See that *reach* frames of *shape* may be held.

    Args:
        shape: of the frames.
        reach: how many; no more than the clip has ever wait.
        what: whose they are, for the message.
        smaller: what can be set so that there are fewer.

    Raises:
        ParameterError: when they are larger than ``MOST_BYTES`` together.
    """
    held = min(reach, shape.frame_count) * _bytes_of(shape)
    if held > MOST_BYTES:
        raise ParameterError(
            f"{what} would hold {min(reach, shape.frame_count)} frames of {shape.width} × {shape.height} px,"
            f" {held >> 20} MB; {MOST_BYTES >> 20} MB are the most: {smaller}, or a smaller picture, fits"
        )


def _bytes_of(shape: VideoShape) -> int:
    halves = 3 if shape.pixel_format in SUBSAMPLED else 6
    return shape.width * shape.height * (halves + 2 * (shape.pixel_format in HAS_ALPHA)) // 2
