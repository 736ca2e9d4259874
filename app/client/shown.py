"""What commands print: tables and sentences for people, one JSON document for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

_NO_COLOUR = re.compile(r"\x1b(?!\[[0-9;]*m)")

_MARKS = {
    "completed": ("✓", "green"),
    "done": ("✓", "green"),
    "ok": ("✓", "green"),
    "cached": ("=", "green"),
    "running": ("▸", "cyan"),
    "joined": ("▸", "cyan"),
    "pending": ("·", "yellow"),
    "warning": ("!", "yellow"),
    "blocked": ("–", "yellow"),
    "cancelled": ("–", "yellow"),
    "failed": ("✗", "red"),
    "broken": ("✗", "red"),
}


class Styled(str):
    """Text that was made safe and then coloured by us: it is printed as it is."""

    __slots__ = ()


def safe(text: object) -> str:
    """Return *text* in one line, without what a terminal would obey rather than show."""
    return "".join(letter if letter.isprintable() else "�" for letter in " ".join(str(text).split("\n")))


def say(text: str = "", *, err: bool = False) -> None:
    """Print lines; what others wrote in them can bring colours at most."""
    shown = "".join(letter if letter.isprintable() or letter in "\n\x1b" else "�" for letter in text)
    click.echo(_NO_COLOUR.sub("�", shown), err=err)


def say_json(data: Any) -> None:
    click.echo(json.dumps(data))  # in ASCII: also safe to look at


def mark(state: str) -> Styled:
    """Return a state as a sign in its colour, and the word."""
    sign, colour = _MARKS.get(state, ("·", "white"))
    return Styled(f"{click.style(sign, fg=colour)} {safe(state)}")


def table(rows: Iterable[Sequence[object]], heads: Sequence[str] = ()) -> None:
    """Print *rows* in columns as wide as they need; the last one is not padded."""
    lines = [[cell if isinstance(cell, Styled) else safe(cell) for cell in row] for row in rows]
    if heads and lines:
        lines.insert(0, [Styled(click.style(head, dim=True)) for head in heads])
    widths = [max((len(click.unstyle(line[place])) for line in lines), default=0) for place in range(_count(lines))]
    for line in lines:
        padded = [cell + " " * (width - len(click.unstyle(cell))) for cell, width in zip(line, widths, strict=False)]
        click.echo("  ".join(padded).rstrip())


def size(count: float) -> str:
    """Return a number of bytes as people write it."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


def duration(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def age(moment: str | None) -> str:
    """Return how long ago an RFC 3339 *moment* was."""
    if not moment:
        return "–"
    seconds = (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit} ago"
    return "now" if seconds < 10 else f"{int(seconds)} s ago"


def took(run: Mapping[str, Any]) -> float | None:
    """Return how many seconds a run took; None where it is not over."""
    if not run.get("completed_at"):
        return None
    began = run.get("started_at") or run["created_at"]
    return (datetime.fromisoformat(run["completed_at"]) - datetime.fromisoformat(began)).total_seconds()


def value(found: Any) -> str:
    """Return a setting as it is written on a command line."""
    return safe(found if isinstance(found, str) else json.dumps(found, ensure_ascii=False))


def _count(lines: Sequence[Sequence[str]]) -> int:
    return min((len(line) for line in lines), default=0)
