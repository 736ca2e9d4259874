"""Looking into files that came from outside: always in a confined child, never in the process that serves."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from artdag.codec.probe import probe
from artdag.confined import Channel, Context, forkserver_context, run_confined
from artdag.errors import BrokenMediaError, CrashError, LimitError
from artdag.media import MediaFacts
from artdag.walls import Limits

_SLOWEST_READ_BYTES_S = 50_000_000
_OVERHEAD_S = 60.0


@cache
def looking_context() -> Context:
    """Return the parent of all children that look into files: one for each process, made when it is first needed.

    The process that asks has threads, so its children come from a fork server that has none.
    """
    return forkserver_context(
        ["app.processes.looking", "artdag.codec.preview", "app.processes.drawing", "artdag.executor"]
    )


def probe_confined(path: Path) -> MediaFacts:
    """Return what is in the file at *path*.

    Raises:
        UnsupportedMediaError, BrokenMediaError: what the probe says, or that the file made it go over its limits.
    """
    try:
        facts: dict[str, Any] = run_confined(
            _probe,
            str(path),
            limits=_limits(path.stat().st_size),
            readable=[path],
            writable=[],
            context=looking_context(),
        )
    except (CrashError, LimitError) as error:
        raise BrokenMediaError(f"the file cannot be read safely: {error.message}") from error
    return MediaFacts.from_json(facts)


def _probe(_channel: Channel, path: str) -> dict[str, Any]:
    return probe(Path(path)).to_json()


def _limits(size: int) -> Limits:
    """All of the file's packets are read: its size decides how long that may take."""
    seconds = _OVERHEAD_S + size / _SLOWEST_READ_BYTES_S
    return Limits(
        address_space_bytes=4 << 30,
        cpu_s=seconds,
        file_size_bytes=1 << 20,
        open_files=64,
        processes=32,
        wall_s=2 * seconds,
    )
