"""RecipeIndex: which recipes are here, whose they are, and which one a name means. The text itself is a blob."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from redis import Redis
from redis.client import Pipeline

from app.storage.newest_first import NewestFirst, Page, atomically, decoded, score_of
from app.storage.records import Records
from artdag.digest import Digest
from artdag.errors import ParameterError
from artdag.identity import Identity
from artdag.recipe import Recipe, Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeEntry:
    """What lists show of a recipe."""

    id: Digest
    name: str
    version: str
    description: str = ""
    owner: Identity
    """Who uploaded it first."""
    uploaded_at: datetime
    """When it was uploaded last."""

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "description": self.description,
            "owner": str(self.owner),
            "uploaded_at": self.uploaded_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }


class RecipeIndex:
    """Recipes by id and by name. The same text may belong to several people; it stays until the last one lets go."""

    def __init__(self, redis: Redis, records: Records | None = None) -> None:
        """Stand on *redis*; whose they are is written down in *records*, too, where there are any."""
        self._redis = redis
        self._records = records
        self._newest = NewestFirst(redis, "artdag:recipes")

    def add(self, recipe: Recipe, owner: Identity, at: datetime) -> bool:
        """Note that *owner* uploaded *recipe*; return whether nobody had before.

        Uploading again makes it the newest of its name again.
        """
        recipe_id, who = recipe.recipe_id, str(owner)
        self._write_down(recipe_id, owner, at)
        facts = {"name": recipe.name, "version": recipe.version, "description": recipe.description or "", "owner": who}
        scored: dict[str, float] = {recipe_id: score_of(at)}
        pipe = self._redis.pipeline(transaction=True)
        pipe.hsetnx(_entry(recipe_id), "facts", json.dumps(facts))
        pipe.hset(_entry(recipe_id), "uploaded_at", at.astimezone(UTC).isoformat())
        pipe.sadd(_owners(recipe_id), who)
        pipe.zadd(self._newest.key, scored)
        pipe.zadd(_named(recipe.name), scored)
        pipe.zadd(_named(recipe.name, owner), scored)
        pipe.zadd("artdag:recipes:spelt", {recipe_id: 0})
        for digest in _fixed_digests(recipe):
            pipe.sadd(_using(digest), recipe_id)
        for asset in _fixed_assets(recipe):
            pipe.sadd(_using_asset(asset), recipe_id)
        pipe.hset(_entry(recipe_id), "fixed", json.dumps([_fixed_digests(recipe), _fixed_assets(recipe)]))
        return bool(pipe.execute()[0])

    def write_down(self, recipe_id: Digest) -> None:
        """Write to the disk whose recipe this is, as Redis knows it."""
        entry = self.get(recipe_id)
        if entry is not None:
            for owner in self.owners(recipe_id):
                self._write_down(recipe_id, owner, entry.uploaded_at)

    def _write_down(self, recipe_id: Digest, owner: Identity, at: datetime) -> None:
        if self._records is not None:
            value = {"owner": str(owner), "recipe_id": recipe_id, "uploaded_at": at.astimezone(UTC).isoformat()}
            self._records.put("recipes", f"{owner} {recipe_id}", value)

    def ids(self) -> Iterator[Digest]:
        """Go through all recipes, in no order."""
        for recipe_id, _ in self._redis.zscan_iter(self._newest.key, count=500):
            yield Digest.parse(decoded(recipe_id))

    def get(self, recipe_id: Digest) -> RecipeEntry | None:
        return next(iter(self.get_many([recipe_id]).values()), None)

    def get_many(self, ids: Iterable[Digest]) -> dict[Digest, RecipeEntry]:
        """Return those that are here, in one round trip."""
        wanted = list(ids)
        pipe = self._redis.pipeline(transaction=False)
        for recipe_id in wanted:
            pipe.hmget(_entry(recipe_id), "facts", "uploaded_at")
        return {
            recipe_id: _read(recipe_id, facts, uploaded_at)
            for recipe_id, (facts, uploaded_at) in zip(wanted, pipe.execute(), strict=True)
            if facts is not None and uploaded_at is not None
        }

    def owners(self, recipe_id: Digest) -> frozenset[Identity]:
        members = cast("set[bytes]", self._redis.smembers(_owners(recipe_id)))
        return frozenset(Identity.parse(decoded(member)) for member in members)

    def named(self, name: str, owner: Identity | None = None) -> Digest | None:
        """Return what *name* means to *owner*: their newest upload of that name, else anybody's newest."""
        for key in (_named(name, owner) if owner else None, _named(name)):
            newest = cast("list[bytes]", self._redis.zrange(key, 0, 0, desc=True)) if key else []
            if newest:
                return Digest.parse(decoded(newest[0]))
        return None

    def versions(self, name: str, limit: int = 50) -> tuple[RecipeEntry, ...]:
        """Return the uploads of that name, newest first."""
        names, _ = NewestFirst(self._redis, _named(name)).slice(None, limit)
        return tuple(self.get_many(map(Digest.parse, names)).values())

    def spelt(self, prefix: str, limit: int = 10) -> tuple[Digest, ...]:
        """Return the recipes whose id begins with *prefix*."""
        found = cast(
            "list[bytes]", self._redis.zrangebylex("artdag:recipes:spelt", f"[{prefix}", f"[{prefix}g", 0, limit)
        )
        return tuple(Digest.parse(decoded(one)) for one in found)

    def page(self, cursor: str | None = None, limit: int = 50, *, q: str = "") -> Page[RecipeEntry]:
        """Return a page, newest first; *q* is looked for in names, versions, descriptions and owners.

        Raises:
            ValueError: when *cursor* is none of this list.
        """
        if not q:
            names, following = self._newest.slice(cursor, limit)
            entries = tuple(self.get_many(map(Digest.parse, names)).values())
            return Page(items=entries, next=following, total=self._newest.count())
        words = q.lower().split()

        def takes(entry: RecipeEntry) -> bool:
            text = f"{entry.name} {entry.version} {entry.description} {entry.owner} {entry.id}".lower()
            return all(word in text for word in words)

        return self._newest.search(
            cursor, limit, read=lambda names: self.get_many(map(Digest.parse, names)).items(), takes=takes
        )

    def count(self) -> int:
        return self._newest.count()

    def using(self, digest: Digest, asset_names: Iterable[str] = ()) -> tuple[Digest, ...]:
        """Return the recipes that name these bytes as a fixed input, by hash or by the name of an asset."""
        keys = [_using(digest), *map(_using_asset, asset_names)]
        found = cast("set[bytes]", self._redis.sunion(keys))
        return tuple(Digest.parse(decoded(one)) for one in sorted(found))

    def all_uses(self) -> Iterator[Digest]:
        """Go through all bytes that recipes name as fixed inputs, by hash."""
        for key in self._redis.scan_iter(match=_using("*"), count=500):
            yield Digest.parse(decoded(key).rpartition(":")[2])

    def delete(self, recipe_id: Digest, owner: Identity) -> bool:
        """Take it away from *owner*; return whether that was its last one, so that it is gone from here."""
        if self._records is not None:
            self._records.remove("recipes", f"{owner} {recipe_id}")
        return atomically(self._redis, lambda pipe: self._let_go(pipe, recipe_id, owner), _owners(recipe_id))

    def _let_go(self, pipe: Pipeline, recipe_id: Digest, owner: Identity) -> bool:
        owners = {decoded(one) for one in cast("set[bytes]", pipe.smembers(_owners(recipe_id)))}
        facts, fixed = cast("list[Any]", pipe.hmget(_entry(recipe_id), "facts", "fixed"))
        if str(owner) not in owners or facts is None:
            return False
        name = json.loads(facts)["name"]
        pipe.multi()
        pipe.srem(_owners(recipe_id), str(owner))
        pipe.zrem(_named(name, owner), recipe_id)
        if owners != {str(owner)}:
            return False
        digests, assets = json.loads(fixed)
        pipe.delete(_entry(recipe_id), _owners(recipe_id))
        pipe.zrem(self._newest.key, recipe_id)
        pipe.zrem("artdag:recipes:spelt", recipe_id)
        pipe.zrem(_named(name), recipe_id)
        for digest in digests:
            pipe.srem(_using(digest), recipe_id)
        for asset in assets:
            pipe.srem(_using_asset(asset), recipe_id)
        return True


