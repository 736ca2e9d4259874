"""The ways to render the same work: the floor, our engine, one process per node, moviepy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from artdag.codec.profile import profile_for
from artdag.local_store import LocalStore
from artdag.media import Kind
from artdag.recipe_reader import parse_recipe
from benchmarks.cost import Cost, cost_in_child, cost_of_command, total
from benchmarks.sources import FFMPEG, FRAME_RATE
from benchmarks.workloads import Workload

Way = Callable[[Workload, Sequence[Path], float], Cost]


def encoding(threads: int | None) -> list[str]:
    """Return the engine's own settings as arguments of ffmpeg; *threads* None: as many as ffmpeg likes."""
    profile = profile_for(Kind.VIDEO, "web")
    picture, sound = profile.picture, profile.sound
    assert picture is not None
    assert sound is not None
    options = dict(picture.options)
    gop = profile.gop_frames(Fraction(FRAME_RATE))
    exact = f"keyint={gop}:min-keyint={gop}:{options['x264-params']}"
    if threads is None:  # its look-ahead threads as well
        exact = exact.replace(":lookahead-threads=1", "")
    return [
        *("-c:v", picture.codec, "-preset", options["preset"], "-crf", options["crf"]),
        *("-profile:v", options["profile"], "-pix_fmt", "yuv420p", "-x264-params", exact),
        *(() if threads is None else ("-threads", str(threads))),
        *("-c:a", sound.codec, "-b:a", str(sound.bit_rate), "-movflags", "+faststart"),
    ]


def floor(workload: Workload, clips: Sequence[Path], seconds: float) -> Cost:
    """One ffmpeg command with one filter graph, one decode and one encode, its own threads."""
    return _fused(workload, clips, seconds, None)


def floor_of_one_thread(workload: Workload, clips: Sequence[Path], seconds: float) -> Cost:
    """The same command with one thread for each of decoder, filters and encoder: the engine's settings exactly."""
    return _fused(workload, clips, seconds, 1)


def _fused(workload: Workload, clips: Sequence[Path], seconds: float, threads: int | None) -> Cost:
    single = () if threads is None else ("-threads", str(threads))
    filtering = () if threads is None else ("-filter_threads", "1", "-filter_complex_threads", "1")
    with TemporaryDirectory() as folder:
        inputs = [argument for clip in clips for argument in (*single, "-i", str(clip))]
        graph = workload.graph(seconds)
        last = workload.clips - 1
        maps = ("-map", f"[v{last}]", "-map", f"[a{last}]") if last else ()
        graphs = ("-filter_complex", graph) if last else ("-vf", graph)
        out = f"{folder}/out.mp4"
        return cost_of_command(
            [FFMPEG, "-v", "error", "-y", *filtering, *inputs, *graphs, *maps, *encoding(threads), out]
        )


def engine(workload: Workload, clips: Sequence[Path], seconds: float) -> Cost:
    """Our engine, warm: a process that has everything loaded forks and renders, as a worker does."""
    with TemporaryDirectory() as folder:

        def prepare() -> Callable[[], object]:
            store = LocalStore(Path(folder))
            store.world()  # names the toolchain, once in a process
            inputs = {f"clip{number}": store.add(clip) for number, clip in enumerate(clips)}
            recipe = parse_recipe(workload.recipe(seconds).encode())
            return lambda: store.carry_out(store.plan(recipe, inputs, {}))

        return cost_in_child(prepare)


def per_node(workload: Workload, clips: Sequence[Path], seconds: float) -> Cost:
    """One ffmpeg process and one H.264 file for each node, as the engine before this one worked."""
    costs = []
    with TemporaryDirectory() as folder:
        files = [str(clip) for clip in clips]
        coding = encoding(None)
        if workload.clips > 1:
            for number, file in enumerate(files):
                cut = f"{folder}/cut{number}.mp4"
                costs.append(cost_of_command([FFMPEG, "-v", "error", "-y", "-i", file, *coding, cut]))
                files[number] = cut
            costs.append(floor(workload, [Path(file) for file in files], seconds))
        for number, node in enumerate(workload.nodes):
            out = f"{folder}/node{number}.mp4"
            filters = ("-vf", f"{node.filters},format=yuv420p")
            costs.append(cost_of_command([FFMPEG, "-v", "error", "-y", "-i", files[0], *filters, *coding, out]))
            files[0] = out
    return total(costs)


def moviepy(workload: Workload, clips: Sequence[Path], seconds: float) -> Cost:
    """Let moviepy 2 do it from end to end, start-up included: it has no warm form."""
    with TemporaryDirectory() as folder:
        module = [sys.executable, "-m", "benchmarks.moviepy_way", workload.name, str(seconds)]
        return cost_of_command([*module, f"{folder}/out.mp4", *map(str, clips)])


WAYS: dict[str, Way] = {
    "floor": floor,
    "floor, 1 thread": floor_of_one_thread,
    "engine": engine,
    "per node": per_node,
    "moviepy": moviepy,
}
