"""The same work by moviepy 2: ``python -m benchmarks.moviepy_way WORKLOAD SECONDS OUT CLIP…``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.workloads import WORKLOADS


def main(name: str, seconds: float, out: str, clips: list[str]) -> None:
    from moviepy import CompositeVideoClip, VideoFileClip, vfx

    workload = next(workload for workload in WORKLOADS if workload.name == name)
    opened = [VideoFileClip(clip) for clip in clips]
    if workload.clips > 1:
        overlap = workload.crossfade * seconds
        step = seconds - overlap
        film = CompositeVideoClip(
            [
                clip.with_start(number * step).with_effects([vfx.CrossFadeIn(overlap)] if number else [])
                for number, clip in enumerate(opened)
            ]
        )
    else:
        film = opened[0]
    for node in workload.nodes:
        if node.moviepy == "resize":
            film = film.with_effects([vfx.Resize((960, 540))])
        elif node.moviepy == "flip":
            film = film.with_effects([vfx.MirrorX()])
        else:
            film = film.image_transform(_FRAMEWISE[node.moviepy])
    film.write_videofile(
        out,
        codec="libx264",
        preset="fast",
        audio_codec="aac",
        audio_bitrate="192k",
        temp_audiofile=f"{out}.m4a",  # moviepy would leave it in the working directory
        logger=None,
        ffmpeg_params=["-crf", "18", "-pix_fmt", "yuv420p"],
    )


def _matrix(frame: Any, matrix: Any) -> Any:
    return np.clip(frame.astype(np.float32) @ matrix, 0, 255).astype(np.uint8)


def _hue(frame: Any) -> Any:
    angle = np.deg2rad(30)
    gray = np.full((3, 3), 1 / 3, np.float32)
    return _matrix(frame, (gray + (np.eye(3, dtype=np.float32) - gray) * np.cos(angle)).astype(np.float32))


def _saturation(frame: Any) -> Any:
    luma = np.array([[0.2126], [0.7152], [0.0722]], np.float32) @ np.ones((1, 3), np.float32)
    return _matrix(frame, (luma * -0.3 + np.eye(3, dtype=np.float32) * 1.3).astype(np.float32))


def _table(values: Any) -> Callable[[Any], Any]:
    table = np.clip(values, 0, 255).astype(np.uint8)
    return lambda frame: table[frame]


def _blur(frame: Any) -> Any:
    from PIL import Image, ImageFilter  # frames that moviepy decoded, no file

    return np.asarray(Image.fromarray(frame).filter(ImageFilter.GaussianBlur(2)))


_FRAMEWISE: dict[str, Callable[[Any], Any]] = {
    "hue": _hue,
    "saturation": _saturation,
    "contrast": _table(127.5 + 1.1 * (np.arange(256) - 127.5)),
    "posterize": _table(np.floor(np.minimum(np.arange(256) / 255 * 6, 5)) / 5 * 255),
    "blur": _blur,
}

if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4:])
