"""How much one actor may keep and have rendered at once, where the operator set a limit.

The local user is the server itself, or whoever owns it, and has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.services import Services
from app.storage.run_record import TooManyRunsError
from artdag.errors import NoRoomError
from artdag.identity import LOCAL, Identity
from artdag.run import RunState


class QuotaError(NoRoomError):
    """The actor's library would be larger than they may have."""

    code = "quota_bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one actor has, and may have; None: as much as there is room for."""

    kept_bytes: int
    most_bytes: int | None
    open_runs: int
    most_runs: int | None

    def to_json(self) -> dict[str, Any]:
        return {
            "kept_bytes": self.kept_bytes,
            "most_bytes": self.most_bytes,
            "open_runs": self.open_runs,
            "most_runs": self.most_runs,
        }


def usage(services: Services, owner: Identity) -> Usage:
    counts, settings = services.runs.counts(owner), services.settings
    return Usage(
        kept_bytes=services.media.size(owner),
        most_bytes=_most(owner, settings.quota_bytes),
        open_runs=counts[RunState.PENDING] + counts[RunState.RUNNING],
        most_runs=most_runs(services, owner),
    )


def check_bytes(services: Services, owner: Identity, more: int) -> None:
    """Raise QuotaError where *owner* may not keep *more* bytes."""
    most = _most(owner, services.settings.quota_bytes)
    if most is None:
        return
    kept = services.media.size(owner)
    if kept + more > most:
        raise QuotaError(f"your library holds {kept:,} of the {most:,} bytes that you may keep: delete something first")


def check_runs(services: Services, owner: Identity, more: int) -> None:
    """Raise TooManyRunsError where *owner* may not have *more* runs open, for what asks for several."""
    found = usage(services, owner)
    if found.most_runs is not None and found.open_runs + more > found.most_runs:
        raise TooManyRunsError.of(found.most_runs)


def most_runs(services: Services, owner: Identity) -> int | None:
    """Return how many runs *owner* may have open; None: any number."""
    return _most(owner, services.settings.quota_runs)


def _most(owner: Identity, limit: int | None) -> int | None:
    return None if owner == LOCAL else limit
