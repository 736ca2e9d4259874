"""UploadIndex: large files that come in over several requests, each for a day after its last byte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis

from app.storage.newest_first import decoded
from artdag.digest import Digest
from artdag.identity import Identity

KEPT_S = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRecord:
    """One file that comes in piece by piece."""

    upload_id: str
    owner: Identity
    length: int
    """Bytes of the whole file."""
    name: str
    expected: Digest | None
    """What its sender says the bytes will be."""
    expires_at: datetime
    kept: Digest | None = None
    """What it became, once all of it was here."""
    is_new: bool = False
    """Whether the bytes it became were not here before."""

    def to_json(self) -> dict[str, Any]:
        return {
            "upload_id": self.upload_id,
            "owner": str(self.owner),
            "length": self.length,
            "name": self.name,
            "expected": self.expected,
            "expires_at": self.expires_at.timestamp(),
            "kept": self.kept,
            "is_new": self.is_new,
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> UploadRecord:
        return cls(
            **{
                **record,
                "owner": Identity.parse(record["owner"]),
                "expected": Digest.parse(record["expected"]) if record["expected"] else None,
                "kept": Digest.parse(record["kept"]) if record["kept"] else None,
                "expires_at": datetime.fromtimestamp(record["expires_at"], UTC),
            }
        )


class UploadIndex:
    """Uploads by id. How much of one is here, its file alone tells."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def put(self, record: UploadRecord) -> None:
        """Write it down until it expires."""
        with self._redis.pipeline() as pipe:
            pipe.set(_key(record.upload_id), json.dumps(record.to_json()), exat=int(record.expires_at.timestamp()))
            pipe.zadd(_of(record.owner), {record.upload_id: record.expires_at.timestamp()})
            pipe.expire(_of(record.owner), 2 * KEPT_S)
            pipe.execute()

    def get(self, upload_id: str) -> UploadRecord | None:
        found = cast("bytes | None", self._redis.get(_key(upload_id)))
        return UploadRecord.from_json(json.loads(found)) if found is not None else None

    def of(self, owner: Identity, now: datetime) -> tuple[UploadRecord, ...]:
        """Return what *owner* began and what has not expired, in the order of expiry."""
        self._redis.zremrangebyscore(_of(owner), "-inf", now.timestamp())
        names = [decoded(name) for name in cast("list[bytes]", self._redis.zrange(_of(owner), 0, -1))]
        return tuple(record for record in map(self.get, names) if record is not None)

    def forget(self, record: UploadRecord) -> None:
        with self._redis.pipeline() as pipe:
            pipe.delete(_key(record.upload_id))
            pipe.zrem(_of(record.owner), record.upload_id)
            pipe.execute()


def _key(upload_id: str) -> str:
    return f"artdag:upload:{upload_id}"


def _of(owner: Identity) -> str:
    return f"artdag:uploads:of:{owner}"
