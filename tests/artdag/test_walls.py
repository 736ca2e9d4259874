"""Attacks from inside the walls, and the ordinary things that must go on working there."""

# ruff: noqa: PTH123, PTH208, PLW0108 - the attacks are written as a stranger would

import ctypes
import errno
import faulthandler
import json
import mmap
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import artdag
from artdag.walls import (
    Limits,
    Walls,
    calls,
    confine,
    kernel,
    probe_walls,
    python_readable,
    self_test,
)
from artdag.walls import (
    landlock as files_wall,
)
from artdag.walls import (
    seccomp as calls_wall,
)

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the walls are the Linux kernel's"),
    # Test runners have threads of their own; the children here use none of them.
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]

LIMITS = Limits(address_space_bytes=8 * 2**30, cpu_s=20, file_size_bytes=2**20, open_files=128, processes=64, wall_s=60)
REFUSED = {errno.EPERM, errno.EACCES}


def in_child(work: Callable[[], object]) -> object:
    """Return what *work* returns in a forked process, or ``{"errno": …}`` / ``{"failure": …}`` when it raises."""
    read_end, write_end = os.pipe()
    # Threads of the test runner are not ours to wait for, and do not exist in the child.
    child = os.fork()
    if child == 0:
        faulthandler.disable()  # some of them crash on purpose
        try:
            answer = work()
        except OSError as refused:
            answer = {"errno": refused.errno}
        except BaseException as failure:  # noqa: BLE001 - told to the parent
            answer = {"failure": f"{type(failure).__name__}: {failure}"}
        os.write(write_end, json.dumps(answer).encode())
        os._exit(0)
    os.close(write_end)
    with open(read_end, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(said) if said else {"exit": os.waitstatus_to_exitcode(status)}


class Room:
    """A file outside, a file and folder given for reading, a folder given for writing."""

    def __init__(self, root: Path) -> None:
        self.outside, self.given, self.inside = root / "outside", root / "given", root / "inside"
        for folder in (self.outside, self.given, self.inside):
            folder.mkdir()
            (folder / "file").write_text(folder.name)

    def confined(self, work: Callable[[], object], limits: Limits = LIMITS) -> object:
        def confined_work() -> object:
            confine(limits, readable=[self.given], writable=[self.inside])
            return work()

        return in_child(confined_work)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.fixture(scope="session")
def held() -> Walls:
    return probe_walls()


@pytest.fixture
def landlock(held: Walls) -> int:
    if held.landlock is None:
        pytest.skip("this kernel has no Landlock")
    return held.landlock


@pytest.fixture
def seccomp(held: Walls) -> None:
    if not held.seccomp:
        pytest.skip("this kernel or processor has no seccomp filter of ours")


# --- files ------------------------------------------------------------------------------------------------------------


def raw_open_cut(path: Path) -> None:
    os.close(os.open(path, os.O_RDONLY | os.O_TRUNC))


FILE_ATTACKS: dict[str, Callable[[Room], object]] = {
    "read": lambda room: (room.outside / "file").read_text(),
    "read another user's settings": lambda _: Path("/etc/passwd").read_text(),
    "read an environment": lambda _: Path("/proc/self/environ").read_bytes(),
    "read the parent's memory": lambda _: Path(f"/proc/{os.getppid()}/maps").read_bytes(),
    "list": lambda room: os.listdir(room.outside),
    "list home": lambda _: os.listdir(Path.home()),
    "write": lambda room: (room.outside / "file").write_text("x"),
    "create": lambda room: (room.outside / "new").write_text("x"),
    "create in /tmp": lambda _: Path("/tmp/artdag-walls-test").write_text("x"),
    "delete": lambda room: (room.outside / "file").unlink(),
    "rename": lambda room: (room.outside / "file").rename(room.outside / "other"),
    "move in": lambda room: (room.outside / "file").rename(room.inside / "stolen"),
    "link in": lambda room: os.link(room.outside / "file", room.inside / "stolen"),
    "write what is for reading": lambda room: (room.given / "file").write_text("x"),
    "delete what is for reading": lambda room: (room.given / "file").unlink(),
    "climb": lambda room: (room.inside / ".." / "outside" / "file").read_text(),
    "plant a symbolic link": lambda room: (room.inside / "link").symlink_to(room.outside),
    "plant a pipe": lambda room: os.mkfifo(room.inside / "pipe"),
}

MARK_ATTACKS: dict[str, Callable[[Room], object]] = {
    "cut": lambda room: os.truncate(room.outside / "file", 0),
    "cut what is for reading": lambda room: os.truncate(room.given / "file", 0),
    "cut while opening for reading": lambda room: raw_open_cut(room.given / "file"),
    "change the mode": lambda room: (room.outside / "file").chmod(0o777),
    "change the times": lambda room: os.utime(room.outside / "file"),
    "change the owner": lambda room: os.chown(room.outside / "file", os.getuid(), os.getgid()),
    "set an attribute": lambda room: os.setxattr(room.outside / "file", "user.x", b"x"),
}


@pytest.mark.parametrize("attack", FILE_ATTACKS)
def test_files_that_were_not_given_stay_closed(attack: str, room: Room, landlock: int) -> None:
    answer = room.confined(lambda: FILE_ATTACKS[attack](room))
    assert isinstance(answer, dict)
    # EXDEV is how Landlock words a move between folders of different rights.
    assert answer.get("errno") in REFUSED | {errno.EXDEV}, answer
    assert (room.outside / "file").read_text() == "outside"
    assert (room.given / "file").read_text() == "given"


@pytest.mark.parametrize("attack", MARK_ATTACKS)
@pytest.mark.usefixtures("seccomp")
def test_length_mode_times_and_owner_of_files_stay(attack: str, room: Room) -> None:
    answer = room.confined(lambda: MARK_ATTACKS[attack](room))
    assert answer in [{"errno": code} for code in REFUSED]
    assert (room.given / "file").read_text() == "given"


def test_what_was_given_can_be_used(room: Room) -> None:
    def work() -> object:
        (room.inside / "sub").mkdir()
        (room.inside / "sub" / "new").write_text("made")
        (room.inside / "sub" / "new").replace(room.inside / "moved")
        (room.inside / "sub").rmdir()
        with open(room.inside / "file", "r+") as file:
            file.truncate(3)
        with tempfile.TemporaryFile(dir=room.inside) as file:
            file.write(b"x")
        Path(os.devnull).write_text("nothing")
        return [(room.given / "file").read_text(), (room.inside / "file").read_text(), sorted(os.listdir(room.inside))]

    assert room.confined(work) == ["given", "ins", ["file", "moved"]]


def test_a_single_file_can_be_given(room: Room, landlock: int) -> None:
    (room.outside / "neighbour").write_text("secret")

    def work() -> object:
        confine(LIMITS, readable=[room.outside / "file"], writable=[room.inside / "file"])
        (room.inside / "file").write_text("mine")
        first = (room.outside / "file").read_text()
        (room.outside / "neighbour").read_text()
        return first

    assert in_child(work) == {"errno": errno.EACCES}
    assert (room.inside / "file").read_text() == "mine"


def test_a_path_that_does_not_exist_is_an_error(room: Room) -> None:
    answer = in_child(lambda: confine(LIMITS, readable=[room.outside / "nothing"], writable=[]).to_json())
    assert answer == {"errno": errno.ENOENT}


def test_the_project_folder_is_not_readable_only_because_it_is_on_the_path() -> None:
    engine = Path(artdag.__file__).parent
    assert not {engine.parent, Path.cwd()} & set(python_readable())
    assert engine in python_readable()


# --- network and processes --------------------------------------------------------------------------------------------


def raw(number: int, *arguments: int) -> object:
    kernel.call(number, *arguments)
    return "done"


def set_limit(pid: int) -> object:
    wanted = ctypes.create_string_buffer(struct.pack("=QQ", 10**6, 10**6), 16)
    kernel.call(calls.LOOKED_AT["prlimit64"][kernel.machine_here().column], pid, resource.RLIMIT_CPU, wanted, 0)
    return "set"


def connect_to(port: int) -> object:
    with socket.create_connection(("127.0.0.1", port), timeout=2):
        return "connected"


def fork() -> object:
    child = os.fork()
    if child == 0:
        os._exit(0)
    return os.waitpid(child, 0)[1]


def ptrace(request: int, pid: int) -> object:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(request, pid, None, None) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return "attached"


PROCESS_ATTACKS: dict[str, Callable[[], object]] = {
    "open a TCP socket": lambda: bool(socket.socket()),
    "open a UDP socket": lambda: bool(socket.socket(type=socket.SOCK_DGRAM)),
    "open a unix socket": lambda: bool(socket.socket(socket.AF_UNIX)),
    "open a netlink socket": lambda: bool(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
    "open a pair of sockets": lambda: bool(socket.socketpair()),
    "fork": fork,
    "spawn": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "run a program": lambda: subprocess.run(["/bin/true"], check=True).returncode,
    "become a program": lambda: os.execv("/bin/true", ["true"]),
    "become a program by descriptor": lambda: os.execve(os.open("/usr/lib", os.O_RDONLY), ["x"], {}),
    "be traced": lambda: ptrace(0, 0),
    "trace the parent": lambda: ptrace(16, os.getppid()),
    "kill the parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "kill everybody": lambda: os.kill(-1, signal.SIGKILL),
    "hold the parent": lambda: os.pidfd_open(os.getppid()),
    "raise a limit": lambda: set_limit(0),
    "limit the parent": lambda: set_limit(os.getppid()),
    "outlive the parent": lambda: kernel.prctl(1, 0),
    "leave the group": os.setsid,
    "change the user": lambda: os.setuid(0),
    "enter a new network": lambda: kernel.call(calls.REFUSED["unshare"][kernel.machine_here().column], 0x4000_0000),
}


@pytest.mark.parametrize("attack", PROCESS_ATTACKS)
@pytest.mark.usefixtures("seccomp")
def test_the_network_programs_and_other_processes_are_out_of_reach(attack: str, room: Room) -> None:
    assert room.confined(PROCESS_ATTACKS[attack]) == {"errno": errno.EPERM}


@pytest.mark.usefixtures("seccomp")
def test_a_listening_port_of_this_machine_is_out_of_reach(room: Room) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert in_child(lambda: connect_to(port)) == "connected"
        assert room.confined(lambda: connect_to(port)) == {"errno": errno.EPERM}


@pytest.mark.usefixtures("seccomp")
def test_an_inherited_socket_cannot_be_used(room: Room) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert room.confined(lambda: theirs.send(b"x")) == {"errno": errno.EPERM}
        with socket.socket() as unbound:
            assert room.confined(lambda: unbound.connect(("127.0.0.1", 9))) == {"errno": errno.EPERM}
            assert room.confined(lambda: unbound.bind(("127.0.0.1", 0))) == {"errno": errno.EPERM}
            assert room.confined(unbound.listen) == {"errno": errno.EPERM}


@pytest.mark.usefixtures("seccomp")
def test_every_call_on_the_list_is_refused(room: Room) -> None:
    machine = kernel.machine_here()
    assert machine is not None

    def work() -> object:
        allowed = []
        for name, numbers in calls.REFUSED.items():
            number = numbers[machine.column]
            if number is not None:
                try:
                    kernel.call(number, 0, 0, 0, 0, 0)
                except OSError as refused:
                    if refused.errno == errno.EPERM:
                        continue
                allowed.append(name)
        return allowed

    assert room.confined(work) == []


@pytest.mark.usefixtures("seccomp")
def test_newer_calls_that_hide_their_arguments_do_not_exist(room: Room) -> None:
    for name in ("clone3", "openat2"):
        number = calls.LOOKED_AT[name][kernel.machine_here().column]
        assert room.confined(lambda number=number: raw(number, 0, 0)) == {"errno": errno.ENOSYS}


def test_typing_into_the_terminal_is_refused(room: Room, held: Walls) -> None:
    if not held.seccomp:
        pytest.skip("no seccomp")
    ioctl = calls.LOOKED_AT["ioctl"][kernel.machine_here().column]
    for request in (0x5412, 0x541C, 0x1_0000_5412):  # the kernel looks at the lower half only
        assert room.confined(lambda request=request: raw(ioctl, 0, request, 0)) == {"errno": errno.EPERM}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="these are the other doors of x86-64")
@pytest.mark.usefixtures("seccomp")
def test_the_other_numberings_of_x86_are_refused(room: Room) -> None:
    def by_interrupt() -> object:
        # mov eax, 20 (getpid of the 32-bit table); int 0x80; ret
        code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(bytes.fromhex("b814000000cd80c3"))
        address = ctypes.addressof(ctypes.c_char.from_buffer(code))
        return ctypes.CFUNCTYPE(ctypes.c_int)(address)()

    answer = room.confined(by_interrupt)
    if answer != {"exit": -signal.SIGSEGV}:  # a kernel without the 32-bit table
        assert answer == -errno.EPERM
    assert room.confined(lambda: raw(0x4000_0000 + 39)) == {"errno": errno.EPERM}


def test_the_numbers_are_those_of_the_kernel_headers() -> None:
    generic = Path("/usr/include/asm-generic/unistd.h")
    headers = {0: Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), 1: generic}
    if not any(header.exists() for header in headers.values()):
        pytest.skip("no kernel headers here")
    for column, header in headers.items():
        if not header.exists():
            continue
        found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)$", header.read_text(), re.MULTILINE)
        numbers = {name: int(number) for name, number in found}
        assert len(numbers) > 200
        for name, pair in (calls.REFUSED | calls.LOOKED_AT).items():
            if pair[column] is not None and name in numbers:
                assert numbers[name] == pair[column], (name, header)
            if pair[column] is None:
                assert name not in numbers or name in {"semtimedop"}, (name, header)


