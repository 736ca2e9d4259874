"""/assets: public names on this server, and the bytes that they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, Response
from pydantic import BaseModel, ConfigDict, Field

from app.library.lookup import media_named
from app.library.views import facts_json
from app.storage.asset_index import AssetEntry
from app.web.current import ForbiddenError, caller, services
from app.web.openapi import api
from app.web.payload import payload
from app.web.respond import Page, items_json, respond
from artdag.errors import BlobNotFoundError
from artdag.media import MediaFacts

bp = Blueprint("assets", __name__, url_prefix="/assets")


class AssetNaming(BaseModel):
    """A name for some bytes."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=64, description="a-z, 0-9, _ and -")
    content_hash: str = Field(max_length=64, description="of a medium in your library, or a unique beginning of it")


@dataclass(frozen=True)
class Named:
    """An asset and what it is."""

    asset: AssetEntry
    facts: MediaFacts

    def to_json(self) -> dict[str, Any]:
        return facts_json(self.asset.digest, self.facts.size, self.facts) | self.asset.to_json()


@dataclass(frozen=True)
class AssetsPage(Page):
    """All assets, by name."""

    template: ClassVar[str] = "media/assets.html"

    assets: tuple[Named, ...]

    def to_json(self) -> dict[str, Any]:
        return items_json([one.to_json() for one in self.assets], None, len(self.assets))


@dataclass(frozen=True)
class AssetPage(AssetsPage):
    """The one that was just named."""

    def to_json(self) -> dict[str, Any]:
        return self.assets[0].to_json()


@bp.get("")
@api("List the assets", tag="media")
def index() -> Response:
    return respond(AssetsPage(_named()))


@bp.post("")
@api("Give a medium a public name", tag="media", body=AssetNaming, answers={201: None}, login=True)
def create() -> Response:
    owner, found = caller(), services()
    wanted = AssetNaming.model_validate(payload())
    digest = media_named(found, wanted.content_hash, owner)
    if not found.content.has(digest):
        raise BlobNotFoundError(f"there is no medium {digest} here")
    if found.media.entry(owner, digest) is None and not found.assets.names_of(digest):
        raise ForbiddenError("this is not in your library: only who has it may give it a public name")
    facts = found.facts(digest)
    if facts is None:
        raise BlobNotFoundError(f"there is no medium {digest} here")
    asset = found.assets.register(wanted.name, digest, owner, found.clock())
    return respond(AssetPage((Named(asset, facts),)), 201, {"Location": f"/cache/{digest}"})


def _named() -> tuple[Named, ...]:
    found = services()
    entries = found.assets.entries()
    facts = found.media.facts_of(entry.digest for entry in entries.values())
    return tuple(Named(entry, facts[entry.digest]) for entry in entries.values() if entry.digest in facts)
