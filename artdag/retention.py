"""The deletion rules, pure: what stands against letting something go, and which intermediates go with a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from artdag.digest import Digest, StepKey

Rule = Literal[
    "in_use_by_run",
    "in_use_by_recipe",
    "published",
    "published_unknown",
    "pinned",
    "run_active",
    "in_library",
    "asset",
    "recipe",
    "wanted_now",
    "young",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One reason why something must stay."""

    rule: Rule
    """Stable name for programs."""
    message: str
    runs: tuple[str, ...] = ()
    recipes: tuple[Digest, ...] = ()

    def to_json(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"code": self.rule, "message": self.message}
        if self.runs:
            facts["runs"] = list(self.runs)
        if self.recipes:
            facts["recipes"] = list(self.recipes)
        return facts


def may_delete(
    *,
    runs: Iterable[str] = (),
    recipes: Iterable[Digest] = (),
    published: bool | None = False,
    pinned: str | None = None,
) -> tuple[Hold, ...]:
    """Return what stands against deleting a blob; nothing means it may go.

    Args:
        runs: ids of the runs, waiting ones included, that have it as input or output.
        recipes: ids of the recipes that name it as a fixed input.
        published: whether a registry knows it; ``None``, when none could be asked, counts as yes.
        pinned: why somebody asked to keep it.
    """
    runs, recipes = tuple(runs), tuple(recipes)
    holds = []
    if runs:
        holds.append(Hold(rule="in_use_by_run", message=f"{_count(runs, 'run')} made or used it", runs=runs))
    if published is None:
        holds.append(Hold(rule="published_unknown", message="no registry could be asked whether it is published"))
    elif published:
        holds.append(Hold(rule="published", message="it is published"))
    if pinned is not None:
        holds.append(Hold(rule="pinned", message=f"it is pinned: {pinned}"))
    if recipes:
        message = f"{_count(recipes, 'recipe')} {'needs' if len(recipes) == 1 else 'need'} it as a fixed input"
        holds.append(Hold(rule="in_use_by_recipe", message=message, recipes=recipes))
    return tuple(holds)


def may_evict(
    *,
    holds: Iterable[Hold] = (),
    libraries: Iterable[str] = (),
    assets: Iterable[str] = (),
    is_recipe: bool = False,
    wanted: bool = False,
    young: bool = False,
) -> tuple[Hold, ...]:
    """Return what stands against letting a blob go to make room; nothing means that it can be made again.

    Args:
        holds: what stands against deleting it at all.
        libraries: people whose library it stands in.
        assets: names that it has on this server.
        is_recipe: whether it is the text of somebody's recipe.
        wanted: whether a run that is not over counts on it.
        young: whether it came so lately that what it is for may still be on its way.
    """
    found = list(holds)
    libraries, assets = tuple(libraries), tuple(assets)
    if libraries:
        word = "the library" if len(libraries) == 1 else f"{len(libraries)} libraries"
        found.append(Hold(rule="in_library", message=f"it stands in {word} of {', '.join(libraries[:3])}"))
    if assets:
        found.append(Hold(rule="asset", message=f"it is the asset {', '.join(assets)}"))
    if is_recipe:
        found.append(Hold(rule="recipe", message="it is a recipe that somebody keeps"))
    if wanted:
        found.append(Hold(rule="wanted_now", message="a run that is not over counts on it"))
    if young and not found:
        found.append(Hold(rule="young", message="it came a moment ago"))
    return tuple(found)


def may_discard(*, active: bool, completed: bool, published: bool | None) -> tuple[Hold, ...]:
    """Return what stands against discarding a run. A failed or cancelled one is never held.

    Args:
        active: whether it waits or renders.
        completed: whether it ended well.
        published: whether its output is known to a registry; ``None``, when none could be asked, counts as yes.
    """
    if active:
        return (Hold(rule="run_active", message="the run is not over: cancel it first"),)
    if completed and published is None:
        message = "no registry could be asked whether its output is published"
        return (Hold(rule="published_unknown", message=message),)
    if completed and published:
        return (Hold(rule="published", message="its output is published"),)
    return ()


def eviction_order(candidates: Iterable[Evictable]) -> list[Evictable]:
    """Return what may go, what should go first at the front.

    First what nobody names, then what renders leave behind, then previews; among them what is cheap to make and big to
    keep: by seconds of work for each byte.
    """
    return sorted(candidates, key=lambda one: (one.rank, one.seconds / max(one.size, 1), -one.size, one.digest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evictable:
    """A blob that can be made again."""

    digest: Digest
    size: int
    """Bytes."""
    seconds: float
    """What making it took."""
    rank: int
    """0: nobody names it. 1: slices and other intermediates. 2: previews."""


def left_over(
    made: Mapping[StepKey, Digest], *, used_elsewhere: Collection[StepKey], kept: Collection[Digest]
) -> dict[StepKey, Digest]:
    """Return those of a discarded run's results that nothing else uses.

    Args:
        made: the results of the run's steps; its inputs are no results.
        used_elsewhere: steps of other runs' plans.
        kept: blobs that stand in somebody's library, are outputs of other runs, assets or held by a rule.
    """
    elsewhere = {digest for key, digest in made.items() if key in used_elsewhere}
    return {
        key: digest
        for key, digest in made.items()
        if key not in used_elsewhere and digest not in kept and digest not in elsewhere
    }


def _count(things: tuple[Any, ...], noun: str) -> str:
    return f"{len(things)} {noun}" + ("" if len(things) == 1 else "s")
