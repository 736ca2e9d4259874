"""MediaIndex: what is in each blob, and whose library it stands in under which name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from redis import Redis
from redis.client import Pipeline

from app.storage.newest_first import NewestFirst, Page, atomically, decoded, score_of
from app.storage.records import Records
from artdag.digest import Digest
from artdag.identity import Identity
from artdag.media import Kind, MediaFacts
from artdag.world import probe_name

Origin = Literal["upload", "import", "run", "starter"]

_CHANGE_S = 30
_FOUND_BY = "found_by"
"""Which probe found the facts, in their record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaEntry:
    """What one person says of one blob."""

    name: str
    uploaded_at: datetime
    """When it came into this library."""
    came_by: Origin = "upload"
    run_id: str | None = None
    """The run that made it, for ``came_by`` run."""
    description: str = ""
    tags: tuple[str, ...] = ()
    folder: str = ""
    """Path such as ``trips/lisbon``; empty for the top."""
    collections: tuple[str, ...] = ()
    origin: Mapping[str, str] = dataclasses.field(default_factory=lambda: {"type": "self"})
    """``{"type": "self"}``, or ``{"type": "external", "url": …}``."""
    pinned: str | None = None
    """Why it must stay; None where nothing holds it."""

    def to_json(self) -> dict[str, Any]:
        record = dataclasses.asdict(self)
        moment = self.uploaded_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {**record, "uploaded_at": moment, "tags": list(self.tags), "collections": list(self.collections)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> MediaEntry:
        return cls(
            **{
                **record,
                "uploaded_at": datetime.fromisoformat(record["uploaded_at"].replace("Z", "+00:00")),
                "tags": tuple(record["tags"]),
                "collections": tuple(record["collections"]),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaItem:
    """A blob in somebody's library."""

    digest: Digest
    entry: MediaEntry
    facts: MediaFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFilter:
    """What a page of a library is narrowed to; empty means all of it."""

    q: str = ""
    kind: Kind | None = None
    came_by: Origin | None = None
    tag: str = ""
    folder: str = ""
    collection: str = ""

    @property
    def is_empty(self) -> bool:
        return self == MediaFilter()

    def takes(self, item: MediaItem) -> bool:
        entry = item.entry
        below = f"{self.folder}/"
        return (
            (self.kind is None or item.facts.kind is self.kind)
            and (self.came_by is None or entry.came_by == self.came_by)
            and (not self.tag or self.tag in entry.tags)
            and (not self.folder or entry.folder == self.folder or entry.folder.startswith(below))
            and (not self.collection or self.collection in entry.collections)
            and self._finds(item)
        )

    def _finds(self, item: MediaItem) -> bool:
        if not self.q:
            return True
        entry = item.entry
        words = (entry.name, entry.description, *entry.tags, entry.folder, *entry.collections, item.facts.media_type)
        text = "\n".join(words).lower()
        return all(word in text or (len(word) >= 8 and item.digest.startswith(word)) for word in self.q.lower().split())


class MediaIndex:
    """Facts per blob; entries per owner and blob."""

    def __init__(self, redis: Redis, records: Records | None = None) -> None:
        """Stand on *redis*; entries are written down in *records*, too, where there are any."""
        self._redis = redis
        self._records = records

    # --- facts: the same for everybody ---

    def facts(self, digest: Digest) -> MediaFacts | None:
        """Return what is in these bytes, be it an earlier probe that found it; None where none ever looked."""
        return self.facts_of([digest]).get(digest)

    def facts_of(self, digests: Iterable[Digest]) -> dict[Digest, MediaFacts]:
        """Return the facts of those that are known, in one round trip."""
        wanted = list(digests)
        found = cast("list[bytes | None]", self._redis.mget([_facts(one) for one in wanted])) if wanted else []
        return {
            digest: MediaFacts.from_json(json.loads(record))
            for digest, record in zip(wanted, found, strict=True)
            if record is not None
        }

    def fresh_facts(self, digest: Digest) -> MediaFacts | None:
        """Return what is in these bytes as far as today's probe found it; None where it has not looked yet."""
        record = cast("bytes | None", self._redis.get(_facts(digest)))
        known: dict[str, Any] = json.loads(record) if record is not None else {}
        return MediaFacts.from_json(known) if known.get(_FOUND_BY) == probe_name() else None

    def put_facts(self, digest: Digest, facts: MediaFacts, *, fresh: bool = True) -> None:
        """Note what is in these bytes; *fresh* says that today's probe found it, and else what is known stays."""
        earlier = self.facts(digest)
        if earlier is not None and not fresh:
            return
        record = facts.to_json() | ({_FOUND_BY: probe_name()} if fresh else {})
        with self._redis.pipeline() as pipe:
            pipe.set(_facts(digest), json.dumps(record))
            if earlier is not None and earlier.kind is not facts.kind:
                for owner in self.owners(digest):
                    self._move_to_kind(pipe, owner, digest, facts.kind)
            pipe.execute()

    def _move_to_kind(self, pipe: Pipeline, owner: Identity, digest: Digest, kind: Kind) -> None:
        score = self._redis.zscore(_newest(owner), digest)
        for one in Kind:
            pipe.zrem(_newest(owner, one), digest)
        if score is not None:
            pipe.zadd(_newest(owner, kind), {digest: score})

    def forget_facts(self, digest: Digest) -> None:
        self._redis.delete(_facts(digest))

    @contextmanager
    def changing(self, digest: Digest) -> Iterator[None]:
        """Keep others out while these bytes come or go, so that nobody removes what somebody else just brought.

        A holder that died lets go after half a minute.
        """
        with self._redis.lock(f"artdag:media:changing:{digest}", timeout=_CHANGE_S, blocking_timeout=2 * _CHANGE_S):
            yield

    # --- entries: who has it, and what they call it ---

    def link(self, owner: Identity, digest: Digest, entry: MediaEntry) -> bool:
        """Put the blob into *owner*'s library; return False, and change nothing, where it stands there already."""
        if self.entry(owner, digest) is not None:
            return False
        self._write_down(owner, digest, entry)
        return atomically(self._redis, lambda pipe: self._link(pipe, owner, digest, entry), _entries(owner))

    def write_down(self, owner: Identity, digest: Digest) -> None:
        """Write the entry to the disk as Redis knows it."""
        entry = self.entry(owner, digest)
        if entry is not None:
            self._write_down(owner, digest, entry)

    def _write_down(self, owner: Identity, digest: Digest, entry: MediaEntry) -> None:
        if self._records is not None:
            facts = self.facts(digest)
            value = {"owner": str(owner), "digest": digest, "entry": entry.to_json()}
            self._records.put(
                "media", record_name(owner, digest), value | {"facts": facts.to_json() if facts else None}
            )

    def _link(self, pipe: Pipeline, owner: Identity, digest: Digest, entry: MediaEntry) -> bool:
        if pipe.hexists(_entries(owner), digest):
            return False
        facts = self.facts(digest)
        scored: dict[str, float] = {digest: score_of(entry.uploaded_at)}
        pipe.multi()
        pipe.hset(_entries(owner), digest, json.dumps(entry.to_json()))
        pipe.zadd(_newest(owner), scored)
        pipe.zadd(_spelt(owner), {digest: 0})
        pipe.sadd(_owners(digest), str(owner))
        if facts is not None:
            pipe.zadd(_newest(owner, facts.kind), scored)
            pipe.incrby(_size(owner), facts.size)
            pipe.zadd(_sized(owner), {digest: facts.size})
        return True

    def unlink(self, owner: Identity, digest: Digest) -> bool:
        """Take the blob out of *owner*'s library; return whether it stood there."""
        if self._records is not None:
            self._records.remove("media", record_name(owner, digest))
        stood = atomically(self._redis, lambda pipe: self._unlink(pipe, owner, digest), _entries(owner))
        if self._records is not None:
            self._records.remove("media", record_name(owner, digest))  # again: it may have been changed meanwhile
        return stood

    def _unlink(self, pipe: Pipeline, owner: Identity, digest: Digest) -> bool:
        if not pipe.hexists(_entries(owner), digest):
            return False
        facts = self.facts(digest)
        pipe.multi()
        pipe.hdel(_entries(owner), digest)
        pipe.zrem(_newest(owner), digest)
        pipe.zrem(_spelt(owner), digest)
        pipe.srem(_owners(digest), str(owner))
        if facts is not None:
            pipe.zrem(_newest(owner, facts.kind), digest)
            pipe.decrby(_size(owner), facts.size)
            pipe.zrem(_sized(owner), digest)
        return True

    def entry(self, owner: Identity, digest: Digest) -> MediaEntry | None:
        record = cast("bytes | None", self._redis.hget(_entries(owner), digest))
        return MediaEntry.from_json(json.loads(record)) if record is not None else None

    def change(self, owner: Identity, digest: Digest, **changes: Any) -> MediaEntry | None:
        """Return the entry with *changes* to some fields; None where *owner* does not have the blob."""

        def write(pipe: Pipeline) -> MediaEntry | None:
            record = cast("bytes | None", pipe.hget(_entries(owner), digest))
            pipe.multi()
            if record is None:
                return None
            changed = dataclasses.replace(MediaEntry.from_json(json.loads(record)), **changes)
            pipe.hset(_entries(owner), digest, json.dumps(changed.to_json()))
            return changed

        changed = atomically(self._redis, write, _entries(owner))
        if changed is not None:
            self._write_down(owner, digest, changed)
        return changed

    def pin(self, owner: Identity, digest: Digest, why: str | None) -> None:
        """Note why the blob must stay; None lets it go."""
        self.change(owner, digest, pinned=why)

    def owners(self, digest: Digest) -> frozenset[Identity]:
        members = cast("set[bytes]", self._redis.smembers(_owners(digest)))
        return frozenset(Identity.parse(decoded(member)) for member in members)

    def everybody(self) -> frozenset[Identity]:
        """Return all who have a library."""
        prefix = _entries_prefix()
        keys = self._redis.scan_iter(match=f"{prefix}*", count=500)
        return frozenset(Identity.parse(decoded(key).removeprefix(prefix)) for key in keys)

    def digests_of(self, owner: Identity) -> tuple[Digest, ...]:
        """Return all that stands in *owner*'s library."""
        found = cast("list[bytes]", self._redis.hkeys(_entries(owner)))
        return tuple(Digest.parse(decoded(one)) for one in found)

    def entries_of(self, owner: Identity) -> dict[Digest, MediaEntry]:
        """Return all that *owner* says of anything."""
        found = cast("dict[bytes, bytes]", self._redis.hgetall(_entries(owner)))
        return {Digest.parse(decoded(one)): MediaEntry.from_json(json.loads(record)) for one, record in found.items()}

    def any_entry(self, digest: Digest) -> MediaEntry | None:
        """Return what somebody calls these bytes; for places that show a thing's name whoever's it is."""
        for owner in sorted(self.owners(digest), key=str):
            if (entry := self.entry(owner, digest)) is not None:
                return entry
        return None

    def names(self, digests: Iterable[Digest], owner: Identity | None = None) -> dict[Digest, str]:
        """Return what *owner* calls these blobs."""
        wanted = list(dict.fromkeys(digests))
        if owner is None or not wanted:
            return {}
        found = cast("list[bytes | None]", self._redis.hmget(_entries(owner), wanted))
        return {
            digest: json.loads(record)["name"]
            for digest, record in zip(wanted, found, strict=True)
            if record is not None
        }

    def spelt(self, owner: Identity, prefix: str, limit: int = 10) -> tuple[Digest, ...]:
        """Return the blobs in *owner*'s library whose hash begins with *prefix*."""
        found = cast("list[bytes]", self._redis.zrangebylex(_spelt(owner), f"[{prefix}", f"[{prefix}g", 0, limit))
        return tuple(Digest.parse(decoded(one)) for one in found)

    def page(
        self, owner: Identity, cursor: str | None = None, limit: int = 50, *, only: MediaFilter | None = None
    ) -> Page[MediaItem]:
        """Return a page of the library, newest first.

        Raises:
            ValueError: when *cursor* is none of this list.
        """
        only = only or MediaFilter()
        newest = NewestFirst(self._redis, _newest(owner, only.kind))
        if dataclasses.replace(only, kind=None).is_empty:
            names, following = newest.slice(cursor, limit)
            return Page(items=tuple(self._items(owner, names)), next=following, total=newest.count())
        return newest.search(
            cursor,
            limit,
            read=lambda names: ((item.digest, item) for item in self._items(owner, names)),
            takes=only.takes,
        )

    def count(self, owner: Identity) -> int:
        return NewestFirst(self._redis, _newest(owner)).count()

    def size(self, owner: Identity) -> int:
        """Return how many bytes stand in the library."""
        return int(cast("bytes | None", self._redis.get(_size(owner))) or 0)

    def sizes_among(self, owner: Identity, sizes: Iterable[int]) -> set[int]:
        """Return those of *sizes* (bytes) that something in the library has, in one round trip."""
        wanted = list(dict.fromkeys(sizes))
        pipe = self._redis.pipeline(transaction=False)
        for size in wanted:
            pipe.zcount(_sized(owner), size, size)
        return {size for size, count in zip(wanted, pipe.execute(), strict=True) if count}

    def _items(self, owner: Identity, names: list[str]) -> list[MediaItem]:
        if not names:
            return []
        records = cast("list[bytes | None]", self._redis.hmget(_entries(owner), names))
        digests = [Digest(name) for name in names]
        facts = self.facts_of(digests)
        return [
            MediaItem(digest=digest, entry=MediaEntry.from_json(json.loads(record)), facts=facts[digest])
            for digest, record in zip(digests, records, strict=True)
            if record is not None and digest in facts
        ]


def _facts(digest: str) -> str:
    return f"artdag:media:facts:{digest}"


def _owners(digest: str) -> str:
    return f"artdag:media:owners:{digest}"


def _entries_prefix() -> str:
    return "artdag:media:of:"


def _entries(owner: Identity) -> str:
    return f"{_entries_prefix()}{owner}"


def record_name(owner: Identity, digest: str) -> str:
    """Return the name that an entry's record has on the disk."""
    return f"{owner} {digest}"


def _newest(owner: Identity, kind: Kind | None = None) -> str:
    return f"artdag:media:newest:{owner}" + (f"/{kind.value}" if kind else "")


def _spelt(owner: Identity) -> str:
    return f"artdag:media:spelt:{owner}"


def _sized(owner: Identity) -> str:
    return f"artdag:media:sized:{owner}"


def _size(owner: Identity) -> str:
    return f"artdag:media:bytes:{owner}"
