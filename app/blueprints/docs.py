"""/docs and /openapi.json: every route, described from what stands beside its view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, Response, current_app

from app.web.application import APP_NAME
from app.web.openapi import api, document
from app.web.respond import Page, respond
from artdag import VERSION

bp = Blueprint("docs", __name__)

_ABOUT = (
    "Renders pictures, sound and video from recipes, each piece of work once. One address serves people and programs: "
    "JSON, unless `Accept` names `text/html`. Errors are `application/problem+json`; lists are "
    "`{items, next, total}`; a content hash may be shortened to a unique prefix of 8 characters or more."
)


@dataclass(frozen=True)
class DocsPage(Page):
    """The interactive documentation; for programs the document itself."""

    template: ClassVar[str] = "docs/index.html"

    openapi: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return self.openapi


@bp.get("/docs")
@api("Read this documentation", tag="server")
def index() -> Response:
    return respond(DocsPage(_document()))


@bp.get("/openapi.json")
@api("Get the OpenAPI document", tag="server", html=False)
def openapi() -> Response:
    response = Response(current_app.json.dumps(_document()) + "\n", mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _document() -> dict[str, Any]:
    return document(current_app, title=APP_NAME, version=VERSION, description=_ABOUT)
