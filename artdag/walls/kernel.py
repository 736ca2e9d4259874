"""The kernel, by number: what is needed of its interface and what machine this is."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from dataclasses import dataclass

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
CLONE_NEWNET = 0x4000_0000


@dataclass(frozen=True, slots=True)
class Machine:
    column: int  # into the two tables of ``artdag.walls.calls``
    audit_arch: int
    seccomp_call: int
    unshare_call: int
    capget_call: int
    capset_call: int


MACHINES = {
    "x86_64": Machine(0, 0xC000_003E, 317, 272, 125, 126),
    "aarch64": Machine(1, 0xC000_00B7, 277, 97, 90, 91),
}


def machine_here() -> Machine | None:
    """Return the numbers of this machine, or None: another system or processor, or a 32-bit Python."""
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return None
    return MACHINES.get(os.uname().machine)


@functools.cache
def c_library() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def call(number: int, *arguments: int | ctypes._SimpleCData[int] | ctypes.Array[ctypes.c_char]) -> int:
    """Make one system call.

    Raises:
        OSError: when the kernel refuses it.
    """
    # Plain integers would be passed as 32 bits, with rubbish in the upper half.
    wide = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    answer = int(c_library().syscall(ctypes.c_long(number), *wide))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer


def prctl(option: int, *values: int) -> int:
    padded = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    answer = int(c_library().prctl(ctypes.c_int(option), *padded))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer
