"""Recipes inside recipes: a RECIPE node is replaced by the nodes of the recipe it names, before anything is checked.

The nodes of ``sub`` come as ``sub.its-node``; its variable inputs become what the RECIPE node is given, its params the
values that stand there. So work that two recipes share has one key, however deep it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from artdag.animation import rebound
from artdag.digest import Digest
from artdag.errors import ParameterError, Problem
from artdag.params import Parsed, Range, Ungiven, nearest, settle
from artdag.recipe import Node, Recipe, source_config, variable_inputs
from artdag.world import World

RECIPE = "RECIPE"
MAX_DEPTH = 16
MAX_EXPANDED = 10_000


def _values(raw: Any) -> Mapping[str, Any]:
    if raw is None:
        return {}
    if not isinstance(raw, Mapping):
        raise ParameterError("'params' must be a map of the recipe's params to values")
    return raw


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeConfig:
    """The settings of a RECIPE node."""

    recipe: Annotated[str, Range(1, 100), "Name or id of the recipe."]
    params: Annotated[Mapping[str, Any] | None, Parsed(_values, {"type": "object"}), "Values for its params."] = None
    output: Annotated[str | None, Range(1, 100), "Which of its outputs; the first without it."] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """A recipe without RECIPE nodes."""

    recipe: Recipe
    problems: tuple[Problem, ...] = ()
    broken: tuple[str, ...] = ()
    """Nodes that would be there if nothing were wrong: that they are missing is no further problem."""


def expanded(recipe: Recipe, values: Mapping[str, Any], world: World) -> Expanded:
    """Return *recipe* without RECIPE nodes, given a value for each of its params, and what is wrong with them."""
    if all(node.type != RECIPE for node in recipe.nodes):
        return Expanded(recipe=recipe)
    expansion = _Expansion(recipe, world)
    expansion.take(recipe, values, _Place())
    nodes = tuple(expansion.rewired(node) for node in expansion.nodes)
    outputs = {name: expansion.meant(node_id) for name, node_id in recipe.outputs.items()}
    whole = replace(recipe, nodes=nodes, outputs=outputs)
    return Expanded(recipe=whole, problems=tuple(expansion.problems), broken=tuple(expansion.broken))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a recipe stands: inside which others, and at which node of the outermost one."""

    prefix: str = ""
    chain: tuple[Recipe, ...] = ()
    outer: Node | None = None


