"""/recipes/language, /recipes/check and /recipes/<id>/text/<other>: what helps to write a recipe."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.library.lookup import RecipeNotFoundError, raise_if_gone, recipe_named
from app.storage.recipe_index import RecipeEntry
from app.web.current import caller, services, visitor
from app.web.openapi import api
from app.web.payload import MediaTypeError
from app.web.respond import respond
from app.web.writing_pages import CheckPage, LanguagePage, TextsPage
from artdag.checker import checked_recipe
from artdag.errors import RecipeError
from artdag.reference import profiles, sections
from artdag.yaml_document import MAX_BYTES

bp = Blueprint("writing", __name__)

_FORM = "application/x-www-form-urlencoded"


@bp.get("/recipes/language")
@api("Show the language of recipes: node types, their settings, output profiles", tag="recipes")
def language() -> Response:
    found = services()
    return respond(LanguagePage(sections(found.node_types, found.effects), profiles()))


@bp.post("/recipes/check")
@api(
    "Check a recipe",
    tag="recipes",
    description="YAML as the body, or the form field `text`. Tells everything that is wrong, by line; keeps nothing.",
    raw="application/yaml",
    bodiless=True,
    login=True,
)
def check() -> Response:
    owner = caller()
    request.max_content_length = 3 * MAX_BYTES
    if request.mimetype == _FORM:
        text = request.form.get("text", "").replace("\r\n", "\n").encode()
    elif request.mimetype in ("", "application/yaml", "text/yaml", "application/x-yaml", "text/plain"):
        text = request.get_data()
    else:
        raise MediaTypeError(f"a recipe is YAML: send application/yaml, not {request.mimetype}")
    try:
        recipe, warnings = checked_recipe(text, services().world(owner))
    except RecipeError as error:
        return respond(CheckPage(None, error.problems))
    return respond(CheckPage(recipe, warnings))


@bp.get("/recipes/<recipe:name>/text/<other>")
@api("Show what changed from one recipe's text to another's", tag="recipes")
def texts(name: str, other: str) -> Response:
    before, after = _entry(name), _entry(other)
    old, new = (services().content.read(one.id).decode("utf-8-sig", errors="replace") for one in (before, after))
    return respond(TextsPage(before, after, old, new))


def _entry(name: str) -> RecipeEntry:
    """Return the recipe that *name* means. Raises RecipeNotFoundError, AmbiguousPrefixError, GoneError."""
    try:
        entry = services().recipes.get(recipe_named(services(), name, visitor()))
    except RecipeNotFoundError:
        raise_if_gone(services(), "recipe", name)
        raise
    if entry is None:
        raise RecipeNotFoundError(f"there is no recipe {name[:80]} here")
    return entry
