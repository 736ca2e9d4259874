"""Where bytes come from and what was made of them: runs, followed both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.library.lookup import raise_if_gone
from app.services import Services
from artdag.digest import Digest
from artdag.errors import BlobNotFoundError
from artdag.identity import Identity
from artdag.run import Run, rfc3339

DEEPEST = 20
MOST_RUNS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A run on the way from or to the bytes."""

    run: Run
    depth: int
    """1: it made or took the bytes themselves."""

    def to_json(self) -> dict[str, Any]:
        run = self.run
        return {
            "run_id": run.run_id,
            "depth": self.depth,
            "recipe": run.recipe,
            "recipe_id": run.recipe_id,
            "output_name": run.output_name,
            "completed_at": rfc3339(run.completed_at),
            "username": str(run.owner),
            "inputs": dict(run.inputs),
            "outputs": dict(run.outputs),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What is known of the bytes' family."""

    digest: Digest
    made_by: tuple[Relative, ...]
    """The runs that made them, those that made what went in, and so on; nearest first."""
    used_in: tuple[Relative, ...]
    """The runs that took them, those that took what came out, and so on; nearest first."""
    names: dict[str, str]
    """Of every hash named, where it has one."""
    is_whole: bool
    """False where there is more than DEEPEST generations or MOST_RUNS runs."""

    def to_json(self) -> dict[str, Any]:
        return {
            "content_hash": self.digest,
            "made_by": [one.to_json() for one in self.made_by],
            "used_in": [one.to_json() for one in self.used_in],
            "names": self.names,
            "whole": self.is_whole,
        }


def lineage(services: Services, digest: Digest, who: Identity | None, *, sees_all: bool, depth: int) -> Lineage:
    """Return the family of *digest* as *who* may see it: by their own runs, or with *sees_all* by everybody's.

    Args:
        services: where the runs stand.
        digest: the bytes.
        who: the one who asks.
        sees_all: whether other people's runs count.
        depth: how many generations, from 1 to DEEPEST.

    Raises:
        BlobNotFoundError, GoneError: when there are no such bytes and no run that names them.
    """

    def runs(one: Digest) -> list[Run]:
        found = services.runs.get_many(services.runs.runs_using(one)[:MOST_RUNS]).values()
        return [run for run in found if sees_all or run.owner == who]

    def makers(one: Digest) -> list[Run]:
        return [run for run in runs(one) if one in run.outputs.values()]

    def takers(one: Digest) -> list[Run]:
        return [run for run in runs(one) if one in set(inputs_of(run))]

    made_by, up_is_whole = _followed(digest, makers, inputs_of, depth)
    used_in, down_is_whole = _followed(digest, takers, lambda run: run.outputs.values(), depth)
    if not made_by and not used_in and not services.content.has(digest):
        raise_if_gone(services, "media", digest)
        raise BlobNotFoundError(f"there are no bytes {digest} here")
    return Lineage(
        digest=digest,
        made_by=made_by,
        used_in=used_in,
        names=_names(services, digest, [*made_by, *used_in], who),
        is_whole=up_is_whole and down_is_whole,
    )


def inputs_of(run: Run) -> Iterator[Digest]:
    """Give the bytes that went into *run*, its recipe aside."""
    for value in run.inputs.values():
        yield from map(Digest, [value] if isinstance(value, str) else value)


def _followed(
    digest: Digest, of: Callable[[Digest], list[Run]], to: Callable[[Run], Iterable[Digest]], depth: int
) -> tuple[tuple[Relative, ...], bool]:
    """Return the runs *of* the bytes, those of the bytes that these lead *to*, and so on; and whether that is all."""
    found: dict[str, Relative] = {}
    seen, generation = {digest}, [digest]
    for distance in range(1, depth + 1):
        following: dict[Digest, None] = {}
        for one in generation:
            for run in sorted(of(one), key=lambda run: run.created_at, reverse=True):
                if run.run_id in found:
                    continue
                if len(found) >= MOST_RUNS:
                    return tuple(found.values()), False
                found[run.run_id] = Relative(run=run, depth=distance)
                following |= dict.fromkeys(to(run))
        generation = [one for one in following if one not in seen]
        seen.update(generation)
        if not generation:
            return tuple(found.values()), True
    return tuple(found.values()), not any(of(one) for one in generation)


def _names(services: Services, digest: Digest, relatives: list[Relative], who: Identity | None) -> dict[str, str]:
    wanted = dict.fromkeys([digest])
    for one in relatives:
        wanted |= dict.fromkeys([*inputs_of(one.run), *one.run.outputs.values()])
    named = {str(hash_): name for name, hash_ in services.assets.all().items()}
    for relative in relatives:
        named |= {str(hash_): relative.run.output_name for hash_ in relative.run.outputs.values()}
    for hash_ in wanted:
        entry = services.media.entry(who, hash_) if who is not None and str(hash_) not in named else None
        if entry is not None:
            named[str(hash_)] = entry.name
    return {str(hash_): named[str(hash_)] for hash_ in wanted if str(hash_) in named}
