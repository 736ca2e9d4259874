"""The child: it leaves its parent's world, puts up the walls, does the work and says how it went."""

from __future__ import annotations

import errno
import faulthandler
import os
import select
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from artdag.confined.channel import Channel, frame
from artdag.errors import ArtDagError, CrashError, NoRoomError
from artdag.walls import Limits, confine

_DETAIL_CHARACTERS, _SENTENCE_CHARACTERS = 64 * 2**10, 2000
_OUT_OF_MEMORY = frame({"memory": None})  # made in advance: then there is no memory to make it


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the child is to do. *parent* is None where only the fork server knows it."""

    work: Callable[..., object]
    arguments: tuple[object, ...]
    limits: Limits
    readable: tuple[Path, ...]
    writable: tuple[Path, ...]
    parent: int | None


def _seal(kept: set[int]) -> None:
    """Put the null device in the place of every inherited descriptor that is not *kept*.

    The parent's sockets and files must not be reachable. They are replaced, not closed, since Python objects that
    still own their numbers would later close whatever had been opened under them.
    """
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    os.dup2(null, 0)
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - names, also of descriptors that are no paths
        descriptor = int(name)
        if descriptor > 2 and descriptor not in kept and descriptor != null:
            with suppress(OSError):  # the listing's own descriptor is closed by now
                os.fstat(descriptor)
                os.dup2(null, descriptor, inheritable=False)
    os.close(null)


def _reset_signals() -> None:
    """Forget the parent's handlers: they speak of the parent's work."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if callable(handler) or number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())


def _prepare(report: int, noise: int, writable: Sequence[Path]) -> None:
    """Leave the parent's world: its signals, its descriptors, its environment, its terminal."""
    _reset_signals()
    os.dup2(noise, 1)
    os.dup2(noise, 2)
    _seal({report, noise})
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - stays open as long as the process
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr
    faulthandler.enable(file=2)  # where a crash inside a codec happened
    os.environ.clear()  # passwords of services are often kept there
    # /tmp is out of reach.
    tempfile.tempdir = next((str(path) for path in writable if path.is_dir()), tempfile.tempdir)


def _described(error: BaseException) -> ArtDagError:
    """Return *error* as one of ours."""
    if isinstance(error, ArtDagError):
        return error
    code = error.errno if isinstance(error, OSError) else None
    detail = "".join(traceback.format_exception(error))[-_DETAIL_CHARACTERS:]
    if code == errno.ENOSPC:
        return NoRoomError("There is no room left on the disk for the result.", detail=detail)
    sentence = f"The work failed with {type(error).__name__}: {error}"[:_SENTENCE_CHARACTERS]
    if code in {errno.EPERM, errno.EACCES}:
        sentence += " (work may only open what it was given)"
    return CrashError(sentence, detail=detail)


def _last_words(error: BaseException) -> bytes:
    """Return the frame that tells the parent of *error*."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return _OUT_OF_MEMORY
    try:
        return frame({"error": _described(error).to_json()})
    except MemoryError:
        return _OUT_OF_MEMORY
    except (TypeError, ValueError) as not_plain:
        sentence = f"The work failed with {type(error).__name__}, which cannot be told: {not_plain}"
        return frame({"error": CrashError(sentence[:_SENTENCE_CHARACTERS]).to_json()})


def _confine_for(task: Task, report: int, noise: int) -> None:
    """Leave the parent's world and put up the walls.

    The fork server cannot end unnoticed before we know it as our parent: it lives at least until :func:`_seal`
    closes our copy of the descriptor by which it counts its clients (or is killed itself, hence the last look).
    """
    parent = os.getppid() if task.parent is None else task.parent
    _prepare(report, noise, task.writable)
    confine(task.limits, readable=task.readable, writable=task.writable, parent=parent)
    pipe = select.poll()
    pipe.register(report, 0)
    if pipe.poll(0):  # POLLERR: nobody holds the other end
        os._exit(1)


def run_child(report: Connection[Any, Any], noise: Connection[Any, Any], task: Task) -> NoReturn:
    """Confine this process, do the work, say how it went, end."""
    channel = Channel(report.fileno())
    reserve = bytearray(2**20)  # let go when memory runs out, so that saying so is possible
    try:
        _confine_for(task, report.fileno(), noise.fileno())
        answer = frame({"result": task.work(channel, *task.arguments)})
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like, too, are an answer
        del reserve
        answer = _last_words(error)
    try:
        channel.send_frame(answer)
    finally:
        # Not the usual way out: it would wait for the work's threads and run the parent's clean-up.
        os._exit(0)
