"""Records on the disk of what else only Redis would know, so that one that has lost everything is filled again.

Who has which media under which name, whose the recipes are, the names of assets, every run, and what is published: one
small file each, written before the change is acknowledged.

``CACHE_DIR/records/<kind>/ab/<hash of the name>.json``; the name stands inside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from artdag.content_store import write_atomically

RecordKind = Literal["media", "recipes", "assets", "runs", "publications"]
KINDS: tuple[RecordKind, ...] = ("assets", "media", "recipes", "runs", "publications")
_FORMAT = "artdag/record/1"


class Records:
    """Small records by kind and name; safe for many processes at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, kind: RecordKind, name: str, value: Mapping[str, Any]) -> None:
        """Write the record *name* in place of what was there, durably; where it says that already, nothing is done.

        Raises:
            NoRoomError, DiskError: when the disk takes nothing; the old record is still there then.
        """
        record = {"record": _FORMAT, "kind": kind, "name": name, "value": dict(value)}
        place, data = self._place(kind, name), json.dumps(record, sort_keys=True).encode()
        if not (place.exists() and place.read_bytes() == data):
            write_atomically(place, data, mode=0o600)

    def remove(self, kind: RecordKind, name: str) -> None:
        self._place(kind, name).unlink(missing_ok=True)

    def get(self, kind: RecordKind, name: str) -> dict[str, Any] | None:
        """Return what stands there; None where nothing does that can be read."""
        found = _read(self._place(kind, name))
        return found[1] if found is not None and found[0] == name else None

    def all(self, kind: RecordKind) -> Iterator[tuple[str, dict[str, Any]]]:
        """Go through the records of a kind; one that cannot be read is passed over: it costs itself, nothing else."""
        for place in sorted((self.root / kind).glob("[0-9a-f][0-9a-f]/*.json")):
            found = _read(place)
            if found is not None:
                yield found

    def _place(self, kind: RecordKind, name: str) -> Path:
        hashed = hashlib.sha3_256(name.encode()).hexdigest()
        return self.root / kind / hashed[:2] / f"{hashed}.json"


def _read(place: Path) -> tuple[str, dict[str, Any]] | None:
    try:
        record = json.loads(place.read_bytes())
        if record["record"] != _FORMAT or not isinstance(record["value"], dict):
            return None
        return str(record["name"]), record["value"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
