"""What is rendered: a moving test picture with noise, so that the encoder has something to do, and a tiny still."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg

FRAME_RATE = 30
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
_TAGS = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")


def make_clip(folder: Path, seconds: float, *, number: int = 0, group: int | None = None) -> Path:
    """Return a 720p clip with a tone; the same *number* gives the same picture.

    With *group*, a key frame comes after so many frames, as cameras and our own results have them.
    """
    path = folder / f"clip-{seconds:g}-{number}{f'-{group}' if group else ''}.mp4"
    if not path.exists():
        keys = () if group is None else ("-g", str(group), "-sc_threshold", "0")
        picture = (
            f"testsrc2=s=1280x720:r={FRAME_RATE}:d={seconds},"
            f"noise=alls=12:allf=t:all_seed={number},hue=h={number * 40},"
            "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
        )
        subprocess.run(
            [
                *(FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i", picture),
                *("-f", "lavfi", "-i", f"sine={220 + 40 * number}:d={seconds}:r=48000"),
                *("-c:v", "libx264", "-preset", "fast", "-b:v", "5M", *keys, "-pix_fmt", "yuv420p", *_TAGS),
                *("-c:a", "aac", "-ac", "2", str(path)),
            ],
            check=True,
        )
    return path


def make_picture(folder: Path) -> Path:
    """Return a PNG of 64 × 64."""
    path = folder / "tiny.png"
    if not path.exists():
        source = ("-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1")
        subprocess.run([FFMPEG, "-v", "error", "-y", *source, str(path)], check=True)
    return path
