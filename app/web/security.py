"""Who may be talking to us from where: host names, foreign pages, forged forms, and the headers on every answer.

An unsafe request (one that changes something) that says where it comes from must come from our own pages. One that
says nothing of the kind is a program; it needs a token, or single-user mode, in which whoever reaches loopback is
the user. A browser's request needs the CSRF token as well, unless it carries a bearer token, which no foreign page
can make a browser send.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect, validate_csrf
from wtforms.validators import ValidationError

from app.settings import Settings
from app.web.current import services
from app.web.errors import Fault, answer
from app.web.login import OWN_COOKIE, bearer_token

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

_csrf = CSRFProtect()


def register(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME=OWN_COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https:"),
        WTF_CSRF_TIME_LIMIT=None,  # a page left open overnight still works
        WTF_CSRF_CHECK_DEFAULT=False,  # the guard below decides who needs the token
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, and we ask browsers to send none; the Origin rule is stricter
    )
    _csrf.init_app(app)
    app.before_request(guard)
    app.after_request(add_headers)


def guard() -> Response | None:
    """Refuse what comes under a foreign name or from a foreign page."""
    settings = services().settings
    if not settings.allows_host(request.headers.get("Host", "")):
        detail = "This server does not answer to that name; ALLOWED_HOSTS lists those it does."
        return answer(Fault(status=400, code="unknown_host", detail=detail))
    if request.method in SAFE_METHODS:
        return None
    if not _comes_from_us(settings):
        detail = "A page of another site asked for this; only our own pages and programs may."
        return answer(Fault(status=403, code="cross_site", detail=detail))
    if bearer_token() is None and _is_browser():
        return _check_token()
    return None


def _comes_from_us(settings: Settings) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True  # a program
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    own = {request.host.lower(), urlsplit(settings.public_url).netloc.lower()}
    return parts.scheme in ("http", "https") and parts.netloc.lower() in own


def _is_browser() -> bool:
    names = request.headers
    return "Origin" in names or "Sec-Fetch-Site" in names or "Referer" in names or bool(request.cookies)


def _check_token() -> Response | None:
    # The header first: looking for the field reads the whole body, which may be a large upload.
    token = request.headers.get("X-CSRFToken") or request.form.get("csrf_token")
    try:
        validate_csrf(token)
    except ValidationError as error:
        detail = f"{error} Reload the page and try again."
        return answer(Fault(status=403, code="csrf", detail=detail))
    return None


def add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-site")
    return response
