"""How numbers, times and names are shown to people."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask
from markupsafe import Markup, escape

from app.library.node_names import shown_name
from artdag.run import rfc3339
from artdag.value_words import format_value

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def format_bytes(count: float) -> str:
    """Return ``1.2 GB``: decimal units, at most three digits."""
    for unit in _UNITS:
        if count < 999.5 or unit == _UNITS[-1]:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 99.5 else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("the last unit takes everything")


def format_duration(seconds: float | None) -> str:
    """Return ``0.4 s``, ``14 s``, ``2m 14s`` or ``3h 05m``; a dash where it is not known."""
    if seconds is None:
        return "–"
    if seconds < 0.05:
        return "< 0.1 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    if whole < 48 * 3600:
        return f"{whole // 3600}h {whole // 60 % 60:02d}m"
    return f"{whole // 86400} days"


def format_clock(seconds: float | None) -> str:
    """Return the length of a clip as players write it: ``0:04``, ``1:02:03``."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def short_digest(digest: str) -> str:
    return digest[:10]


def as_moment(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value.replace("Z", "+00:00"))


def format_ago(value: datetime | str, now: datetime | None = None) -> str:
    """Return ``just now``, ``4 min ago``, ``3 h ago``, ``2 days ago``, or the date when it is over a month."""
    moment = as_moment(value)
    passed = ((now or datetime.now(UTC)) - moment).total_seconds()
    if passed < 60:  # seconds would change with each poll, and every fragment with them
        return "just now"
    if passed < 3600:
        return f"{passed / 60:.0f} min ago"
    if passed < 36 * 3600:
        return f"{passed / 3600:.0f} h ago"
    if passed < 31 * 86400:
        return f"{passed / 86400:.0f} days ago"
    return f"{moment.day} {moment:%b %Y}"


def format_moment(value: datetime | str) -> str:
    return as_moment(value).astimezone(UTC).strftime("%-d %b %Y, %H:%M:%S UTC")


def iso_moment(value: datetime | str) -> str:
    return rfc3339(as_moment(value)) or ""


def with_code(text: str) -> Markup:
    """Return *text* with what stands between backticks set as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 and place < len(parts) - 1 else escape(part)
        for place, part in enumerate(parts)
    )


def register(app: Flask) -> None:
    app.jinja_env.filters.update(
        filesize=format_bytes,
        duration=format_duration,
        clock=format_clock,
        short=short_digest,
        ago=format_ago,
        moment=format_moment,
        iso=iso_moment,
        value=format_value,
        ticks=with_code,
        node=shown_name,
    )
