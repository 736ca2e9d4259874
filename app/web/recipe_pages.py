"""What the pages about recipes are made of; the views are in ``app/blueprints/recipes.py``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import url_for

from app.library.recipe_form import InputField, RecipeForm, recipe_form
from app.library.recipe_shelf import effect_hashes, read_recipe, recipe_json
from app.runs.dag_picture import DagPicture, draw
from app.runs.drawn import FOLLOWS, Drawn, is_timing
from app.runs.dry_run import DryRun
from app.services import Services
from app.storage.recipe_index import RecipeEntry
from app.web.current import is_admin
from app.web.publishing import Publishing, entries_of, of_bytes
from app.web.respond import Page, items_json
from artdag.dag import topological
from artdag.digest import Digest
from artdag.errors import Problem
from artdag.identity import Identity
from artdag.media import Kind, MediaFacts
from artdag.recipe import Node, Recipe
from artdag.run import Run, RunState

_RUNS_SHOWN = 12
_PLAN_SHOWN = 200

EXAMPLE = """\
name: cool-square
version: "1.0"
description: Cool a clip down and fit it to a square
params:
  chill: {type: float, default: 0.4, min: 0, max: 1, description: how blue}
dag:
  nodes:
    - {id: clip, type: SOURCE, config: {input: true, name: Clip, accept: [image, video]}}
    - {id: cool, type: EFFECT, config: {effect: color_balance, params: {blue: {param: chill}}}, inputs: [clip]}
    - {id: box, type: RESIZE, config: {width: 720, height: 720, mode: pad}, inputs: [cool]}
  output: box
"""


@dataclass(frozen=True)
class RecipesPage(Page):
    """The list."""

    template: ClassVar[str] = "recipes/index.html"
    fragments: ClassVar[tuple[str, ...]] = ("recipe_list",)

    items: tuple[RecipeEntry, ...]
    covers: Mapping[Digest, Digest]
    """Recipe -> the newest thing made by it that can be shown."""
    graphs: Mapping[Digest, DagPicture]
    """The shape of those without a cover."""
    q: str
    next: str | None
    total: int | None

    @property
    def next_url(self) -> str | None:
        wanted = {"q": self.q, "cursor": self.next} if self.q else {"cursor": self.next}
        return url_for("recipes.index") + "?" + urlencode(wanted) if self.next else None

    def to_json(self) -> dict[str, Any]:
        return items_json([entry.to_json() for entry in self.items], self.next, self.total)


@dataclass(frozen=True)
class NewRecipePage(Page):
    """Where a recipe is written, and where one that is not right comes back with what is wrong."""

    template: ClassVar[str] = "recipes/new.html"

    text: str = ""
    problems: tuple[Problem, ...] = ()
    of: str = ""
    """Name and version of the recipe that it begins as."""

    @property
    def shown_text(self) -> str:
        return self.text or EXAMPLE

    @cached_property
    def marked(self) -> tuple[TextLine, ...]:
        """The text's lines, each with what is wrong there."""
        return text_lines(self.text, self.problems)

    @property
    def elsewhere(self) -> tuple[Problem, ...]:
        """What is wrong, and has no line."""
        return tuple(problem for problem in self.problems if problem.line is None)

    def to_json(self) -> dict[str, Any]:
        return {"example": EXAMPLE, "errors": [problem.to_json() for problem in self.problems]}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLine:
    """A line of a recipe."""

    number: int
    text: str
    problems: tuple[Problem, ...] = ()


def text_lines(text: str, problems: Iterable[Problem] = ()) -> tuple[TextLine, ...]:
    by_line: dict[int, list[Problem]] = {}
    for problem in problems:
        by_line.setdefault(problem.line or 0, []).append(problem)
    return tuple(
        TextLine(number=number, text=line, problems=tuple(by_line.get(number, ())))
        for number, line in enumerate(text.split("\n"), 1)
    )


@dataclass(frozen=True)
class RecipePage(Page):
    """One recipe; the tab *run*."""

    template: ClassVar[str] = "recipes/show.html"
    fragments: ClassVar[tuple[str, ...]] = ("publishing",)
    tab: ClassVar[str] = "run"

    services: Services
    entry: RecipeEntry
    recipe: Recipe
    who: Identity | None
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    output_name: str = ""
    sweep: Mapping[str, Any] = field(default_factory=dict)
    """The values that were to be tried."""
    problems: tuple[Problem, ...] = ()
    """Why it could not be run as the form says."""
    warnings: tuple[Problem, ...] = ()
    dry_run: DryRun | None = None
    """What would run, where that was asked."""
    hindrances: tuple[Problem, ...] = ()
    """Why nothing would."""

    @cached_property
    def form(self) -> RecipeForm:
        return recipe_form(self.services, self.recipe, self.who, inputs=self.inputs, params=self.params)

    @property
    def most_groups(self) -> int:
        """How many nodes of a dry run the page shows, those of a list counted as one."""
        return _PLAN_SHOWN

    def pick_url(self, node: str) -> str:
        """Return the address that gives media for one input."""
        return url_for("recipes.pick", name=self.entry.id, node=node)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The visitor's newest runs of this recipe."""
        if self.who is None:
            return ()
        page = self.services.runs.page(self.who, recipe=self.entry.name, limit=_RUNS_SHOWN)
        return page.items

    @cached_property
    def cover(self) -> tuple[Digest, MediaFacts] | None:
        """The newest thing that it made and that can be shown."""
        done = [run.output for run in self.runs if run.state is RunState.COMPLETED and run.output]
        facts = self.services.media.facts_of(done[:1])
        return next(((digest, one) for digest, one in facts.items() if one.kind is not Kind.DATA), None)

    @cached_property
    def versions(self) -> tuple[RecipeEntry, ...]:
        """Other uploads of the same name, newest first."""
        return tuple(one for one in self.services.recipes.versions(self.entry.name) if one.id != self.entry.id)

    @cached_property
    def effects(self) -> list[dict[str, Any]]:
        return effect_hashes(self.services, self.recipe)

    @cached_property
    def picture(self) -> DagPicture:
        return graph_of(self.recipe)

    @property
    def may_delete(self) -> bool:
        owners = self.services.recipes.owners(self.entry.id)
        return self.who is not None and (self.who in owners or (bool(owners) and is_admin(self.who)))

    @cached_property
    def publishing(self) -> Publishing:
        return of_bytes(self.services, "recipe", self.entry.id, may=self.may_delete)

    def to_json(self) -> dict[str, Any]:
        found = recipe_json(self.services, self.entry, self.recipe)
        published = entries_of(self.services, self.entry.id)
        return found | {"warnings": [problem.to_json() for problem in self.warnings], "published": published}


