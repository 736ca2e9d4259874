"""Whose request this is, and the services that answer it."""

from __future__ import annotations

import hashlib
import hmac
import re
from functools import lru_cache
from pathlib import Path
from typing import cast

from flask import current_app, g, has_request_context, request

from app.services import Services
from app.settings import Settings, SettingsError
from artdag.errors import ArtDagError, ParameterError
from artdag.identity import LOCAL, Identity

_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


class NotLoggedInError(ArtDagError):
    """The request needs somebody behind it, and nobody is, or the token is unknown."""

    code = "not_logged_in"


class ForbiddenError(ArtDagError):
    """The caller may see this, but not do that."""

    code = "forbidden"


def services() -> Services:
    """Return the service; for a page that is only read, one that does not wait long for a Redis that is away."""
    reads = has_request_context() and request.method in ("GET", "HEAD", "OPTIONS")
    return cast(Services, current_app.extensions["artdag.reading" if reads else "artdag"])


def visitor() -> Identity | None:
    """Return who is asking, or None for a stranger.

    Raises:
        NotLoggedInError: when a bearer token is given and nobody vouches for it.
    """
    if "visitor" not in g:
        g.visitor = _identify()
    return cast("Identity | None", g.visitor)


def caller() -> Identity:
    """Return who is asking.

    Raises:
        NotLoggedInError: when nobody is known to be.
    """
    found = visitor()
    if found is None:
        raise NotLoggedInError("this needs a login: send `Authorization: Bearer <token>`")
    return found


def require_owner(owner: Identity, what: str) -> Identity:
    """Return the caller, who must be *owner* or an admin.

    Raises:
        NotLoggedInError, ForbiddenError
    """
    found = caller()
    if found != owner and not is_admin(found):
        raise ForbiddenError(f"{what} belongs to {owner}")
    return found


def is_admin(identity: Identity) -> bool:
    settings = services().settings
    return settings.single_user or str(identity) in settings.admins


def bearer_token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _identify() -> Identity | None:
    settings = services().settings
    if settings.single_user:
        return LOCAL
    token = bearer_token()
    if token is None:
        return None
    found = _token_owner(token, settings.api_tokens) if settings.api_tokens else None
    if found is None:
        raise NotLoggedInError("this token is not known here")
    return found


def check_tokens(settings: Settings) -> None:
    """Read the file of tokens once. Raises SettingsError, so that a wrong line stops the start and not a request."""
    if settings.api_tokens is not None:
        _tokens(settings.api_tokens, settings.api_tokens.stat().st_mtime_ns)


def _token_owner(token: str, tokens: Path) -> Identity | None:
    given = hashlib.sha256(token.encode()).hexdigest()
    found = None
    for digest, actor in _tokens(tokens, tokens.stat().st_mtime_ns):
        if hmac.compare_digest(digest, given):  # all lines are compared, so that time tells nothing
            found = actor
    return found


@lru_cache(maxsize=4)
def _tokens(tokens: Path, _changed_at: int) -> tuple[tuple[str, Identity], ...]:
    found = []
    for number, line in enumerate(tokens.read_text(encoding="utf-8").splitlines(), start=1):
        match line.partition("#")[0].split():
            case []:
                continue
            case [digest, actor] if _SHA256.fullmatch(digest):
                found.append((digest.lower(), _actor(actor, tokens, number)))
            case _:
                raise SettingsError(f"API_TOKENS={tokens}: line {number} is not `sha256-of-token @name@host`")
    return tuple(found)


def _actor(text: str, tokens: Path, number: int) -> Identity:
    try:
        return Identity.parse(text)
    except ParameterError as error:
        raise SettingsError(f"API_TOKENS={tokens}: line {number}: {error.message}") from None
