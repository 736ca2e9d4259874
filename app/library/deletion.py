"""Deleting: what would go, what stands against it, and the doing, safe against a run that is submitted meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from app.library.previews import forget_previews
from app.library.standing import Asked, is_held, standing_of
from app.services import Services
from app.storage.tombstones import Tombstones
from artdag.digest import Digest, StepKey
from artdag.errors import BlobNotFoundError, IllegalTransitionError
from artdag.identity import Identity
from artdag.plan import Plan
from artdag.retention import Hold, left_over, may_delete, may_discard
from artdag.run import Run, RunState

_LOOK_AROUND = 10
"""So many other runs of the same recipe are asked whether they share what was kept between steps."""


class RefusedError(IllegalTransitionError):
    """A rule stands against the deletion; the code is the first one's."""

    def __init__(self, message: str, holds: tuple[Hold, ...]) -> None:
        super().__init__(message)
        self.holds = holds
        self.code = holds[0].rule  # type: ignore[misc]  # each rule has a code of its own

    @property
    def more(self) -> dict[str, Any]:
        """Further members of the answer."""
        runs = [run for hold in self.holds for run in hold.runs]
        recipes = [recipe for hold in self.holds for recipe in hold.recipes]
        found: dict[str, Any] = {"reasons": [hold.to_json() for hold in self.holds]}
        return found | ({"runs": runs} if runs else {}) | ({"recipes": recipes} if recipes else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One thing that would go."""

    what: Literal["library entry", "media", "run", "output", "intermediate", "record", "poster"]
    name: str
    digest: Digest | None = None
    size: int = 0
    """Bytes that become free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What a deletion would do."""

    holds: tuple[Hold, ...]
    """Why it is refused; empty where it may go."""
    losses: tuple[Loss, ...]
    kept: tuple[str, ...] = ()
    """What stays, and why, in words."""

    @property
    def freed(self) -> int:
        """Bytes that become free."""
        return sum(loss.size for loss in self.losses)

    def to_json(self) -> dict[str, Any]:
        return {
            "allowed": not self.holds,
            "reasons": [hold.to_json() for hold in self.holds],
            "removes": [
                {"what": loss.what, "name": loss.name, "content_hash": loss.digest, "size": loss.size}
                for loss in self.losses
            ],
            "keeps": list(self.kept),
            "freed_bytes": self.freed,
        }


# --- media ------------------------------------------------------------------------------------------------------------


def media_impact(services: Services, digest: Digest, owner: Identity, *, asked: Asked) -> Impact:
    """Return what deleting these bytes from *owner*'s library would do; *asked* asks the registries."""
    entry = services.media.entry(owner, digest)
    name = entry.name if entry else digest[:10]
    holds = _holds(services, digest, owner, services.runs.runs_using(digest), asked)
    names = services.assets.names_of(digest)
    kept = []
    if _others_need(services, digest, owner):
        kept.append("the bytes stay: something else on this server needs them")
    if names:
        kept.append(f"the bytes stay: they are the asset {', '.join(names)}")
    losses = [Loss(what="library entry", name=name, digest=digest)]
    if not kept and services.content.has(digest):
        losses.append(Loss(what="media", name=name, digest=digest, size=services.content.size(digest)))
    return Impact(holds=holds, losses=tuple(losses), kept=tuple(kept))


def delete_media(services: Services, digest: Digest, owner: Identity, *, asked: Asked) -> Impact:
    """Take these bytes out of *owner*'s library; they go altogether when nobody else has them.

    The mark that is set first lets no new run take the bytes. Where they are gone it stays until it runs out, for a
    run that was planned while they were here and is written after: it must not find them free.
    Registries are asked before anything is locked, and once.

    Raises:
        BlobNotFoundError: when *owner* does not have them.
        RefusedError: when a rule stands against it.
    """
    if services.media.entry(owner, digest) is None:
        raise BlobNotFoundError(f"there is no {digest} in the library of {owner}")
    asked = cache(asked)
    standing_of(services, digest, owner, asked)
    with services.media.changing(digest):
        runs = services.runs.mark_deleting(digest)
        gone = False
        try:
            impact = media_impact(services, digest, owner, asked=asked)
            holds = impact.holds or _holds(services, digest, owner, runs, asked)
            if holds:
                reasons = "; ".join(hold.message for hold in holds)
                raise RefusedError(f"it cannot be deleted: {reasons}", holds)
            services.media.unlink(owner, digest)
            gone = not impact.kept and not runs
            services.publications.forget("media", f"{owner}/{digest}")
            if gone:
                _remove_bytes(services, digest)
                Tombstones(services.redis).add("media", digest, at=services.clock(), why="deleted by its owner")
        finally:
            if not gone and not runs:
                services.runs.unmark_deleting(digest)
    return impact


def _holds(services: Services, digest: Digest, owner: Identity, runs: Iterable[str], asked: Asked) -> tuple[Hold, ...]:
    entry = services.media.entry(owner, digest)
    recipes = services.recipes.using(digest, services.assets.names_of(digest))
    standing = standing_of(services, digest, owner, asked)
    return may_delete(
        runs=[run_id for run_id, run in services.runs.get_many(runs).items() if run.owner == owner],
        recipes=[recipe for recipe in recipes if owner in services.recipes.owners(recipe)],
        published=standing.published,
        pinned=(entry.pinned if entry else None) or standing.pinned,
    )


def _others_need(services: Services, digest: Digest, owner: Identity) -> bool:
    """Tell whether the bytes have to stay for somebody else; who that is and why is nobody's business.

    Others keep nobody from letting go of what is theirs: only the owner's own runs and recipes stand against that.
    """
    if services.media.owners(digest) - {owner}:
        return True
    if any(one.owner != owner and (one.holds or one.uncertain) for one in services.publications.holding(digest)):
        return True
    if any(run.owner != owner for run in services.runs.get_many(services.runs.runs_using(digest)).values()):
        return True
    recipes = services.recipes.using(digest, services.assets.names_of(digest))
    return any(services.recipes.owners(recipe) - {owner} for recipe in recipes)


def _remove_bytes(services: Services, digest: Digest) -> None:
    forget_previews(services, digest)
    services.media.forget_facts(digest)
    services.content.delete(digest)


# --- recipes ----------------------------------------------------------------------------------------------------------


def refuse_public_recipe(services: Services, recipe_id: Digest, owner: Identity, *, asked: Asked) -> None:
    """Raise RefusedError where the recipe is published: who reads of it must find its text."""
    holds = may_delete(published=standing_of(services, recipe_id, owner, asked).published)
    if holds:
        raise RefusedError(f"the recipe cannot be deleted: {holds[0].message}", holds)


# --- runs -------------------------------------------------------------------------------------------------------------


def run_impact(services: Services, run: Run, *, asked: Asked) -> Impact:
    """Return what discarding *run* would do; *asked* asks the registries."""
    return Impact(holds=_run_holds(services, run, asked), losses=_run_losses(services, run), kept=_run_kept(run))


def discard_run(services: Services, run_id: str, *, asked: Asked) -> Impact:
    """Remove the run, its output where nothing else holds it, and the intermediates that only it used.

    Raises:
        RunNotFoundError: when there is none.
        RefusedError: when a rule stands against it.
    """
    asked = cache(asked)
    _run_holds(services, services.runs.get(run_id), asked)  # registries are asked before anything is locked
    with services.publications.deciding("run", run_id):
        run = services.runs.get(run_id)
        impact = run_impact(services, run, asked=asked)
        if impact.holds:
            raise RefusedError(f"the run cannot be discarded: {impact.holds[0].message}", impact.holds)
        results = _results(services, run)
        services.runs.delete(run_id)
    services.publications.forget("run", run_id)
    Tombstones(services.redis).add("run", run_id, at=services.clock(), why="discarded by its owner")
    for loss in impact.losses:
        if loss.digest is not None:
            _let_go(services, run, loss.digest, [key for key, digest in results.items() if digest == loss.digest])
    return impact


def _run_holds(services: Services, run: Run, asked: Asked) -> tuple[Hold, ...]:
    is_completed = run.state is RunState.COMPLETED
    outputs = run.outputs.values() if is_completed else ()
    public = [standing_of(services, digest, run.owner, asked).published for digest in outputs]
    known: bool | None = True if True in public else None if None in public else False
    return may_discard(active=not run.state.is_final, completed=is_completed, published=known)


def _run_kept(run: Run) -> tuple[str, ...]:
    count = len(run.inputs)
    return (
        (f"its {'input' if count == 1 else f'{count} inputs'}: uploads are never removed with a run",) if count else ()
    )


def _run_losses(services: Services, run: Run) -> tuple[Loss, ...]:
    outputs = {digest: name for name, digest in run.outputs.items()}
    made = _results(services, run)
    kept = {digest for digest in (*made.values(), *outputs) if _is_held(services, run, digest)}
    going = left_over(made, used_elsewhere=_wanted_now(services, run), kept=kept)
    losses = [Loss(what="run", name=run.output_name)]
    for digest in dict.fromkeys(going.values()):
        what: Literal["output", "intermediate"] = "output" if digest in outputs else "intermediate"
        name = run.output_name if digest == run.output else outputs.get(digest, "an intermediate result")
        losses.append(Loss(what=what, name=name, digest=digest, size=_size(services, digest)))
    for digest, name in _papers(services, run):
        if not set(services.runs.runs_using(digest)) - {run.run_id}:
            losses.append(Loss(what="record", name=name, digest=digest, size=_size(services, digest)))
    return tuple(losses)


def _papers(services: Services, run: Run) -> list[tuple[Digest, str]]:
    """Return the blobs that hold the run's own records."""
    kept = services.runs.kept_copy(run.run_id)
    found = [(run.plan_id, "its plan"), (run.provenance, "its provenance"), (kept, "the copy of its record")]
    if services.recipes.get(run.recipe_id) is None:  # nobody's recipe: the run kept its text alive
        found.append((run.recipe_id, "its recipe's text"))
    return [(digest, name) for digest, name in found if digest is not None]


def _results(services: Services, run: Run) -> dict[StepKey, Digest]:
    """Return what the steps of the run's plan made, as far as it is kept."""
    try:
        plan = Plan.from_json(json.loads(services.content.read(run.plan_id)))
    except BlobNotFoundError:
        return {}
    names = [*plan.by_key, *_kept_for_it_alone(services, run, plan)]
    return {key: result.digest for key, result in services.results.get_many(names).items()}


def _kept_for_it_alone(services: Services, run: Run, plan: Plan) -> Iterator[StepKey]:
    """Give the names of slices, and of what was kept between steps, that none of its owner's newest runs can use."""
    used: set[StepKey] = set()
    for other in services.runs.page(run.owner, recipe=run.recipe, limit=_LOOK_AROUND).items:
        if other.run_id != run.run_id and services.content.has(other.plan_id):
            used |= set(Plan.from_json(json.loads(services.content.read(other.plan_id))).by_key)
    for name, step in services.memory.names(plan).items():
        if step not in used:
            yield name


def _wanted_now(services: Services, run: Run) -> set[StepKey]:
    """Return the steps of all plans that are being carried out: they may count on results that are here."""
    wanted: set[StepKey] = set()
    for run_id, other in services.runs.get_many(services.runs.open_ids()).items():
        if run_id != run.run_id and services.content.has(other.plan_id):
            wanted |= set(Plan.from_json(json.loads(services.content.read(other.plan_id))).by_key)
    return wanted


def _is_held(services: Services, run: Run, digest: Digest) -> bool:
    """Tell whether anything but *run* holds these bytes."""
    if set(services.runs.runs_using(digest)) - {run.run_id} or services.assets.names_of(digest):
        return True
    if services.recipes.using(digest) or is_held(services, digest):
        return True
    return any(not _made_by(services, owner, digest, run) for owner in services.media.owners(digest))


def _made_by(services: Services, owner: Identity, digest: Digest, run: Run) -> bool:
    entry = services.media.entry(owner, digest)
    return entry is None or (
        owner == run.owner and entry.came_by == "run" and entry.run_id == run.run_id and entry.pinned is None
    )


def _let_go(services: Services, run: Run, digest: Digest, keys: list[StepKey]) -> None:
    """Remove bytes that only *run* used, unless somebody took them since the look that said so."""
    with services.media.changing(digest):
        if services.runs.mark_deleting(digest):
            return
        if _is_held(services, run, digest):
            services.runs.unmark_deleting(digest)
            return
        for key in keys:
            services.results.delete(key)
        services.media.unlink(run.owner, digest)
        _remove_bytes(services, digest)


def _size(services: Services, digest: Digest) -> int:
    return services.content.size(digest) if services.content.has(digest) else 0
