"""The wall around files (``landlock(7)``): only what was given can be opened."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Sequence

from artdag.walls.kernel import call

_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446  # the same on every machine

READ_FILE, _READ_DIR, WRITE_FILE, _TRUNCATE, _REFER = 1 << 2, 1 << 3, 1 << 1, 1 << 14, 1 << 13
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
READING = READ_FILE | _READ_DIR
# No links, pipes, sockets or devices: whoever collects the output must not stumble over one.
WRITING = READING | WRITE_FILE | _TRUNCATE | _REFER | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG
ON_FILES = READ_FILE | WRITE_FILE | _TRUNCATE  # rights that may be given on something that is not a directory


def landlock_version() -> int | None:
    """Return the version of the kernel's Landlock interface, or None when there is none or it is switched off."""
    if sys.platform != "linux":
        return None
    try:
        return call(_LANDLOCK_CREATE_RULESET, 0, 0, 1)
    except OSError:
        return None


def rights_handled(version: int) -> tuple[int, int, int]:
    """Return the rights (files, TCP, scopes) that *version* of the interface can take away."""
    files = (1 << 13) - 1
    for since, bit in ((2, 13), (3, 14), (5, 15)):
        if version >= since:
            files |= 1 << bit
    return files, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0


def restrict_files(opened: Sequence[tuple[int, int]]) -> int | None:
    """Leave only the given rights; *opened* are (path descriptor, rights). Returns the version, None on failure."""
    version = landlock_version()
    if version is None:
        return None
    files, tcp, scopes = rights_handled(version)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = -1
    try:
        attributes = struct.pack("=QQQ", files, tcp, scopes)[:size]
        ruleset = call(_LANDLOCK_CREATE_RULESET, ctypes.create_string_buffer(attributes, size), size, 0)
        for descriptor, rights in opened:
            rule = struct.pack("=Qi", rights & files, descriptor)
            call(_LANDLOCK_ADD_RULE, ruleset, 1, ctypes.create_string_buffer(rule, 12), 0)
        call(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
    except OSError:
        return None
    finally:
        if ruleset >= 0:
            os.close(ruleset)
    return version
