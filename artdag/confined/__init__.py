"""Run a function in a confined child process and talk to it over a pipe.

The child gets walls (:mod:`artdag.walls`) before it opens anything foreign. What it says is treated as a stranger's
word: JSON in frames of bounded size, never pickle; a frame that is none ends the child. Whatever happens, the child
and its whole process group are gone when :func:`run_confined` returns or raises.
"""

from artdag.confined.channel import MAX_MESSAGE_BYTES, Channel
from artdag.confined.context import Context, fork_context, forkserver_context
from artdag.confined.run import run_confined

__all__ = ["MAX_MESSAGE_BYTES", "Channel", "Context", "fork_context", "forkserver_context", "run_confined"]
