"""How much one confined process may use, and the kernel told so."""

from __future__ import annotations

import math
import os
import resource
import signal
import threading
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one confined process may use.

    *address_space_bytes* counts what is mapped, not what is touched: the libraries a forked child starts with, and
    8 MB for each thread's stack, are in it. *cpu_s* is processor time over all threads. *file_size_bytes* bounds
    each single file. *open_files* bounds descriptor numbers. *processes* is how many processes and threads may be
    added to those the same user has at the start; the kernel does not hold root to it. *wall_s* is enforced by
    whoever waits for the process, the others by the kernel.
    """

    address_space_bytes: int
    cpu_s: float
    file_size_bytes: int
    open_files: int
    processes: int
    wall_s: float
    core_bytes: int = 0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not math.isfinite(value) or value < 0 or (value == 0 and name != "core_bytes"):
                raise ValueError(f"limit {name} must be a number above 0, not {value}")


def _threads_of(user: int) -> int:
    """Return how many threads *user* has, as far as /proc shows them."""
    count = 0
    with os.scandir("/proc") as entries:
        for entry in entries:
            if not entry.name.isdigit():
                continue
            try:
                if entry.stat().st_uid == user:
                    count += os.stat(f"/proc/{entry.name}/task").st_nlink - 2
            except FileNotFoundError:  # it ended while we counted
                continue
    return count


def _lower(kind: int, soft: int, hard: int | None = None) -> None:
    """Lower one limit; one that is lower already stays (an ordinary user could not raise it)."""
    _, ceiling = resource.getrlimit(kind)
    wanted = soft if hard is None else hard
    ceiling = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    resource.setrlimit(kind, (min(soft, ceiling), ceiling))


def _limit_threads(processes: int) -> None:
    """Bound processes and threads, unless one thread more would already be too many.

    The kernel counts over all containers that share the user, /proc shows only ours; a limit that is already
    passed would stop every render, and the other walls bound the damage without it.
    """
    user = os.getuid()
    if user == 0 or not Path("/proc/self/task").is_dir():
        return
    before = resource.getrlimit(resource.RLIMIT_NPROC)
    wanted = _threads_of(user) + processes
    ceiling = before[1]
    soft = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    resource.setrlimit(resource.RLIMIT_NPROC, (soft, ceiling))
    trial = threading.Thread(target=int)
    try:
        trial.start()
    except RuntimeError:
        resource.setrlimit(resource.RLIMIT_NPROC, before)
        return
    trial.join()
    resource.setrlimit(resource.RLIMIT_NPROC, (soft, soft))


def set_rlimits(limits: Limits) -> bool:
    # Python ignores SIGXFSZ, and a library that overlooks the failed write would leave a short file that looks
    # finished. Dying is louder.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    try:
        cpu_s = math.ceil(limits.cpu_s)
        _lower(resource.RLIMIT_CPU, cpu_s, cpu_s + 2)  # SIGXCPU says why; SIGKILL follows if that was ignored
        _lower(resource.RLIMIT_FSIZE, limits.file_size_bytes)
        _lower(resource.RLIMIT_NOFILE, limits.open_files)
        _lower(resource.RLIMIT_CORE, limits.core_bytes)
        _limit_threads(limits.processes)
        _lower(resource.RLIMIT_AS, limits.address_space_bytes)
    except (OSError, ValueError):
        return False
    return True
