"""What is kept: each blob with its size, what it is, what making it again would cost, and why it must stay."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.runs.planned import read_plan
from app.services import Services
from app.storage.uses import all_uses
from artdag.digest import Digest, StepKey
from artdag.errors import ArtDagError, BlobNotFoundError
from artdag.result_cache import Result
from artdag.retention import Evictable, Hold, eviction_order, may_delete, may_evict
from artdag.timeslice import slices_of

YOUNG_S = 24 * 3600.0
"""What nobody names yet may be named by something that is still on its way, for so long."""


class Sort(StrEnum):
    """What a blob is here for."""

    UPLOAD = "uploads"
    OUTPUT = "outputs"
    INTERMEDIATE = "intermediates"
    PREVIEW = "previews"
    PAPER = "papers"
    LOOSE = "loose"
    """Nobody names it: what crashed between writing and telling left it, or what was replaced."""


_RANK = {Sort.LOOSE: 0, Sort.INTERMEDIATE: 1, Sort.PREVIEW: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One blob."""

    digest: Digest
    size: int
    """Bytes."""
    sort: Sort
    name: str
    """What people call it; empty where nobody does."""
    seconds: float | None
    """What making it again takes; None for what cannot be made."""
    keys: tuple[StepKey, ...]
    """The work that it is the result of."""
    holds: tuple[Hold, ...]
    """Why it must stay; empty where it may go to make room."""

    @property
    def why(self) -> str:
        return "; ".join(hold.message for hold in self.holds)

    def to_json(self) -> dict[str, Any]:
        return {
            "content_hash": self.digest,
            "size": self.size,
            "kind": self.sort.value,
            "name": self.name,
            "rebuild_seconds": round(self.seconds, 3) if self.seconds is not None else None,
            "kept_because": [hold.to_json() for hold in self.holds],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All that is kept."""

    blobs: tuple[Kept, ...]
    damaged: int
    """Bytes of blobs that went bad and were taken out."""

    @property
    def total(self) -> int:
        """Bytes of all blobs, those that went bad included."""
        return sum(kept.size for kept in self.blobs) + self.damaged

    def sizes(self) -> dict[str, int]:
        """Return the bytes by what they are here for."""
        found = dict.fromkeys([sort.value for sort in Sort], 0)
        for kept in self.blobs:
            found[kept.sort.value] += kept.size
        return {**found, "quarantined": self.damaged}

    def evictable(self) -> list[Kept]:
        """Return what may go, what should go first at the front."""
        free = {kept.digest: kept for kept in self.blobs if not kept.holds}
        ordered = eviction_order(
            Evictable(digest=kept.digest, size=kept.size, seconds=kept.seconds or 0.0, rank=_RANK.get(kept.sort, 1))
            for kept in free.values()
        )
        return [free[one.digest] for one in ordered]


def survey(services: Services) -> Survey:
    """Go through everything that is kept."""
    naming = _Naming(services)
    now, blobs = time.time(), []
    for digest in services.content.digests():
        try:
            found = services.content.path(digest).stat()
        except (BlobNotFoundError, FileNotFoundError):
            continue  # deleted meanwhile
        blobs.append(naming.kept(digest, found.st_size, young=now - found.st_mtime < YOUNG_S))
    aside = services.content.aside
    damaged = sum(place.stat().st_size for place in aside.iterdir()) if aside.exists() else 0
    return Survey(blobs=tuple(blobs), damaged=damaged)


def wanted_now(services: Services) -> frozenset[StepKey]:
    """Return the work that runs which are not over count on, as far as it is done."""
    return Wanted(services).keys()


@dataclass(slots=True)
class Wanted:
    """The same, asked for again and again: a plan is read once."""

    services: Services
    _known: dict[Digest, frozenset[StepKey]] = field(default_factory=dict)

    def keys(self) -> frozenset[StepKey]:
        runs = self.services.runs.get_many(self.services.runs.open_ids()).values()
        plans = {run.plan_id for run in runs}
        for plan_id in plans - self._known.keys():
            self._known[plan_id] = _behind(self.services, plan_id)
        return frozenset().union(*(self._known[plan_id] for plan_id in plans))


def _behind(services: Services, plan_id: Digest) -> frozenset[StepKey]:
    try:
        plan = read_plan(services, plan_id)
        parts = [
            part
            for output in dict.fromkeys(plan.outputs.values())
            for part in slices_of(plan, output, services.node_types, services.effects)
        ]
    except ArtDagError:
        return frozenset()  # it will not be carried out either
    return frozenset(plan.by_key) | {part.key for part in parts}


class _Naming:
    """Who names which bytes; read once, then asked for each blob."""

    def __init__(self, services: Services) -> None:
        self._made: dict[Digest, list[Result]] = defaultdict(list)
        for key in services.results.keys():  # noqa: SIM118 - no dict
            if (result := services.results.get(key)) is not None:
                self._made[result.digest].append(result)
        self._runs = dict(all_uses(services.redis))
        self._outputs, self._papers = _of_runs(services)
        self._fixed = set(services.recipes.all_uses())
        self._recipes = set(services.recipes.ids())
        self._assets: dict[Digest, list[str]] = defaultdict(list)
        for name, digest in services.assets.all().items():
            self._assets[digest].append(name)
        self._libraries: dict[Digest, list[str]] = defaultdict(list)
        self._names: dict[Digest, str] = {}
        self._pins: dict[Digest, str] = {}
        self._given: set[Digest] = set()
        for owner in services.media.everybody():
            for digest, entry in services.media.entries_of(owner).items():
                self._libraries[digest].append(str(owner))
                self._names.setdefault(digest, entry.name)
                if entry.pinned is not None:
                    self._pins[digest] = entry.pinned
                if entry.came_by != "run":
                    self._given.add(digest)
        self._wanted = wanted_now(services)
        self._public = services.publications.all_held()

    def kept(self, digest: Digest, size: int, *, young: bool) -> Kept:
        made = self._made.get(digest, [])
        assets = self._assets.get(digest, [])
        is_recipe = digest in self._recipes
        holds = may_delete(
            runs=self._runs.get(digest, ()),
            recipes=[digest] if digest in self._fixed else (),
            published=digest in self._public,
            pinned=self._pins.get(digest),
        )
        keys = tuple(result.key for result in made)
        holds = may_evict(
            holds=holds,
            libraries=self._libraries.get(digest, ()),
            assets=assets,
            is_recipe=is_recipe,
            wanted=any(key in self._wanted for key in keys),
            young=young and not made,
        )
        return Kept(
            digest=digest,
            size=size,
            sort=self._sort(digest, made),
            name=self._names.get(digest) or (assets[0] if assets else _said(made)),
            seconds=min((result.seconds for result in made), default=None),
            keys=keys,
            holds=holds,
        )

    def _sort(self, digest: Digest, made: Iterable[Result]) -> Sort:
        if digest in self._given or (digest in self._assets and digest not in self._outputs):
            return Sort.UPLOAD
        if digest in self._outputs or digest in self._libraries:
            return Sort.OUTPUT
        if digest in self._recipes or digest in self._papers or digest in self._public:
            return Sort.PAPER
        kinds = {str(result.material.get("type")) for result in made}
        if kinds & {"PREVIEW", "POSTER", "EXAMPLE"}:
            return Sort.PREVIEW
        return Sort.INTERMEDIATE if made else Sort.LOOSE


def _of_runs(services: Services) -> tuple[set[Digest], set[Digest]]:
    """Return the outputs of all runs, and what runs have written down about themselves."""
    outputs: set[Digest] = set()
    papers: set[Digest] = set()
    ids = list(services.runs.ids())
    for start in range(0, len(ids), 500):
        for run_id, run in services.runs.get_many(ids[start : start + 500]).items():
            outputs |= set(run.outputs.values())
            kept = services.runs.kept_copy(run_id)
            papers |= {one for one in (run.recipe_id, run.plan_id, run.provenance, kept) if one is not None}
    return outputs, papers


def _said(made: Iterable[Result]) -> str:
    for result in made:
        material: Mapping[str, Any] = result.material
        words = [str(material[word]) for word in ("type", "name", "effect") if isinstance(material.get(word), str)]
        return " ".join(words).lower()
    return ""
