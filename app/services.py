"""Services: every part of the service, put together once; and the one place where that happens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import redis.exceptions
from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from rq import Queue

from app.processes.embedded_redis import running_url
from app.processes.looking import probe_confined
from app.registry.vouching import Vouching
from app.settings import Settings, SettingsError
from app.signing_key import SigningKey
from app.storage.asset_index import AssetIndex
from app.storage.audit_log import AuditLog
from app.storage.deliveries import Deliveries
from app.storage.job_queue import open_queue
from app.storage.leases import Leases
from app.storage.media_index import MediaIndex
from app.storage.publication_store import PublicationStore
from app.storage.recipe_index import RecipeIndex
from app.storage.records import Records
from app.storage.room import TAKE_IN, room_on
from app.storage.run_store import RunStore
from app.storage.sessions import Sessions
from app.storage.stage_store import StageStore
from app.storage.tallies import Tallies
from app.storage.upkeep_log import UpkeepLog
from app.storage.webhooks import Webhooks
from app.storage.worker_list import WorkerList
from app.typefaces import use_typefaces
from artdag.catalog import load_effects, load_node_types
from artdag.codec.sniff import MEDIA_TYPES
from artdag.content_store import FileContentStore
from artdag.costs import FileCosts
from artdag.digest import Digest, StepKey
from artdag.effect import EffectCatalog
from artdag.errors import BlobNotFoundError, BrokenMediaError, InputError, UnsupportedMediaError
from artdag.identity import Identity
from artdag.media import MediaFacts
from artdag.node_type import NodeType
from artdag.recipe import Recipe
from artdag.recipe_reader import parse_recipe
from artdag.result_cache import FileResultCache
from artdag.seen import SeenSteps
from artdag.side import Memory
from artdag.world import World, toolchain

_ANSWER_S, _CONNECT_S = 5.0, 2.0
_ANSWER_FOR_A_PAGE_S = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What everything that does something is given."""

    settings: Settings
    redis: Redis
    """Answers bytes, not text."""
    content: FileContentStore
    results: FileResultCache
    records: Records
    seen: SeenSteps
    costs: FileCosts
    runs: RunStore
    stages: StageStore
    recipes: RecipeIndex
    media: MediaIndex
    assets: AssetIndex
    leases: Leases
    deliveries: Deliveries
    webhooks: Webhooks
    tallies: Tallies
    workers: WorkerList
    vouching: Vouching
    sessions: Sessions
    audit: AuditLog
    publications: PublicationStore
    upkeep: UpkeepLog
    effects: EffectCatalog
    node_types: Mapping[str, NodeType]
    toolchain: str
    signer: SigningKey
    queue: Queue
    clock: Callable[[], datetime]

    def world(self, who: Identity | None = None) -> World:
        """Return what decides, besides the recipe, what a recipe means now, to *who* where names are concerned."""
        return World(
            node_types=self.node_types,
            effects=self.effects,
            toolchain=self.toolchain,
            assets=self.assets.all(),
            facts=self.facts,
            reports=self.report,
            recipes=lambda word: self.recipe(word, who),
        )

    @property
    def memory(self) -> Memory:
        """What was kept of steps, and which were seen."""
        return Memory(
            content=self.content,
            results=self.results,
            seen=self.seen,
            node_types=self.node_types,
            effects=self.effects,
            reserve_bytes=room_on(self.settings.cache_dir).reserve(TAKE_IN),
        )

    def report(self, key: StepKey) -> Mapping[str, Any] | None:
        """Return what an ANALYZE node heard, by the step that writes it down; None where that was not done yet."""
        result = self.results.get(key)
        if result is None:
            return None
        try:
            return cast("dict[str, Any]", json.loads(self.content.read(result.digest)))
        except BlobNotFoundError:  # let go to make room: it is heard again
            return None

    def recipe(self, word: str, who: Identity | None) -> Recipe | None:
        """Return the recipe with the id or the name *word*: *who*'s newest of that name, else anybody's."""
        known = self.recipes.get(Digest(word)) if _is_digest(word) else None
        recipe_id = known.id if known is not None else self.recipes.named(word, who)
        if recipe_id is None or not self.content.has(recipe_id):
            return None
        return parsed(self.content.read(recipe_id))

    def on(self, redis: Redis) -> Services:
        """Return the same service through another client of its Redis."""
        return replace(
            self,
            redis=redis,
            runs=RunStore(redis, self.records),
            stages=StageStore(redis),
            recipes=RecipeIndex(redis, self.records),
            media=MediaIndex(redis, self.records),
            assets=AssetIndex(redis, self.records),
            leases=Leases(redis),
            deliveries=Deliveries(redis),
            webhooks=Webhooks(redis),
            tallies=Tallies(redis),
            workers=WorkerList(redis),
            vouching=Vouching(self.settings, redis, self.clock),
            sessions=Sessions(redis),
            audit=AuditLog(redis),
            publications=PublicationStore(redis, self.records),
            upkeep=UpkeepLog(redis),
            queue=open_queue(redis),
        )

    def facts(self, digest: Digest) -> MediaFacts | None:
        """Return what is in the bytes; None where there are no such bytes here, or no medium.

        What an earlier probe found is found anew: facts decide results, and no result's key holds them.

        Raises:
            InputError: when today's probe does not accept what an earlier one did; the bytes stay.
        """
        if not self.content.has(digest):
            return None
        facts = self.media.fresh_facts(digest)
        return facts if facts is not None else self._found_anew(digest)

    def _found_anew(self, digest: Digest) -> MediaFacts | None:
        earlier = self.media.facts(digest)
        if earlier is None or earlier.media_type not in MEDIA_TYPES:  # no medium; or a report of ours, never probed
            return earlier
        try:
            facts = probe_confined(self.content.path(digest))
        except (BrokenMediaError, UnsupportedMediaError) as error:
            raise InputError(f"{digest[:10]}… was accepted once and is not any more: {error.message}") from error
        with self.media.changing(digest):
            if not self.content.has(digest):
                return None
            self.media.put_facts(digest, facts)
        return facts


