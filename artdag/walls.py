"""What a confined process may do: the kernel's own limits, called directly, no helper program needed.

A process calls :func:`confine` once, single-threaded and before it opens anything foreign, and can never undo it.
Each wall is put up by itself; one that the kernel does not offer is reported as missing instead of raising, so
that :class:`Walls` always says what truly stands. What they do not hide: that a path exists, its size and times
(``stat`` is not filtered by Landlock), and what the process inherited in memory.

Sources: ``landlock(7)``, ``seccomp(2)``, ``prctl(2)``, ``capabilities(7)``, ``setrlimit(2)``, Linux
``include/uapi/linux/landlock.h`` and the system call tables of x86-64 and of ``asm-generic/unistd.h``.
Everything here is standard library only, and the file can be run by itself: that is the self-test of
:func:`probe_walls`.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import json
import math
import os
import resource
import signal
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

# --- nouns ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one confined process may use.

    *address_space_bytes* counts what is mapped, not what is touched: the libraries a forked child starts with, and
    8 MB for each thread's stack, are in it. *cpu_s* is processor time over all threads. *file_size_bytes* bounds
    each single file. *open_files* bounds descriptor numbers. *processes* is how many processes and threads may be
    added to those the same user has at the start; the kernel does not hold root to it. *wall_s* is enforced by
    whoever waits for the process, the others by the kernel.
    """

    address_space_bytes: int
    cpu_s: float
    file_size_bytes: int
    open_files: int
    processes: int
    wall_s: float
    core_bytes: int = 0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not math.isfinite(value) or value < 0 or (value == 0 and name != "core_bytes"):
                raise ValueError(f"limit {name} must be a number above 0, not {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """Which walls stand around a process.

    *landlock* is the version of the kernel's interface (files from 1, cutting files from 3, TCP from 4, signals
    and abstract sockets from 6) or None. *network_namespace* is an extra that only a privileged parent gets; the
    filter of *seccomp* refuses sockets anyway. *gaps* are the attacks that succeeded in the self-test of
    :func:`probe_walls`, in words; None when no such test was made.
    """

    rlimits: bool = False
    own_group: bool = False
    dies_with_parent: bool = False
    no_new_privs: bool = False
    unprivileged: bool = False
    landlock: int | None = None
    seccomp: bool = False
    network_namespace: bool = False
    gaps: tuple[str, ...] | None = None

    @property
    def complete(self) -> bool:
        """True when nothing that matters is missing; what a setting that *requires* the walls asks for."""
        return not self.missing() and not self.gaps

    def missing(self) -> list[str]:
        """Return what does not hold, in words."""
        wanted = {
            "limits on memory, processor time and file size": self.rlimits,
            "a process group of its own": self.own_group,
            "death with the parent": self.dies_with_parent,
            "no new privileges": self.no_new_privs,
            "no special rights of root": self.unprivileged,
            "files (Landlock)": self.landlock is not None,
            "network and new processes (seccomp)": self.seccomp,
        }
        return [words for words, holds in wanted.items() if not holds]

    def to_json(self) -> dict[str, object]:
        facts: dict[str, object] = asdict(self)
        facts["gaps"] = None if self.gaps is None else list(self.gaps)
        return facts | {"complete": self.complete}

    def describe(self) -> str:
        """Return one paragraph for a person who decides whether to trust this machine with strangers' files."""
        sentences = []
        if self.landlock is not None:
            sentences.append(f"It opens only the files it was given (Landlock {self.landlock}).")
        if self.seccomp:
            sentences.append("It cannot reach the network, start programs or touch other processes (seccomp).")
        if self.network_namespace:
            sentences.append("It has an empty network of its own.")
        if self.rlimits:
            sentences.append("Memory, processor time and file size are limited.")
        if self.dies_with_parent:
            sentences.append("It dies with its parent.")
        if missing := self.missing():
            sentences.append(f"Missing here: {'; '.join(missing)}.")
        if self.gaps:
            sentences.append(f"In the self-test it could still {'; '.join(self.gaps)}.")
        return " ".join(["A rendering process is confined.", *sentences])


