"""Publication: one thing on its way to a registry, or there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from artdag.digest import Digest
from artdag.identity import Identity
from artdag.run import rfc3339

Published = Literal["run", "media", "recipe"]


class PublicationState(StrEnum):
    """Where a publication stands."""

    QUEUED = "queued"
    SENDING = "sending"
    PUBLISHED = "published"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        """Whether it goes on by itself."""
        return self in (PublicationState.QUEUED, PublicationState.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What was asked for, and how far it has come."""

    id: Digest
    """The same for the same thing at the same registry: what a second request carries, too."""
    kind: Published
    subject: str
    """A run's id; of a medium or a recipe, which several may have, ``@name@host/<content hash>``."""
    digest: Digest
    """The bytes that become public."""
    receipt: Digest
    """The signed record that goes along."""
    held: tuple[Digest, ...]
    """All bytes that must stay: these, what they were made of, and their papers."""
    owner: Identity
    l2: str
    """Origin of the registry."""
    name: str
    state: PublicationState = PublicationState.QUEUED
    asked_at: datetime
    uncertain: bool = False
    """Whether something was sent of which nobody knows if it arrived."""
    error: str | None = None
    """What went wrong the last time, in a sentence."""
    at: datetime | None = None
    """When the registry was seen to have it."""
    asset: str | None = None
    """What the registry calls it."""
    activity_id: str | None = None

    @property
    def holds(self) -> bool:
        """Whether its bytes must stay, as far as is known here."""
        return self.state is not PublicationState.FAILED

    @property
    def needs(self) -> bool:
        """Whether it holds its bytes, or may hold them, for all that is known here."""
        return self.holds or self.uncertain

    def entry(self) -> dict[str, Any]:
        """Return what the record of a run says of it."""
        found = {
            "l2": self.l2,
            "asset": self.asset,
            "activity_id": self.activity_id,
            "at": rfc3339(self.at),
            "state": self.state.value,
        }
        return found | ({"error": self.error} if self.error else {})

    def to_json(self) -> dict[str, Any]:
        return {
            **dataclasses.asdict(self),
            "held": list(self.held),
            "owner": str(self.owner),
            "state": self.state.value,
            **{name: rfc3339(getattr(self, name)) for name in _MOMENTS},
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Publication:
        return cls(
            **{
                **record,
                "id": Digest(record["id"]),
                "digest": Digest(record["digest"]),
                "receipt": Digest(record["receipt"]),
                "held": tuple(map(Digest, record["held"])),
                "owner": Identity.parse(record["owner"]),
                "state": PublicationState(record["state"]),
                **{name: _moment(record[name]) for name in _MOMENTS},
            }
        )


_MOMENTS = ("asked_at", "at")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))
