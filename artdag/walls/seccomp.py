"""The wall around system calls (``seccomp(2)``): no network, no other programs, no other processes."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable

from artdag.walls.calls import LOOKED_AT, REFUSED
from artdag.walls.kernel import (
    CLONE_NEWNET,
    PR_SET_DUMPABLE,
    PR_SET_PDEATHSIG,
    Machine,
    call,
    machine_here,
)

_SECCOMP_SET_MODE_FILTER, _FLAG_TSYNC, _FLAG_SPEC_ALLOW = 1, 1, 4
_CLONE_THREAD = 0x0001_0000
_CLONE_NEW_ANY = 0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | CLONE_NEWNET

Code = tuple[int, int, int, int]
_LOAD, _AND, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x45, 0x06
ALLOW: Code = (_RETURN, 0, 0, 0x7FFF_0000)
_REFUSE: Code = (_RETURN, 0, 0, 0x0005_0000 | errno.EPERM)
_UNKNOWN: Code = (_RETURN, 0, 0, 0x0005_0000 | errno.ENOSYS)


def _load(argument: int, *, upper: bool = False) -> Code:
    """Load half of an argument of the call (both machines are little-endian)."""
    return (_LOAD, 0, 0, 16 + 8 * argument + (4 if upper else 0))


def _refuse_values(argument: int, values: Iterable[int], mask: int = 0xFFFF_FFFF) -> list[Code]:
    compared = [code for value in values for code in ((_EQUAL, 0, 1, value), _REFUSE)]
    return [_load(argument), (_AND, 0, 0, mask), *compared, ALLOW]


def filter_program(machine: Machine, own_pid: int) -> list[Code]:
    """Return the filter as BPF instructions (code, jump if true, jump if false, constant)."""
    only_us = [_load(0), (_EQUAL, 0, 1, own_pid), ALLOW, _REFUSE]
    # Before version 3 Landlock does not guard cutting a file that is open for reading.
    without_writing, mode_and_cut = (0o1000, 0o1003), 0o1003
    bodies: dict[str, list[Code]] = {
        "open": _refuse_values(1, without_writing, mode_and_cut),
        "openat": _refuse_values(2, without_writing, mode_and_cut),
        # Their arguments lie in memory where a filter cannot look; libraries fall back to the older calls.
        "openat2": [_UNKNOWN],
        "clone3": [_UNKNOWN],
        "clone": [
            _load(0),
            (_ANY_BIT, 0, 1, _CLONE_NEW_ANY),
            _REFUSE,
            (_ANY_BIT, 0, 1, _CLONE_THREAD),
            ALLOW,
            _REFUSE,
        ],
        "kill": only_us,
        "tgkill": only_us,
        "ioctl": _refuse_values(1, (0x5412, 0x541C)),  # TIOCSTI, TIOCLINUX: typing into the operator's terminal
        "fcntl": _refuse_values(1, (8, 10, 15)),  # F_SETOWN, F_SETSIG, F_SETOWN_EX: signals by way of a file
        "prctl": _refuse_values(0, (PR_SET_PDEATHSIG, PR_SET_DUMPABLE)),
        "prlimit64": [  # reading our own limits is what getrlimit() does; setting any is not for us
            _load(0), (_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, own_pid), _REFUSE,
            _load(2), (_EQUAL, 1, 0, 0), _REFUSE, _load(2, upper=True), (_EQUAL, 1, 0, 0), _REFUSE, ALLOW,
        ],
    }  # fmt: skip
    program: list[Code] = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, machine.audit_arch), _REFUSE, (_LOAD, 0, 0, 0)]
    if machine.column == 0:
        program += [(0x35, 0, 1, 0x4000_0000), _REFUSE]  # the x32 interface numbers the same calls differently
    for name, body in bodies.items():
        number = LOOKED_AT[name][machine.column]
        if number is not None:
            program += [(_EQUAL, 0, len(body), number), *body]
    for numbers in REFUSED.values():
        number = numbers[machine.column]
        if number is not None:
            program += [(_EQUAL, 0, 1, number), _REFUSE]
    return [*program, ALLOW]


class _SockFprog(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def filter_calls() -> bool:
    machine = machine_here()
    if machine is None:
        return False
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in filter_program(machine, os.getpid()))
    text = ctypes.create_string_buffer(code, len(code))
    program = _SockFprog(len(code) // 8, ctypes.cast(text, ctypes.c_void_p))
    # SPEC_ALLOW: before Linux 5.16 a filter would otherwise switch off branch prediction and slow every codec.
    for flags in (_FLAG_TSYNC | _FLAG_SPEC_ALLOW, _FLAG_TSYNC, 0):
        try:
            call(machine.seccomp_call, _SECCOMP_SET_MODE_FILTER, flags, ctypes.c_long(ctypes.addressof(program)))
        except OSError as refused:
            if refused.errno != errno.EINVAL:
                return False
        else:
            return True
    return False
