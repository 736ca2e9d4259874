"""Posters: one small picture that stands for a file; of sound, its waveform."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray

from artdag.codec.decode import open_media
from artdag.codec.frame import IS_RGB
from artdag.codec.stream import Sound, Video
from artdag.errors import BrokenMediaError, InputError
from artdag.media import SAMPLE_RATE, MediaFacts

LONGEST_SIDE = 480
MEDIA_TYPE = "image/webp"

_QUALITY = 78
_MOMENTS = (0.33, 0.1, 0.66)
"""Where a clip is looked at, as shares of its length; the first that is not one flat colour is taken."""
_FLAT = 5.0
"""Standard deviation of luma, of 255, under which a frame shows nothing."""

_WAVE_WIDTH, _WAVE_HEIGHT, _BARS = 480, 270, 80
_WAVE_COLOR = (0xF1, 0x66, 0x63)
"""Blue, green, red: readable on light and on dark."""
_SAMPLED_ABOVE_S = 600
"""Of longer sounds each bar hears half a second."""


def write_poster(source: Path, facts: MediaFacts, target: Path) -> tuple[int, int]:
    """Write the poster of the file at *source* to *target*, as WebP; return its width and height.

    Raises:
        BrokenMediaError: when the file cannot be decoded.
        InputError: when it holds text.
    """
    picture = draw_poster(source, facts)
    write_picture(picture, target)
    return picture.width, picture.height


def draw_poster(source: Path, facts: MediaFacts) -> VideoFrame:
    """Return the poster of the file at *source*, as ``bgra``. Raises what :func:`write_poster` does."""
    media = open_media(source, facts)
    if media.video is not None:
        return _small(_telling_frame(media.video))
    if media.sound is not None:
        return _waveform(media.sound)
    raise InputError(f"a {facts.media_type} file has no picture")


def write_picture(picture: VideoFrame, target: Path) -> None:
    """Write a small ``bgra`` picture as WebP."""
    target.write_bytes(_webp(picture))


def difference(one: VideoFrame, other: VideoFrame) -> float:
    """Return how far two small pictures are apart: mean absolute difference of 255, alpha included."""
    shrunk = [
        frame.reformat(width=96, height=64, format="bgra", interpolation=Interpolation.AREA).to_ndarray()
        for frame in (one, other)
    ]
    return float(np.abs(shrunk[0].astype(np.float64) - shrunk[1]).mean())


def _telling_frame(video: Video) -> VideoFrame:
    count = video.shape.frame_count
    chosen: VideoFrame | None = None
    for moment in _MOMENTS[: 1 if count == 1 else None]:
        index = min(count - 1, int(count * moment))
        frame = next(video.frames(index, index + 1), None)
        if frame is None:
            raise BrokenMediaError("this file's picture ends before its time")
        chosen = chosen or frame
        if _variation(frame) >= _FLAT:
            return frame
    assert chosen is not None
    return chosen


def _variation(frame: VideoFrame) -> float:
    tiny = frame.reformat(width=32, height=32, format="gray", interpolation=Interpolation.AREA)
    return float(tiny.to_ndarray().std())


def _small(frame: VideoFrame) -> VideoFrame:
    """Return *frame* at poster size, never enlarged."""
    scale = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
    return frame.reformat(
        width=max(1, round(frame.width * scale)),
        height=max(1, round(frame.height * scale)),
        format="bgra",
        src_colorspace=None if frame.format.name in IS_RGB else Colorspace.ITU709,
        src_color_range=None if frame.format.name in IS_RGB else ColorRange.MPEG,
        interpolation=Interpolation.AREA if scale < 1 else Interpolation.BICUBIC,
    )


def _waveform(sound: Sound) -> VideoFrame:
    loudness = _loudness(sound)
    peak = float(loudness.max())
    heights = np.sqrt(loudness / peak) if peak > 0 else loudness  # quiet parts stay visible
    pixels = np.zeros((_WAVE_HEIGHT, _WAVE_WIDTH, 4), np.uint8)
    pitch, middle = _WAVE_WIDTH // _BARS, _WAVE_HEIGHT // 2
    for bar, height in enumerate(heights):
        reach = max(1, int(height * (middle - 24)))
        pixels[middle - reach : middle + reach, bar * pitch + 1 : (bar + 1) * pitch - 1] = (*_WAVE_COLOR, 255)
    return VideoFrame.from_ndarray(pixels, format="bgra")


def _loudness(sound: Sound) -> NDArray[np.float64]:
    """Return the root mean square of each bar's stretch of sound, 0 to 1."""
    count = sound.shape.sample_count
    edges = np.linspace(0, count, _BARS + 1).astype(np.int64)
    if count > _SAMPLED_ABOVE_S * SAMPLE_RATE:
        return np.array([_power(sound, int(edge), int(edge) + SAMPLE_RATE // 2) for edge in edges[:-1]]) ** 0.5
    squares, place = np.zeros(_BARS), 0
    for block in sound.samples(0, count):
        power = np.square(block, dtype=np.float64).mean(axis=0)
        bars = np.minimum(np.searchsorted(edges, place + np.arange(power.size), side="right") - 1, _BARS - 1)
        np.add.at(squares, bars, power)
        place += power.size
    loudness: NDArray[np.float64] = np.sqrt(squares / np.maximum(1, np.diff(edges)))
    return loudness


def _power(sound: Sound, first: int, stop: int) -> float:
    blocks = [np.square(block, dtype=np.float64).mean(axis=0) for block in sound.samples(first, stop)]
    return float(np.concatenate(blocks).mean()) if blocks else 0.0


def _webp(picture: VideoFrame) -> bytes:
    encoder = CodecContext.create("libwebp", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "bgra"
    encoder.time_base = Fraction(1, 25)
    picture.pts, picture.time_base = 0, encoder.time_base
    encoder.options = {"quality": str(_QUALITY), "compression_level": "3"}
    return b"".join(bytes(packet) for frame in (picture, None) for packet in encoder.encode(frame))