def test_root_keeps_only_the_right_to_reach_files(room: Room) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root has rights to lose")

    def rights() -> object:
        return [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "CapEff" in line]

    def work() -> object:
        confine(LIMITS, readable=[Path("/proc")], writable=[])
        return rights()

    assert in_child(work) == ["0000000000000002"]


# --- limits -----------------------------------------------------------------------------------------------------------


def test_processor_time_ends_with_its_signal(room: Room) -> None:
    def work() -> object:
        while True:
            pass

    assert room.confined(work, replace(LIMITS, cpu_s=1)) == {"exit": -signal.SIGXCPU}


def test_ignoring_the_signal_does_not_help(room: Room) -> None:
    def work() -> object:
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
        while True:
            pass

    assert room.confined(work, replace(LIMITS, cpu_s=1)) == {"exit": -signal.SIGKILL}


def test_a_file_that_grows_too_large_ends_the_process(room: Room) -> None:
    def work() -> object:
        with open(room.inside / "large", "wb") as file:
            while True:
                file.write(bytes(2**16))

    assert room.confined(work) == {"exit": -signal.SIGXFSZ}
    assert (room.inside / "large").stat().st_size <= LIMITS.file_size_bytes


def test_memory_runs_out(room: Room) -> None:
    answer = room.confined(lambda: len(bytearray(16 * 2**30)))
    assert answer == {"failure": "MemoryError: "}