# --- the kernel, by number --------------------------------------------------------------------------------------------

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS, _SECCOMP_SET_MODE_FILTER = 1, 4, 38, 1
_FLAG_TSYNC, _FLAG_SPEC_ALLOW = 1, 4
_CLONE_THREAD, _CLONE_NEWNET = 0x0001_0000, 0x4000_0000
_CLONE_NEW_ANY = 0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | _CLONE_NEWNET
_CAPABILITY_VERSION_3, _CAP_DAC_OVERRIDE = 0x2008_0522, 1
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446  # the same on every machine

# name -> (x86-64, aarch64); None where the machine has no such call.
# What rendering never needs and what reaches beyond the process: the network, other programs and processes, other
# users' memory, the kernel's set-up, and the marks on files (owner, mode, times) that Landlock does not guard.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # network and messages between processes
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "sendto": (44, 206), "recvfrom": (45, 207),
    "sendmsg": (46, 211), "recvmsg": (47, 212), "shutdown": (48, 210), "bind": (49, 200), "listen": (50, 201),
    "getsockname": (51, 204), "getpeername": (52, 205), "socketpair": (53, 199), "setsockopt": (54, 208),
    "getsockopt": (55, 209), "accept4": (288, 242), "recvmmsg": (299, 243), "sendmmsg": (307, 269),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
    # other programs and processes
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "kcmp": (312, 272), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "setpriority": (141, 140),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "setpgid": (109, 154), "setsid": (112, 157),
    # more rights
    "setrlimit": (160, 164), "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145),
    "setregid": (114, 143), "setgroups": (116, 159), "setresuid": (117, 147), "setresgid": (119, 149),
    "capset": (126, 91), "personality": (135, 92), "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # the marks on files, and ways around the path rules
    "truncate": (76, 45), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None),
    "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88), "mknod": (133, None),
    "mknodat": (259, 33), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "setxattrat": (463, 463),
    "removexattrat": (466, 466), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    # the kernel's set-up and its widest doors
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "open_tree": (428, 428),
    "open_tree_attr": (467, 467), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "swapon": (167, 224),
    "swapoff": (168, 225), "reboot": (169, 142), "sethostname": (170, 161), "setdomainname": (171, 162),
    "acct": (163, 89), "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116),
    "vhangup": (153, 58), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "fanotify_init": (300, 262), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}  # fmt: skip

