"""/healthz, /readyz, /metrics: alive, able to work, and in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, Response

from app.readiness import Check, readiness
from app.web.current import services
from app.web.numbers import CONTENT_TYPE, exposition
from app.web.openapi import api
from app.web.respond import Page, respond, wants_page

bp = Blueprint("health", __name__)


@dataclass(frozen=True)
class ReadyPage(Page):
    """How each part of the service stands."""

    template: ClassVar[str] = "home/ready.html"
    fragments: ClassVar[tuple[str, ...]] = ("ready_checks",)

    checks: tuple[Check, ...]

    @property
    def is_ready(self) -> bool:
        return all(check.state != "broken" for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        return {"ready": self.is_ready, "checks": {check.name: check.to_json() for check in self.checks}}


@bp.get("/healthz")
@api("Tell whether the web server is alive", tag="server", html=False)
def alive() -> Response:
    return Response('{"status": "ok"}\n', mimetype="application/json", headers={"Cache-Control": "no-store"})


@bp.get("/readyz")
@api(
    "Tell whether runs can be carried out",
    tag="server",
    description="503 with the same record when not.",
    answers={200: None, 503: None},
)
def ready() -> Response:
    page = ReadyPage(readiness(services()))
    return respond(page, 200 if page.is_ready or wants_page() else 503)  # to people, "not ready" is a page like any


@bp.get("/metrics")
@api("Give numbers to Prometheus", tag="server", html=False, produces=("text/plain",))
def metrics() -> Response:
    return Response(exposition(services()), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
