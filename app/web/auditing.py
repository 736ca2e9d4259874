"""Write down who did what: every request that changes something and has somebody behind it, done or refused."""

from __future__ import annotations

import logging

import redis.exceptions
from flask import Flask, Response, current_app, g, request

from app.storage.audit_log import AuditEntry
from app.web.current import services
from app.web.login import Login
from artdag.identity import Identity

_log = logging.getLogger(__name__)

_SAFE = ("GET", "HEAD", "OPTIONS")
_NO_DEEDS = frozenset({"recipes.plan", "writing.check", "uploads.send"})
"""A dry run and a check change nothing; of an upload in pieces the last one is told, and not the hundreds before."""
_LONGEST = 300


def register(app: Flask) -> None:
    app.after_request(_write_down)


def note(actor: Identity | str, by: str, *, about: Identity | None = None) -> None:
    """Have this request written down as *actor*'s, whatever its method: one by which somebody comes or goes.

    Args:
        actor: who did it.
        by: how they are known.
        about: to whom it was done, where that is somebody else.
    """
    g.audited = (str(actor), by)
    g.audited_about = f" {about}" if about is not None else ""


def _write_down(response: Response) -> Response:
    found = _who()
    if found is None or not _is_deed(response):
        return response
    actor, by = found
    entry = AuditEntry(
        at=services().clock(),
        actor=actor,
        by=by,
        action=_action(),
        subject=_shown(f"{request.method} {request.path}{g.get('audited_about', '')}"),
        status=response.status_code,
    )
    try:
        services().audit.add(entry)
    except redis.exceptions.RedisError as error:  # the deed is done or was refused; the answer must say so
        _log.warning("not in the audit log: %s: %s", entry.to_json(), error)
    return response


def _who() -> tuple[str, str] | None:
    noted: tuple[str, str] | None = g.get("audited")
    if noted is not None:
        return noted
    login = g.get("login")
    if request.method in _SAFE or not isinstance(login, Login) or login.identity is None:
        return None
    return str(login.identity), login.by


def _is_deed(response: Response) -> bool:
    endpoint = (request.endpoint or "").partition("_alias")[0]
    return endpoint not in _NO_DEEDS or "Content-Location" in response.headers


def _action() -> str:
    view = current_app.view_functions.get(request.endpoint or "")
    operation = getattr(view, "__api__", None)
    return operation.summary if operation is not None else (request.endpoint or "").replace("_", " ")


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "�" for letter in text[:_LONGEST])
