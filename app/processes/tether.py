"""Become another program, one that dies when its parent dies.

``python -I -S tether.py PARENT_PID PROGRAM ARGUMENT...``

A program of its own, because the kernel's promise (PR_SET_PDEATHSIG) has to be asked for in the child, and Python code
between fork and exec may hang where the parent has threads. It imports nothing of ours, so that it costs milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    if sys.platform == "linux":  # elsewhere a killed supervisor leaves its children to whoever finds them
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
