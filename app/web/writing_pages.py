"""What the routes answer with that help to write a recipe: what is wrong with a text, and how two texts differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from app.runs.dag_picture import DagPicture
from app.storage.recipe_index import RecipeEntry
from app.web.recipe_pages import graph_of
from app.web.respond import Page
from artdag.errors import Problem
from artdag.recipe import Recipe, variable_inputs
from artdag.reference import Section

_LINES = 2000


@dataclass(frozen=True)
class CheckPage(Page):
    """What is wrong with a text, or what it makes; a part of the page where it is written."""

    template: ClassVar[str] = "recipes/_check.html"

    recipe: Recipe | None
    """None where it does not work."""
    problems: tuple[Problem, ...]
    """Errors; of a recipe that works, warnings."""

    @cached_property
    def picture(self) -> DagPicture | None:
        return graph_of(self.recipe) if self.recipe is not None else None

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(hole.name for hole in variable_inputs(self.recipe)) if self.recipe is not None else ()

    def to_json(self) -> dict[str, Any]:
        found = [problem.to_json() for problem in self.problems]
        recipe = self.recipe
        if recipe is None:
            return {"ok": False, "errors": found, "warnings": []}
        return {"ok": True, "errors": [], "warnings": found, "name": recipe.name, "version": recipe.version}


@dataclass(frozen=True)
class LanguagePage(Page):
    """The language of recipes."""

    template: ClassVar[str] = "recipes/language.html"

    sections: tuple[Section, ...]
    profiles: tuple[tuple[str, str, str], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "node_types": [
                {
                    "name": section.name,
                    "doc": section.doc,
                    "wiring": section.wiring,
                    "settings": [
                        dict(zip(("name", "takes", "default", "doc"), row, strict=True)) for row in section.rows
                    ],
                }
                for section in self.sections
            ],
            "profiles": [dict(zip(("name", "for", "gives"), row, strict=True)) for row in self.profiles],
        }


@dataclass(frozen=True)
class TextsPage(Page):
    """Two recipes, line by line."""

    template: ClassVar[str] = "recipes/texts.html"

    before: RecipeEntry
    after: RecipeEntry
    old: str
    new: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Of a unified diff; empty for equal texts."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        old, new = (f"{one.name} {one.version} ({one.id[:10]})" for one in (self.before, self.after))
        found = difflib.unified_diff(self.old.splitlines(), self.new.splitlines(), old, new, lineterm="")
        for place, line in enumerate(found):
            if place == _LINES:
                yield f"… and more: only {_LINES:,} lines are shown"
                return
            yield line

    def to_json(self) -> dict[str, Any]:
        return {"before": self.before.to_json(), "after": self.after.to_json(), "lines": list(self.lines)}