def test_descriptors_run_out(room: Room) -> None:
    def work() -> object:
        files = []
        for _ in range(1000):
            files.append(os.open(os.devnull, os.O_RDONLY))  # noqa: PERF401 - it is meant to fail half-way
        return len(files)

    assert room.confined(work) == {"errno": errno.EMFILE}


def test_threads_run_out_for_ordinary_users(room: Room) -> None:
    if os.getuid() == 0:
        pytest.skip("the kernel does not limit root's processes")

    def work() -> object:
        done = threading.Event()
        for _ in range(LIMITS.processes + 50):
            threading.Thread(target=done.wait, daemon=True).start()
        return "all"

    answer = room.confined(work)
    assert answer == {"failure": "RuntimeError: can't start new thread"}


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf")])
def test_limits_are_positive_numbers(wrong: float) -> None:
    with pytest.raises(ValueError, match="cpu_s"):
        replace(LIMITS, cpu_s=wrong)


# --- what must go on working ------------------------------------------------------------------------------------------


def test_threads_and_late_imports_and_libraries_work(room: Room) -> None:
    def work() -> object:
        import colorsys  # noqa: F401
        import decimal  # noqa: F401
        import sqlite3  # noqa: F401 - a shared library of the system
        from concurrent.futures import ThreadPoolExecutor
        from zoneinfo import ZoneInfo  # noqa: F401

        import numpy as np

        with ThreadPoolExecutor(8) as pool:
            total = sum(pool.map(lambda n: int(np.full((64, 64), n).sum()), range(8)))
        matrix = np.random.default_rng(1).random((300, 300))
        assert np.allclose(matrix @ np.linalg.inv(matrix), np.eye(300))
        return total

    assert room.confined(work) == 28 * 64 * 64


