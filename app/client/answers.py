"""What a server's answer means to a command: data, or an error that says who has to do something about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.client.doors import Answer


class UsageError(Exception):
    """The request makes no sense; the message says why."""

    problem: Mapping[str, Any] = {}
    """What the server said, where it was the server that refused."""


class NotAllowedError(UsageError):
    """The server does not know who asks, or does not let them."""


class FailedError(Exception):
    """It made sense and did not work."""

    problem: Mapping[str, Any] = {}


def checked(answer: Answer) -> Any:
    """Return the answer's data.

    Raises:
        NotAllowedError: for 401 and 403.
        UsageError: for anything else that the server refuses.
        FailedError: where the server fails.
    """
    if answer.status < 400:
        return answer.json
    problem = answer.json if isinstance(answer.json, dict) else {}
    kind = NotAllowedError if answer.status in (401, 403) else UsageError if answer.status < 500 else FailedError
    error = kind("\n".join(_lines(problem, answer.status)))
    error.problem = problem
    raise error


def _lines(problem: Mapping[str, Any], status: int) -> list[str]:
    lines = [str(problem.get("detail") or f"the server answered with status {status}")]
    entries = [entry for entry in problem.get("errors", ()) if isinstance(entry, dict)]
    for entry in entries:
        where = f"line {entry['line']}: " if entry.get("line") else ""
        hint = f" ({entry['hint']})" if entry.get("hint") else ""
        lines.append(f"  {where}{entry.get('message')}{hint}")
    if len(lines) == 2 and str(entries[0].get("message")) in lines[0] and not entries[0].get("hint"):
        lines.pop()
    return lines
