"""One run of a function in a confined child, from its start to its certain end."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.context import ForkContext, ForkProcess, ForkServerProcess
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from artdag.confined.channel import Channel, GarbageError
from artdag.confined.child import Task, run_child
from artdag.confined.context import Context
from artdag.confined.listener import Watch, hear_answer
from artdag.errors import CrashError
from artdag.walls import Limits

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


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
    task = Task(
        work=work,
        arguments=arguments,
        limits=limits,
        readable=tuple(readable),
        writable=tuple(writable),
        parent=os.getpid() if isinstance(context, ForkContext) else None,
    )
    process = context.Process(
        target=run_child,
        args=(report_out, noise_out, task),
        daemon=True,
    )
    watch = Watch(limits, should_stop)
    try:
        with _one_thread_forks():
            process.start()
        report_out.close()
        noise_out.close()
        answer: Result = hear_answer(process, report_in, noise_in, watch, on_message)
    except GarbageError as garbage:
        raise CrashError(f"The work was ended: {garbage}.") from garbage
    finally:
        _end(process)
        for end in (report_in, report_out, noise_in, noise_out):
            end.close()
    return answer
