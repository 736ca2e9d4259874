"""Filling Redis from the disk: everything that somebody has, every run; what was on its way goes on its way again.

Nothing is taken away and nothing is overwritten, so that it does no harm where little or nothing was lost. What only
Redis knows is written to the disk.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from app.runs.completion import KEPT_RUN, complete_runs
from app.runs.doorbell import top_up
from app.runs.outputs import find_outputs, sources_of
from app.runs.planned import new_stages, progress_at_first, read_plan
from app.services import Services, parsed
from app.storage.leases import FENCE
from app.storage.media_index import MediaEntry
from app.storage.publication_record import Publication, PublicationState
from app.storage.run_record import BeingDeletedError, RunNotFoundError
from artdag.digest import Digest
from artdag.errors import ArtDagError
from artdag.identity import Identity
from artdag.media import MediaFacts
from artdag.run import Run, RunState

_log = logging.getLogger(__name__)

_LARGEST_COPY_BYTES = 1 << 20
_LEASE_S = 600.0
_PUBLISH_AGAIN = "Redis lost its data while it was being published: publish it again"


@dataclass(slots=True, kw_only=True)
class Reindexed:
    """What came back, and what did not."""

    assets: int = 0
    media: int = 0
    recipes: int = 0
    runs: int = 0
    publications: int = 0
    on_their_way: list[str] = field(default_factory=list)
    """Runs that were not over: they are carried out again."""
    lost: list[dict[str, str]] = field(default_factory=list)
    """What could not be brought back: ``what``, ``name``, ``why``."""
    missing: list[dict[str, str]] = field(default_factory=list)
    """What is listed again though its bytes are not on this disk: ``digest``, ``name``, ``owner``."""
    written: int = 0
    """Records of what only Redis knew."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def reindex(services: Services) -> Reindexed | None:
    """Bring back what is on the disk and not in Redis; None where somebody else is at it."""
    token = services.leases.take("reindex", _LEASE_S)
    if token is None:
        return None
    try:
        found = Reindexed()
        _keep_tokens_growing(services)
        _assets(services, found)
        _media(services, found)
        _recipes(services, found)
        _runs(services, found)
        _publications(services, found)
        _write_down(services, found)
        services.upkeep.mark_indexed(services.clock())
        services.upkeep.put("reindex", {"at": services.clock().isoformat(), **found.to_json()})
        _log.warning(
            "brought back from the disk: %d media, %d recipes, %d runs, of which %d go on; %d lost",
            *(found.media, found.recipes, found.runs, len(found.on_their_way), len(found.lost)),
        )
        top_up(services)
        return found
    finally:
        services.leases.release("reindex", token)


def _keep_tokens_growing(services: Services) -> None:
    """Let tokens begin beyond all that were given out before: a worker of then must not pass for one of now."""
    services.redis.set(FENCE, int(services.clock().timestamp() * 1000), nx=True)


def _assets(services: Services, found: Reindexed) -> None:
    for name, value in services.records.all("assets"):
        if services.assets.get(name) is None:
            with _told(found, "asset", name):
                at = datetime.fromisoformat(value["registered_at"])
                digest = Digest.parse(value["digest"])
                services.assets.register(name, digest, Identity.parse(value["owner"]), at)
                found.assets += 1


def _media(services: Services, found: Reindexed) -> None:
    for name, value in services.records.all("media"):
        with _told(found, "medium", str(value.get("entry", {}).get("name", name))):
            owner, digest = Identity.parse(value["owner"]), Digest.parse(value["digest"])
            entry = MediaEntry.from_json(value["entry"])
            if value["facts"] is not None:
                services.media.put_facts(digest, MediaFacts.from_json(value["facts"]), fresh=False)
            found.media += services.media.link(owner, digest, entry)
            if not services.content.has(digest):
                found.missing.append({"digest": digest, "name": entry.name, "owner": str(owner)})


def _recipes(services: Services, found: Reindexed) -> None:
    values = [value for _, value in services.records.all("recipes")]
    for value in sorted(values, key=lambda value: str(value.get("uploaded_at"))):
        with _told(found, "recipe", str(value.get("recipe_id", ""))[:10]):
            owner, recipe_id = Identity.parse(value["owner"]), Digest.parse(value["recipe_id"])
            if owner not in services.recipes.owners(recipe_id):
                recipe = parsed(services.content.read(recipe_id))
                services.recipes.add(recipe, owner, datetime.fromisoformat(value["uploaded_at"]))
                found.recipes += 1