def test_system_fonts_can_be_read(room: Room) -> None:
    fonts = sorted(Path("/usr/share/fonts").rglob("*.ttf"))
    if not fonts:
        pytest.skip("no fonts here")

    def work() -> object:
        from PIL import ImageFont

        return ImageFont.truetype(str(fonts[0]), 20).getlength("wall") > 10

    assert room.confined(work) is True


def test_a_process_may_still_end_itself(room: Room) -> None:
    assert room.confined(os.abort) == {"exit": -signal.SIGABRT}
    assert room.confined(lambda: os.kill(os.getpid(), signal.SIGTERM)) == {"exit": -signal.SIGTERM}


# --- the report -------------------------------------------------------------------------------------------------------


def test_a_process_with_threads_is_not_confined_by_halves(room: Room) -> None:
    def work() -> object:
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
        return confine(LIMITS, readable=[], writable=[]).to_json()

    assert "several threads" in str(in_child(work))


def test_the_report_says_what_stands(room: Room, held: Walls) -> None:
    report = in_child(lambda: confine(LIMITS, readable=[], writable=[room.inside]).to_json())
    assert report == held.to_json() | {"gaps": None}


def test_confining_takes_less_than_50_ms(room: Room) -> None:
    def work() -> object:
        started = time.perf_counter()
        confine(LIMITS, readable=[room.given], writable=[room.inside])
        return time.perf_counter() - started

    assert min(in_child(work) for _ in range(5)) < 0.05


