"""How a child is started: forked from this process, or from a server that has no threads."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from multiprocessing.context import ForkContext, ForkServerContext

Context = ForkContext | ForkServerContext


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
