"""/webhooks: where to be told when a run is over, what that is signed with, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, Response, url_for
from pydantic import BaseModel, ConfigDict, Field

from app.outgoing import LONGEST_URL
from app.runs.announcing import WEBHOOK, checked_url
from app.storage.deliveries import Delivery, DeliveryState, moment
from app.storage.webhooks import MOST, Endpoint, EndpointNotFoundError
from app.web.current import caller, services
from app.web.openapi import api
from app.web.payload import payload
from app.web.respond import Page, go_to, respond, wants_page
from artdag.errors import ArtDagError, Problem
from artdag.identity import Identity

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")

_TAG = "webhooks"


class NewEndpoint(BaseModel):
    """An address that wants to be told."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1, max_length=LONGEST_URL, json_schema_extra={"format": "uri"})


class EndpointRecord(BaseModel):
    """An address that is told when a run of yours is over."""

    id: str
    url: str
    created_at: str


class DeliveryRecord(BaseModel):
    """One message to one address."""

    id: str
    kind: str
    subject: str
    target: str
    state: DeliveryState
    attempts: int
    error: str | None
    answer: dict[str, Any] | None
    created_at: str | None
    tried_at: str | None
    next_try_at: str | None


class WebhookList(BaseModel):
    """Your addresses, what their messages are signed with, and the last messages."""

    items: list[EndpointRecord]
    next: str | None
    total: int | None
    secret: str
    deliveries: list[DeliveryRecord]


@dataclass(frozen=True)
class WebhooksPage(Page):
    """The caller's endpoints and messages."""

    template: ClassVar[str] = "webhooks/index.html"
    fragments: ClassVar[tuple[str, ...]] = ("webhook_messages",)

    endpoints: tuple[Endpoint, ...]
    secret: str
    deliveries: tuple[Delivery, ...]
    url: str = ""
    """What was typed and is not right."""
    problem: Problem | None = None
    most: int = MOST

    @property
    def is_moving(self) -> bool:
        """Whether a message is on its way."""
        return any(not delivery.state.is_final for delivery in self.deliveries)

    def moment(self, millis: int) -> Any:
        return moment(millis)

    def to_json(self) -> dict[str, Any]:
        return {
            "items": [one.to_json() for one in self.endpoints],
            "next": None,
            "total": len(self.endpoints),
            "secret": self.secret,
            "deliveries": [one.to_json() for one in self.deliveries],
        }


@dataclass(frozen=True)
class EndpointPage(Page):
    """One endpoint."""

    template: ClassVar[str] = "webhooks/index.html"

    endpoint: Endpoint

    def to_json(self) -> dict[str, Any]:
        return self.endpoint.to_json()


@bp.get("")
@api("List your webhooks", tag=_TAG, answers={200: WebhookList}, login=True)
def index() -> Response:
    return respond(_page(caller()))


@bp.post("")
@api(
    "Add a webhook",
    tag=_TAG,
    description="It gets `run.completed`, `run.failed` and `run.cancelled`, signed as Standard Webhooks has it.",
    body=NewEndpoint,
    answers={201: EndpointRecord},
    login=True,
)
def add() -> Response:
    owner, found = caller(), services()
    given = payload()
    try:
        url = checked_url(found, NewEndpoint.model_validate(given).url)
        made = found.webhooks.add(owner, url, found.clock())
    except ArtDagError as error:
        if not wants_page():
            raise
        wrong = Problem(message=error.message, field="url")
        return respond(_page(owner, url=str(given.get("url", "")), problem=wrong), 422)
    return go_to(url_for("webhooks.index")) if wants_page() else respond(EndpointPage(made), 201)


@bp.delete("/<endpoint:name>")
@api("Remove a webhook", tag=_TAG, answers={200: WebhookList}, login=True)
def remove(name: str) -> Response:
    owner = caller()
    services().webhooks.remove(owner, name)
    return respond(_page(owner))


@bp.post("/<endpoint:name>/delete")
@api("Remove a webhook, from a form", tag=_TAG, answers={303: None}, login=True)
def remove_by_form(name: str) -> Response:
    """Remove it, and go back to the list: browsers' forms know no DELETE."""
    services().webhooks.remove(caller(), name)
    return go_to(url_for("webhooks.index"))


@bp.post("/secret/renew")
@api(
    "Take a new secret",
    tag=_TAG,
    description="From now on messages are signed with it; the one before is worth nothing.",
    answers={200: WebhookList},
    login=True,
)
def renew_secret() -> Response:
    owner = caller()
    services().webhooks.renew_secret(owner)
    return go_to(url_for("webhooks.index")) if wants_page() else respond(_page(owner))


@bp.post("/deliveries/<delivery>/retry")
@api(
    "Send a message again",
    tag=_TAG,
    description="Now: one that failed, or that waits for its next try.",
    answers={200: WebhookList},
    login=True,
)
def retry(delivery: str) -> Response:
    owner, found = caller(), services()
    known = found.deliveries.get(delivery)
    if known is None or known.owner != owner:
        raise EndpointNotFoundError(f"there is no message {delivery[:80]!r} among yours")
    found.deliveries.try_now(delivery)
    return go_to(url_for("webhooks.index")) if wants_page() else respond(_page(owner))


def _page(owner: Identity, *, url: str = "", problem: Problem | None = None) -> WebhooksPage:
    found = services()
    return WebhooksPage(
        endpoints=found.webhooks.endpoints(owner),
        secret=found.webhooks.secret(owner),
        deliveries=tuple(one for one in found.deliveries.recent(owner) if one.kind == WEBHOOK),
        url=url,
        problem=problem,
    )
