"""/cache: every blob under its hash: bytes for programs and players, a page for people, and the way in and out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, cast

from flask import Blueprint, Flask, Response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from pydantic import BaseModel, Field

from app.library.deletion import Impact, delete_media, media_impact
from app.library.lineage import DEEPEST, lineage
from app.library.lookup import media_named, raise_if_gone
from app.library.notes import MediaNotes, take_notes
from app.library.previews import preview_facts, preview_of
from app.library.standing import pinned_here
from app.library.views import (
    Fitting,
    MediaView,
    disk_space,
    fitting_recipes,
    item_json,
    library_page,
    text_of,
    view_of,
)
from app.publishing.registries import asked_for
from app.storage.media_index import MediaFilter, MediaItem
from app.storage.newest_first import MAX_PAGE
from app.web.bytes_response import SERVED, send_bytes
from app.web.current import ForbiddenError, caller, is_admin, services, visitor
from app.web.incoming import IncomingRequest
from app.web.openapi import api
from app.web.payload import Cursor, MalformedRequestError, payload, query
from app.web.publishing import Publishing, entries_of, of_bytes
from app.web.respond import Page, go_to, items_json, plain_json, respond, vary, wants_page
from app.web.store_view import StoreView, store_view
from artdag.digest import Digest
from artdag.errors import BlobNotFoundError
from artdag.identity import Identity

bp = Blueprint("cache", __name__, url_prefix="/cache")

_TAG = "media"

# --- what is said -----------------------------------------------------------------------------------------------------


class ListQuery(BaseModel):
    """Which part of the list."""

    cursor: Cursor | None = None
    limit: int = Field(50, ge=1, le=MAX_PAGE)


class LineageQuery(BaseModel):
    """How far to look."""

    depth: int = Field(DEEPEST, ge=1, le=DEEPEST, description="generations, either way")


@dataclass(frozen=True)
class CacheListPage(Page):
    """What stands in the visitor's library, and the assets, as hashes with facts."""

    template: ClassVar[str] = "cache/index.html"

    items: tuple[MediaItem, ...]
    next: str | None
    total: int | None
    size: int
    """Bytes of the visitor's library."""
    free: int
    disk: int
    """Bytes of the disk that the store is on."""
    store: StoreView
    fragments: ClassVar[tuple[str, ...]] = ("store_check",)

    @property
    def next_url(self) -> str | None:
        return url_for("cache.index", cursor=self.next) if self.next else None

    def to_json(self) -> dict[str, Any]:
        return items_json([item_json(item) for item in self.items], self.next, self.total)


@dataclass(frozen=True)
class ItemPage(Page):
    """One blob."""

    template: ClassVar[str] = "cache/show.html"
    fragments: ClassVar[tuple[str, ...]] = ("publishing",)

    view: MediaView
    fitting: tuple[Fitting, ...] = ()
    excerpt: str = ""
    """The beginning of a text."""

    @cached_property
    def publishing(self) -> Publishing:
        is_medium = self.view.entry is not None and self.view.facts is not None
        return of_bytes(services(), "media", self.view.digest, may=is_medium)

    @cached_property
    def pinned(self) -> str | None:
        """Why the visitor's entry must stay."""
        who, entry = visitor(), self.view.entry
        if who is None or entry is None:
            return None
        return entry.pinned or pinned_here(services(), self.view.digest, who)

    def to_json(self) -> dict[str, Any]:
        found = self.view.to_json() | {"published": entries_of(services(), self.view.digest)}
        return found | ({"pinned": self.pinned} if self.view.entry is not None else {})


@dataclass(frozen=True)
class DeletePage(Page):
    """What deleting a blob would do, before it is done."""

    template: ClassVar[str] = "cache/delete.html"

    view: MediaView
    impact: Impact

    def recipe_name(self, recipe: Digest) -> str:
        entry = services().recipes.get(recipe)
        return entry.name if entry is not None else recipe[:10]

    def to_json(self) -> dict[str, Any]:
        return self.impact.to_json()


