"""/logout and /auth: the end of a session here, and its beginning at a registry."""

from __future__ import annotations

from flask import Blueprint, Response, session, url_for

from app.web.errors import Fault, answer
from app.web.openapi import api
from app.web.respond import go_to

bp = Blueprint("auth", __name__)

_NO_L2 = "no_l2"


@bp.route("/logout", methods=["GET", "POST"])
@api("Clear the session's cookies and go home", tag="login", answers={303: None})
def logout() -> Response:
    session.clear()
    response = go_to(url_for("home.index"))
    response.delete_cookie("auth_token")
    return response


@bp.get("/auth")
@api("Attach a session that a registry vouches for", tag="login", answers={303: None})
def attach() -> Response:
    return _no_registry()


@bp.post("/auth/revoke")
@api("Revoke one token (called by a registry)", tag="login", html=False)
def revoke() -> Response:
    return _no_registry()


@bp.post("/auth/revoke-user")
@api("Revoke all tokens of a user (called by a registry)", tag="login", html=False)
def revoke_user() -> Response:
    return _no_registry()


def _no_registry() -> Response:
    detail = "No L2 is configured here, so there is nobody to log in with. L2_SERVERS names the registries."
    return answer(Fault(status=404, code=_NO_L2, detail=detail))