# Calls whose arguments decide, see _seccomp_program.
_LOOKED_AT: dict[str, tuple[int | None, int | None]] = {
    "open": (2, None), "openat": (257, 56), "openat2": (437, 437), "ioctl": (16, 29), "clone": (56, 220),
    "clone3": (435, 435), "kill": (62, 129), "tgkill": (234, 131), "fcntl": (72, 25), "prctl": (157, 167),
    "prlimit64": (302, 261),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Machine:
    column: int  # into the two tables above
    audit_arch: int
    seccomp_call: int
    unshare_call: int
    capget_call: int
    capset_call: int


_MACHINES = {
    "x86_64": _Machine(0, 0xC000_003E, 317, 272, 125, 126),
    "aarch64": _Machine(1, 0xC000_00B7, 277, 97, 90, 91),
}


def _machine() -> _Machine | None:
    """Return the numbers of this machine, or None: another system or processor, or a 32-bit Python."""
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return None
    return _MACHINES.get(os.uname().machine)


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def _call(number: int, *arguments: int | ctypes._SimpleCData[int] | ctypes.Array[ctypes.c_char]) -> int:
    """Make one system call.

    Raises:
        OSError: when the kernel refuses it.
    """
    # Plain integers would be passed as 32 bits, with rubbish in the upper half.
    wide = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    answer = int(_libc().syscall(ctypes.c_long(number), *wide))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer


def _prctl(option: int, *values: int) -> int:
    padded = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    answer = int(_libc().prctl(ctypes.c_int(option), *padded))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer


# --- the walls, one by one --------------------------------------------------------------------------------------------


def _own_group() -> bool:
    """Lead a session, hence a group, of our own: killing the group then kills all of us and nobody else."""
    try:
        os.setsid()
    except PermissionError:  # we lead our group already, which is what is wanted
        return os.getpgid(0) == os.getpid()
    return True


def _die_with_parent(parent: int) -> bool:
    """Ask for SIGKILL when *parent* ends (strictly: its thread that started us).

    A parent that ended before the request was made would never be noticed, so we look after asking.
    """
    if sys.platform != "linux":
        return False
    try:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    except OSError:
        return False
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return True


def _threads_of(user: int) -> int:
    """Return how many threads *user* has, as far as /proc shows them."""
    count = 0
    with os.scandir("/proc") as entries:
        for entry in entries:
            if not entry.name.isdigit():
                continue
            try:
                if entry.stat().st_uid == user:
                    count += os.stat(f"/proc/{entry.name}/task").st_nlink - 2
            except FileNotFoundError:  # it ended while we counted
                continue
    return count


def _lower(kind: int, soft: int, hard: int | None = None) -> None:
    """Lower one limit; one that is lower already stays (an ordinary user could not raise it)."""
    _, ceiling = resource.getrlimit(kind)
    wanted = soft if hard is None else hard
    ceiling = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    resource.setrlimit(kind, (min(soft, ceiling), ceiling))


def _limit_threads(processes: int) -> None:
    """Bound processes and threads, unless one thread more would already be too many.

    The kernel counts over all containers that share the user, /proc shows only ours; a limit that is already
    passed would stop every render, and the other walls bound the damage without it.
    """
    user = os.getuid()
    if user == 0 or not Path("/proc/self/task").is_dir():
        return
    before = resource.getrlimit(resource.RLIMIT_NPROC)
    wanted = _threads_of(user) + processes
    ceiling = before[1]
    soft = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    resource.setrlimit(resource.RLIMIT_NPROC, (soft, ceiling))
    trial = threading.Thread(target=int)
    try:
        trial.start()
    except RuntimeError:
        resource.setrlimit(resource.RLIMIT_NPROC, before)
        return
    trial.join()
    resource.setrlimit(resource.RLIMIT_NPROC, (soft, soft))


def _set_rlimits(limits: Limits) -> bool:
    # Python ignores SIGXFSZ, and a library that overlooks the failed write would leave a short file that looks
    # finished. Dying is louder.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    try:
        cpu_s = math.ceil(limits.cpu_s)
        _lower(resource.RLIMIT_CPU, cpu_s, cpu_s + 2)  # SIGXCPU says why; SIGKILL follows if that was ignored
        _lower(resource.RLIMIT_FSIZE, limits.file_size_bytes)
        _lower(resource.RLIMIT_NOFILE, limits.open_files)
        _lower(resource.RLIMIT_CORE, limits.core_bytes)
        _limit_threads(limits.processes)
        _lower(resource.RLIMIT_AS, limits.address_space_bytes)
    except (OSError, ValueError):
        return False
    return True


def _no_new_privileges() -> bool:
    try:
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    except OSError:
        return False
    return True


def _empty_network() -> bool:
    """Move into a network without interfaces; only a privileged process may.

    An ordinary user could get there through a user namespace, but on systems that allow that by halves the process
    would be stuck without a user id and unable to create files.
    """
    machine = _machine()
    if machine is None or os.geteuid() != 0:
        return False
    try:
        _call(machine.unshare_call, _CLONE_NEWNET)
    except OSError:
        return False
    return True


def _drop_privileges() -> bool:
    """Give up root's special rights, except reading and writing files whoever owns them.

    That one is kept since stores are often owned by another user than the one who renders; Landlock bounds it.
    """
    machine = _machine()
    if machine is None:
        return os.geteuid() != 0
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), 8)
    rights = ctypes.create_string_buffer(24)
    try:
        _call(machine.capget_call, header, rights)
        effective, permitted, *_ = struct.unpack("=6I", rights.raw)
        kept = 1 << _CAP_DAC_OVERRIDE
        wanted = struct.pack("=6I", effective & kept, permitted & kept, 0, 0, 0, 0)
        _call(machine.capset_call, header, ctypes.create_string_buffer(wanted, 24))
    except OSError:
        return False
    return True


