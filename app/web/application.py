"""The web application: Flask, the rules that hold for every request."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from flask import Flask, Response, request, url_for
from jinja2 import StrictUndefined

from app.library.excerpts import Excerpt, excerpt_of
from app.services import Services, build_services, connect
from app.settings import Settings
from app.web import auditing, current, errors, filters, places, request_log, security
from app.web.incoming import IncomingRequest
from app.web.login import Login
from app.web.token_file import check_tokens
from artdag import VERSION
from artdag.digest import Digest, digest_file
from artdag.errors import ArtDagError
from artdag.media import MediaFacts

PROJECT = Path(__file__).resolve().parents[2]
APP_NAME = "Art DAG L1"
_A_YEAR_S = 365 * 24 * 3600
_FORM_ROOM_BYTES = 1 << 20


def bare_app(services: Services | None) -> Flask:
    """Return the application without any route of its own."""
    found, reading = (services, services) if services is not None else _services_from_env()
    check_tokens(found.settings)
    found.vouching.check_secrets()
    app = Flask("artdag", root_path=str(PROJECT))
    app.request_class = IncomingRequest
    app.extensions |= {"artdag": found, "artdag.reading": reading}
    app.url_map.strict_slashes = False
    app.config.update(
        MAX_FORM_MEMORY_SIZE=_FORM_ROOM_BYTES,
        MAX_FORM_PARTS=1000,
        SEND_FILE_MAX_AGE_DEFAULT=0,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        current_login=_login_to_show,
        registries=_registries,
        static_url=static_url,
        l1_version=VERSION,
        excerpt=_excerpt,
    )
    request_log.register(app)
    filters.register(app)
    places.register(app)
    security.register(app, found.settings)
    errors.register(app)
    auditing.register(app)
    app.after_request(_keep_versioned_files)
    return app


def _services_from_env() -> tuple[Services, Services]:
    """Return the service for what changes something, and for what only reads."""
    found = build_services(Settings.from_env(os.environ, Path(".env")))
    return found, found.on(connect(found.settings, patient=False))


def static_url(name: str) -> str:
    """Return the address of a static file with its content's name in it, so that browsers may keep it for good."""
    return url_for("static", filename=name, v=_stamp(name))


@cache
def _stamp(name: str) -> str:
    return digest_file(PROJECT / "static" / name)[:12]


def _keep_versioned_files(response: Response) -> Response:
    if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={_A_YEAR_S}, immutable"
    return response


def _excerpt(digest: Digest, facts: MediaFacts) -> Excerpt | None:
    return excerpt_of(current.services(), digest, facts)


def _login_to_show() -> Login:
    """Return whom the header names; a page about a bad token must not fail on that token again."""
    try:
        return current.login()
    except ArtDagError as error:
        return Login(why=error.message)


def _registries() -> tuple[tuple[str, str], ...]:
    """Return the registries where visitors may log in: (host, address)."""
    found = current.services()
    path = found.settings.l2_login_path
    return tuple((client.host, f"{origin}{path}") for origin, client in found.vouching.clients.items())