@dataclass(slots=True)
class _Expansion:
    recipe: Recipe
    world: World
    nodes: list[Node] = field(default_factory=list)
    stands_for: dict[str, str] = field(default_factory=dict)
    """Id of a RECIPE node, or of an input inside one -> id of the node that is meant."""
    problems: list[Problem] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def note(self, node: Node, message: str, *, below: str = "config", hint: str | None = None) -> None:
        self.problems.append(self.recipe.document.problem(f"{node.field}.{below}", message, node=node.id, hint=hint))

    def take(self, recipe: Recipe, values: Mapping[str, Any], place: _Place) -> None:
        """Add the nodes of *recipe*, which stands at *place*."""
        own = {node.id: place.prefix + node.id for node in recipe.nodes}
        for node in recipe.nodes:
            outer = place.outer or node
            config = node.config
            if place.outer is not None or node.type == RECIPE:
                config = substituted(rebound(node.config, own), values, "config", lambda *_: None)
            one = replace(
                node,
                id=own[node.id],
                config=config,
                inputs=tuple((slot, own.get(source, source)) for slot, source in node.inputs),
                field=outer.field,
                inner=place.outer is not None,
            )
            if node.type == RECIPE:
                before = len(self.problems)
                self._enter(one, outer, place)
                if len(self.problems) > before:
                    self.broken += [one.id, self.meant(one.id)]
            elif place.outer is not None and node.type == "SOURCE":
                self._source(recipe, one, outer)
            else:
                self.nodes.append(one)

    def _source(self, recipe: Recipe, node: Node, outer: Node) -> None:
        """Add an input of an inner recipe, unless it is wired: then it is what it is wired to."""
        if node.id in self.stands_for:
            return
        config = source_config(node)
        meant: Any = config.default if config.input else config
        if meant is None:
            label = node.id.rsplit(".", 1)[-1]
            self.note(outer, f"the recipe {recipe.name!r} needs its input {label!r}", below="inputs")
            return
        digest: Digest | None = meant.digest if config.input else meant.hash
        digest = digest or recipe.assets.get(meant.asset)
        self.nodes.append(replace(node, config={"hash": digest} if digest else {"asset": meant.asset}))

    def _enter(self, node: Node, outer: Node, place: _Place) -> None:
        try:
            config = settle(RecipeConfig, node.config, field="config", what=RECIPE)
        except ParameterError as error:
            for problem in error.problems:
                self.note(outer, problem.message, below=problem.field or "config", hint=problem.hint)
            return
        inner = self.world.recipes(config.recipe)
        if inner is None:
            self.note(outer, f"there is no recipe {config.recipe!r} here", below="config.recipe")
            return
        chain = (*place.chain, inner)
        if inner.recipe_id in {one.recipe_id for one in place.chain} | {self.recipe.recipe_id}:
            names = " → ".join(one.name for one in (self.recipe, *chain))
            self.note(outer, f"a recipe cannot be a part of itself: {names}", below="config.recipe")
            return
        if len(chain) > MAX_DEPTH or len(self.nodes) + len(inner.nodes) > MAX_EXPANDED:
            limits = f"{MAX_DEPTH} levels and {MAX_EXPANDED:,} nodes"
            self.note(outer, f"recipes inside recipes go down to {limits} in all, no more", below="config.recipe")
            return
        self._wire(node, outer, inner)
        self._outputs(node, outer, inner, config.output)
        values = self._params(inner, outer, config.params or {})
        self._pins(inner, outer)
        self.take(inner, values, _Place(prefix=f"{node.id}.", chain=chain, outer=outer))

    def _wire(self, node: Node, outer: Node, inner: Recipe) -> None:
        holes = [hole.node for hole in variable_inputs(inner)]
        if len(node.inputs) > len(holes):
            takes = f"{len(holes)} input{'' if len(holes) == 1 else 's'}"
            self.note(
                outer, f"the recipe {inner.name!r} takes {takes}, and is given {len(node.inputs)}", below="inputs"
            )
        for slot, source in node.inputs:
            hole = slot if isinstance(slot, str) else holes[slot] if slot < len(holes) else None
            if hole in holes:
                self.stands_for[f"{node.id}.{hole}"] = source
            elif isinstance(slot, str):
                hint = nearest(slot, holes)
                self.note(outer, f"the recipe {inner.name!r} has no input {slot!r}", below="inputs", hint=hint)

    def _outputs(self, node: Node, outer: Node, inner: Recipe, wanted: str | None) -> None:
        name = wanted or next(iter(inner.outputs))
        if name in inner.outputs:
            self.stands_for[node.id] = f"{node.id}.{inner.outputs[name]}"
        else:
            hint = nearest(name, inner.outputs)
            self.note(outer, f"the recipe {inner.name!r} has no output {name!r}", below="config.output", hint=hint)

    def _params(self, inner: Recipe, outer: Node, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what stands for each param: a settled value, or the description of one that changes."""
        constant = {name: value for name, value in given.items() if not isinstance(value, (Mapping, Ungiven))}
        changing = {name: value for name, value in given.items() if name not in constant}
        values: dict[str, Any] = {}
        for decl in inner.params:
            try:
                if decl.name in changing:
                    decl.settled(changing[decl.name])
                    values[decl.name] = changing[decl.name]
                elif decl.name in constant:
                    values[decl.name] = decl.settled(constant[decl.name])
                elif decl.spec.required:
                    self.note(outer, f"the recipe {inner.name!r} needs its param {decl.name!r}", below="config.params")
                else:
                    values[decl.name] = decl.spec.default
            except ParameterError as error:
                self.note(outer, error.message, below=f"config.params.{decl.name}")
        for name in given:
            if all(decl.name != name for decl in inner.params):
                hint = nearest(str(name), [decl.name for decl in inner.params])
                message = f"the recipe {inner.name!r} has no param {str(name)!r}"
                self.note(outer, message, below=f"config.params.{name}", hint=hint)
        return values

    def _pins(self, inner: Recipe, outer: Node) -> None:
        for name, pin in inner.effect_pins.items():
            if name in self.world.effects and self.world.effects.get(name).code_hash != pin:
                self.note(outer, f"the recipe {inner.name!r} pins {name!r} to other code than this server has")

    def meant(self, node_id: str) -> str:
        """Return the node that *node_id* stands for in the end."""
        seen: set[str] = set()
        while node_id in self.stands_for and node_id not in seen:
            seen.add(node_id)
            node_id = self.stands_for[node_id]
        return node_id

    def rewired(self, node: Node) -> Node:
        inputs = tuple((slot, self.meant(source)) for slot, source in node.inputs)
        follows = {source: self.meant(source) for source in node.binds}
        return replace(node, inputs=inputs, config=rebound(node.config, follows) if follows else node.config)


def substituted(value: Any, values: Mapping[str, Any], field: str, unknown: Callable[[str, Any], None]) -> Any:
    """Return *value* with every ``{param: NAME}`` in it replaced by that param's value.

    Where there is no such param, *unknown* is told the place and the name, and something stands in that always fits.
    """
    if isinstance(value, Mapping):
        if set(value) == {"param"}:
            name = value["param"]
            if isinstance(name, str) and name in values:
                return values[name]
            unknown(field, name)
            return Ungiven("any", None)
        return {key: substituted(item, values, f"{field}.{key}", unknown) for key, item in value.items()}
    if isinstance(value, list):
        return [substituted(item, values, f"{field}.{position}", unknown) for position, item in enumerate(value)]
    return value