_READ_FILE, _READ_DIR, _WRITE_FILE, _TRUNCATE, _REFER = 1 << 2, 1 << 3, 1 << 1, 1 << 14, 1 << 13
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_READING = _READ_FILE | _READ_DIR
# No links, pipes, sockets or devices: whoever collects the output must not stumble over one.
_WRITING = _READING | _WRITE_FILE | _TRUNCATE | _REFER | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG
_ON_FILES = _READ_FILE | _WRITE_FILE | _TRUNCATE  # rights that may be given on something that is not a directory


def landlock_version() -> int | None:
    """Return the version of the kernel's Landlock interface, or None when there is none or it is switched off."""
    if sys.platform != "linux":
        return None
    try:
        return _call(_LANDLOCK_CREATE_RULESET, 0, 0, 1)
    except OSError:
        return None


def _landlock_handled(version: int) -> tuple[int, int, int]:
    """Return the rights (files, TCP, scopes) that *version* of the interface can take away."""
    files = (1 << 13) - 1
    for since, bit in ((2, 13), (3, 14), (5, 15)):
        if version >= since:
            files |= 1 << bit
    return files, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0


def _landlock(opened: Sequence[tuple[int, int]]) -> int | None:
    """Leave only the given rights; *opened* are (path descriptor, rights). Returns the version, None on failure."""
    version = landlock_version()
    if version is None:
        return None
    files, tcp, scopes = _landlock_handled(version)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = -1
    try:
        attributes = struct.pack("=QQQ", files, tcp, scopes)[:size]
        ruleset = _call(_LANDLOCK_CREATE_RULESET, ctypes.create_string_buffer(attributes, size), size, 0)
        for descriptor, rights in opened:
            rule = struct.pack("=Qi", rights & files, descriptor)
            _call(_LANDLOCK_ADD_RULE, ruleset, 1, ctypes.create_string_buffer(rule, 12), 0)
        _call(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
    except OSError:
        return None
    finally:
        if ruleset >= 0:
            os.close(ruleset)
    return version


_Code = tuple[int, int, int, int]
_LOAD, _AND, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x45, 0x06
_ALLOW: _Code = (_RETURN, 0, 0, 0x7FFF_0000)
_REFUSE: _Code = (_RETURN, 0, 0, 0x0005_0000 | errno.EPERM)
_UNKNOWN: _Code = (_RETURN, 0, 0, 0x0005_0000 | errno.ENOSYS)


def _load(argument: int, *, upper: bool = False) -> _Code:
    """Load half of an argument of the call (both machines are little-endian)."""
    return (_LOAD, 0, 0, 16 + 8 * argument + (4 if upper else 0))


def _refuse_values(argument: int, values: Iterable[int], mask: int = 0xFFFF_FFFF) -> list[_Code]:
    compared = [code for value in values for code in ((_EQUAL, 0, 1, value), _REFUSE)]
    return [_load(argument), (_AND, 0, 0, mask), *compared, _ALLOW]


def _seccomp_program(machine: _Machine, own_pid: int) -> list[_Code]:
    """Return the filter as BPF instructions (code, jump if true, jump if false, constant)."""
    only_us = [_load(0), (_EQUAL, 0, 1, own_pid), _ALLOW, _REFUSE]
    # Before version 3 Landlock does not guard cutting a file that is open for reading.
    without_writing, mode_and_cut = (0o1000, 0o1003), 0o1003
    bodies: dict[str, list[_Code]] = {
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
            _ALLOW,
            _REFUSE,
        ],
        "kill": only_us,
        "tgkill": only_us,
        "ioctl": _refuse_values(1, (0x5412, 0x541C)),  # TIOCSTI, TIOCLINUX: typing into the operator's terminal
        "fcntl": _refuse_values(1, (8, 10, 15)),  # F_SETOWN, F_SETSIG, F_SETOWN_EX: signals by way of a file
        "prctl": _refuse_values(0, (_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE)),
        "prlimit64": [  # reading our own limits is what getrlimit() does; setting any is not for us
            _load(0), (_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, own_pid), _REFUSE,
            _load(2), (_EQUAL, 1, 0, 0), _REFUSE, _load(2, upper=True), (_EQUAL, 1, 0, 0), _REFUSE, _ALLOW,
        ],
    }  # fmt: skip
    program: list[_Code] = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, machine.audit_arch), _REFUSE, (_LOAD, 0, 0, 0)]
    if machine.column == 0:
        program += [(0x35, 0, 1, 0x4000_0000), _REFUSE]  # the x32 interface numbers the same calls differently
    for name, body in bodies.items():
        number = _LOOKED_AT[name][machine.column]
        if number is not None:
            program += [(_EQUAL, 0, len(body), number), *body]
    for numbers in _REFUSED.values():
        number = numbers[machine.column]
        if number is not None:
            program += [(_EQUAL, 0, 1, number), _REFUSE]
    return [*program, _ALLOW]


