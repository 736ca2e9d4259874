"""Posters: one small picture that stands for a file; of sound, its waveform."""

from __future__ import annotations

from pathlib import Path

from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from artdag.codec.decode import open_media
from artdag.codec.frame import IS_RGB
from artdag.codec.sound_preview import draw_waveform
from artdag.codec.stream import Video
from artdag.errors import BrokenMediaError, InputError
from artdag.media import MediaFacts

LONGEST_SIDE = 480

_MOMENTS = (0.33, 0.1, 0.66)
"""Where a clip is looked at, as shares of its length; the first that is not one flat colour is taken."""
_FLAT = 5.0
"""Standard deviation of luma, of 255, under which a frame shows nothing."""

_WAVE_WIDTH, _WAVE_HEIGHT, _BARS = 480, 270, 80


def draw_poster(source: Path, facts: MediaFacts) -> VideoFrame:
    """Return the poster of the file at *source*, as ``bgra``.

    Raises:
        BrokenMediaError: when the file cannot be decoded.
        InputError: when it holds text.
    """
    media = open_media(source, facts)
    if media.video is not None:
        return small(_telling_frame(media.video), LONGEST_SIDE)
    if media.sound is not None:
        return draw_waveform(media.sound, _WAVE_WIDTH, _WAVE_HEIGHT, _BARS)
    raise InputError(f"a {facts.media_type} file has no picture")


def draw_moment(source: Path, facts: MediaFacts, share: float) -> VideoFrame:
    """Return what the film at *source* shows after a *share* of its length, 0 to 1, as ``bgra`` at poster size.

    Raises:
        BrokenMediaError: when it cannot be decoded.
        InputError: when it has no picture.
    """
    video = open_media(source, facts).video
    if video is None:
        raise InputError(f"a {facts.media_type} file has no picture")
    count = video.shape.frame_count
    return small(_frame(video, min(count - 1, int(count * share))), LONGEST_SIDE)


def _telling_frame(video: Video) -> VideoFrame:
    count = video.shape.frame_count
    chosen: VideoFrame | None = None
    for moment in _MOMENTS[: 1 if count == 1 else None]:
        frame = _frame(video, min(count - 1, int(count * moment)))
        chosen = chosen or frame
        if _variation(frame) >= _FLAT:
            return frame
    assert chosen is not None
    return chosen


def _frame(video: Video, index: int) -> VideoFrame:
    frame = next(video.frames(index, index + 1), None)
    if frame is None:
        raise BrokenMediaError("this file's picture ends before its time")
    return frame


def _variation(frame: VideoFrame) -> float:
    tiny = frame.reformat(width=32, height=32, format="gray", interpolation=Interpolation.AREA)
    return float(tiny.to_ndarray().std())


def small(frame: VideoFrame, longest_side: int) -> VideoFrame:
    """Return *frame* as ``bgra``, no side longer than *longest_side*, never enlarged."""
    scale = min(1.0, longest_side / max(frame.width, frame.height))
    return frame.reformat(
        width=max(1, round(frame.width * scale)),
        height=max(1, round(frame.height * scale)),
        format="bgra",
        src_colorspace=None if frame.format.name in IS_RGB else Colorspace.ITU709,
        src_color_range=None if frame.format.name in IS_RGB else ColorRange.MPEG,
        interpolation=Interpolation.AREA if scale < 1 else Interpolation.BICUBIC,
    )
