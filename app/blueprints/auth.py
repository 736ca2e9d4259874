"""/auth and /logout: a session's beginning at a registry, and its end, here or by the registry's word."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, request, url_for
from pydantic import BaseModel, ConfigDict, Field

from app.registry.errors import RegistryError
from app.registry.vouching import user_at
from app.web.auditing import note
from app.web.current import login, services
from app.web.login import Login, NotLoggedInError, bearer_token, begin_session, drop_cookies, end_session
from app.web.openapi import api
from app.web.payload import MalformedRequestError, payload
from app.web.respond import go_to
from artdag.errors import BlobNotFoundError, IllegalTransitionError
from artdag.identity import Identity

bp = Blueprint("auth", __name__)

_LONGEST_TOKEN = 1 << 14


class NoLoginHereError(BlobNotFoundError):
    """There is no L2 here to log in with."""

    code = "no_l2"


class OtherSessionError(IllegalTransitionError):
    """Somebody else is logged in in this browser."""

    code = "other_session"


class AttachQuery(BaseModel):
    """What the registry sends the browser with."""

    auth_token: str = Field(max_length=_LONGEST_TOKEN, description="a token that the registry made for this server")


class Revocation(BaseModel):
    """Which token ends."""

    model_config = ConfigDict(extra="ignore")

    token: str = Field("", max_length=_LONGEST_TOKEN, description="the token; or send it as the bearer")


class UserRevocation(BaseModel):
    """Whose tokens end."""

    model_config = ConfigDict(extra="ignore")

    username: str = Field(max_length=64, description="without the host: it is the calling registry's")
    l2_server: str = Field("", max_length=400, description="the calling registry's origin; no other may be named")


@bp.route("/logout", methods=["GET", "POST"])
@api("Clear the session's cookies and go home", tag="login", answers={303: None})
def logout() -> Response:
    with suppress(RegistryError):  # its silence keeps nobody here
        present = _present()
        if present.identity is not None:
            note(present.identity, present.by)
    end_session(services())
    response = go_to(url_for("home.index"))
    drop_cookies(response)
    return response


@bp.get("/auth")
@api("Attach a session that a registry vouches for", tag="login", query=AttachQuery, answers={303: None})
def attach() -> Response:
    _need_registry()
    given = request.args.getlist("auth_token")
    if len(given) != 1:
        raise MalformedRequestError("the registry sends one `auth_token` here")
    identity = services().vouching.identify(given[0])
    _need_nobody_else(identity)
    begin_session(services(), given[0])
    note(identity, "session")
    response = go_to(url_for("home.index"))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/auth/revoke")
@api(
    "Revoke one token (called by a registry)",
    tag="login",
    description="Who names a token may end it: as the bearer, as `token` in the body, or as both, which are the same.",
    body=Revocation,
    html=False,
)
def revoke() -> Response:
    _need_registry()
    named = Revocation.model_validate(payload()).token
    token = bearer_token() or named
    if not token or (named and named != token):
        raise NotLoggedInError("name the token that ends: as the bearer, as `token`, or as both alike")
    services().vouching.revoke(token)
    return _done()


@bp.post("/auth/revoke-user")
@api(
    "Revoke all tokens of a user (called by a registry)",
    tag="login",
    description="The bearer is the secret that L2_SECRETS holds for the calling registry.",
    body=UserRevocation,
    html=False,
)
def revoke_user() -> Response:
    _need_registry()
    registry = services().vouching.caller_by_secret(bearer_token() or "")
    if registry is None:
        raise NotLoggedInError("this needs the secret that L2_SECRETS holds for the calling registry, as the bearer")
    wanted = UserRevocation.model_validate(payload())
    if wanted.l2_server not in ("", registry.origin):
        raise NotLoggedInError(f"the secret is {registry.origin}'s, which cannot speak for another registry")
    identity = user_at(registry, wanted.username)
    note(registry.origin, "registry", about=identity)
    services().vouching.revoke_all(identity)
    return _done()


def _need_registry() -> None:
    if not services().vouching.clients:
        raise NoLoginHereError("No L2 is configured here, so there is nobody to log in with: L2_SERVERS names them.")


def _need_nobody_else(identity: Identity) -> None:
    """Raise OtherSessionError where somebody but *identity* is logged in in this browser, or may be."""
    present = "somebody whose registry gives no answer now"
    with suppress(RegistryError):
        found = _present().identity
        if found is None or found == identity:
            return
        present = str(found)
    raise OtherSessionError(f"{present} is logged in in this browser: log out first, then come again as {identity}")


def _present() -> Login:
    """Return who is logged in in this browser. Raises RegistryError where that cannot be told now."""
    try:
        found = login()
    except NotLoggedInError:  # a bearer that is none
        return Login()
    return found if found.by in ("session", "cookie") else Login()


def _done() -> Response:
    return Response('{"revoked": true}\n', mimetype="application/json", headers={"Cache-Control": "no-store"})