@dataclass(frozen=True)
class RecipeTextPage(RecipePage):
    """The tab *YAML*."""

    template: ClassVar[str] = "recipes/text.html"
    fragments: ClassVar[tuple[str, ...]] = ()
    tab: ClassVar[str] = "text"

    text: str = ""

    @property
    def lines(self) -> tuple[TextLine, ...]:
        return text_lines(self.text.rstrip("\n"))


@dataclass(frozen=True)
class PickerPage(Page):
    """Media to choose from for one input."""

    template: ClassVar[str] = "recipes/_choices.html"  # a part of a page, never one of its own

    field: InputField

    def to_json(self) -> dict[str, Any]:
        found = self.field.choices
        items = [{"content_hash": one.digest, "name": one.name, "kind": one.facts.kind.value} for one in found]
        return items_json(items, None, len(items))


@dataclass(frozen=True)
class PlanPage(RecipePage):
    """The same with a dry run, or why there can be none; the form stays as it was filled in."""

    fragments: ClassVar[tuple[str, ...]] = ("dry_plan",)

    def to_json(self) -> dict[str, Any]:
        assert self.dry_run is not None  # programs get the hindrances as an error
        return self.dry_run.to_json()


@dataclass(frozen=True)
class DeletedRecipePage(Page):
    """What was deleted."""

    template: ClassVar[str] = "recipes/index.html"

    entry: RecipeEntry

    def to_json(self) -> dict[str, Any]:
        return {"id": self.entry.id, "name": self.entry.name, "deleted": True}


@dataclass(frozen=True)
class StartedPage(Page):
    """A run that was started; people are sent to its own page instead."""

    template: ClassVar[str] = "runs/show.html"

    run: Run

    def to_json(self) -> dict[str, Any]:
        return self.run.to_json()


def covers(services: Services, entries: Iterable[RecipeEntry], who: Identity | None) -> dict[Digest, Digest]:
    """Return for each recipe the newest thing that *who* made by it and that can be shown as a picture."""
    newest: dict[Digest, Digest] = {}
    for entry in entries if who is not None else ():
        runs = services.runs.page(who, recipe=entry.id, limit=3).items
        output = next((run.output for run in runs if run.output is not None), None)
        if output is not None:
            newest[entry.id] = output
    facts = services.media.facts_of(newest.values())
    return {one: output for one, output in newest.items() if output in facts and facts[output].kind is not Kind.DATA}


def graphs(services: Services, ids: Iterable[Digest]) -> dict[Digest, DagPicture]:
    """Return the picture of each recipe's graph, where its text is here and small enough to be drawn."""
    here = [recipe_id for recipe_id in ids if services.content.has(recipe_id)]
    return {recipe_id: graph_of(read_recipe(services, recipe_id)) for recipe_id in here}


def graph_of(recipe: Recipe) -> DagPicture:
    return draw([_drawn(recipe, node) for node in _in_order(recipe)])


def _drawn(recipe: Recipe, node: Node) -> Drawn:
    outputs = [name for name, source in recipe.outputs.items() if source == node.id]
    what = _what(node)
    return Drawn(
        id=node.id,
        title=node.id,
        subtitle=f"{what} → {', '.join(outputs)}" if outputs else what,
        inputs=(
            *((FOLLOWS if is_timing(node, slot) else str(slot), source) for slot, source in node.inputs),
            *((FOLLOWS, source) for source in node.binds),
        ),
        is_list=node.type in ("SOURCE_LIST", "MAP"),
    )


def _what(node: Node) -> str:
    """Return what the node does, in a few words."""
    config = node.config
    if node.type == "MAP":
        inner = config.get("config") or {}
        each = str(inner.get("effect") or _spoken(str(config.get("operation"))))
        timing = config.get("timing")
        return f"{each} by {timing.get('feature', 'beats')}" if isinstance(timing, Mapping) else f"each: {each}"
    if node.type == "RECIPE":
        return f"recipe {config.get('recipe')}"
    if node.type == "SOURCE_LIST":
        return "several inputs" if config.get("input") else f"{len(config.get('assets') or ())} media"
    if node.type == "SOURCE":
        return "input" if config.get("input") else str(config.get("asset") or "fixed bytes")
    return str(config.get("effect") or _spoken(node.type))


def _spoken(node_type: str) -> str:
    return node_type.lower().replace("_", " ")


def _in_order(recipe: Recipe) -> list[Node]:
    """Return the nodes, inputs before users."""
    by_id = {node.id: node for node in recipe.nodes}
    order, _ = topological({node.id: node.needs for node in recipe.nodes})
    return [by_id[name] for name in order]
