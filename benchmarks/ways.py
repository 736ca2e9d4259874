"""The ways to render, each measured as what it costs: processor time of the whole process tree, wall time, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from artdag.local_store import LocalStore
from artdag.recipe_reader import parse_recipe
from benchmarks.sources import FFMPEG
from benchmarks.workloads import Workload

ENCODING = (
    *("-c:v", "libx264", "-preset", "fast", "-crf", "18", "-profile:v", "high", "-pix_fmt", "yuv420p", "-g", "60"),
    *("-c:a", "aac", "-b:a", "192k"),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one render took."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    """Of the largest single process."""


Way = Callable[[Workload, Sequence[Path], float], Cost]


def floor(workload: Workload, clips: Sequence[Path], seconds: float) -> Cost:
    """One ffmpeg command with one filter graph, one decode and one encode, its own threads."""
    with TemporaryDirectory() as folder:
        inputs = [argument for clip in clips for argument in ("-i", str(clip))]
        graph = workload.graph(seconds)
        last = workload.clips - 1
        maps = ("-map", f"[v{last}]", "-map", f"[a{last}]") if last else ()
        graphs = ("-filter_complex", graph) if last else ("-vf", graph)
        return _run([FFMPEG, "-v", "error", "-y", *inputs, *graphs, *maps, *ENCODING, f"{folder}/out.mp4"])


def per_node(workload: Workload, clips: Sequence[Path], seconds: float) -> Cost:
    """One ffmpeg process and one H.264 file for each node, as the engine before this one worked."""
    costs = []
    with TemporaryDirectory() as folder:
        files = [str(clip) for clip in clips]
        if workload.clips > 1:
            for number, file in enumerate(files):
                cut = f"{folder}/cut{number}.mp4"
                costs.append(_run([FFMPEG, "-v", "error", "-y", "-i", file, *ENCODING, cut]))
                files[number] = cut
            costs.append(floor(workload, [Path(file) for file in files], seconds))
        for number, node in enumerate(workload.nodes):
            out = f"{folder}/node{number}.mp4"
            costs.append(_run([FFMPEG, "-v", "error", "-y", "-i", files[0], "-vf", node.filters, *ENCODING, out]))
            files[0] = out
    return Cost(
        sum(cost.cpu_s for cost in costs), sum(cost.wall_s for cost in costs), max(cost.peak_mb for cost in costs)
    )


def moviepy(workload: Workload, clips: Sequence[Path], seconds: float) -> Cost:
    """Let moviepy 2 do it from end to end, start-up included: it has no warm form."""
    with TemporaryDirectory() as folder:
        module = [sys.executable, "-m", "benchmarks.moviepy_way", workload.name, str(seconds)]
        return _run([*module, f"{folder}/out.mp4", *map(str, clips)])


def engine(workload: Workload, clips: Sequence[Path], seconds: float) -> Cost:
    """Our engine, warm: a process that has everything loaded forks and renders, as a worker does."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            cost = _engine_here(workload, clips, seconds)
            os.write(writing, f"{cost.cpu_s} {cost.wall_s}".encode())
        finally:
            os._exit(0)  # never back into the caller's loop
    os.close(writing)
    with os.fdopen(reading) as told:
        answer = told.read()
    _, _, usage = os.wait4(child, 0)
    if not answer:
        raise RuntimeError(f"the engine could not render {workload.name!r}")
    cpu_s, wall_s = map(float, answer.split())
    return Cost(cpu_s, wall_s, usage.ru_maxrss / 1024)


def _engine_here(workload: Workload, clips: Sequence[Path], seconds: float) -> Cost:
    with TemporaryDirectory() as folder:
        store = LocalStore(Path(folder))
        inputs = {f"clip{number}": store.add(clip) for number, clip in enumerate(clips)}
        plan = store.plan(parse_recipe(workload.recipe(seconds).encode()), inputs, {})
        cpu, wall = time.process_time(), time.monotonic()
        store.carry_out(plan)
        return Cost(time.process_time() - cpu, time.monotonic() - wall, 0)


def _run(command: Sequence[str]) -> Cost:
    started = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {' '.join(command)}")
    return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss / 1024)


WAYS: dict[str, Way] = {"floor": floor, "engine": engine, "per node": per_node, "moviepy": moviepy}
