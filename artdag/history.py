"""History: the plans that a folder was asked to carry out, newest first, so that a later one can be told apart.

One small file for each, ``history/<when>-<run>.json``; the plan itself lies among the blobs. Only the newest are kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from artdag.content_store import FileContentStore, write_atomically
from artdag.difference import Earlier
from artdag.digest import Digest
from artdag.errors import ArtDagError
from artdag.plan import Plan
from artdag.run import rfc3339

KEPT = 100
"""So many plans are remembered."""
LOOKED_AT = 20
"""So many are looked through for the one that is nearest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One plan that was carried out."""

    run: str
    plan_id: Digest
    at: str
    """RFC 3339, UTC."""

    def to_json(self) -> dict[str, Any]:
        return {"run": self.run, "plan_id": self.plan_id, "at": self.at}


class History:
    """The plans of one folder."""

    def __init__(self, root: Path, content: FileContentStore) -> None:
        self._folder = root / "history"
        self._content = content

    def note(self, run: str, plan: Plan, now: datetime) -> None:
        """Remember that *run* carried out *plan*; the oldest are forgotten."""
        self._content.put_bytes(plan.to_bytes())
        entry = Entry(run=run, plan_id=plan.plan_id, at=rfc3339(now) or "")
        place = self._folder / f"{now:%Y%m%dT%H%M%S%f}-{run[:8]}.json"
        write_atomically(place, json.dumps(entry.to_json(), sort_keys=True).encode())
        self._forget()

    def entries(self) -> Iterator[Entry]:
        """Go through what is remembered, newest first; what cannot be read is passed over."""
        for place in self._places():
            with suppress(FileNotFoundError, ValueError, LookupError, TypeError, ArtDagError):
                found = json.loads(place.read_bytes())
                yield Entry(run=str(found["run"]), plan_id=Digest.parse(found["plan_id"]), at=str(found["at"]))

    def plans(self) -> Iterator[Earlier]:
        """Go through the newest plans, each once, newest first."""
        seen: set[Digest] = set()
        for entry in self.entries():
            if len(seen) == LOOKED_AT:
                return
            if entry.plan_id in seen:
                continue
            seen.add(entry.plan_id)
            with suppress(ArtDagError, ValueError, LookupError, TypeError):  # a plan that is gone tells nothing
                plan = Plan.from_json(json.loads(self._content.read(entry.plan_id)))
                yield Earlier(plan=plan, name=f"run {entry.run[:8]}")

    def _places(self) -> list[Path]:
        return sorted(self._folder.glob("*.json"), reverse=True) if self._folder.is_dir() else []

    def _forget(self) -> None:
        old = self._places()[KEPT:]
        if not old:
            return
        plans = {entry.plan_id for entry in self.entries()}
        for place in old:
            place.unlink(missing_ok=True)
        for plan_id in plans - {entry.plan_id for entry in self.entries()}:
            self._content.delete(plan_id)
