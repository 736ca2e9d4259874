"""/recipes: upload, list, look at, try without doing, run, delete. /configs is the older name of the same views."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from flask import Blueprint, Response, request, url_for
from pydantic import BaseModel, Field

from app.library.lookup import RecipeNotFoundError, raise_if_gone, recipe_named
from app.library.node_names import by_input
from app.library.recipe_form import given_params, input_field
from app.library.recipe_shelf import read_recipe, shelve, take_down
from app.publishing.registries import asked_for
from app.runs.dry_run import dry_run
from app.runs.submission import RunRequest, submit_run
from app.storage.newest_first import MAX_PAGE
from app.storage.recipe_index import RecipeEntry
from app.web.current import ForbiddenError, caller, is_admin, services, visitor
from app.web.incoming import takes_media
from app.web.openapi import api
from app.web.payload import Cursor, MalformedRequestError, MediaTypeError, query
from app.web.recipe_pages import (
    DeletedRecipePage,
    NewRecipePage,
    PickerPage,
    PlanPage,
    RecipePage,
    RecipesPage,
    RecipeTextPage,
    StartedPage,
    covers,
    graphs,
)
from app.web.respond import go_to, respond, wants_page
from app.web.run_request import RecipeRun, asked, problems_of, whole_hashes
from artdag.digest import Digest, digest_bytes
from artdag.errors import InputError, ParameterError, RecipeError
from artdag.identity import LOCAL, Identity
from artdag.recipe import Recipe, variable_inputs
from artdag.recipe_reader import parse_recipe, recipe_for_effect
from artdag.schema import recipe_schema

bp = Blueprint("recipes", __name__)

V = TypeVar("V", bound=Callable[..., Response])

_TAG = "recipes"
_MOST_BYTES = 1 << 20
_SCHEMA_AGE_S = 300
"""How long a copy of the schema may serve: it changes only with the effects here, and those with a restart."""
_YAML_TYPES = ("yaml", "x-yaml", "plain", "octet-stream", "vnd.yaml")


# --- what comes in ----------------------------------------------------------------------------------------------------


class RecipeQuery(BaseModel):
    """Which recipes."""

    q: str = Field("", max_length=200, description="words in names and descriptions")
    cursor: Cursor | None = None
    limit: int = Field(50, ge=1, le=MAX_PAGE)


class PickQuery(BaseModel):
    """Which media to offer."""

    q: str = Field("", max_length=200)


def _route(rule: str, method: str = "GET", *also: str) -> Callable[[V], V]:
    """Register a view under /recipes…, and under the older /configs… and other aliases."""

    def register(view: V) -> V:
        for place, address in enumerate((f"/recipes{rule}", f"/configs{rule}", *also)):
            endpoint = view.__name__ if place == 0 else f"{view.__name__}_alias_{place}"
            bp.add_url_rule(address, endpoint, view, methods=[method])
        return view

    return register


# --- the list and the way in ------------------------------------------------------------------------------------------


@_route("")
@api("List the recipes", tag=_TAG, query=RecipeQuery)
def index() -> Response:
    wanted, found = query(RecipeQuery), services()
    try:
        page = found.recipes.page(wanted.cursor, wanted.limit, q=wanted.q)
    except ValueError as error:
        raise MalformedRequestError(str(error)) from error
    pictures = covers(found, page.items, visitor()) if wants_page() else {}
    bare = [entry.id for entry in page.items if entry.id not in pictures] if wants_page() else []
    return respond(
        RecipesPage(
            items=page.items,
            covers=pictures,
            graphs=graphs(found, bare),
            q=wanted.q,
            next=page.next,
            total=page.total,
        )
    )


@_route("/upload")
@api("The page to write or upload a recipe", tag=_TAG)
def new() -> Response:
    if "of" not in request.args:
        return respond(NewRecipePage())
    entry, _ = _found(request.args["of"])
    text = services().content.read(entry.id).decode("utf-8-sig", errors="replace")
    return respond(NewRecipePage(text=text, of=f"{entry.name} {entry.version}"))


@_route("/upload", "POST")
@api(
    "Upload a recipe",
    tag=_TAG,
    description="YAML as the body, or multipart with the field `file`. 422 lists everything that is wrong, by line.",
    upload="file",
    raw="application/yaml",
    answers={201: None, 200: None},
    login=True,
)
def upload() -> Response:
    owner = caller()
    text = _uploaded_text()
    try:
        shelved = shelve(services(), text, owner)
    except RecipeError as error:
        if wants_page():
            return respond(NewRecipePage(text=text.decode(errors="replace"), problems=error.problems), 422)
        raise
    recipe_id = shelved.recipe.recipe_id
    location = url_for("recipes.show", name=recipe_id)
    if wants_page():
        return go_to(location)
    page = RecipePage(services(), _entry(recipe_id), shelved.recipe, visitor(), warnings=shelved.warnings)
    return respond(page, 201 if shelved.is_new else 200, {"Location": location})


def _uploaded_text() -> bytes:
    """Return the recipe in the body, in whichever of the ways that people send one."""
    request.max_content_length = _MOST_BYTES + 4096
    mimetype = request.mimetype
    if mimetype == "multipart/form-data":
        files = [file for _, file in request.files.items(multi=True) if file.filename]
        if len(files) > 1:
            raise MalformedRequestError(f"these are {len(files)} files: send one recipe at a time")
        if files and files[0].name == "file":
            return files[0].stream.read()
        if "text" in request.form:
            return _pasted(request.form["text"])
        raise MalformedRequestError("there is no recipe: send it as the field `file`, or as the body itself")
    data = request.get_data()
    if mimetype == "application/x-www-form-urlencoded":
        # curl --data-binary says so of any body; a form of ours was read as one before, for its CSRF token
        return data or _pasted(request.form.get("text", ""))
    if mimetype and mimetype.partition("/")[2] not in _YAML_TYPES:
        raise MediaTypeError(f"a recipe is YAML: send application/yaml, not {mimetype}")
    return data


def _pasted(text: str) -> bytes:
    return text.replace("\r\n", "\n").encode()  # browsers send text areas with the line ends of the telegraph


@bp.get("/recipes/schema.json")
@api(
    "Get the JSON Schema of recipes",
    tag=_TAG,
    description="Draft 2020-12: editors complete and check recipes by it, with the effects of this server.",
    html=False,
)
def schema() -> Response:
    found = services()
    body = json.dumps(recipe_schema(found.node_types, found.effects), ensure_ascii=False) + "\n"
    response = Response(
        body, mimetype="application/json", headers={"Cache-Control": f"public, max-age={_SCHEMA_AGE_S}"}
    )
    response.set_etag(digest_bytes(body.encode())[:32])
    response.make_conditional(request)
    return response


# --- one recipe -------------------------------------------------------------------------------------------------------


@_route("/<recipe:name>", "GET", "/recipe/<recipe:name>")
@api("Show a recipe: inputs, parameters, graph, effects", tag=_TAG)
def show(name: str) -> Response:
    entry, recipe = _found(name)
    inputs, params = _from_query("inputs."), _from_query("params.")
    if "run" in request.args:  # to be edited and run again
        run = services().runs.get(request.args["run"])
        inputs, params = {**by_input(run.inputs), **inputs}, {**run.params, **params}
    return respond(
        RecipePage(
            services(),
            entry,
            recipe,
            visitor(),
            inputs=whole_hashes(inputs),
            params=given_params(recipe, params),
        )
    )


@_route("/<recipe:name>/text")
@api("The text of a recipe", tag=_TAG, produces=("application/yaml",))
def text(name: str) -> Response:
    entry, recipe = _found(name)
    data = services().content.read(entry.id)
    if wants_page():
        return respond(RecipeTextPage(services(), entry, recipe, visitor(), text=data.decode("utf-8-sig")))
    return Response(data, mimetype="application/yaml", headers={"ETag": f'"{entry.id}"'})


@_route("/<recipe:name>/choices/<node>")
@api("Offer media for one input: a part of the recipe's page", tag=_TAG, query=PickQuery)
def pick(name: str, node: str) -> Response:
    """Offer media for one input; the page's search field asks for it."""
    _, recipe = _found(name)
    hole = next((hole for hole in variable_inputs(recipe) if hole.node == node), None)
    if hole is None:
        raise InputError(f"{recipe.name} has no input {node[:80]!r}")
    chosen = whole_hashes({node: request.args.getlist(f"inputs.{node}")})[node]
    field = input_field(services(), recipe, hole, visitor(), chosen=chosen, q=query(PickQuery).q)
    return respond(PickerPage(field))


