"""What its owner may say of a medium: name, description, tags, folder, collections, origin."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, field_validator

from app.library.ingest import shown_name
from app.services import Services
from app.storage.media_index import MediaEntry
from artdag.digest import Digest
from artdag.errors import BlobNotFoundError
from artdag.identity import Identity

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


def take_notes(services: Services, owner: Identity, digest: Digest, notes: MediaNotes) -> MediaEntry:
    """Change the entry of *owner* and return it.

    Raises:
        BlobNotFoundError: when *owner* does not have the medium.
    """
    entry = services.media.change(owner, digest, **notes.changes())
    if entry is None:
        raise BlobNotFoundError(f"there is no {digest} in your library")
    return entry
