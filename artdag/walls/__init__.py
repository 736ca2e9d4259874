"""What a confined process may do: the kernel's own limits, called directly, no helper program needed.

A process calls :func:`confine` once, single-threaded and before it opens anything foreign, and can never undo it.
Each wall is put up by itself; one that the kernel does not offer is reported as missing instead of raising, so
that :class:`Walls` always says what truly stands. What they do not hide: that a path exists, its size and times
(``stat`` is not filtered by Landlock), and what the process inherited in memory.

Sources: ``landlock(7)``, ``seccomp(2)``, ``prctl(2)``, ``capabilities(7)``, ``setrlimit(2)``, Linux
``include/uapi/linux/landlock.h`` and the system call tables of x86-64 and of ``asm-generic/unistd.h``.
Everything here is standard library only, for the self-test of :func:`probe_walls` runs without any other.
"""

from artdag.walls.confinement import confine, python_readable
from artdag.walls.landlock import landlock_version
from artdag.walls.limits import Limits
from artdag.walls.report import Walls
from artdag.walls.self_test import probe_walls

__all__ = ["Limits", "Walls", "confine", "landlock_version", "probe_walls", "python_readable"]
