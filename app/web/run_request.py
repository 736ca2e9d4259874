"""What a run of a recipe is asked with: JSON from programs, or the page's form with its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from pydantic import BaseModel, ConfigDict, Field

from app.library.naming import media_digest
from app.library.recipe_form import given_inputs, given_params
from app.web.current import caller, services
from app.web.incoming import IncomingFile
from app.web.payload import payload
from artdag.digest import Digest
from artdag.errors import ArtDagError, Problem
from artdag.planner import by_place
from artdag.recipe import Recipe, variable_inputs


class RecipeRun(BaseModel):
    """Values for one run of a recipe."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, str | list[str]] | list[str] = Field(
        default_factory=dict, description="node id -> content hash or asset"
    )
    params: dict[str, Any] = Field(default_factory=dict)
    output_name: str | None = Field(None, max_length=200)

    def digests(self, recipe: Recipe) -> dict[str, Digest]:
        """Return the bytes that the inputs mean, by node. Raises InputError, AmbiguousPrefixError."""
        holes = [hole.node for hole in variable_inputs(recipe)]
        named = self.inputs if isinstance(self.inputs, dict) else dict(zip(holes, self.inputs, strict=False))
        flat = by_place(named)
        return {node: media_digest(services(), word, caller(), field=f"inputs.{node}") for node, word in flat.items()}

    @property
    def shown_inputs(self) -> dict[str, str]:
        """The inputs that a form can show as chosen."""
        return whole_hashes(self.inputs) if isinstance(self.inputs, dict) else {}


def asked(recipe: Recipe) -> RecipeRun:
    """Return what the request asks of *recipe*; files that it carries are kept, and count as inputs.

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
        given["inputs"] = {**given.get("inputs", {}), **files}
    if not request.is_json:
        for field in ("file", "q"):  # a page's own fields: what to upload, what to search for
            given.pop(field, None)
    if given.get("output_name") == "":
        del given["output_name"]
    return RecipeRun.model_validate(given)


def problems_of(error: ArtDagError) -> tuple[Problem, ...]:
    return error.problems or (Problem(message=error.message),)


def whole_hashes(inputs: Mapping[str, Any]) -> dict[str, str]:
    return {
        node: text
        for node, text in inputs.items()
        if isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")
    }


def _kept_files() -> dict[str, str]:
    kept = {}
    for field, file in request.files.items():
        incoming: Any = file.stream
        if field.startswith("file.") and isinstance(incoming, IncomingFile) and incoming.size:
            kept[field.removeprefix("file.")] = str(incoming.keep(owner=caller()).digest)
    return kept
