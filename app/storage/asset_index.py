"""AssetIndex: the public names on this server, such as ``cat``, and the bytes that each one means."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis

from app.storage.newest_first import decoded
from app.storage.records import Records
from artdag.digest import Digest
from artdag.errors import ParameterError
from artdag.identity import Identity

_ASSETS = "artdag:assets"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetEntry:
    """One public name."""

    name: str
    digest: Digest
    owner: Identity
    """Who registered it."""
    registered_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "content_hash": self.digest,
            "owner": str(self.owner),
            "registered_at": self.registered_at.astimezone(UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
        }


class AssetIndex:
    """Names to bytes. A name keeps its meaning: only who registered it may give it another."""

    def __init__(self, redis: Redis, records: Records | None = None) -> None:
        """Stand on *redis*; names are written down in *records*, too, where there are any."""
        self._redis = redis
        self._records = records

    def all(self) -> Mapping[str, Digest]:
        """Return every name and its bytes, by name."""
        return {name: entry.digest for name, entry in self.entries().items()}

    def entries(self) -> dict[str, AssetEntry]:
        found = cast("dict[bytes, bytes]", self._redis.hgetall(_ASSETS))
        entries = (_read(decoded(name), record) for name, record in found.items())
        return {entry.name: entry for entry in sorted(entries, key=lambda entry: entry.name)}

    def get(self, name: str) -> Digest | None:
        entry = self.entry(name)
        return entry.digest if entry else None

    def entry(self, name: str) -> AssetEntry | None:
        record = cast("bytes | None", self._redis.hget(_ASSETS, name))
        return _read(name, record) if record is not None else None

    def names_of(self, digest: Digest) -> tuple[str, ...]:
        """Return the names that these bytes have."""
        return tuple(name for name, known in self.all().items() if known == digest)

    def register(self, name: str, digest: Digest, owner: Identity, at: datetime | None = None) -> AssetEntry:
        """Give *digest* the name.

        Raises:
            ParameterError: when the name has another form than a name, or is somebody else's.
        """
        if _NAME.fullmatch(name) is None:
            raise ParameterError(
                f"{name[:80]!r} cannot name an asset: it takes up to 64 of a-z, 0-9, _ and -, the first no sign"
            )
        entry = AssetEntry(name=name, digest=digest, owner=owner, registered_at=at or datetime.now(UTC))
        record = {"digest": digest, "owner": str(owner), "registered_at": entry.registered_at.isoformat()}
        if not self._redis.hsetnx(_ASSETS, name, json.dumps(record)):
            known = self.entry(name)
            if known is not None and known.owner != owner:
                raise ParameterError(f"the name {name!r} is taken by {known.owner}")
            self._redis.hset(_ASSETS, name, json.dumps(record))
        if self._records is not None:
            self._records.put("assets", name, record)
        return entry

    def forget(self, name: str) -> None:
        if self._records is not None:
            self._records.remove("assets", name)
        self._redis.hdel(_ASSETS, name)


def _read(name: str, record: bytes) -> AssetEntry:
    facts = json.loads(record)
    return AssetEntry(
        name=name,
        digest=Digest.parse(facts["digest"]),
        owner=Identity.parse(facts["owner"]),
        registered_at=datetime.fromisoformat(facts["registered_at"]),
    )
