"""Who is asking: by a bearer token, by a session that a registry attached, or by the cookie that registries share.

A bearer token that is refused is an error, for a program believes that it is somebody. A cookie that is refused makes
a stranger: the visitor can still look around, and log in again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask import Response, request, session

from app.registry.claims import TokenError
from app.services import Services
from app.web.token_file import token_owner
from artdag.errors import ArtDagError
from artdag.identity import LOCAL, Identity

SHARED_COOKIE, OWN_COOKIE = "auth_token", "artdag_session"
_SESSION = "login"
_TWICE = "a login cookie came twice, so none of them counts; log out and in again"


class NotLoggedInError(ArtDagError):
    """The request needs somebody behind it, and nobody is, or the token is unknown."""

    code = "not_logged_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who is asking."""

    identity: Identity | None = None
    by: Literal["", "loopback", "token file", "bearer", "session", "cookie"] = ""
    why: str = ""
    """Why nobody is logged in, where a cookie said that somebody was."""
    token: str = ""
    """What a registry vouched for, to ask it in this name; empty where no registry did."""


def bearer_token() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def look_who_asks(services: Services) -> Login:
    """Return who is asking.

    Raises:
        NotLoggedInError: when a bearer token is given and nobody vouches for it.
        RegistryError: when the registry that would have to be asked gives no answer.
    """
    if services.settings.single_user:
        return Login(identity=LOCAL, by="loopback")
    token = bearer_token()
    return _by_bearer(services, token) if token is not None else _by_cookies(services)


def _by_bearer(services: Services, token: str) -> Login:
    settings = services.settings
    found = token_owner(token, settings.api_tokens) if settings.api_tokens else None
    if found is not None:
        return Login(identity=found, by="token file")
    if not settings.l2_servers:
        raise NotLoggedInError("this token is not known here")
    try:
        return Login(identity=services.vouching.identify(token), by="bearer", token=token)
    except TokenError as error:
        raise NotLoggedInError(error.message) from error


def _by_cookies(services: Services) -> Login:
    if not services.settings.l2_servers:
        return Login()
    if any(len(request.cookies.getlist(name)) > 1 for name in (OWN_COOKIE, SHARED_COOKIE)):
        return Login(why=_TWICE)
    attached, shared = attached_token(services), request.cookies.get(SHARED_COOKIE)
    why = ""
    if attached is not None:
        try:
            return Login(identity=services.vouching.identify(attached), by="session", token=attached)
        except TokenError as error:
            why = error.message
    if shared:
        try:
            return Login(identity=services.vouching.identify(shared), by="cookie", token=shared)
        except TokenError as error:
            why = error.message
    return Login(why=why)


# --- the session of our own -------------------------------------------------------------------------------------------


def attached_token(services: Services) -> str | None:
    """Return the token that this browser was attached with."""
    name = session.get(_SESSION)
    return services.sessions.token(name) if isinstance(name, str) else None


def begin_session(services: Services, token: str) -> None:
    """Attach this browser: under a new name, and with nothing left of what its cookie held before."""
    end_session(services)
    session[_SESSION] = services.sessions.begin(token, seconds=services.vouching.seconds_left(token))
    session.permanent = True


def end_session(services: Services) -> None:
    name = session.get(_SESSION)
    if isinstance(name, str):
        services.sessions.end(name)
    session.clear()


def drop_cookies(response: Response) -> None:
    """Have the browser forget every login cookie: ours, the shared one, and both under each parent domain of ours."""
    host = request.host.rpartition(":")[0] if ":" in request.host else request.host
    labels = host.split(".")
    parents = [".".join(labels[place:]) for place in range(len(labels) - 1)] if not labels[-1].isdecimal() else []
    for domain in (None, *parents):
        response.delete_cookie(SHARED_COOKIE, domain=domain)
        if domain is not None:  # the session itself sees to the one without
            response.delete_cookie(OWN_COOKIE, domain=domain)
