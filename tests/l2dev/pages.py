"""What people see: log in, renderers to attach, what they published."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request

from tests.l2dev.questions import end_all_tokens, end_token
from tests.l2dev.state import config, logged_in, store, tokens

bp = Blueprint("pages", __name__)

TEMPLATES = Path(__file__).with_name("templates")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


@bp.get("/")
def home() -> str:
    return _page("home.html", published=store().outbox(logged_in() or ""))


@bp.route("/login", methods=["GET", "POST"])
def login() -> Any:
    if request.method == "GET":
        return _page("login.html", problem="")
    name = request.form.get("name", "")
    if not store().checks(name, request.form.get("password", "")):
        return _page("login.html", problem="That name and password do not go together."), 401
    return _with_cookie(name)


@bp.route("/register", methods=["GET", "POST"])
def register() -> Any:
    if request.method == "GET":
        return _page("login.html", problem="")
    name, password = request.form.get("name", ""), request.form.get("password", "")
    if not _NAME.fullmatch(name) or not password:
        return _page("login.html", problem="A name is made of letters, digits, _ . and -, and needs a password."), 422
    if not store().add_account(name, password):
        return _page("login.html", problem="That name is taken."), 409
    return _with_cookie(name)


@bp.post("/logout")
def logout() -> Any:
    token = request.cookies.get("auth_token", "")
    if claims := tokens().claims(token):
        end_token(token, claims)
    response = redirect("/", 303)
    response.delete_cookie("auth_token", domain=config().cookie_domain)
    return response


@bp.post("/logout-everywhere")
def logout_everywhere() -> Any:
    name = logged_in()
    if name is not None:
        end_all_tokens(name)
    return redirect("/", 303)


@bp.get("/renderers")
def renderers() -> Any:
    name = logged_in()
    if name is None:
        return redirect("/login?next=/renderers", 303)
    attached = store().attached(name)
    return _page("renderers.html", rows=[(origin, origin in attached) for origin in config().renderers])


@bp.post("/renderers")
def attach() -> Any:
    """Send the browser to the renderer with a token that is good there alone."""
    name, renderer = logged_in(), request.form.get("renderer", "")
    if name is None or renderer not in config().renderers:
        return redirect("/login", 303)
    store().attach(name, renderer)
    jti = secrets.token_urlsafe(12)
    token = tokens().make(name, renderer=renderer, jti=jti)
    session = tokens().claims(request.cookies["auth_token"])
    store().issue(session["jti"] if session else "", token, jti)
    return redirect(f"{renderer}/auth?{urlencode({'auth_token': token})}", 303)


def _with_cookie(name: str) -> Response:
    target = request.args.get("next", "/")
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    response = redirect(target if is_ours else "/", 303)
    response.set_cookie(
        "auth_token",
        tokens().make(name),
        max_age=config().token_s,
        domain=config().cookie_domain,
        secure=config().origin.startswith("https:"),
        httponly=True,
        samesite="Lax",
    )
    return response


def _page(template: str, **facts: Any) -> str:
    return render_template(template, who=logged_in(), config=config(), **facts)
