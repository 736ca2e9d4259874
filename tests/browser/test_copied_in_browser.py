"""Files with copied groups in them play in a real browser: every frame is there, at its time."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from artdag.timeslice import grouping_in
from tests.artdag.studio import Studio

pytestmark = pytest.mark.browser

RATE, BITS = 10, 8
SHOW = """async ([bytes, rate, count, bits]) => {
  const raw = Uint8Array.from(atob(bytes), sign => sign.charCodeAt(0));
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  video.src = URL.createObjectURL(new Blob([raw], {type: "video/mp4"}));
  await new Promise((ready, fail) => { video.onloadeddata = ready; video.onerror = () => fail(video.error.message); });
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const seen = [];
  for (let index = 0; index < count; index++) {
    const sought = new Promise((ready, fail) => {
      video.requestVideoFrameCallback(ready); video.onerror = () => fail(video.error.message);
    });
    video.currentTime = (index + 0.5) / rate;
    await sought;
    pen.drawImage(video, 0, 0);
    let number = 0;
    for (let bit = 0; bit < bits; bit++) {
      number = 2 * number + (pen.getImageData(16 * bit + 8, 24, 1, 1).data[1] > 127 ? 1 : 0);
    }
    seen.push(number);
  }
  video.currentTime = 0;
  video.playbackRate = 8;
  await new Promise((ready, fail) => {
    video.onended = ready; video.onerror = () => fail(video.error.message); video.play();
  });
  return {seen, duration: video.duration};
}"""


def numbered(path: Path, count: int, *coding: str, first: int = 0) -> Path:
    """Write a clip whose frames bear their numbers, as black and white fields."""
    frames = np.zeros((count, 48, 16 * BITS), np.uint8)
    for index in range(count):
        for bit in range(BITS):
            frames[index, :, 16 * bit : 16 * bit + 16] = 255 if (first + index) >> (BITS - 1 - bit) & 1 else 0
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray"]
    tags = "scale=out_range=tv:out_color_matrix=bt709,format=yuv420p,setparams=colorspace=bt709:range=tv"
    given = ("-s", f"{16 * BITS}x48", "-r", str(RATE), "-i", "-", "-vf", tags, "-c:v", "libx264", "-g", "20")
    subprocess.run([*command, *given, *coding, str(path)], input=frames.tobytes(), check=True)
    return path


def test_every_frame_of_a_film_of_copied_and_coded_parts_is_shown(tmp_path, chromium):
    studio = Studio(tmp_path)
    one = studio.add(numbered(tmp_path / "one.mp4", 100, "-bf", "0", "-preset", "ultrafast", "-qp", "12"))
    two = studio.add(numbered(tmp_path / "two.mp4", 100, "-preset", "slow", first=100))
    clips = [f"{{id: {name}, type: SOURCE, config: {{input: true}}}}" for name in ("one", "two")]
    flipped = [
        f"{{id: back_{name}, type: EFFECT, config: {{effect: flip, params: {{axis: vertical}}}}, inputs: [{name}]}}"
        for name in ("one", "two")
    ]
    parts = (("one", 13, 60), ("back_one", 5, 25), ("two", 20, 60), ("back_two", 3, 4), ("one", 40, 60), ("two", 71, 9))
    cuts = [
        f"{{id: p{at}, type: SEGMENT, config: {{offset: {first / RATE}, duration: {count / RATE}}}, inputs: [{name}]}}"
        for at, (name, first, count) in enumerate(parts)
    ]
    film = f"{{id: film, type: SEQUENCE, inputs: [{', '.join(f'p{number}' for number in range(len(parts)))}]}}"
    plan = studio.plan(*clips, *flipped, *cuts, film, inputs={"one": one, "two": two})
    copied = grouping_in(plan.by_key[next(iter(plan.outputs.values()))]).copied
    assert sum(run.count for run in copied) == 40 + 60
    made = studio.render(plan)
    page = chromium.new_page()
    wanted = [
        number + (100 if "two" in name else 0) for name, first, count in parts for number in range(first, first + count)
    ]
    bytes64 = base64.b64encode(made.path.read_bytes()).decode()
    shown = page.evaluate(SHOW, [bytes64, RATE, len(wanted), BITS])
    assert shown["seen"] == wanted
    assert shown["duration"] == pytest.approx(len(wanted) / RATE, abs=0.001)