def _runs(services: Services, found: Reindexed) -> None:
    records = dict(services.records.all("runs"))
    known = {*services.runs.ids()}
    copies = {run_id: value for run_id, value in _kept_copies(services) if run_id not in known}
    waiting: list[tuple[datetime, Run, list[Digest]]] = []
    for run_id, value in {**records, **copies}.items():  # a copy tells of the end, which the record may lack
        if run_id in known:
            continue
        with _told(found, "run", run_id):
            run = Run.from_json(value["run"])
            pins = [Digest.parse(pin) for pin in value.get("pins") or records.get(run_id, {}).get("pins") or ()]
            if run.state.is_final:
                kept = Digest.parse(value["kept"]) if value["kept"] else None
                services.runs.create(run, uses=pins, kept=kept, is_news=False)
                found.runs += 1
            else:
                waiting.append((run.created_at, run, pins))
    for _, run, pins in sorted(waiting, key=lambda one: one[0]):
        with _told(found, "run", run.run_id):
            _go_on(services, run, pins, found)


def _publications(services: Services, found: Reindexed) -> None:
    """Have what is published hold its bytes again. What was on its way needs its owner: their token is gone."""
    for name, value in services.records.all("publications"):
        with _told(found, "publication", str(value.get("name", name))):
            one = Publication.from_json(value)
            if one.state.is_open:
                one = replace(one, state=PublicationState.FAILED, uncertain=True, error=_PUBLISH_AGAIN)
            found.publications += services.publications.restore(one)


def _go_on(services: Services, run: Run, pins: list[Digest], found: Reindexed) -> None:
    """Put a run that was not over on its way again; where that cannot be, it ends and says so."""
    try:
        plan = read_plan(services, run.plan_id)
        recipe = parsed(services.content.read(run.recipe_id))
        gone = [one for one in sources_of(plan) if not services.content.has(one)]
        if gone:
            raise BeingDeletedError(f"the bytes {gone[0]} are not on the disk")
        stages = new_stages(services, recipe, plan, find_outputs(services, plan))
    except ArtDagError as error:
        message = f"Redis lost its data while this run was on its way, and it cannot go on: {error.message}"
        ended = {"error": {"code": "lost", "message": message}, "completed_at": services.clock()}
        services.runs.create(run.moved_to(RunState.FAILED, **ended), uses=pins)
        found.lost.append({"what": "run", "name": run.run_id, "why": error.message})
    else:
        again = replace(run, state=RunState.PENDING, started_at=None, progress=progress_at_first(plan, stages))
        services.runs.create(again, stages=stages, uses=sources_of(plan))
        found.on_their_way.append(run.run_id)
        if not stages:
            complete_runs(services, [run.run_id])
    found.runs += 1


def _kept_copies(services: Services) -> Iterator[tuple[str, dict[str, Any]]]:
    """Go through the blobs that are records of completed runs: those of before there were records on the disk."""
    begins = f'{{"{KEPT_RUN}":'.encode()
    for digest in services.content.digests():
        try:
            if services.content.size(digest) > _LARGEST_COPY_BYTES:
                continue
            with services.content.path(digest).open("rb") as file:
                if file.read(len(begins)) != begins:
                    continue
            run: Mapping[str, Any] = json.loads(services.content.read(digest))[KEPT_RUN]
            yield str(run["run_id"]), {"run": run, "kept": digest, "pins": None}
        except (ArtDagError, OSError, ValueError, LookupError, TypeError) as error:
            _log.warning("the blob %s cannot be read as a run: %s", digest, error)


def _write_down(services: Services, found: Reindexed) -> None:
    """Write to the disk what stands in Redis alone: what was there before records were kept."""
    for name, asset in services.assets.entries().items():
        if services.records.get("assets", name) is None:
            services.assets.register(name, asset.digest, asset.owner, asset.registered_at)
            found.written += 1
    for owner in services.media.everybody():
        for digest in services.media.digests_of(owner):
            if services.records.get("media", f"{owner} {digest}") is None:
                services.media.write_down(owner, digest)
                found.written += 1
    for recipe_id in services.recipes.ids():
        owners = services.recipes.owners(recipe_id)
        if any(services.records.get("recipes", f"{owner} {recipe_id}") is None for owner in owners):
            services.recipes.write_down(recipe_id)
            found.written += 1
    for run_id in services.runs.ids():
        if services.records.get("runs", run_id) is None:
            with suppress(RunNotFoundError):
                services.runs.write_down(run_id)
                found.written += 1


@contextmanager
def _told(found: Reindexed, what: str, name: str) -> Iterator[None]:
    """Let one bad record cost itself alone, and be told of."""
    try:
        yield
    except (ArtDagError, ValueError, LookupError, TypeError, AttributeError) as error:
        why = error.message if isinstance(error, ArtDagError) else f"its record cannot be understood: {error}"
        found.lost.append({"what": what, "name": name, "why": why})