@dataclass(frozen=True)
class DeletedPage(Page):
    """What a deletion did."""

    template: ClassVar[str] = "cache/deleted.html"

    name: str
    impact: Impact

    def to_json(self) -> dict[str, Any]:
        return {**self.impact.to_json(), "deleted": True}


# --- the list and the way in ------------------------------------------------------------------------------------------


@bp.get("")
@api("List the blobs of your library, and the assets", tag=_TAG, query=ListQuery)
def index() -> Response:
    wanted, found, who = query(ListQuery), services(), visitor()
    try:
        page = library_page(found, who, wanted.cursor, wanted.limit, MediaFilter())
    except ValueError as error:
        raise MalformedRequestError(str(error)) from error
    free, disk = disk_space(found)
    size = found.media.size(who) if who else 0
    return respond(
        CacheListPage(
            items=page.items,
            next=page.next,
            total=page.total,
            size=size,
            free=free,
            disk=disk,
            store=store_view(found, is_admin=who is not None and is_admin(who)),
        )
    )


# --- one blob ---------------------------------------------------------------------------------------------------------


@bp.get("/<medium:name>")
@api(
    "Get a blob",
    tag=_TAG,
    description="The bytes, with ranges; its facts when JSON is asked for; a page for browsers.",
    produces=SERVED,
)
def show(name: str) -> Response:
    digest = _named(name)
    if digest != name:
        return _moved("cache.show", digest)
    found, who = services(), visitor()
    if wants_page():
        view = view_of(found, digest, who, sees_all=_sees_all(who))
        fitting = fitting_recipes(found, view.facts) if view.facts else ()
        return respond(ItemPage(view, fitting, text_of(found, view) or ""))
    if _names_json():
        return respond(
            ItemPage(view_of(found, digest, who, sees_all=_sees_all(who))), headers={"ETag": f'"{digest}-facts"'}
        )
    response = _bytes(digest)
    vary(response)
    return response


@bp.get("/<medium:name>/raw")
@api("Get the bytes of a blob", tag=_TAG, html=False, produces=SERVED)
def raw(name: str) -> Response:
    digest = _named(name)
    return _moved("cache.raw", digest) if digest != name else _bytes(digest)


@bp.get("/<medium:name>/lineage")
@api(
    "Show where a blob comes from and what was made of it",
    tag=_TAG,
    description="Runs of yours, followed both ways; admins see everybody's.",
    query=LineageQuery,
    html=False,
    login=True,
)
def show_lineage(name: str) -> Response:
    who, found = caller(), services()
    digest = media_named(found, name, who)
    family = lineage(found, digest, who, sees_all=is_admin(who), depth=query(LineageQuery).depth)
    return plain_json(family.to_json())


@bp.get("/<medium:name>/poster")
@api("Get a small picture of a blob", tag=_TAG, html=False, produces=("image/webp",))
def poster(name: str) -> Response:
    return _preview("poster", name)


@bp.get("/<medium:name>/strip")
@api("Get ten frames of a clip side by side", tag=_TAG, html=False, produces=("image/webp",))
def strip(name: str) -> Response:
    return _preview("strip", name)


@bp.get("/<medium:name>/waveform")
@api("Get a picture of how loud a sound is over time", tag=_TAG, html=False, produces=("image/webp",))
def waveform(name: str) -> Response:
    return _preview("waveform", name)


@bp.get("/<medium:name>/spectrum")
@api("Get a picture of the tones that a sound is made of over time", tag=_TAG, html=False, produces=("image/webp",))
def spectrum(name: str) -> Response:
    return _preview("spectrum", name)


def _preview(preview: str, name: str) -> Response:
    found, digest = services(), _named(name)
    drawn = preview_of(found, preview, digest)
    if drawn is None:
        raise BlobNotFoundError(f"there is no {preview} of {digest}")
    return send_bytes(found, drawn, preview_facts(found, preview, digest), f"{digest[:10]}-{preview}")


