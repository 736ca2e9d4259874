"""Previews: small pictures that are made of a file to look at, as WebP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from artdag.codec.decode import open_media
from artdag.codec.poster import draw_poster, small
from artdag.codec.sound_preview import draw_spectrum, draw_waveform
from artdag.codec.stream import Sound
from artdag.errors import BrokenMediaError, InputError
from artdag.media import Kind, MediaFacts

MEDIA_TYPE = "image/webp"
STRIP_FRAMES = 10
STRIP_WIDTH = 160
"""Of each frame of a strip, in pixels."""

_STRIP_HEIGHT = 120
_QUALITY = 78


def write_preview(name: str, source: Path, facts: MediaFacts, target: Path) -> tuple[int, int]:
    """Write the preview *name* (one of :data:`PREVIEWS`) of the file at *source*; return its width and height.

    Raises:
        BrokenMediaError: when the file cannot be decoded.
        InputError: when it holds nothing that such a preview could show.
    """
    picture = PREVIEWS[name](source, facts)
    write_picture(picture, target)
    return picture.width, picture.height


def shows(name: str, facts: MediaFacts) -> bool:
    """Tell whether a file of these *facts* has something that the preview *name* shows."""
    if name == "poster":
        return facts.kind is not Kind.DATA
    if name == "strip":
        return facts.kind is Kind.VIDEO
    return facts.sound is not None


def write_picture(picture: VideoFrame, target: Path) -> None:
    """Write a small ``bgra`` picture as WebP."""
    encoder = CodecContext.create("libwebp", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, "bgra"
    encoder.time_base = Fraction(1, 25)
    picture.pts, picture.time_base = 0, encoder.time_base
    encoder.options = {"quality": str(_QUALITY), "compression_level": "3"}
    target.write_bytes(b"".join(bytes(packet) for frame in (picture, None) for packet in encoder.encode(frame)))


def draw_strip(source: Path, facts: MediaFacts) -> VideoFrame:
    """Return ten frames side by side, each from the middle of its tenth of the clip, whole on a see-through ground."""
    media = open_media(source, facts)
    if media.video is None or facts.kind is not Kind.VIDEO:
        raise InputError(f"a {facts.media_type} file has no frames to lay side by side")
    count, sheet = media.video.shape.frame_count, np.zeros((_STRIP_HEIGHT, STRIP_FRAMES * STRIP_WIDTH, 4), np.uint8)
    height = min(_STRIP_HEIGHT, max(1, round(STRIP_WIDTH * media.video.shape.height / media.video.shape.width)))
    for place in range(STRIP_FRAMES):
        index = min(count - 1, int((place + 0.5) * count / STRIP_FRAMES))
        frame = next(media.video.frames(index, index + 1), None)
        if frame is None:
            raise BrokenMediaError("this file's picture ends before its time")
        scale = min(STRIP_WIDTH / frame.width, height / frame.height)
        picture = small(frame, max(1, round(max(frame.width, frame.height) * scale))).to_ndarray()
        top, left = (height - picture.shape[0]) // 2, place * STRIP_WIDTH + (STRIP_WIDTH - picture.shape[1]) // 2
        sheet[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return VideoFrame.from_ndarray(np.ascontiguousarray(sheet[:height]), format="bgra")


def _sound(source: Path, facts: MediaFacts) -> Sound:
    media = open_media(source, facts)
    if media.sound is None:
        raise InputError(f"this {facts.media_type} file has no sound")
    return media.sound


def _waveform(source: Path, facts: MediaFacts) -> VideoFrame:
    return draw_waveform(_sound(source, facts), width=1200, height=120, bars=300)


def _spectrum(source: Path, facts: MediaFacts) -> VideoFrame:
    return draw_spectrum(_sound(source, facts), width=1200, height=200)


PREVIEWS: Mapping[str, Callable[[Path, MediaFacts], VideoFrame]] = {
    "poster": draw_poster,
    "strip": draw_strip,
    "waveform": _waveform,
    "spectrum": _spectrum,
}
"""Name -> draws it, as ``bgra``."""
