"""Whose request this is, and the services that answer it."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, has_request_context, request

from app.services import Services
from app.web.login import Login, NotLoggedInError, look_who_asks
from app.web.respond import wants_page
from artdag.errors import ArtDagError
from artdag.identity import Identity


class ForbiddenError(ArtDagError):
    """The caller may see this, but not do that."""

    code = "forbidden"


def services() -> Services:
    """Return the service; for a page that is only read, one that does not wait long for a Redis that is away."""
    reads = has_request_context() and request.method in ("GET", "HEAD", "OPTIONS")
    return cast(Services, current_app.extensions["artdag.reading" if reads else "artdag"])


def login() -> Login:
    """Return who is asking, and by what; looked up once for each request.

    Raises:
        NotLoggedInError: when a bearer token is given and nobody vouches for it.
        RegistryError: when the registry that would have to be asked gives no answer.
    """
    if "login" not in g:
        try:
            g.login = look_who_asks(services())
        except ArtDagError as error:  # asked again for the header of the page that tells of it
            g.login = error
    if isinstance(g.login, ArtDagError):
        raise g.login
    return cast(Login, g.login)


def visitor() -> Identity | None:
    """Return who is asking, or None for a stranger.

    Raises:
        NotLoggedInError, RegistryError
    """
    return login().identity


def caller() -> Identity:
    """Return who is asking.

    Raises:
        NotLoggedInError: when nobody is known to be.
        RegistryError
    """
    found = login()
    if found.identity is None:
        why = found.why or ("" if wants_page() else "send `Authorization: Bearer <token>`")
        raise NotLoggedInError(f"this needs a login{': ' if why else ''}{why}")
    return found.identity


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


def registry_token() -> str | None:
    """Return what the caller's registry gave them, to ask it in their name; None where they came another way."""
    return login().token or None