@bp.patch("/<medium:name>")
@api("Change what you say of a medium", tag=_TAG, body=MediaNotes, login=True)
def change(name: str) -> Response:
    owner, digest = _own(name)
    take_notes(services(), owner, digest, MediaNotes.model_validate(payload()))
    return respond(ItemPage(view_of(services(), digest, owner)))


@bp.post("/<medium:name>/edit")
@api("Change what you say of a medium, from a form", tag=_TAG, answers={303: None}, login=True)
def edit(name: str) -> Response:
    """Take what the page's form says: browsers' forms know no PATCH."""
    owner, digest = _own(name)
    given = payload()
    origin = given.pop("origin_url", "")
    notes = {**given, "origin": {"type": "external", "url": origin} if origin else {"type": "self"}}
    take_notes(services(), owner, digest, MediaNotes.model_validate(notes))
    return go_to(url_for("cache.show", name=digest))


@bp.get("/<medium:name>/delete")
@api("See what deleting a medium would do", tag=_TAG, login=True)
def ask(name: str) -> Response:
    (owner, digest), found = _own(name), services()
    return respond(
        DeletePage(view_of(found, digest, owner), media_impact(found, digest, owner, asked=asked_for(found, owner)))
    )


@bp.delete("/<medium:name>")
@api(
    "Delete a medium from your library",
    tag=_TAG,
    description="The bytes go when nobody else has them. 409 with a code when a rule stands against it.",
    login=True,
)
def delete(name: str) -> Response:
    return respond(_deleted(name))


@bp.post("/<medium:name>/delete")
@api("Delete a medium, from a form", tag=_TAG, login=True)
def delete_from_page(name: str) -> Response:
    """Delete, and show what went: browsers' forms know no DELETE."""
    return respond(_deleted(name))


def _deleted(name: str) -> DeletedPage:
    me, digest = caller(), _named(name)
    found = services()
    holders = [me]
    if is_admin(me) and found.media.entry(me, digest) is None:  # an admin takes it out of every library
        holders = sorted(found.media.owners(digest), key=str) or holders
    _need_entry(holders[0], digest)
    view = view_of(found, digest, holders[0])
    impacts = [delete_media(found, digest, holder, asked=asked_for(found, holder)) for holder in holders]
    return DeletedPage(view.name, impacts[-1])


def _named(name: str) -> Digest:
    """Return the bytes that *name* means, which are here. Raises BlobNotFoundError, AmbiguousPrefixError, GoneError."""
    digest = media_named(services(), name, visitor())
    if not services().content.has(digest):
        raise_if_gone(services(), "media", digest)
        raise BlobNotFoundError(f"there are no bytes {digest} here")
    return digest


def _own(name: str) -> tuple[Identity, Digest]:
    """Return the caller and the bytes, which stand in the caller's library. Raises ForbiddenError where they do not."""
    owner, digest = caller(), _named(name)
    _need_entry(owner, digest)
    return owner, digest


def _need_entry(owner: Identity, digest: Digest) -> None:
    if services().media.entry(owner, digest) is None:
        raise ForbiddenError("this is not in your library: only who has it may change or delete it")


def _sees_all(who: Identity | None) -> bool:
    return who is not None and is_admin(who)


def _bytes(digest: Digest) -> Response:
    found, who = services(), visitor()
    entry = found.media.entry(who, digest) if who else None
    return send_bytes(found, digest, found.media.facts(digest), entry.name if entry else None)


def _moved(endpoint: str, digest: Digest) -> Response:
    query_string = f"?{request.query_string.decode()}" if request.query_string else ""
    response = cast(Response, redirect(url_for(endpoint, name=digest) + query_string, 302))
    vary(response)
    return response


def _names_json() -> bool:
    return any(name == "application/json" and quality > 0 for name, quality in request.accept_mimetypes)


# --- set-up -----------------------------------------------------------------------------------------------------------


@bp.record_once
def _set_up(state: BlueprintSetupState) -> None:
    cast(Flask, state.app).request_class = IncomingRequest
