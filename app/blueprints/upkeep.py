"""/upkeep: how the store stands, and for admins: look it over, make room in it, fill Redis from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, Response, redirect, url_for
from pydantic import BaseModel, ConfigDict, Field

from app.upkeep.checking import begin_check
from app.upkeep.clearing import Clearing, clear
from app.upkeep.reindex import reindex
from app.upkeep.survey import Kept, Survey, survey
from app.web.current import ForbiddenError, caller, is_admin, services
from app.web.openapi import api
from app.web.payload import Truth, Whole, payload, query
from app.web.respond import Page, go_to, respond, vary, wants_page
from app.web.store_view import StoreView, store_view
from artdag.errors import IllegalTransitionError

bp = Blueprint("upkeep", __name__, url_prefix="/upkeep")

_TAG = "server"
_SHOWN = 200


class ReindexingError(IllegalTransitionError):
    """Somebody else is filling Redis from the disk at this moment."""

    code = "reindexing"


class ClearQuery(BaseModel):
    """How far to go."""

    limit: int | None = Field(None, ge=0, description="bytes that may be kept; without it CACHE_MAX_BYTES")


class ClearOrder(BaseModel):
    """What to do."""

    model_config = ConfigDict(extra="forbid")

    limit: Whole | None = Field(None, ge=0, description="bytes that may be kept; without it CACHE_MAX_BYTES")
    dry_run: Truth = Field(False, description="only tell")


class StoreRecord(BaseModel):
    """How the store stands."""

    limit_bytes: int | None
    room_bytes: int
    usage: dict[str, Any] | None
    bytes_by_day: dict[str, int]
    growth_bytes_per_day: int | None
    full_in_days: int | None
    check: dict[str, Any] | None
    for_a_person: list[dict[str, Any]]
    last_clearing: dict[str, Any] | None
    last_reindex: dict[str, Any] | None


class CheckRecord(BaseModel):
    """How far the look over the store is."""

    running: bool
    fraction: float
    phase: str
    started_at: str
    finished_at: str | None
    blobs: int
    bytes: int
    total_bytes: int
    damaged: int
    healed: int
    findings: list[dict[str, Any]]
    rendering: dict[str, int]
    for_a_person: list[dict[str, Any]]


class ClearRecord(BaseModel):
    """What was let go, or would be."""

    dry_run: bool
    bytes_before: int
    limit_bytes: int | None
    freed_bytes: int
    rebuild_seconds: float
    enough: bool
    detail: str
    count: int
    removes: list[dict[str, Any]]


class ReindexRecord(BaseModel):
    """What came back from the disk, and what did not."""

    assets: int
    media: int
    recipes: int
    runs: int
    on_their_way: list[str]
    lost: list[dict[str, str]]
    missing: list[dict[str, str]]
    written: int


@dataclass(frozen=True)
class StorePage(Page):
    """How the store stands, for programs; people read it on the cache page."""

    template: ClassVar[str] = "cache/index.html"

    store: StoreView

    def to_json(self) -> dict[str, Any]:
        return self.store.to_json()


@dataclass(frozen=True)
class RecordPage(Page):
    """Plain facts for programs."""

    template: ClassVar[str] = "cache/index.html"

    facts: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return self.facts


@dataclass(frozen=True)
class ClearPage(Page):
    """What would be let go to make room, what must stay, and why."""

    template: ClassVar[str] = "upkeep/clear.html"

    clearing: Clearing
    found: Survey
    limit: int | None

    @property
    def gone(self) -> tuple[Kept, ...]:
        return self.clearing.gone[:_SHOWN]

    @property
    def staying(self) -> list[Kept]:
        """The largest of those that stay."""
        going = {kept.digest for kept in self.clearing.gone}
        rest = [kept for kept in self.found.blobs if kept.digest not in going]
        return sorted(rest, key=lambda kept: -kept.size)[:_SHOWN]

    def to_json(self) -> dict[str, Any]:
        return self.clearing.to_json()


@bp.get("")
@api("See how the store stands", tag=_TAG, html=False, answers={200: StoreRecord}, login=True)
def index() -> Response:
    if wants_page():
        response = redirect(url_for("cache.index"), 302)
        answer = Response(status=302, headers={"Location": response.headers["Location"]})
        vary(answer)
        return answer
    return respond(StorePage(store_view(services(), is_admin=is_admin(caller()))))


@bp.post("/verify")
@api(
    "Look over all that is kept",
    tag=_TAG,
    description="Every byte is hashed, a while at a time, by whoever does chores; what is going on is joined."
    " What went bad is taken out and made again; `for_a_person` lists the rest.",
    answers={202: CheckRecord},
    login=True,
)
def verify() -> Response:
    _require_admin()
    check = begin_check(services())
    return go_to(url_for("cache.index") + "#store") if wants_page() else respond(RecordPage(check.to_json()), 202)


@bp.get("/clear")
@api("See what would be let go to make room", tag=_TAG, query=ClearQuery, answers={200: ClearRecord}, login=True)
def plan_clearing() -> Response:
    _require_admin()
    limit = query(ClearQuery).limit
    found = survey(services())
    return respond(ClearPage(clear(services(), dry_run=True, limit=limit, found=found), found, limit))


@bp.post("/clear")
@api(
    "Make room",
    tag=_TAG,
    description="Lets go of what can be made again, cheap and big things first, and never of what a rule holds.",
    body=ClearOrder,
    answers={200: ClearRecord},
    login=True,
)
def make_room() -> Response:
    _require_admin()
    order = ClearOrder.model_validate({name: value for name, value in payload().items() if value != ""})
    found = survey(services())
    done = clear(services(), dry_run=order.dry_run, limit=order.limit, found=found)
    return respond(ClearPage(done, found, order.limit))


@bp.post("/reindex")
@api(
    "Fill Redis from the disk",
    tag=_TAG,
    description="Harmless where nothing was lost: what is in Redis stays as it is.",
    answers={200: ReindexRecord},
    login=True,
)
def fill() -> Response:
    _require_admin()
    found = reindex(services())
    if found is None:
        raise ReindexingError("somebody else is filling Redis from the disk at this moment")
    return go_to(url_for("cache.index") + "#store") if wants_page() else respond(RecordPage(found.to_json()))


def _require_admin() -> None:
    if not is_admin(caller()):
        raise ForbiddenError("only admins look after the store")
