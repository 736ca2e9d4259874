"""Run a function in a confined child process and talk to it over a pipe.

The child gets walls (:mod:`artdag.walls`) before it opens anything foreign. What it says is treated as a stranger's
word: JSON in frames of bounded size, never pickle; a frame that is none ends the child. Whatever happens, the child
and its whole process group are gone when :func:`run_confined` returns or raises.
"""

from __future__ import annotations

import errno
import faulthandler
import json
import multiprocessing
import os
import select
import signal
import struct
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, ForkProcess, ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, NoReturn, TypeVar, TypeVarTuple

from artdag.errors import ArtDagError, CrashError, LimitError, NoRoomError, StoppedError, error_from_json
from artdag.walls import Limits, confine

MAX_MESSAGE_BYTES = 16 * 2**20
"""The largest message, result or error a child may send, as JSON."""

_WAKE_S = 0.1  # how long a wish to stop may go unnoticed
_FAREWELL_S = 2.0  # how long a child that closed its pipe may take to end
_NOISE_BYTES = 8 * 2**10  # how much of the end of the child's standard error is kept
_DETAIL_CHARACTERS, _SENTENCE_CHARACTERS = 64 * 2**10, 2000
_HEADER = struct.Struct("!4sI")
_MAGIC = b"ArtD"

Context = ForkContext | ForkServerContext
Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


def fork_context() -> ForkContext:
    """Return the context for a process with a single thread: the child starts at once, with everything imported."""
    return multiprocessing.get_context("fork")


def forkserver_context(preload: Sequence[str]) -> ForkServerContext:
    """Return the context for a process with threads: children are forked from a server that has none.

    The server starts with the first child, belongs to this process and ends with it. Call this, and the first
    :func:`run_confined`, only after the process forked for the last time (a web worker, not its master).

    Args:
        preload: modules the server imports once, so that children need not. One that cannot be imported from
            the current directory or the installed packages is left to the children, without an error.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    return context


# --- frames -----------------------------------------------------------------------------------------------------------


class _GarbageError(ValueError):
    """The child sent something that is not a message."""


def _frame(facts: Mapping[str, object]) -> bytes:
    """Return *facts* as bytes for the pipe.

    Raises:
        TypeError, ValueError: when they are not plain JSON values, or too large.
    """
    body = json.dumps(facts, allow_nan=False, separators=(",", ":")).encode()
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError(f"a message of {len(body)} bytes is larger than the allowed {MAX_MESSAGE_BYTES}")
    return _HEADER.pack(_MAGIC, len(body)) + body


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parse(body: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as broken:
        raise _GarbageError("its message is not JSON") from broken
    if not isinstance(facts, dict) or len(facts) != 1:
        raise _GarbageError("its message has no kind")
    return facts


@dataclass(slots=True)
class _FrameReader:
    """Cuts what comes out of the pipe, in whatever pieces, into frames."""

    rest: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        self.rest += data
        while len(self.rest) >= _HEADER.size:
            magic, length = _HEADER.unpack_from(self.rest)
            if magic != _MAGIC or length > MAX_MESSAGE_BYTES:
                raise _GarbageError("it wrote something that is not a message")
            end = _HEADER.size + length
            if len(self.rest) < end:
                return
            body = bytes(self.rest[_HEADER.size : end])
            del self.rest[:end]
            yield _parse(body)


# --- the child --------------------------------------------------------------------------------------------------------


class Channel:
    """The child's end of the pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()  # a frame is more than one write, and work may have threads

    def send(self, message: Mapping[str, object]) -> None:
        """Send *message* to the parent's ``on_message``; waits while the parent is busy.

        Raises:
            TypeError, ValueError: when it is not plain JSON, or larger than ``MAX_MESSAGE_BYTES``.
        """
        self._write(_frame({"message": message}))

    def _write(self, frame: bytes) -> None:
        view = memoryview(frame)
        with self._lock:
            while view:
                view = view[os.write(self._descriptor, view) :]