@_route("/<recipe:name>/plan", "POST")
@takes_media
@api(
    "Dry run: what would be done, and why",
    tag=_TAG,
    description="Of a recipe, or of one effect by its name. Changes nothing.",
    body=RecipeRun,
    login=True,
)
def plan(name: str) -> Response:
    owner = caller()
    entry, recipe = _of_an_effect(name, owner) or _found(name)
    wanted = asked(recipe)
    page = partial(
        PlanPage,
        services(),
        entry,
        recipe,
        owner,
        inputs=wanted.shown_inputs,
        params=wanted.params,
        output_name=wanted.output_name or "",
    )
    try:
        tried = dry_run(services(), recipe, wanted.digests(recipe), wanted.params, owner)
    except (RecipeError, InputError, ParameterError) as error:
        if wants_page():
            return respond(page(hindrances=problems_of(error)))  # no failure: the form is being filled in
        raise
    return respond(page(dry_run=tried))


@_route("/<recipe:name>/run", "POST")
@takes_media
@api("Run a recipe", tag=_TAG, body=RecipeRun, answers={201: None}, login=True)
def run(name: str) -> Response:
    owner = caller()
    entry, recipe = _found(name)
    wanted = asked(recipe)
    try:
        key = request.headers.get("Idempotency-Key")
        made = submit_run(services(), RunRequest(recipe=entry.id, **wanted.model_dump()), owner, key)
    except (RecipeError, InputError, ParameterError) as error:
        if wants_page():
            page = RecipePage(
                services(),
                entry,
                recipe,
                owner,
                inputs=wanted.shown_inputs,
                params=wanted.params,
                output_name=wanted.output_name or "",
                problems=problems_of(error),
            )
            return respond(page, 422)
        raise
    location = url_for("runs.show", run_id=made.run_id)
    return go_to(location) if wants_page() else respond(StartedPage(made), 201, {"Location": location})


