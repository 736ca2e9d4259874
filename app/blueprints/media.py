"""/media: the library as a wall of pictures: look, search, bring in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import Blueprint, Response, json, url_for
from pydantic import BaseModel, Field

from app.library.notes import BulkNotes, take_bulk_notes
from app.library.views import item_json, library_page
from app.storage.media_index import MediaFilter, MediaItem, Origin
from app.storage.newest_first import MAX_PAGE
from app.web.current import caller, services, visitor
from app.web.openapi import api
from app.web.payload import Cursor, MalformedRequestError, payload, query
from app.web.respond import Page, items_json, respond
from artdag.identity import Identity
from artdag.media import Kind

bp = Blueprint("media", __name__, url_prefix="/media")

_PAGE = 48


class MediaQuery(BaseModel):
    """Which media."""

    q: str = Field("", max_length=200, description="words in names, descriptions, tags and folders")
    kind: Kind | None = Field(None, description="image, video, audio or data")
    came_by: Origin | None = Field(None, description="upload, import, run or starter")
    tag: str = Field("", max_length=60)
    folder: str = Field("", max_length=300)
    collection: str = Field("", max_length=60)
    cursor: Cursor | None = None
    limit: int = Field(_PAGE, ge=1, le=MAX_PAGE)


@dataclass(frozen=True)
class MediaPage(Page):
    """A page of the library."""

    template: ClassVar[str] = "media/index.html"
    fragments: ClassVar[tuple[str, ...]] = ("media_grid",)

    items: tuple[MediaItem, ...]
    filter: MediaQuery
    next: str | None
    total: int | None
    count: int
    """Of the whole library, whatever the filter."""
    size: int
    """Bytes of the whole library."""
    who: Identity | None

    @property
    def is_filtered(self) -> bool:
        return bool(self._filters())

    @property
    def filter_words(self) -> str:
        """What narrows the list, for the sentence that says nothing fits."""
        words = {"q": "", "came_by": "came by "}
        return ", ".join(f"{words.get(name, f'{name} ')}“{value}”" for name, value in self._filters().items())

    @property
    def next_url(self) -> str | None:
        return url_for("media.index") + "?" + urlencode({**self._filters(), "cursor": self.next}) if self.next else None

    def kind_url(self, kind: str) -> str:
        """Return the address of the same list, of another kind."""
        wanted = {**self._filters(), "kind": kind}
        wanted = {name: value for name, value in wanted.items() if value}
        return url_for("media.index") + (f"?{urlencode(wanted)}" if wanted else "")

    def _filters(self) -> dict[str, str]:
        given = self.filter.model_dump(mode="json", exclude={"cursor", "limit"})
        return {name: value for name, value in given.items() if value}

    def to_json(self) -> dict[str, Any]:
        return items_json([item_json(item) for item in self.items], self.next, self.total)


@bp.get("")
@api("List the media library", tag="media", query=MediaQuery)
def index() -> Response:
    wanted, found, who = query(MediaQuery), services(), visitor()
    only = MediaFilter(
        q=wanted.q,
        kind=wanted.kind,
        came_by=wanted.came_by,
        tag=wanted.tag,
        folder=wanted.folder,
        collection=wanted.collection,
    )
    try:
        page = library_page(found, who, wanted.cursor, wanted.limit, only)
    except ValueError as error:
        raise MalformedRequestError(str(error)) from error
    return respond(
        MediaPage(
            items=page.items,
            filter=wanted,
            next=page.next,
            total=page.total,
            count=found.media.count(who) if who else 0,
            size=found.media.size(who) if who else 0,
            who=who,
        )
    )


@bp.patch("")
@api(
    "Change what you say of several media",
    tag="media",
    description="All of them or, where one is not in your library, none.",
    body=BulkNotes,
    html=False,
    login=True,
)
def change() -> Response:
    owner = caller()
    changed = take_bulk_notes(services(), owner, BulkNotes.model_validate(payload()))
    items = [{"content_hash": digest, **entry.to_json()} for digest, entry in changed.items()]
    response = Response(json.dumps(items_json(items, None, len(items))) + "\n", mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
