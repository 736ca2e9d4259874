"""Processes, as tests see them: who descends from whom, who is still alive."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One process; its time of birth tells it from a later one with the same number."""

    pid: int
    born: str

    @classmethod
    def of(cls, pid: int) -> Process:
        return cls(pid, _facts(pid)[19])

    @property
    def is_alive(self) -> bool:
        with suppress(OSError):
            facts = _facts(self.pid)
            return facts[19] == self.born and facts[0] not in ("Z", "X")
        return False

    @property
    def parent(self) -> Process:
        return Process.of(int(_facts(self.pid)[1]))

    @property
    def is_forked(self) -> bool:
        """True where it runs the same program as its parent, with the same arguments."""
        return _command(self.pid) == _command(self.parent.pid)

    def tree(self) -> list[Process]:
        """This process and all that descend from it."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parents.setdefault(int(_facts(int(entry.name))[1]), []).append(int(entry.name))
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            waiting += parents.get(pid, [])
            with suppress(OSError):
                found.append(Process.of(pid))
        return found

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


def wait_until_gone(processes: list[Process], within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while alive := [process for process in processes if process.is_alive]:
        assert time.monotonic() < deadline, f"still alive: {alive}"
        time.sleep(0.02)


def _facts(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat from the state on: state, parent, …, and the time of birth at 19."""
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
