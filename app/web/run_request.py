"""What a run of a recipe is asked with: JSON from programs, or the page's form with its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, overload

from flask import request
from pydantic import BaseModel, ConfigDict, Field

from app.library.naming import media_digest
from app.library.node_names import by_input
from app.library.recipe_form import given_inputs, given_params
from app.outgoing import LONGEST_URL
from app.web.current import caller, services
from app.web.incoming import IncomingFile
from app.web.payload import payload
from artdag.digest import Digest
from artdag.errors import ArtDagError, Problem
from artdag.planner import by_place, inputs_by_node
from artdag.recipe import Recipe, variable_inputs


class RecipeRun(BaseModel):
    """Values for one run of a recipe."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, str | list[str]] | list[str] = Field(
        default_factory=dict, description="node id -> content hash or asset"
    )
    params: dict[str, Any] = Field(default_factory=dict)
    output_name: str | None = Field(None, max_length=200)
    callback_url: str | None = Field(None, max_length=LONGEST_URL, description="told, once, when the run is over")

    def digests(self, recipe: Recipe) -> dict[str, Digest]:
        """Return the bytes that the inputs mean, by node, those of a list one by one.

        Raises:
            InputError, AmbiguousPrefixError
        """
        if isinstance(self.inputs, dict):
            flat = by_place(self.inputs)
            return {node: _bytes(word, node) for node, word in flat.items()}
        return by_place(inputs_by_node(recipe, [_bytes(word, str(place)) for place, word in enumerate(self.inputs)]))

    @property
    def shown_inputs(self) -> dict[str, tuple[str, ...]]:
        """The inputs that a form can show as chosen."""
        return whole_hashes(self.inputs) if isinstance(self.inputs, dict) else {}


R = TypeVar("R", bound=RecipeRun)


@overload
def asked(recipe: Recipe) -> RecipeRun: ...
@overload
def asked(recipe: Recipe, model: type[R]) -> R: ...
def asked(recipe: Recipe, model: type[RecipeRun] = RecipeRun) -> RecipeRun:
    """Return what the request asks of *recipe*, as *model*; files that it carries are kept, and count as inputs.

    Raises:
        pydantic.ValidationError: when it asks for something else.
        ArtDagError: when a file is no medium.
    """
    files = _kept_files()
    given = payload() if request.is_json or request.form or not files else {}
    if isinstance(given.get("inputs"), dict):
        given["inputs"] = given_inputs(given["inputs"])
    if isinstance(given.get("params"), dict) and not request.is_json:
        given["params"] = given_params(recipe, given["params"])
    if files:
        given["inputs"] = _with_files(recipe, given.get("inputs", {}), files)
    if not request.is_json:
        for field in {"file", "q", "sweep"} - model.model_fields.keys():  # of the page, or for its other button
            given.pop(field, None)
        if isinstance(given.get("sweep"), dict):
            given["sweep"] = given_inputs(given["sweep"])
    for field in ("output_name", "callback_url"):
        if given.get(field) == "":
            del given[field]
    return model.model_validate(given)


def problems_of(error: ArtDagError) -> tuple[Problem, ...]:
    return error.problems or (Problem(message=error.message),)


def whole_hashes(inputs: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return of *inputs*, by node, what is written as a whole content hash."""
    return {node: tuple(text for text in given if _is_hash(text)) for node, given in by_input(inputs).items()}


def _bytes(word: str, name: str) -> Digest:
    return media_digest(services(), word, caller(), field=f"inputs.{name}")


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def _kept_files() -> dict[str, list[str]]:
    """Keep the files that came with the form, in their order; return their content hashes by node."""
    kept: dict[str, list[str]] = {}
    for field, file in request.files.items(multi=True):
        incoming: Any = file.stream
        if field.startswith("file.") and isinstance(incoming, IncomingFile) and incoming.size:
            kept.setdefault(field.removeprefix("file."), []).append(str(incoming.keep(owner=caller()).digest))
    return kept


def _with_files(recipe: Recipe, inputs: Mapping[str, Any], files: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return *inputs* with *files*: behind what a list was given already, else in its place."""
    lists = {hole.node for hole in variable_inputs(recipe) if hole.many}
    chosen = by_input(inputs)
    own = {node: [*chosen.get(node, ()), *came] if node in lists else came[-1] for node, came in files.items()}
    return {**inputs, **own}
