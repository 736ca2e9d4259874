"""A file becomes streams of frames and samples in the working format, each answering for any range."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from av.video.frame import VideoFrame

from artdag.codec.convert import Converter, copies
from artdag.codec.frame import stamped
from artdag.codec.grid import Grid
from artdag.codec.pictures import Pictures
from artdag.codec.sound import SourceSound
from artdag.codec.stream import Media, Video
from artdag.codec.tally import Tally
from artdag.errors import BrokenMediaError, InputError
from artdag.media import Kind, MediaFacts, VideoShape

_STEPS_BACK_S = (0, 2, 10)
"""Where seeking does not land at or before the wanted frame it is tried again so much earlier, then from the start."""


def open_media(path: Path, facts: MediaFacts, tally: Tally | None = None) -> Media:
    """Return the picture and the sound of the file at *path*, which is what *facts* (from the probe) say.

    Nothing is opened before frames or samples are asked for; each such call opens a decoder of its own and closes it
    when its generator ends or is closed. Both raise BrokenMediaError, with the time, where the file is damaged, and
    *tally* counts what they do.

    """
    if facts.kind is Kind.DATA:
        return Media(data=path.read_bytes)
    video = SourceVideo(path, facts, tally) if facts.picture is not None else None
    sound = None
    if facts.sound is not None:
        length = video.shape.sample_count if video is not None else None
        sound = SourceSound(path, facts, length, tally)
    return Media(video=video, sound=sound)


def shape_of(facts: MediaFacts) -> VideoShape:
    """Return the shape in which the picture of a file is given.

    Raises:
        InputError: when it has none.
    """
    picture = facts.picture
    if picture is None:
        raise InputError(f"a {facts.media_type} file without a picture was given where one is needed")
    if facts.kind is Kind.IMAGE:
        pixel_format = "rgba" if picture.has_alpha else "rgb24"
    else:
        pixel_format = "yuva420p" if picture.has_alpha else "yuv420p"
    return VideoShape(
        width=picture.width,
        height=picture.height,
        pixel_format=pixel_format,
        frame_rate=picture.frame_rate,
        frame_count=picture.frame_count,
    )


class SourceVideo(Video):
    """The picture of a file. Frame 0 is the first picture that can be decoded; see :class:`Grid` for the others."""

    def __init__(self, path: Path, facts: MediaFacts, tally: Tally | None = None) -> None:
        self.shape = shape_of(facts)
        assert facts.picture is not None
        self._variable = facts.picture.variable_rate
        self._path = path
        self._media_type = facts.media_type
        self._image = facts.kind is Kind.IMAGE
        self._tally = tally
        self._zero: int | None = None  # the first picture's time in the file, once it is known

    def frames(self, first: int, stop: int) -> Iterator[VideoFrame]:
        if first >= stop:
            return
        with Pictures(self._path, self._media_type, self._tally) as source:
            converter = Converter(self.shape, image=self._image)
            spans: deque[tuple[int, int]] = deque()  # of the frames in the converter: shown from, until
            for frame, begin, end in self._chosen(source, first, stop):
                spans.append((begin, end))
                for ready in converter.feed(frame):
                    yield from self._on_grid(ready, *spans.popleft())
            for ready in converter.rest():
                yield from self._on_grid(ready, *spans.popleft())

    def _on_grid(self, frame: VideoFrame, begin: int, end: int) -> Iterator[VideoFrame]:
        for index, copy in zip(range(begin, end), copies(frame, self.shape), strict=False):
            yield stamped(copy, index, self.shape.frame_rate)

    def _chosen(self, source: Pictures, first: int, stop: int) -> Iterator[tuple[VideoFrame, int, int]]:
        """Yield the source frames that are shown within the range, each with the grid frames it is shown at."""
        grid = Grid(self.shape.frame_rate, source.time_base)
        held: VideoFrame | None = None
        held_from = 0
        for frame, ticks in self._from(source, grid, first):
            begin = grid.index_of(ticks)
            if held is not None and begin > max(held_from, first):
                yield held, max(held_from, first), min(begin, stop)
            if begin >= stop:
                return
            if held is None or begin >= held_from:  # a time that goes back is none to follow
                held, held_from = frame, begin
        if held is None:
            raise BrokenMediaError("the picture of this file holds nothing that can be decoded")
        self._check_end(held_from, stop)
        yield held, max(held_from, first), stop

    def _check_end(self, last: int, stop: int) -> None:
        # a last picture that stands for long is the file's way in clips of variable rate only
        if not self._variable and self.shape.frame_count > 1 and stop - last > 2 + self.shape.frame_rate / 2:
            at = float(last / self.shape.frame_rate)
            raise BrokenMediaError(f"the picture of this file ends at {at:.3f} s, before its time")

    def _from(self, source: Pictures, grid: Grid, first: int) -> Iterator[tuple[VideoFrame, int]]:
        """Yield decoded frames from the one shown at *first* on, or earlier, with their ticks after the first one."""
        if self._zero is None:
            frames = source.from_start()
            leading = next(frames, None)
            if leading is None:
                return
            self._zero = leading[1]
            if first == 0 or not source.seekable:
                yield leading[0], 0
                yield from self._counted(frames)
                return
        if first > 0 and source.seekable:
            wanted = self._zero + grid.latest_tick(first)
            for back_s in _STEPS_BACK_S:
                target = wanted - int(back_s / source.time_base)
                if target <= self._zero:
                    break
                frames = source.from_key_frame(target)
                leading = next(frames, None)
                if leading is not None and leading[1] <= wanted:
                    yield leading[0], leading[1] - self._zero
                    yield from self._counted(frames)
                    return
        yield from self._counted(source.from_start())

    def _counted(self, frames: Iterator[tuple[VideoFrame, int]]) -> Iterator[tuple[VideoFrame, int]]:
        zero = self._zero
        assert zero is not None
        for frame, time in frames:
            yield frame, time - zero
