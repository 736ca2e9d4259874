"""Files made of arithmetic: written without loss, so that what comes out of a render can be told to the pixel."""

from __future__ import annotations

from pathlib import Path

from artdag.codec.encode import encode
from artdag.codec.profile import profile_for
from artdag.codec.stream import Media
from artdag.media import SAMPLE_RATE, Kind, Shape
from tests.artdag.codec.synthetic import Pattern, Wave, clip


def a_video_file(folder: Path, name: str = "clip", count: int = 25, *, sound: bool = True, **shape: object) -> Path:
    media, shape_ = clip(Pattern(count, **shape), sound=sound)
    profile = profile_for(Kind.VIDEO, "lossless")
    path = folder / f"{name}{profile.fitted(shape_).suffix}"
    encode(media, shape_, profile, path)
    return path


def an_image_file(folder: Path, name: str = "photo", **shape: object) -> Path:
    video = Pattern(1, **{"pixel_format": "rgb24", **shape})
    path = folder / f"{name}.png"
    encode(Media(video=video), Shape(kind=Kind.IMAGE, video=video.shape), profile_for(Kind.IMAGE, None), path)
    return path


def a_sound_file(folder: Path, name: str = "song", seconds: float = 1.0) -> Path:
    wave = Wave(round(seconds * SAMPLE_RATE))
    path = folder / f"{name}.wav"
    encode(Media(sound=wave), Shape(kind=Kind.AUDIO, sound=wave.shape), profile_for(Kind.AUDIO, "wav"), path)
    return path
