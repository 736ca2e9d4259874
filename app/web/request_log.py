"""Each request is counted, and has a reference: its answer carries it, its log lines and an error page show it."""

from __future__ import annotations

import logging
import secrets
import time

from flask import Flask, Response, g, request

from app import logs
from app.web.numbers import REQUESTS

_log = logging.getLogger("artdag.requests")

HEADER = "X-Request-Id"
_SLOW_S = 2.0
_QUIET = frozenset({"static", "health.alive", "health.ready", "health.metrics"})


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def current_reference() -> str:
    """Return the reference of the request that is being answered."""
    return logs.reference.get() or secrets.token_hex(6)


def _begin() -> None:
    g.began = time.monotonic()
    logs.reference.set(secrets.token_hex(6))  # never the caller's own: what stands in the log is ours alone


def _end(response: Response) -> Response:
    response.headers[HEADER] = current_reference()
    seconds = time.monotonic() - g.get("began", time.monotonic())
    endpoint = request.endpoint or "none"
    REQUESTS.labels(
        request.method if request.method in _METHODS else "other", endpoint, str(response.status_code)
    ).observe(seconds)
    level = _level(response.status_code, seconds, endpoint)
    if _log.isEnabledFor(level):
        facts = {
            "method": request.method,
            "path": request.path,  # without the query, which may hold a token
            "status": response.status_code,
            "seconds": round(seconds, 4),
            "from": request.remote_addr or "",
        }
        words = "%s %s %d in %.3f s"
        _log.log(level, words, request.method, request.path, response.status_code, seconds, extra={"facts": facts})
    return response


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


def _level(status: int, seconds: float, endpoint: str) -> int:
    """Return how much a request is worth telling: more where it changes something, fails or is slow."""
    if status >= 500:
        return logging.WARNING
    is_worth_it = request.method not in ("GET", "HEAD", "OPTIONS") or status >= 400 or seconds >= _SLOW_S
    return logging.INFO if is_worth_it and endpoint not in _QUIET else logging.DEBUG
