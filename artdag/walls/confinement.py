"""All walls, put up around the calling process."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from artdag.walls.landlock import ON_FILES, READ_FILE, READING, WRITE_FILE, WRITING, restrict_files
from artdag.walls.limits import Limits, set_rlimits
from artdag.walls.process import die_with_parent, drop_privileges, empty_network, lead_own_group, no_new_privileges
from artdag.walls.report import Walls
from artdag.walls.seccomp import filter_calls

_ENGINE = Path(__file__).parent.parent
_SYSTEM_READABLE = (
    "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/nix/store",  # shared libraries
    "/usr/share", "/usr/local/share/fonts", "/etc/fonts", "/var/cache/fontconfig",  # fonts, time zones
    "/etc/ld.so.cache", "/etc/localtime", "/dev/zero", "/dev/random", "/dev/urandom",
    "/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo",  # how many threads, how much memory
)  # fmt: skip


def python_readable() -> list[Path]:
    """Return what Python needs for modules that are imported late: its own libraries and this package.

    Not all of ``sys.path``: the folder a program was started in is on it and may hold the cache and the secrets.
    """
    named = sysconfig.get_paths()
    found = [Path(named[key]) for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += [Path(sys.base_prefix) / "lib", Path(sys.prefix) / "lib", _ENGINE]
    found += [Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    found += [Path(entry) for entry in sys.path if entry.endswith(".zip")]
    return [path for path in dict.fromkeys(found) if path.exists()]


@contextmanager
def _opened(readable: Iterable[Path], writable: Iterable[Path]) -> Iterator[list[tuple[int, int]]]:
    """Hold a descriptor of each path with the Landlock rights it carries."""
    wanted = [(path, READING) for path in readable] + [(path, WRITING) for path in writable]
    wanted += [(path, READING) for path in python_readable()]
    wanted += [(Path(name), READING) for name in _SYSTEM_READABLE if Path(name).exists()]
    wanted += [(Path(os.devnull), READ_FILE | WRITE_FILE)]
    opened: list[tuple[int, int]] = []
    try:
        for path, rights in wanted:
            descriptor = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
            opened.append((descriptor, rights if path.is_dir() else rights & ON_FILES))
        yield opened
    finally:
        for descriptor, _ in opened:
            os.close(descriptor)


def confine(limits: Limits, *, readable: Sequence[Path], writable: Sequence[Path], parent: int | None = None) -> Walls:
    """Confine the calling process for good, and return which walls stand.

    To be called in a child of its own, by its only thread, before it opens anything foreign. Descriptors that are
    already open stay usable: closing the inherited ones is the caller's part.

    Args:
        limits: all but the wall time, which is for the caller to watch.
        readable: files and directories (with all below) to read, besides what Python and its libraries need.
        writable: the same, to read, write, create and delete in.
        parent: the process to die with; the current parent when not given. A caller that knows it from before the
            fork also covers a parent that ended in between.

    Raises:
        FileNotFoundError: when a path of *readable* or *writable* does not exist.
        RuntimeError: when other threads run; they would stay outside.
    """
    if threading.active_count() > 1:
        raise RuntimeError("a process with several threads cannot be confined: the others would stay outside")
    dies_with_parent = die_with_parent(os.getppid() if parent is None else parent)
    with _opened(readable, writable) as opened:
        # The order is forced: later walls forbid what earlier ones need.
        own_group = lead_own_group()
        rlimits = set_rlimits(limits)
        network_namespace = empty_network()
        unprivileged = drop_privileges()
        no_new_privs = no_new_privileges()
        landlock = restrict_files(opened)
    return Walls(
        rlimits=rlimits,
        own_group=own_group,
        dies_with_parent=dies_with_parent,
        no_new_privs=no_new_privs,
        unprivileged=unprivileged,
        landlock=landlock,
        seccomp=filter_calls(),
        network_namespace=network_namespace,
    )
