"""A process by itself: a group of its own, no life beyond its parent, no special rights, no network."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import sys

from artdag.walls.kernel import (
    CLONE_NEWNET,
    PR_SET_NO_NEW_PRIVS,
    PR_SET_PDEATHSIG,
    call,
    machine_here,
    prctl,
)

_CAPABILITY_VERSION_3, _CAP_DAC_OVERRIDE = 0x2008_0522, 1


def lead_own_group() -> bool:
    """Lead a session, hence a group, of our own: killing the group then kills all of us and nobody else."""
    try:
        os.setsid()
    except PermissionError:  # we lead our group already, which is what is wanted
        return os.getpgid(0) == os.getpid()
    return True


def die_with_parent(parent: int) -> bool:
    """Ask for SIGKILL when *parent* ends (strictly: its thread that started us).

    A parent that ended before the request was made would never be noticed, so we look after asking.
    """
    if sys.platform != "linux":
        return False
    try:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except OSError:
        return False
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return True


def no_new_privileges() -> bool:
    try:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
    except OSError:
        return False
    return True


def empty_network() -> bool:
    """Move into a network without interfaces; only a privileged process may.

    An ordinary user could get there through a user namespace, but on systems that allow that by halves the process
    would be stuck without a user id and unable to create files.
    """
    machine = machine_here()
    if machine is None or os.geteuid() != 0:
        return False
    try:
        call(machine.unshare_call, CLONE_NEWNET)
    except OSError:
        return False
    return True


def drop_privileges() -> bool:
    """Give up root's special rights, except reading and writing files whoever owns them.

    That one is kept since stores are often owned by another user than the one who renders; Landlock bounds it.
    """
    machine = machine_here()
    if machine is None:
        return os.geteuid() != 0
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), 8)
    rights = ctypes.create_string_buffer(24)
    try:
        call(machine.capget_call, header, rights)
        effective, permitted, *_ = struct.unpack("=6I", rights.raw)
        kept = 1 << _CAP_DAC_OVERRIDE
        wanted = struct.pack("=6I", effective & kept, permitted & kept, 0, 0, 0, 0)
        call(machine.capset_call, header, ctypes.create_string_buffer(wanted, 24))
    except OSError:
        return False
    return True