def test_a_process_dies_when_its_parent_was_gone_before_it_asked() -> None:
    assert in_child(lambda: confine(LIMITS, readable=[], writable=[], parent=1).to_json()) == {"exit": -signal.SIGKILL}


def test_the_self_test_finds_no_gap_where_all_walls_stand(held: Walls) -> None:
    assert held.rlimits
    assert held.no_new_privs
    assert held.dies_with_parent
    if held.landlock is None or not held.seccomp:
        pytest.skip(f"this kernel lacks: {held.missing()}")
    assert held.gaps == ()
    assert held.complete


def test_the_self_test_takes_less_than_300_ms() -> None:
    def seconds() -> float:
        started = time.perf_counter()
        probe_walls()
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) < 0.3


def test_the_self_test_notices_missing_walls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The same package with two walls that only claim to stand.
    false = tmp_path / "artdag"
    shutil.copytree(Path(artdag.__file__).parent / "walls", false / "walls")
    (false / "__init__.py").touch()
    for name, honest, claim in (
        ("seccomp.py", "def filter_calls() -> bool:\n", "def filter_calls() -> bool:\n    return True\n"),
        ("landlock.py", "    version = landlock_version()\n    if version is None:", "    return 7\n    if True:"),
    ):
        text = (false / "walls" / name).read_text(encoding="utf-8")
        assert honest in text
        (false / "walls" / name).write_text(text.replace(honest, claim), encoding="utf-8")
    monkeypatch.setattr(self_test, "_ROOT", tmp_path)
    report = probe_walls()
    assert not report.complete
    assert {"read a file it was not given", "start a process", "signal its parent", "start a program"} <= set(
        report.gaps or ()
    )
    assert "could still read a file it was not given" in report.describe()


def test_the_self_test_that_fails_reports_no_wall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "artdag").mkdir()
    (tmp_path / "artdag" / "__init__.py").write_text("raise SystemExit(3)")
    monkeypatch.setattr(self_test, "_ROOT", tmp_path)
    assert not probe_walls().complete


def test_missing_walls_are_named() -> None:
    assert Walls().missing()
    assert "Missing here: " in Walls().describe()
    assert "Landlock 6" in Walls(landlock=6).describe()
    assert Walls().to_json()["complete"] is False


@pytest.mark.parametrize(
    ("version", "files", "tcp", "scopes"),
    [
        (1, 0x1FFF, 0, 0),
        (2, 0x3FFF, 0, 0),
        (3, 0x7FFF, 0, 0),
        (4, 0x7FFF, 3, 0),
        (5, 0xFFFF, 3, 0),
        (6, 0xFFFF, 3, 3),
        (9, 0xFFFF, 3, 3),
    ],
)
def test_older_kernels_are_asked_only_for_what_they_know(version: int, files: int, tcp: int, scopes: int) -> None:
    assert files_wall.rights_handled(version) == (files, tcp, scopes)


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6])
def test_every_version_of_landlock_can_be_asked_for(
    version: int, room: Room, landlock: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if landlock < version:
        pytest.skip(f"this kernel has Landlock {landlock}")
    monkeypatch.setattr(files_wall, "landlock_version", lambda: version)
    assert room.confined(lambda: (room.given / "file").read_text()) == "given"
    assert room.confined(lambda: (room.outside / "file").read_text()) == {"errno": errno.EACCES}
    assert room.confined(lambda: raw_open_cut(room.given / "file")) in [{"errno": code} for code in REFUSED]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_fits_the_kernels_limits(machine: str) -> None:
    program = calls_wall.filter_program(kernel.MACHINES[machine], 4711)
    assert len(program) < 4096
    assert program[-1] == calls_wall.ALLOW
    for place, (_, if_true, if_false, constant) in enumerate(program[:-1]):
        assert 0 <= constant < 2**32
        assert place + 1 + max(if_true, if_false) < len(program)
        assert max(if_true, if_false) < 256


def test_unknown_systems_are_reported_not_guessed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "MACHINES", {})
    monkeypatch.setattr(files_wall, "landlock_version", lambda: None)
    report = in_child(lambda: confine(LIMITS, readable=[], writable=[room.inside]).to_json())
    assert isinstance(report, dict)
    assert report["seccomp"] is False
    assert report["landlock"] is None
    assert report["rlimits"] is True
    assert report["complete"] is False