class _SockFprog(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _seccomp() -> bool:
    machine = _machine()
    if machine is None:
        return False
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in _seccomp_program(machine, os.getpid()))
    text = ctypes.create_string_buffer(code, len(code))
    program = _SockFprog(len(code) // 8, ctypes.cast(text, ctypes.c_void_p))
    # SPEC_ALLOW: before Linux 5.16 a filter would otherwise switch off branch prediction and slow every codec.
    for flags in (_FLAG_TSYNC | _FLAG_SPEC_ALLOW, _FLAG_TSYNC, 0):
        try:
            _call(machine.seccomp_call, _SECCOMP_SET_MODE_FILTER, flags, ctypes.c_long(ctypes.addressof(program)))
        except OSError as refused:
            if refused.errno != errno.EINVAL:
                return False
        else:
            return True
    return False


# --- all of them ------------------------------------------------------------------------------------------------------

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
    found += [Path(sys.base_prefix) / "lib", Path(sys.prefix) / "lib", Path(__file__).parent]
    found += [Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    found += [Path(entry) for entry in sys.path if entry.endswith(".zip")]
    return [path for path in dict.fromkeys(found) if path.exists()]


@contextmanager
def _opened(readable: Iterable[Path], writable: Iterable[Path]) -> Iterator[list[tuple[int, int]]]:
    """Hold a descriptor of each path with the Landlock rights it carries."""
    wanted = [(path, _READING) for path in readable] + [(path, _WRITING) for path in writable]
    wanted += [(path, _READING) for path in python_readable()]
    wanted += [(Path(name), _READING) for name in _SYSTEM_READABLE if Path(name).exists()]
    wanted += [(Path(os.devnull), _READ_FILE | _WRITE_FILE)]
    opened: list[tuple[int, int]] = []
    try:
        for path, rights in wanted:
            descriptor = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
            opened.append((descriptor, rights if path.is_dir() else rights & _ON_FILES))
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
    dies_with_parent = _die_with_parent(os.getppid() if parent is None else parent)
    with _opened(readable, writable) as opened:
        # The order is forced: later walls forbid what earlier ones need.
        own_group = _own_group()
        rlimits = _set_rlimits(limits)
        network_namespace = _empty_network()
        unprivileged = _drop_privileges()
        no_new_privs = _no_new_privileges()
        landlock = _landlock(opened)
    return Walls(
        rlimits=rlimits,
        own_group=own_group,
        dies_with_parent=dies_with_parent,
        no_new_privs=no_new_privs,
        unprivileged=unprivileged,
        landlock=landlock,
        seccomp=_seccomp(),
        network_namespace=network_namespace,
    )


# --- the self-test ----------------------------------------------------------------------------------------------------

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
        # -I and -S: nothing of the caller's Python path, user folder or site-packages takes part.
        command = [sys.executable, "-I", "-S", __file__, str(outside), str(inside), str(os.getpid())]
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
    libc = _libc()
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


def _self_test(outside: Path, inside: Path, parent: int) -> None:
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


if __name__ == "__main__":
    _self_test(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