_OUT_OF_MEMORY = _frame({"memory": None})  # made in advance: then there is no memory to make it


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
        return _frame({"error": _described(error).to_json()})
    except MemoryError:
        return _OUT_OF_MEMORY
    except (TypeError, ValueError) as not_plain:
        sentence = f"The work failed with {type(error).__name__}, which cannot be told: {not_plain}"
        return _frame({"error": CrashError(sentence[:_SENTENCE_CHARACTERS]).to_json()})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What the child is to do. *parent* is None where only the fork server knows it."""

    work: Callable[..., object]
    arguments: tuple[object, ...]
    limits: Limits
    readable: tuple[Path, ...]
    writable: tuple[Path, ...]
    parent: int | None


def _confine_for(task: _Task, report: int, noise: int) -> None:
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


def _child(report: Connection[Any, Any], noise: Connection[Any, Any], task: _Task) -> NoReturn:
    """Confine this process, do the work, say how it went, end."""
    channel = Channel(report.fileno())
    reserve = bytearray(2**20)  # let go when memory runs out, so that saying so is possible
    try:
        _confine_for(task, report.fileno(), noise.fileno())
        answer = _frame({"result": task.work(channel, *task.arguments)})
    except BaseException as error:  # noqa: BLE001 - SystemExit and the like, too, are an answer
        del reserve
        answer = _last_words(error)
    try:
        channel._write(answer)
    finally:
        # Not the usual way out: it would wait for the work's threads and run the parent's clean-up.
        os._exit(0)


# --- the parent -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Noise:
    """The end of what the child wrote to its standard output and error."""

    tail: bytes = b""

    def feed(self, data: bytes) -> None:
        self.tail = (self.tail + data)[-_NOISE_BYTES:]

    def text(self) -> str | None:
        """Return it without control characters, which could rewrite a terminal; None when there is none."""
        text = self.tail.decode("utf-8", errors="replace")
        return "".join(sign for sign in text if sign in "\n\t" or sign.isprintable()).strip() or None


@contextmanager
def _one_thread_forks() -> Iterator[None]:
    """Keep Python 3.12 from warning about threads that numpy's libraries stop and restart around a fork."""
    with warnings.catch_warnings():
        if threading.active_count() == 1:
            warnings.filterwarnings("ignore", message=".*multi-threaded, use of fork", category=DeprecationWarning)
        yield


def _end(process: ForkProcess | ForkServerProcess) -> None:
    """Kill *process* and its group, and reap it.

    Where the child has been reaped already the numbers are free again, in theory; in fact the kernel hands out all
    others first.
    """
    if process.pid is None:
        return
    for kill in (os.kill, os.killpg):  # both: a child that was just born leads no group yet
        with suppress(ProcessLookupError):  # gone by itself
            kill(process.pid, signal.SIGKILL)
    process.join()
    process.close()


def _drain(descriptor: int, most: int) -> bytes | None:
    """Return what is there to read, None at the end."""
    try:
        return os.read(descriptor, most) or None
    except BlockingIOError:
        return b""


def _exit_code(process: ForkProcess | ForkServerProcess) -> int | None:
    """Return how a child that closed its pipe ended; None when it does not end."""
    deadline = time.monotonic() + _FAREWELL_S
    while process.exitcode is None and time.monotonic() < deadline:
        time.sleep(0.002)
    return process.exitcode


def _ending(code: int | None, limits: Limits, detail: str | None) -> ArtDagError:
    """Return the error for a child that ended without an answer."""
    if code == -signal.SIGXCPU:
        return LimitError(f"The work used up its {limits.cpu_s:g} seconds of processor time.", detail=detail)
    if code == -signal.SIGXFSZ:
        return LimitError(f"The work wrote a file of more than {limits.file_size_bytes} bytes.", detail=detail)
    if code == -signal.SIGKILL:
        return CrashError("The work was killed, most likely because the machine ran out of memory.", detail=detail)
    if code is None:
        return CrashError("The work closed its pipe without an answer and did not end.", detail=detail)
    if code < 0:
        name = signal.strsignal(-code) or "unknown"
        return CrashError(f"The work crashed with signal {-code} ({name}).", detail=detail)
    return CrashError(f"The work ended without an answer (exit code {code}).", detail=detail)


def _rebuilt(facts: object) -> ArtDagError:
    try:
        return error_from_json(facts)  # type: ignore[arg-type]
    except (TypeError, ValueError, AttributeError) as broken:
        raise _GarbageError("its error is none") from broken