@_route("/<recipe:name>", "DELETE")
@api("Delete a recipe", tag=_TAG, description="Runs keep their own copy of its text.", login=True)
def delete(name: str) -> Response:
    return respond(_deleted(name))


@_route("/<recipe:name>/delete", "POST")
@api("Delete a recipe, from a form", tag=_TAG, answers={303: None}, login=True)
def delete_from_page(name: str) -> Response:
    """Delete it, and go back to the list: browsers' forms know no DELETE."""
    _deleted(name)
    return go_to(url_for("recipes.index"))


def _deleted(name: str) -> DeletedRecipePage:
    me = caller()
    entry, _ = _found(name)
    owners = services().recipes.owners(entry.id)
    if me not in owners and not is_admin(me):
        raise ForbiddenError(f"this recipe belongs to {entry.owner}")
    for owner in [me] if me in owners else sorted(owners, key=str):  # an admin takes it off every shelf
        take_down(services(), entry.id, owner, asked=asked_for(services(), owner))
    return DeletedRecipePage(entry)


# --- inside -----------------------------------------------------------------------------------------------------------


def _found(name: str) -> tuple[RecipeEntry, Recipe]:
    """Return the recipe that *name* means. Raises RecipeNotFoundError, AmbiguousPrefixError, GoneError."""
    try:
        entry = _entry(recipe_named(services(), name, visitor()))
    except RecipeNotFoundError:
        raise_if_gone(services(), "recipe", name)
        made_by = _of_a_run(name)
        if made_by is None:
            raise
        entry = made_by
    return entry, read_recipe(services(), entry.id)


def _of_an_effect(name: str, owner: Identity) -> tuple[RecipeEntry, Recipe] | None:
    """Return the recipe that the bare name of an effect means, where *owner* has none of that name."""
    found = services()
    named = found.recipes.named(name, owner)
    if name not in found.effects or (named is not None and owner in found.recipes.owners(named)):
        return None
    recipe = parse_recipe(recipe_for_effect(found.effects.get(name)))
    entry = RecipeEntry(
        id=recipe.recipe_id,
        name=recipe.name,
        version=recipe.version,
        description=recipe.description,
        owner=owner,
        uploaded_at=found.clock(),
    )
    return entry, recipe


def _of_a_run(name: str) -> RecipeEntry | None:
    """Return the recipe of that hash which is on no shelf, but which a run was made by: an effect's own, for one."""
    found = services()
    users = found.runs.runs_using(Digest(name)) if len(name) == 64 else []
    runs = [run for run in found.runs.get_many(users).values() if run.recipe_id == name]
    if not runs:
        return None
    me = visitor()
    own = next((run for run in runs if run.owner == me), None)  # who else ran it, and when, is told to nobody
    recipe = read_recipe(found, runs[0].recipe_id)
    return RecipeEntry(
        id=recipe.recipe_id,
        name=recipe.name,
        version=recipe.version,
        description=recipe.description,
        owner=own.owner if own else LOCAL,
        uploaded_at=own.created_at if own else found.clock(),
    )


def _entry(recipe_id: Digest) -> RecipeEntry:
    entry = services().recipes.get(recipe_id)
    if entry is None:
        raise RecipeNotFoundError(f"there is no recipe {recipe_id} here")
    return entry


def _from_query(prefix: str) -> dict[str, Any]:
    """Return what the address already says of the form, such as ``?inputs.clip=<hash>``; several values are a list."""
    return {
        key.removeprefix(prefix): values if len(values) > 1 else values[0]
        for key, values in request.args.lists()
        if key.startswith(prefix)
    }
