"""The parent's ear: the child's messages and its result, or the error that its end means."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess, ForkServerProcess
from typing import Any

from artdag.confined.channel import FrameReader, GarbageError
from artdag.errors import ArtDagError, CrashError, LimitError, StoppedError, error_from_json
from artdag.walls import Limits

_WAKE_S = 0.1  # how long a wish to stop may go unnoticed
_FAREWELL_S = 2.0  # how long a child that closed its pipe may take to end
_NOISE_BYTES = 8 * 2**10  # how much of the end of the child's standard error is kept


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


@dataclass(slots=True)
class Watch:
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
        raise GarbageError("its error is none") from broken


def hear_answer(
    process: ForkProcess | ForkServerProcess,
    report: Connection[Any, Any],
    noise: Connection[Any, Any],
    watch: Watch,
    on_message: Callable[[dict[str, Any]], None] | None,
) -> Any:
    """Listen to the child until it gives its result, or raise its error, or the one that its end means."""
    frames, heard = FrameReader(), _Noise()
    open_ends = {report.fileno(), noise.fileno()}
    for descriptor in open_ends:
        os.set_blocking(descriptor, False)
    while report.fileno() in open_ends:
        watch.check()
        gone = process.exitcode is not None  # looked at first: all that it wrote can be read by then
        ready = connection.wait(list(open_ends), timeout=0 if gone else _WAKE_S)
        # A copy of the pipe that is held elsewhere would keep it open for ever.
        ended = gone and not ready
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
                            raise GarbageError("its message is of no known kind")
        if ended:
            break
    code = _exit_code(process)
    heard.feed(_drain(noise.fileno(), 2**20) or b"")
    raise _ending(code, watch.limits, heard.text())
