"""/account: who one is here, and how much one has and may have; /audit: who did what, for admins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import Blueprint, Response, url_for
from pydantic import BaseModel, Field

from app.library.quota import Usage, usage
from app.storage.audit_log import AuditEntry
from app.storage.newest_first import MAX_PAGE
from app.web.current import ForbiddenError, caller, is_admin, login, services
from app.web.openapi import api
from app.web.payload import MalformedRequestError, query
from app.web.respond import Page, items_json, respond
from artdag.identity import Identity

bp = Blueprint("account", __name__)

_TAG = "login"
_LAST = 20


class AuditQuery(BaseModel):
    """Which entries."""

    actor: str = Field("", max_length=400, description="only what this actor did")
    cursor: str | None = Field(None, max_length=40, json_schema_extra={"pattern": r"^([0-9]{1,16}-[0-9]{1,16})?$"})
    limit: int = Field(50, ge=1, le=MAX_PAGE)


@dataclass(frozen=True)
class AccountPage(Page):
    """The caller."""

    template: ClassVar[str] = "account/index.html"

    who: Identity
    by: str
    is_admin: bool
    usage: Usage
    last: tuple[AuditEntry, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "actor": str(self.who),
            "by": self.by,
            "admin": self.is_admin,
            "usage": self.usage.to_json(),
            "last": [entry.to_json() for entry in self.last],
        }


@dataclass(frozen=True)
class AuditPage(Page):
    """A page of the log."""

    template: ClassVar[str] = "account/audit.html"

    items: tuple[AuditEntry, ...]
    actor: str
    next: str | None

    @property
    def next_url(self) -> str | None:
        wanted = {"actor": self.actor} if self.actor else {}
        return f"{url_for('account.audit')}?{urlencode({**wanted, 'cursor': self.next})}" if self.next else None

    def to_json(self) -> dict[str, Any]:
        return items_json([entry.to_json() for entry in self.items], self.next, None)


@bp.get("/account")
@api("Show who you are here, and how much you keep and may keep", tag=_TAG, login=True)
def index() -> Response:
    who, found = caller(), services()
    last = found.audit.page(limit=_LAST, actor=str(who)).items
    return respond(AccountPage(who, login().by, is_admin(who), usage(found, who), last))


@bp.get("/audit")
@api(
    "Show who did what",
    tag=_TAG,
    description="For admins. Newest first; what was refused stands there with its status.",
    query=AuditQuery,
    login=True,
)
def audit() -> Response:
    if not is_admin(caller()):
        raise ForbiddenError("only admins read who did what; what you did stands on your own page, /account")
    wanted = query(AuditQuery)
    try:
        page = services().audit.page(wanted.cursor, wanted.limit, actor=wanted.actor)
    except ValueError as error:
        raise MalformedRequestError(str(error)) from error
    return respond(AuditPage(page.items, wanted.actor, page.next))
