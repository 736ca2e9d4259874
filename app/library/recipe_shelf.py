"""The shelf of recipes: a text is checked, kept as a blob and listed under its author's name; and taken off again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.library.deletion import refuse_public_recipe
from app.library.standing import Asked, is_held, standing_of
from app.services import Services, parsed
from app.storage.recipe_index import RecipeEntry
from app.storage.tombstones import Tombstones
from artdag.checker import checked_recipe, effects_used, fixed_inputs
from artdag.digest import Digest
from artdag.errors import Problem
from artdag.identity import Identity
from artdag.params import plain
from artdag.recipe import ParamDecl, Recipe, VariableInput, variable_inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A recipe that is on the shelf now."""

    recipe: Recipe
    warnings: tuple[Problem, ...]
    is_new: bool


def shelve(services: Services, text: bytes, owner: Identity) -> Shelved:
    """Check the recipe in *text* and keep it for *owner*.

    Raises:
        RecipeError: with everything that is wrong with it; nothing is kept then.
    """
    recipe, warnings = checked_recipe(text, services.world(owner))
    services.content.put_bytes(text)
    is_new = services.recipes.add(recipe, owner, services.clock())
    Tombstones(services.redis).remove("recipe", recipe.recipe_id)
    return Shelved(recipe=recipe, warnings=warnings, is_new=is_new)


def read_recipe(services: Services, recipe_id: Digest) -> Recipe:
    """Return the recipe.

    Raises:
        BlobNotFoundError: when its text is not here.
    """
    return parsed(services.content.read(recipe_id))


def take_down(services: Services, recipe_id: Digest, owner: Identity, *, asked: Asked) -> None:
    """Take it off *owner*'s shelf; the text goes when no run and nobody else needs it.

    Args:
        services: where it stands.
        recipe_id: which one.
        owner: whose shelf.
        asked: asks the registries.

    Raises:
        RefusedError: when it is published.
    """
    asked = cache(asked)
    standing_of(services, recipe_id, owner, asked)  # registries are asked before anything is locked
    with services.publications.deciding("recipe", f"{owner}/{recipe_id}"):
        refuse_public_recipe(services, recipe_id, owner, asked=asked)
        is_last = services.recipes.delete(recipe_id, owner)
    services.publications.forget("recipe", f"{owner}/{recipe_id}")
    if is_last:
        Tombstones(services.redis).add("recipe", recipe_id, at=services.clock(), why="deleted by its owner")
        if not services.runs.runs_using(recipe_id) and not is_held(services, recipe_id):
            services.content.delete(recipe_id)


def recipe_json(services: Services, entry: RecipeEntry, recipe: Recipe) -> dict[str, Any]:
    """Return what programs are told of a recipe."""
    return {
        **entry.to_json(),
        "inputs": [_input_json(hole) for hole in variable_inputs(recipe)],
        "fixed_inputs": fixed_inputs(recipe, services.world()),
        "params": [_param_json(decl) for decl in recipe.params],
        "outputs": dict(recipe.outputs),
        "effects": effect_hashes(services, recipe),
    }


def effect_hashes(services: Services, recipe: Recipe) -> list[dict[str, Any]]:
    known: Mapping[str, Any] = services.effects.effects
    return [
        {"name": name, "version": str(known[name].version), "content_hash": known[name].code_hash}
        for name in effects_used(recipe)
        if name in known
    ]


def _input_json(hole: VariableInput) -> dict[str, Any]:
    defaults = [{"asset": one.asset} if one.asset else {"hash": one.digest} for one in hole.defaults]
    return {
        "node": hole.node,
        "name": hole.name,
        "description": hole.description,
        "accept": [kind.value for kind in hole.accept],
        "many": hole.many,
        "required": not defaults,
        "default": None if not defaults else defaults if hole.many else defaults[0],
    }


def _param_json(decl: ParamDecl) -> dict[str, Any]:
    return {key: plain(value) for key, value in decl.spec.to_json().items()}
