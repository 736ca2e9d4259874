"""What the run store keeps of a run, under which keys, and what can go wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from app.storage.newest_first import score_of
from artdag.digest import Digest, StepKey
from artdag.errors import ArtDagError
from artdag.identity import Identity
from artdag.run import Progress, Run, RunState


class RunNotFoundError(ArtDagError):
    """There is no such run."""

    code: ClassVar[str] = "run_not_found"


class RunActiveError(ArtDagError):
    """The run is still on its way: cancel it first."""

    code: ClassVar[str] = "run_active"


class TooManyRunsError(ArtDagError):
    """The owner has as many runs open as they may."""

    code: ClassVar[str] = "quota_runs"

    @classmethod
    def of(cls, most: int) -> TooManyRunsError:
        return cls(f"you may have {most} runs open at once: wait until one is over, or cancel one")


class BeingDeletedError(ArtDagError):
    """Bytes that the run needs are being deleted at this moment."""

    code: ClassVar[str] = "being_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A request that came with an Idempotency-Key."""

    key: str
    body: Digest
    """What was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """What came of ``create``."""

    run_id: str
    is_new: bool
    """False where a request with the same key made *run_id* before."""
    body: Digest | None = None
    """Of that request."""
    joined: Mapping[StepKey, str] = field(default_factory=dict)
    """Stages that other runs wait for already, and their states."""


def run_key(run_id: str) -> str:
    return f"artdag:run:{run_id}"


def uses_key(digest: str) -> str:
    return f"artdag:uses:{digest}"


def memory_key(owner: Identity, key: str) -> str:
    return f"artdag:idempotency:{owner}/{key}"


def list_key(owner: Identity | None, status: RunState | None, recipe: str | None) -> str:
    """Return the list with the fewest runs that holds all of these."""
    if recipe:
        return f"artdag:runs:recipe/{recipe}"
    if owner and status:
        return f"artdag:runs:owner/{owner}/{status.value}"
    if owner:
        return f"artdag:runs:owner/{owner}"
    return f"artdag:runs:status/{status.value}" if status else "artdag:runs"


def lists_of(run: Run) -> dict[str, str]:
    """Return the lists that *run* stands in, and its place there."""
    score = str(score_of(run.created_at))
    lists = {
        list_key(None, None, None),
        list_key(run.owner, None, None),
        list_key(None, run.state, None),
        list_key(run.owner, run.state, None),
        list_key(None, None, run.recipe),
        list_key(None, None, run.recipe_id),
    }
    return dict.fromkeys(sorted(lists), score)


def used_by(run: Run) -> set[Digest]:
    """Return the bytes that *run* names."""
    named = {run.recipe_id, run.plan_id, *run.outputs.values()}
    if run.provenance is not None:
        named.add(run.provenance)
    for value in run.inputs.values():
        named.update(map(Digest, [value] if isinstance(value, str) else value))
    return named


def written(run: Run) -> str:
    return json.dumps(run.to_json())


def restored(record: bytes, progress: bytes | None) -> Run:
    run = Run.from_json(json.loads(record))
    return replace(run, progress=Progress(**json.loads(progress))) if progress else run


def searched_text(run: Run) -> str:
    """Return the text that a search looks through."""
    parts = (run.recipe, run.recipe_version, run.output_name, run.run_id, run.state.value)
    return "\n".join([*parts, json.dumps(dict(run.inputs)), json.dumps(dict(run.params))]).lower()
