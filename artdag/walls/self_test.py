"""The walls attacked from inside: what a confined process of this machine can still do."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from artdag.walls.confinement import confine
from artdag.walls.kernel import c_library
from artdag.walls.limits import Limits
from artdag.walls.report import Walls

_ROOT = Path(__file__).parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]); from artdag.walls.self_test import main; main()"
_PROBE_LIMITS = Limits(
    address_space_bytes=2 * 2**30, cpu_s=2, file_size_bytes=2**20, open_files=64, processes=16, wall_s=10
)


def probe_walls(*, timeout_s: float = 10) -> Walls:
    """Confine a throwaway process, let it attack, and return what really holds.

    Works from any process, threaded ones too, since it starts a fresh interpreter; about 100 ms. A wall that was
    put up but did not hold an attack is listed in ``gaps``. When the process gives no answer within *timeout_s*,
    no wall is reported.
    """
    with tempfile.TemporaryDirectory(prefix="artdag-walls-") as folder:
        outside, inside = Path(folder, "outside"), Path(folder, "inside")
        outside.write_text("not for you")
        inside.mkdir()
        # -I and -S: nothing of the caller's Python path, user folder or site-packages takes part, only this package.
        command = [sys.executable, "-I", "-S", "-c", _START, str(_ROOT), str(outside), str(inside), str(os.getpid())]
        try:
            answer = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
            )
            walls, *later = [json.loads(line) for line in answer.stdout.splitlines()]
        except (OSError, subprocess.TimeoutExpired, ValueError) as failure:
            return Walls(gaps=(f"not be tested ({type(failure).__name__})",))
    gaps = list(walls.pop("gaps"))
    if later != ["program refused"]:
        gaps.append("start a program")
    walls.pop("complete")
    return replace(Walls(**walls), gaps=tuple(gaps))


def _reads(path: Path) -> bool:
    path.read_bytes()
    return True


def _writes(path: Path) -> bool:
    path.write_bytes(b"x")
    return True


def _forks() -> bool:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return True


def _connects(kind: int) -> bool:
    """Try port 9 of this machine by TCP (*kind* 1) or UDP (2); an answer of any sort means it can be reached."""
    libc = c_library()
    descriptor = libc.socket(2, kind, 0)
    if descriptor < 0:
        return False
    address = struct.pack("=H", 2) + struct.pack("!H4s8x", 9, bytes((127, 0, 0, 1)))
    failed = libc.connect(descriptor, ctypes.create_string_buffer(address, 16), 16) != 0
    code = ctypes.get_errno()
    os.close(descriptor)
    return not failed or code not in (errno.EPERM, errno.EACCES, errno.ENETUNREACH)


def _signals(pid: int) -> bool:
    os.kill(pid, 0)
    return True


def _succeeds(attack: Callable[[], bool]) -> bool:
    try:
        return attack()
    except OSError:
        return False


def main() -> None:
    """Attack from inside the walls: in the process that :func:`probe_walls` starts."""
    _, _, outside, inside, parent = sys.argv
    _attack(Path(outside), Path(inside), int(parent))


def _attack(outside: Path, inside: Path, parent: int) -> None:
    walls = confine(_PROBE_LIMITS, readable=[], writable=[inside], parent=parent)
    attacks: dict[str, Callable[[], bool]] = {
        "read a file it was not given": lambda: _reads(outside),
        "write a file it was not given": lambda: _writes(outside),
        "list a folder it was not given": lambda: bool(list(outside.parent.iterdir())),
        "reach the network (TCP)": lambda: _connects(1),
        "reach the network (UDP)": lambda: _connects(2),
        "start a process": _forks,
        "signal its parent": lambda: _signals(parent),
    }
    gaps = [words for words, attack in attacks.items() if _succeeds(attack)]
    if not _succeeds(lambda: _writes(inside / "own")):
        gaps.append("not write its own output")
    print(json.dumps(replace(walls, gaps=tuple(gaps)).to_json()), flush=True)
    try:
        # Last, since success would end this very program; what then prints nothing is the proof.
        os.execv("/bin/true", ["true"])
    except OSError:
        print(json.dumps("program refused"), flush=True)