@dataclass(slots=True)
class _Watch:
    """Raises when the work should end: its time is over, or nobody wants it."""

    limits: Limits
    should_stop: Callable[[], bool] | None
    started: float = field(default_factory=time.monotonic)
    asked: float = 0.0

    def check(self) -> None:
        now = time.monotonic()
        if now - self.started > self.limits.wall_s:
            raise LimitError(f"The work took longer than {self.limits.wall_s:g} seconds.")
        if self.should_stop is not None and now - self.asked >= _WAKE_S:
            self.asked = now  # the question may cost a round trip; a talkative child must not multiply it
            if self.should_stop():
                raise StoppedError("The work was stopped.")


def _answer(
    process: ForkProcess | ForkServerProcess,
    report: Connection[Any, Any],
    noise: Connection[Any, Any],
    watch: _Watch,
    on_message: Callable[[dict[str, Any]], None] | None,
) -> Any:
    """Listen to the child until it gives its result, or raise its error, or the one that its end means."""
    frames, heard = _FrameReader(), _Noise()
    open_ends = {report.fileno(), noise.fileno()}
    for descriptor in open_ends:
        os.set_blocking(descriptor, False)
    while report.fileno() in open_ends:
        watch.check()
        ready = connection.wait(list(open_ends), timeout=_WAKE_S)
        # A copy of the pipe that is held elsewhere would keep it open for ever.
        ended = not ready and process.exitcode is not None
        for descriptor in open_ends & set(ready):
            data = _drain(descriptor, 2**20)
            if data is None:
                open_ends.discard(descriptor)
            elif descriptor == noise.fileno():
                heard.feed(data)
            else:
                for facts in frames.feed(data):
                    match facts:
                        case {"message": dict(message)}:
                            if on_message is not None:
                                on_message(message)
                        case {"result": result}:
                            return result
                        case {"error": error}:
                            raise _rebuilt(error)
                        case {"memory": _}:
                            allowed = watch.limits.address_space_bytes
                            raise LimitError(
                                f"The work needed more than {allowed} bytes of memory.", detail=heard.text()
                            )
                        case _:
                            raise _GarbageError("its message is of no known kind")
        if ended:
            break
    code = _exit_code(process)
    heard.feed(_drain(noise.fileno(), 2**20) or b"")
    raise _ending(code, watch.limits, heard.text())


def run_confined(
    work: Callable[[Channel, *Arguments], Result],
    *arguments: *Arguments,
    limits: Limits,
    readable: Sequence[Path],
    writable: Sequence[Path],
    context: Context,
    on_message: Callable[[dict[str, Any]], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Result:
    """Return ``work(channel, *arguments)``, done by a confined child.

    Args:
        work: a function of a module, not of ``__main__``. In a forkserver context its module is imported by the
            child before the walls stand.
        arguments: plain values. The result must be plain JSON and comes back as such: tuples as lists, keys as text.
        limits: what the child may use; a child that goes over one is killed.
        readable: files and directories the child may read, besides what Python needs.
        writable: the same for writing; the first directory also becomes the place of its temporary files.
        context: from :func:`fork_context` or :func:`forkserver_context`.
        on_message: called here with each message the child sends. What it raises ends the child and is raised.
        should_stop: asked about ten times a second.

    Raises:
        ArtDagError: of the same class, when *work* raised one.
        LimitError: memory, processor time, file size or wall time ran out.
        CrashError: the child died, raised something else (its traceback is the ``detail``), or talked nonsense.
        NoRoomError: the disk is full.
        StoppedError: *should_stop* said so.
    """
    report_in, report_out = context.Pipe(duplex=False)
    noise_in, noise_out = context.Pipe(duplex=False)
    task = _Task(
        work=work,
        arguments=arguments,
        limits=limits,
        readable=tuple(readable),
        writable=tuple(writable),
        parent=os.getpid() if isinstance(context, ForkContext) else None,
    )
    process = context.Process(
        target=_child,
        args=(report_out, noise_out, task),
        daemon=True,
    )
    watch = _Watch(limits, should_stop)
    try:
        with _one_thread_forks():
            process.start()
        report_out.close()
        noise_out.close()
        answer: Result = _answer(process, report_in, noise_in, watch, on_message)
    except _GarbageError as garbage:
        raise CrashError(f"The work was ended: {garbage}.") from garbage
    finally:
        _end(process)
        for end in (report_in, report_out, noise_in, noise_out):
            end.close()
    return answer