@lru_cache(maxsize=256)
def parsed(text: bytes) -> Recipe:
    """Return the recipe in *text*, parsed once. Raises RecipeError."""
    return parse_recipe(text)


def _is_digest(word: str) -> bool:
    return len(word) == 64 and not set(word) - set("0123456789abcdef")


def build_services(settings: Settings, redis: Redis | None = None) -> Services:
    """Put the service together, on *redis* or on the one that *settings* name. Connects to nothing yet.

    Raises:
        SettingsError: when there is no Redis to speak of, or a file of FONTS_DIR is no font.
    """
    use_typefaces(settings)
    redis = redis if redis is not None else connect(settings)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    records = Records(settings.cache_dir / "records")
    return Services(
        settings=settings,
        redis=redis,
        content=FileContentStore(settings.cache_dir),
        results=FileResultCache(settings.cache_dir),
        seen=SeenSteps(settings.cache_dir),
        costs=FileCosts(settings.cache_dir),
        records=records,
        runs=RunStore(redis, records),
        stages=StageStore(redis),
        recipes=RecipeIndex(redis, records),
        media=MediaIndex(redis, records),
        assets=AssetIndex(redis, records),
        leases=Leases(redis),
        deliveries=Deliveries(redis),
        webhooks=Webhooks(redis),
        tallies=Tallies(redis),
        workers=WorkerList(redis),
        vouching=Vouching(settings, redis, _now),
        sessions=Sessions(redis),
        audit=AuditLog(redis),
        publications=PublicationStore(redis, records),
        upkeep=UpkeepLog(redis),
        effects=load_effects([settings.effects_dir] if settings.effects_dir else []),
        node_types=load_node_types(),
        toolchain=toolchain(),
        signer=SigningKey(settings.signing_key_path),
        queue=open_queue(redis),
        clock=_now,
    )


def _now() -> datetime:
    """Return the moment, to the millisecond: records hold no more, and must come back as they were written."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def connect(settings: Settings, *, patient: bool = True) -> Redis:
    """Return a client of the Redis that *settings* name, or of the one that runs for this home.

    It gives up soon, and sooner where it is not *patient*: whoever waits for a page should be told within two seconds.
    Whoever can wait longer tries again by themselves. A connection that broke is made again either way.

    Raises:
        SettingsError: when neither is there.
    """
    url = settings.redis_url or running_url(settings.home)
    if url is None:
        raise SettingsError(f"REDIS_URL is not set and no Redis runs for {settings.home}; start all with `make run`")
    broken = (redis.exceptions.ConnectionError,)
    silent = (redis.exceptions.TimeoutError,)
    return Redis.from_url(
        url,
        socket_timeout=_ANSWER_S if patient else _ANSWER_FOR_A_PAGE_S,
        socket_connect_timeout=_CONNECT_S if patient else _ANSWER_FOR_A_PAGE_S,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.05), 2, (*broken, *silent) if patient else broken),
    )
