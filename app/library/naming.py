"""What people mean: a content hash, the beginning of one, the name of a recipe, an effect or an asset."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from app.services import Services
from artdag.digest import Digest
from artdag.errors import IllegalTransitionError, InputError, Problem, RecipeError
from artdag.identity import Identity
from artdag.params import nearest
from artdag.recipe_reader import recipe_for_effect

_HEX64 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PREFIX = re.compile(r"[0-9a-f]{8,63}", re.ASCII)
_LARGEST_RECIPE_BYTES = 1 << 20


class AmbiguousPrefixError(IllegalTransitionError):
    """The beginning of a content hash fits more than one thing."""

    code = "ambiguous_prefix"

    def __init__(self, prefix: str, candidates: Sequence[Digest]) -> None:
        super().__init__(f"{prefix} is the beginning of {len(candidates)} hashes or more: write more of it")
        self.more: dict[str, Any] = {"candidates": list(candidates)}


class UnknownRecipeError(RecipeError):
    """There is no recipe and no effect of that name or id."""

    code = "unknown_recipe"


def recipe_text(services: Services, word: str, owner: Identity) -> bytes:
    """Return the text of the recipe that *word* means to *owner*.

    In this order: its id; the beginning of one; a recipe of *owner*'s by name; an effect; anybody's recipe by name. So
    nobody can put a recipe of their own in the place of an effect that others call by its name.

    Raises:
        UnknownRecipeError: when it means none.
        AmbiguousPrefixError: when it is the beginning of several ids.
    """
    named = services.recipes.named(word, owner)
    if _HEX64.fullmatch(word):
        recipe_id: Digest | None = Digest(word)
    elif named is not None and owner in services.recipes.owners(named):
        recipe_id = named
    elif word in services.effects:
        return recipe_for_effect(services.effects.get(word))
    else:
        recipe_id = named or _completed(word, services.recipes.spelt)
    if recipe_id is None or not _is_recipe(services, recipe_id):
        hint = services.effects.why_refused(word) or nearest(word, [effect.name for effect in services.effects])
        problem = Problem(message=f"there is no recipe or effect {word[:80]!r} here", field="recipe", hint=hint)
        raise UnknownRecipeError(problem.message + (f": {hint}" if hint else ""), problems=[problem])
    return services.content.read(recipe_id)


def media_digest(services: Services, word: str, owner: Identity, *, field: str) -> Digest:
    """Return the bytes that *word* means to *owner*: a hash, the beginning of one of theirs, or an asset's name.

    Raises:
        InputError: when it means none; *field* says where it stood.
        AmbiguousPrefixError: when it is the beginning of several.
    """
    if _HEX64.fullmatch(word):
        return Digest(word)
    asset = services.assets.get(word)
    found = asset or _completed(word, lambda prefix: _mine(services, owner, prefix))
    if found is None:
        message = f"{word[:80]!r} is no content hash and no asset of this server"
        raise InputError(message, problems=[Problem(message=message, field=field)])
    return found


def _is_recipe(services: Services, recipe_id: Digest) -> bool:
    """Tell whether there are such bytes, of a size that a recipe may have; a run's own copy counts, too."""
    return services.content.has(recipe_id) and services.content.size(recipe_id) <= _LARGEST_RECIPE_BYTES


def _mine(services: Services, owner: Identity, prefix: str) -> tuple[Digest, ...]:
    assets = (digest for digest in services.assets.all().values() if digest.startswith(prefix))
    return tuple(dict.fromkeys([*services.media.spelt(owner, prefix), *assets]))


def _completed(word: str, spelt: Callable[[str], Sequence[Digest]]) -> Digest | None:
    candidates = spelt(word) if _PREFIX.fullmatch(word) else ()
    if len(candidates) > 1:
        raise AmbiguousPrefixError(word, candidates)
    return candidates[0] if candidates else None
