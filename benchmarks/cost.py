"""What one piece of work took: processor time and memory of a whole process tree, wall time, and who else was busy."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_S = 0.05
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
QUIET = 0.25
"""Cores that others may keep busy during a measurement whose wall time is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one render took."""

    cpu_s: float
    """Processor seconds of the whole process tree."""
    wall_s: float
    peak_mb: float
    """Resident memory of the whole process tree, the largest of samples."""
    others: float = 0.0
    """Cores that other programs kept busy meanwhile, on average."""

    @property
    def quiet(self) -> bool:
        return self.others <= QUIET


def total(costs: Sequence[Cost]) -> Cost:
    """Return what works done one after the other took together."""
    wall_s = sum(cost.wall_s for cost in costs)
    return Cost(
        cpu_s=sum(cost.cpu_s for cost in costs),
        wall_s=wall_s,
        peak_mb=max(cost.peak_mb for cost in costs),
        others=sum(cost.others * cost.wall_s for cost in costs) / wall_s,
    )


def cost_of_command(command: Sequence[str]) -> Cost:
    """Run *command* to its end.

    Raises:
        RuntimeError: when it fails.
    """
    busy, started = _busy_s(), time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    with _watched(process.pid) as peak_mb:
        _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {' '.join(command)}")
    cpu_s = usage.ru_utime + usage.ru_stime
    return Cost(cpu_s=cpu_s, wall_s=wall_s, peak_mb=peak_mb(), others=_others(busy, cpu_s, wall_s))


def cost_in_child(prepare: Callable[[], Callable[[], object]]) -> Cost:
    """Fork, as a warm worker does, and measure there what *prepare* returns; *prepare* itself is not counted.

    Raises:
        RuntimeError: when either fails; the child's trace is on standard error.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work = prepare()
            busy, cpu, started = _busy_s(), _own_s(), time.monotonic()
            work()
            cpu_s, wall_s = _own_s() - cpu, time.monotonic() - started
            os.write(writing, f"{cpu_s} {wall_s} {_others(busy, cpu_s, wall_s)}".encode())
            status = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(status)  # never back into the caller's loop
    os.close(writing)
    with _watched(child) as peak_mb:
        with os.fdopen(reading) as told:
            answer = told.read()
        os.waitpid(child, 0)
    if not answer:
        raise RuntimeError("the work in the child failed")
    cpu_s, wall_s, others = map(float, answer.split())
    return Cost(cpu_s=cpu_s, wall_s=wall_s, peak_mb=peak_mb(), others=others)


def _own_s() -> float:
    """Return the processor seconds of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@contextmanager
def _watched(pid: int) -> Iterator[Callable[[], float]]:
    """Sample the memory of *pid* and its descendants; what is given tells the largest sum, in MB."""
    samples = [0.0]
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            samples.append(_tree_mb(pid))
            over.wait(_SAMPLE_S)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield lambda: max(samples)
    finally:
        over.set()
        thread.join()


def _tree_mb(pid: int) -> float:
    """Return the resident memory of a process and all below it; 0 where it cannot be read (any more)."""
    try:
        own = int((_PROC / str(pid) / "statm").read_text().split()[1]) * _PAGE_MB
        threads = (_PROC / str(pid) / "task").iterdir()
        children = [int(word) for thread in threads for word in (thread / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return own + sum(_tree_mb(child) for child in children)


def _busy_s() -> float:
    """Return the processor seconds that all programs of this machine have used; 0 where that is not told."""
    try:
        words = (_PROC / "stat").read_text().split("\n", 1)[0].split()
    except FileNotFoundError:
        return 0.0
    user, nice, system, _, _, irq, softirq, steal = map(int, words[1:9])
    return (user + nice + system + irq + softirq + steal) * _TICK_S


def _others(before_s: float, own_s: float, wall_s: float) -> float:
    return max(0.0, _busy_s() - before_s - own_s) / wall_s
