"""What its owner may say of a medium: name, description, tags, folder, collections, origin."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, field_validator

from app.library.ingest import shown_name
from app.services import Services
from app.storage.media_index import MediaEntry
from artdag.digest import Digest
from artdag.errors import BlobNotFoundError
from artdag.identity import Identity

Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]+$")]


class OriginNote(BaseModel):
    """Where it comes from: made here, or found under an address."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["self", "external"]
    url: HttpUrl | None = None


class MediaNotes(BaseModel):
    """Fields to change; those that are not given stay. Lists may also be written as text with commas."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    description: str | None = Field(None, max_length=5000)
    tags: list[Word] | None = Field(None, max_length=50)
    folder: str | None = Field(None, max_length=300)
    collections: list[Word] | None = Field(None, max_length=50)
    origin: OriginNote | None = None

    @field_validator("tags", "collections", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value

    @field_validator("folder")
    @classmethod
    def _path(cls, value: str | None) -> str | None:
        """Folders are words between slashes; they name no place on a disk."""
        if value is None:
            return None
        parts = [re.sub(r"\s+", " ", part).strip() for part in value.split("/")]
        return "/".join(part for part in parts if part not in ("", ".", ".."))

    def changes(self) -> dict[str, Any]:
        """Return what the entry is changed by."""
        found: dict[str, Any] = {name: value for name, value in self if value is not None}
        if self.name is not None:
            found["name"] = shown_name(self.name)
        for several in ("tags", "collections"):
            if several in found:
                found[several] = tuple(dict.fromkeys(found[several]))
        if self.origin is not None:
            url = {"url": str(self.origin.url)} if self.origin.type == "external" and self.origin.url else {}
            found["origin"] = {"type": self.origin.type, **url}
        return found


class BulkNotes(BaseModel):
    """What to change of several media at once; what is not given stays."""

    model_config = ConfigDict(extra="forbid")

    content_hashes: list[Hash] = Field(min_length=1, max_length=500)
    add_tags: list[Word] = Field([], max_length=50)
    remove_tags: list[Word] = Field([], max_length=50)
    add_collections: list[Word] = Field([], max_length=50)
    remove_collections: list[Word] = Field([], max_length=50)
    folder: str | None = Field(None, max_length=300)

    def of(self, entry: MediaEntry) -> MediaNotes:
        """Return what these say of a medium. Raises pydantic.ValidationError where it has too many words then."""
        return MediaNotes(
            tags=_changed(entry.tags, self.add_tags, self.remove_tags),
            collections=_changed(entry.collections, self.add_collections, self.remove_collections),
            folder=self.folder,
            description=None,
        )


def _changed(words: Iterable[str], added: Iterable[str], removed: Iterable[str]) -> list[str]:
    gone = set(removed)
    return [word for word in dict.fromkeys([*words, *added]) if word not in gone]


def take_bulk_notes(services: Services, owner: Identity, bulk: BulkNotes) -> dict[Digest, MediaEntry]:
    """Change several entries of *owner* and return them; where one is not there, none is changed.

    Raises:
        BlobNotFoundError: when *owner* does not have one of the media.
        pydantic.ValidationError: when one would have too many tags or collections.
    """
    digests = [Digest(text) for text in dict.fromkeys(bulk.content_hashes)]
    entries = {digest: services.media.entry(owner, digest) for digest in digests}
    missing = [digest for digest, entry in entries.items() if entry is None]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise BlobNotFoundError(f"there is no {missing[0]}{more} in your library; nothing was changed")
    notes = {digest: bulk.of(entry) for digest, entry in entries.items() if entry is not None}
    return {digest: take_notes(services, owner, digest, one) for digest, one in notes.items()}


def take_notes(services: Services, owner: Identity, digest: Digest, notes: MediaNotes) -> MediaEntry:
    """Change the entry of *owner* and return it.

    Raises:
        BlobNotFoundError: when *owner* does not have the medium.
    """
    entry = services.media.change(owner, digest, **notes.changes())
    if entry is None:
        raise BlobNotFoundError(f"there is no {digest} in your library")
    return entry
