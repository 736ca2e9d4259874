"""Child: a program we start, that writes to a log of its own, dies when we die and leaves nobody behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

LOG_LIMIT_BYTES = 10_000_000

_TETHER = Path(__file__).with_name("tether.py")


class Child:
    """One program, in a session of its own: no Ctrl-C reaches it but through us.

    It is killed when the thread that started it ends: start children from a thread that lasts, such as the main one.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        """Start *command*; what it prints goes to the end of *log*."""
        self.name = name
        self.log = log
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        rotate(log)
        with log.open("ab") as output:
            self._log_start = output.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_TETHER), str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                pass_fds=pass_fds,
                start_new_session=True,
            )

    @classmethod
    def python(cls, name: str, *arguments: str, log: Path, env: Mapping[str, str] | None = None) -> Self:
        """Start our own interpreter with *arguments*."""
        return cls(name, [sys.executable, *arguments], log=log, env=env)

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """How it ended (-9: by signal 9), or None while it runs."""
        return self._process.poll()

    def alive(self) -> bool:
        return self.exit_code() is None

    def terminate(self) -> None:
        """Ask the program and its process group to end."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGTERM)

    def wait(self, timeout_s: float) -> bool:
        """Wait for the end; tell whether it came in time."""
        try:
            self._process.wait(max(0.0, timeout_s))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End the program and every process that it started, and return when they are gone (at most a second)."""
        for _ in range(50):
            remaining = _session_members(self.pid)
            for pid in remaining:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not remaining:
                break
            time.sleep(0.02)
        if self.alive():  # no /proc here: its process group is all we can name
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self, grace_s: float = 10.0) -> None:
        """End the program: politely, and after *grace_s* seconds not."""
        if self.alive():
            self.terminate()
            self.wait(grace_s)
        self.kill()

    def last_lines(self, count: int = 20) -> list[str]:
        """The end of what it printed since it was started."""
        with self.log.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(self._log_start, end - 64_000))
            return file.read().decode(errors="replace").splitlines()[-count:]


def rotate(log: Path) -> None:
    """Put a *log* that has grown past the limit aside, over the one put aside before."""
    if log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


def _session_members(session: int) -> list[int]:
    """Living processes of a session, those included that left the process group, as each job of a worker does."""
    members = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, its_session, *_ = entry.read_text(errors="replace").rpartition(")")[2].split()
            if int(its_session) == session and state != "Z":
                members.append(int(entry.parent.name))
    return members