def _entry(recipe_id: str) -> str:
    return f"artdag:recipe:{recipe_id}"


def _owners(recipe_id: str) -> str:
    return f"artdag:recipe:{recipe_id}:owners"


def _named(name: str, owner: Identity | None = None) -> str:
    # an actor holds no slash, so that no owner and name can be read as another owner and name
    return f"artdag:recipes:named/{owner}/{name}" if owner else f"artdag:recipes:named//{name}"


def _using(digest: str) -> str:
    return f"artdag:recipes:using:{digest}"


def _using_asset(name: str) -> str:
    return f"artdag:recipes:using-asset:{name}"


def _fixed_digests(recipe: Recipe) -> list[str]:
    """Bytes that the recipe names itself: pinned assets, fixed sources and defaults."""
    named = {str(one.digest) for one in _named_media(recipe) if one.digest is not None}
    return sorted(named | {str(digest) for digest in recipe.assets.values()})


def _fixed_assets(recipe: Recipe) -> list[str]:
    """Names that mean what this server calls so: those that the recipe does not pin itself."""
    return sorted({one.asset for one in _named_media(recipe) if one.asset is not None} - set(recipe.assets))


def _named_media(recipe: Recipe) -> Iterator[Reference]:
    for node in recipe.nodes:
        if node.type in ("SOURCE", "SOURCE_LIST"):
            raw = [node.config.get(word) for word in ("hash", "asset", "default", "assets")]
            for value in [one for some in raw for one in (some if isinstance(some, list) else [some])]:
                with suppress(ParameterError):  # the checker tells the author; here it names nothing
                    yield Reference.parse(value)


def _read(recipe_id: Digest, facts: bytes, uploaded_at: bytes) -> RecipeEntry:
    record = json.loads(facts)
    return RecipeEntry(
        id=recipe_id,
        name=record["name"],
        version=record["version"],
        description=record["description"],
        owner=Identity.parse(record["owner"]),
        uploaded_at=datetime.fromisoformat(decoded(uploaded_at)),
    )
