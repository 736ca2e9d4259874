"""What the logs look like: a line for each thing that happened, for people or as JSON, referenced, without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from app.settings import Settings

reference: ContextVar[str] = ContextVar("reference", default="")
"""What is being done now: the request's id, the job's. Each line carries it."""

LONGEST = 4000
"""Characters of one message; of a traceback four times as many."""

_SECRETS = (
    (re.compile(r"\b(Bearer|Basic)\s+[^\s\"',]+", re.IGNORECASE), r"\1 (hidden)"),
    (re.compile(r"(?<=://)[^/\s@]*:[^/\s@]+@"), "(hidden)@"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=_-]+"), "whsec_(hidden)"),
    (
        re.compile(r"\b((?:auth_)?token|secret|password|api_key|signature|code)=[^\s&\"',;]+", re.IGNORECASE),
        r"\1=(hidden)",
    ),
    (re.compile(r"\b(artdag_session|auth_token)[=:]\s*[^\s;\"',]+", re.IGNORECASE), r"\1=(hidden)"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), "(hidden token)"),
)


def without_secrets(text: str) -> str:
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def one_line(text: str, longest: int = LONGEST) -> str:
    """Return *text* without what would end a line or command a terminal, and no longer than *longest*."""
    cut = text if len(text) <= longest else f"{text[:longest]}… ({len(text) - longest} more)"
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in cut)


class _Formatter(logging.Formatter):
    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        found = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "reference": reference.get(),
            "message": one_line(without_secrets(record.getMessage())),
        }
        return found | {name: one_line(without_secrets(str(value))) for name, value in _more(record).items()}

    def trace(self, record: logging.LogRecord) -> str:
        if not record.exc_info or record.exc_info[0] is None:
            return ""
        text = without_secrets("".join(traceback.format_exception(*record.exc_info)))
        return text if len(text) <= 4 * LONGEST else f"…{text[-4 * LONGEST :]}"


class TextFormatter(_Formatter):
    """One line for people; a traceback follows in lines of its own, each set in."""

    def format(self, record: logging.LogRecord) -> str:
        facts = self.facts(record)
        named = f" [{facts['reference']}]" if facts["reference"] else ""
        line = f"{facts['time']} {facts['level']:7} {facts['logger']}{named} {facts['message']}"
        return "\n".join([line, *(f"    {one_line(part)}" for part in self.trace(record).splitlines())])


class JsonFormatter(_Formatter):
    """One JSON object in one line."""

    def format(self, record: logging.LogRecord) -> str:
        trace = self.trace(record)
        return json.dumps({**self.facts(record), **({"traceback": trace} if trace else {})}, ensure_ascii=True)


def configure(settings: Settings) -> None:
    """Let all that this process logs go to standard error in the form that *settings* ask for."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(settings))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in ("rq.worker", "rq.job", "rq.queue"):  # they bring handlers of their own otherwise
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def gunicorn_config(settings: Settings) -> dict[str, Any]:
    """Return what gunicorn's ``logconfig_dict`` wants: its own lines, and ours, in the same form."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": {"()": f"{__name__}.{type(_formatter(settings)).__name__}"}},
        "handlers": {"ours": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "ours"}},
        "root": {"level": settings.log_level, "handlers": ["ours"]},
        "loggers": {
            "gunicorn.error": {"level": settings.log_level, "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
        },
    }


def _formatter(settings: Settings) -> logging.Formatter:
    return JsonFormatter() if settings.log_format == "json" else TextFormatter()


def _more(record: logging.LogRecord) -> dict[str, Any]:
    """Return the facts that a line was given with ``extra={"facts": {…}}``."""
    found = getattr(record, "facts", None)
    return dict(found) if isinstance(found, dict) else {}
