"""Watching a run until it is over; a terminal sees it coming."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from app.client.answers import FailedError, checked
from app.client.doors import Door, NobodyThereError

_BAR = 28
_EVERY_S = 0.25
_PATIENCE_S = 60.0
"""A server that is started again is waited for so long."""


def watched(door: Door, run: dict[str, Any]) -> dict[str, Any]:
    """Return the run once it is over. Raises NobodyThereError when the server stays away."""
    show = _bar(sys.stderr) if sys.stderr.isatty() else None
    path = f"/runs/{run['run_id']}" + ("" if show else "?wait=5")
    while run["status"] in ("pending", "running"):
        if show:
            show(run)
            time.sleep(_EVERY_S)
        door.work()
        run = _asked(door, path)
    if show:
        show(run)
        sys.stderr.write("\n")
    return run


def why(run: Mapping[str, Any]) -> str:
    """Return in a sentence why *run* did not complete."""
    error = run.get("error") or {}
    node, message = error.get("node"), str(error.get("message", "no more is known"))
    where = f"{node}: " if node and not message.startswith(node) else ""
    return f"the run {run['run_id']} {run['status']}: {where}{message}"


def _asked(door: Door, path: str) -> dict[str, Any]:
    """Return the run; through a restart of the server, which loses none."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            answer = door.ask("GET", path)
            if answer.status not in (502, 503, 504):
                found: dict[str, Any] = checked(answer)
                return found
            trouble: Exception = FailedError(f"the server answers with status {answer.status}")
        except NobodyThereError as error:
            trouble = error
        if time.monotonic() > deadline:
            raise trouble
        time.sleep(_EVERY_S)


def _bar(terminal: TextIO) -> Callable[[Mapping[str, Any]], None]:
    def show(run: Mapping[str, Any]) -> None:
        progress = run["progress"]
        share = 1.0 if run["status"] == "completed" else float(progress["fraction"])
        full = round(share * _BAR)
        left = f", about {progress['eta_seconds']:.0f} s left" if progress["eta_seconds"] and share < 1 else ""
        words = f"{run['status']}, {progress['cached']} of {progress['nodes']} reused{left}"
        terminal.write(f"\r\x1b[K{'█' * full}{'░' * (_BAR - full)} {share:4.0%}  {words}")
        terminal.flush()

    return show
