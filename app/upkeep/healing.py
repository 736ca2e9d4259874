"""Bringing back bytes that are named and not here: made again from the record, or asked of a person."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.runs.completion import KEPT_RUN
from app.runs.doorbell import top_up
from app.runs.outputs import find_outputs
from app.runs.planned import new_stages, read_plan
from app.services import Services, parsed
from artdag.digest import Digest, canonical_json
from artdag.errors import ArtDagError
from artdag.planner import make_plan
from artdag.run import Run, RunState

_log = logging.getLogger(__name__)

MOST_RUNS = 100


class Healed(StrEnum):
    """What became of it."""

    THERE = "there"
    RENDERING = "rendering"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Bytes that only a person can restore."""

    digest: Digest
    what: str
    """Such as ``upload`` or ``recipe``."""
    name: str
    owners: tuple[str, ...]
    runs: tuple[str, ...]
    """Every run that it touches, up to a hundred."""
    why: str
    """What would help, in one sentence."""

    def to_json(self) -> dict[str, Any]:
        return {
            "digest": self.digest,
            "what": self.what,
            "name": self.name,
            "owners": list(self.owners),
            "runs": list(self.runs),
            "why": self.why,
        }


def heal(services: Services, digest: Digest) -> Healed:
    """Make bytes again that are not here; what is rendered is there later."""
    if services.content.has(digest):
        return Healed.THERE
    runs = services.runs.get_many(services.runs.runs_using(digest)[:MOST_RUNS])
    for run_id, run in runs.items():
        if services.runs.kept_copy(run_id) == digest and _written_again(services, run, digest):
            return Healed.THERE
        if run.plan_id == digest and _planned_again(services, run, digest):
            return Healed.THERE
    makers = [run for run in runs.values() if digest in run.outputs.values()]
    return Healed.RENDERING if _rendered_again(services, makers, digest) else Healed.PERSON


def is_on_its_way(services: Services, digest: Digest) -> bool:
    """Tell whether work that makes these bytes waits or is done now."""
    for run in services.runs.get_many(services.runs.runs_using(digest)[:MOST_RUNS]).values():
        if digest in run.outputs.values() and services.content.has(run.plan_id):
            try:
                plan, recipe = read_plan(services, run.plan_id), parsed(services.content.read(run.recipe_id))
                wanted = new_stages(services, recipe, plan, find_outputs(services, plan))
            except ArtDagError:
                continue
            known = services.stages.get_many(stage.key for stage in wanted)
            if any(record.state.is_open for record in known.values()):
                return True
    return False


def lost(services: Services, digest: Digest) -> Lost:
    """Return what a person is told of bytes that cannot be made again."""
    runs = services.runs.get_many(services.runs.runs_using(digest)[:MOST_RUNS])
    entry = services.media.any_entry(digest)
    names = services.assets.names_of(digest)
    what, name, why = "file", digest[:10], "put back the blob from a backup"
    if services.recipes.owners(digest) or any(run.recipe_id == digest for run in runs.values()):
        recipe = services.recipes.get(digest)
        what, name = "recipe", recipe.name if recipe is not None else next(run.recipe for run in runs.values())
        why = "upload the same recipe again, or put back the blob from a backup"
    elif any(digest in run.outputs.values() for run in runs.values()):
        what, name = "output", entry.name if entry else digest[:10]
        why = "its inputs, its effects or this version make other bytes now: put back the blob, or run the recipe again"
    elif any(run.provenance == digest for run in runs.values()):
        what, name = "receipt", next(run.output_name for run in runs.values() if run.provenance == digest)
    elif any(run.plan_id == digest for run in runs.values()):
        what, why = "plan", "it was made by another version: the run stays, its nodes cannot be shown"
    elif entry is not None or names:
        what, name = "upload", entry.name if entry else names[0]
        why = "upload the same file again: it heals everything that it touches"
    return Lost(
        digest=digest,
        what=what,
        name=name,
        owners=tuple(sorted(map(str, services.media.owners(digest) or {run.owner for run in runs.values()}))),
        runs=tuple(runs),
        why=why,
    )


def _written_again(services: Services, run: Run, digest: Digest) -> bool:
    return services.content.put_bytes(canonical_json({KEPT_RUN: run.to_json()})).digest == digest


def _planned_again(services: Services, run: Run, digest: Digest) -> bool:
    try:
        recipe = parsed(services.content.read(run.recipe_id))
        plan = make_plan(recipe, run.inputs, run.params, services.world(run.owner))
    except ArtDagError as error:
        _log.warning("the plan %s cannot be made again: %s", digest[:10], error.message)
        return False
    return plan.plan_id == digest and services.content.put_bytes(plan.to_bytes()).digest == digest


def _rendered_again(services: Services, makers: Iterable[Run], digest: Digest) -> bool:
    """Put the work that made *digest* on its way for a run that is over and keeps its state."""
    for run in makers:
        if run.state is not RunState.COMPLETED:
            continue
        try:
            heal(services, run.plan_id)
            plan, recipe = read_plan(services, run.plan_id), parsed(services.content.read(run.recipe_id))
            if any(step.toolchain != services.toolchain for step in plan.steps):
                continue  # this version would make other bytes
            outputs = find_outputs(services, plan)
            if any(not services.content.has(one) for one in _sources(run, plan.steps)):
                continue
            if not outputs.missing:
                continue  # the work was done again, and other bytes came of it
            stages = new_stages(services, recipe, plan, outputs)
        except ArtDagError as error:
            _log.warning("run %s cannot be rendered again: %s", run.run_id, error.message)
            continue
        ready = [stage for stage in stages if not stage.needs]
        services.stages.join(run.run_id, plan.plan_id, run.owner, ready)
        top_up(services)
        return True
    return False


def _sources(run: Run, steps: Iterable[Any]) -> set[Digest]:
    found = {Digest.parse(step.params["digest"]) for step in steps if step.type == "SOURCE"}
    for value in run.inputs.values():
        found.update(map(Digest, [value] if isinstance(value, str) else value))
    return found
