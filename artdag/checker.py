"""Does a recipe make sense here? All that is wrong is found at once, each with its place and what would be right."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from artdag.animation import bind_slot, followed, rebound
from artdag.codec.profile import PROFILES
from artdag.dag import behind, topological
from artdag.digest import Digest
from artdag.errors import MAX_PROBLEMS, ParameterError, Problem, RecipeError
from artdag.expansion import expanded, substituted
from artdag.media import Kind
from artdag.node_type import ALL_KINDS, NodeType, Slots
from artdag.params import nearest, settle
from artdag.recipe import Node, Recipe, Reference, SourceConfig, source_config, source_list_config
from artdag.recipe_reader import read_recipe
from artdag.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A node whose settings are checked and whose inputs are in their slots."""

    node: Node
    type: NodeType
    config: Any
    slots: Slots
    inputs: tuple[tuple[str, str], ...]
    """(slot, node id), in the order of the slots."""
    binds: tuple[tuple[str, str], ...] = ()
    """(slot, ANALYZE node id) of what its settings follow."""
    operation: Configured | None = None
    """What a MAP does to each item; it has no inputs yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What checking found: nodes by id in topological order, and all that is wrong."""

    recipe: Recipe
    """With the nodes of the recipes inside it in place of RECIPE nodes."""
    nodes: Mapping[str, Configured]
    problems: tuple[Problem, ...]


def checked_recipe(text: bytes, world: World) -> tuple[Recipe, tuple[Problem, ...]]:
    """Return the recipe in *text* and warnings about it.

    Raises:
        RecipeError: with everything that is wrong with it, its structure and its meaning at once.
    """
    recipe, problems = read_recipe(text)
    try:
        warnings = check_recipe(recipe, world)
    except RecipeError as error:
        raise RecipeError.of([*problems, *error.problems]) from error
    if problems:
        raise RecipeError.of(problems)
    return recipe, warnings


def check_recipe(recipe: Recipe, world: World) -> tuple[Problem, ...]:
    """Return warnings about *recipe*; with params at their defaults, and inputs of the kinds it accepts.

    Raises:
        RecipeError: with everything that is wrong.
    """
    checked = configure(recipe, {decl.name: decl.stand_in for decl in recipe.params}, world)
    problems = [*checked.problems, *_kind_problems(checked.recipe, checked.nodes)]
    if problems:
        raise RecipeError.of(problems)
    wired = {node.id: node.needs for node in recipe.nodes}
    used = behind(wired, recipe.outputs.values())
    return tuple(
        recipe.document.problem(node.field, f"no output needs the node {node.id!r}", node=node.id)
        for node in recipe.nodes
        if node.id not in used
    )


def configure(recipe: Recipe, values: Mapping[str, Any], world: World) -> Checked:
    """Return the nodes of *recipe* with their settings checked, given a value for each param."""
    checker = _Checker(recipe, values, world)
    checker.check()
    return Checked(recipe=checker.recipe, nodes=checker.nodes, problems=tuple(checker.problems))


def placed(recipe: Recipe, node: Node, problem: Problem) -> Problem:
    """Return a problem of a node's settings, told relative to the node, at its place in the document."""
    field = f"{node.field}.{problem.field}" if problem.field and not node.inner else f"{node.field}.config"
    message = f"in {node.id!r}: {problem.message}" if node.inner else problem.message
    where = recipe.document.problem(field, message, node=node.id, hint=problem.hint)
    return dataclasses.replace(where, field=field)


def effects_used(recipe: Recipe) -> tuple[str, ...]:
    """Return the names of the effects that *recipe* uses, each once, in the order written."""
    names = (node.config.get("effect") for node in recipe.nodes if node.type == "EFFECT")
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str)))


def fixed_inputs(recipe: Recipe, world: World) -> dict[str, Digest]:
    """Return the media that *recipe* itself names: node id -> content hash; of a list, ``id[0]`` and so on."""
    found: dict[str, Digest] = {}
    for node in recipe.nodes:
        if node.type == "SOURCE_LIST":
            for position, reference in enumerate(source_list_config(node).assets or ()):
                if (digest := referred(recipe, reference, world)) is not None:
                    found[f"{node.id}[{position}]"] = digest
        elif node.type == "SOURCE" and not (config := source_config(node)).input:
            digest = fixed_digest(recipe, config, world)
            if digest is not None:
                found[node.id] = digest
    return found


def fixed_digest(recipe: Recipe, config: SourceConfig, world: World) -> Digest | None:
    """Return the bytes that a fixed SOURCE means; None where its asset is not known here."""
    return referred(recipe, Reference(digest=config.hash, asset=config.asset), world)


def referred(recipe: Recipe, reference: Reference, world: World) -> Digest | None:
    """Return the bytes that *reference* means; None where its asset is not known here."""
    if reference.digest is not None:
        return reference.digest
    assert reference.asset is not None
    return recipe.assets.get(reference.asset) or world.assets.get(reference.asset)


class _Checker:
    def __init__(self, recipe: Recipe, values: Mapping[str, Any], world: World) -> None:
        self.values = values
        self.world = world
        self.nodes: dict[str, Configured] = {}
        whole = expanded(recipe, values, world)
        self.recipe = whole.recipe
        self.problems: list[Problem] = list(whole.problems)
        self._broken = whole.broken
        self._types = {node.id: node.type for node in self.recipe.nodes}
        self._followed: list[tuple[Node, str, str]] = []
        """(node, ANALYZE node, what it has to look for)"""

    def note(self, field: str, message: str, *, node: str | None = None, hint: str | None = None) -> None:
        self.problems.append(self.recipe.document.problem(field, message, node=node, hint=hint))

    def check(self) -> None:
        recipe = self.recipe
        self._pins()
        profiles = dict.fromkeys(name for _, name in PROFILES)
        if recipe.profile is not None and recipe.profile not in profiles:
            hint = nearest(str(recipe.profile), profiles)
            self.note("output.profile", f"there is no profile {recipe.profile!r}", hint=hint)
        ids = dict.fromkeys(_written_ids(recipe))  # in order, so that hints are the same each time
        ids |= dict.fromkeys([*(node.id for node in recipe.nodes), *self._broken])
        for name, node_id in recipe.outputs.items():
            if node_id not in ids:
                field = "dag.output" if recipe.document.value["dag"].get("output") == node_id else f"dag.outputs.{name}"
                self.note(field, f"the output names {node_id!r}, which is no node", hint=nearest(node_id, ids))
        found: dict[str, Configured] = {}
        for node in recipe.nodes:
            configured = self._configured(node, ids)
            if configured is not None:
                found[node.id] = configured
            if len(self.problems) >= MAX_PROBLEMS:  # looking for nearest spellings costs up to a millisecond each
                return
        order, cycle = topological({node.id: node.needs for node in recipe.nodes})
        if cycle:
            shown = " → ".join([*cycle[:8], "…"] if len(cycle) > 8 else [*cycle, cycle[0]])
            first = recipe.node(cycle[0])
            self.note(f"{first.field}.inputs", f"these nodes need each other in a circle: {shown}", node=first.id)
        self.nodes = {node_id: found[node_id] for node_id in order if node_id in found}
        self._features()

    def _features(self) -> None:
        for node, source, wanted in self._followed:
            analysis = self.nodes.get(source)
            if analysis is not None and wanted not in getattr(analysis.config, "features", (wanted,)):
                message = f"{node.id!r} needs the {wanted} of {source!r}, which does not look for that"
                self.note(f"{node.field}.config", message, node=node.id, hint=f"add {wanted} to its 'features'")

    def _pins(self) -> None:
        for name, pin in self.recipe.effect_pins.items():
            field = f"registry.effects.{name}"
            if name not in self.world.effects:
                hint = nearest(name, self.world.effects.effects)
                self.note(field, f"there is no effect {name!r} here", hint=hint)
            elif self.world.effects.get(name).code_hash != pin:
                have = self.world.effects.get(name).code_hash
                message = f"{name!r} is pinned to other code than this server has"
                self.note(f"{field}.hash", message, hint=f"the code here is {have}")

    def _configured(self, node: Node, ids: Iterable[str]) -> Configured | None:
        self._sources(node, ids)
        node_type = self.world.node_types.get(node.type)
        if node_type is None:
            message = f"there is no node type {node.type!r}"
            hint = nearest(node.type.upper(), self.world.node_types)
            self.note(f"{node.field}.type", message, node=node.id, hint=hint)
            return None
        unknown: list[tuple[str, Any]] = []
        raw = substituted(node.config, self.values, f"{node.field}.config", lambda *found: unknown.append(found))
        for field, name in unknown:
            if not _is_declared(self.recipe, name):  # if it is, what is wrong is told there
                hint = nearest(str(name), self.values) or "declare it under 'params'"
                self.note(field, f"there is no param {name!r}", node=node.id, hint=hint)
        bind_slots = {source: bind_slot(position) for position, source in enumerate(node.binds)}
        for source, _ in followed(raw):
            if source not in bind_slots:  # the order of the nodes would hang on what a run gives
                message = f"{node.id!r} is bound by a param: 'bind' names its ANALYZE node itself"
                self.note(f"{node.field}.config", message, node=node.id)
                return None
        follows = [(node, source, wanted) for source, wanted in followed(raw)]
        raw = rebound(raw, bind_slots) if bind_slots else raw
        try:
            if node.type == "SOURCE":
                config: Any = self._source(node)
            elif node.type == "SOURCE_LIST":
                config = self._source_list(node)
            else:
                config = settle(node_type.config, raw, field="config", what=node.type)
            if unknown:
                return None
            slots = node_type.slots(config, self.world.effects)
        except ParameterError as error:
            self._refused(node, error)
            return None
        self._followed += follows
        inputs = self._inputs(node, slots)
        try:
            node_type.check(config, self.world.effects)
            operation = self._operation(node, config) if node.type == "MAP" else None
        except ParameterError as error:
            self._refused(node, error)
            return None
        if inputs is None or any(source not in ids for source in node.needs):
            return None
        binds = tuple((slot, source) for source, slot in bind_slots.items())
        if node.type == "MAP" and config.timing is not None:
            hears = dict(inputs)["timing"]
            self._followed += [(node, hears, wanted) for wanted in ("duration", config.timing.feature)]
        return Configured(
            node=node, type=node_type, config=config, slots=slots, inputs=inputs, binds=binds, operation=operation
        )

    def _operation(self, node: Node, config: Any) -> Configured:
        """Return what a MAP does to each item. Raises ParameterError."""
        node_type = self.world.node_types.get(config.operation)
        if node_type is None:
            message = f"there is no node type {config.operation!r}"
            hint = nearest(config.operation.upper(), self.world.node_types)
            raise ParameterError(message, problems=[Problem(message=message, field="config.operation", hint=hint)])
        settings = settle(node_type.config, config.config or {}, field="config.config", what=config.operation)
        slots = node_type.slots(settings, self.world.effects)
        if slots.minimum > 1 or slots.maximum == 0:
            raise ParameterError(f"MAP gives one item at a time, and {config.operation} takes {_counted(slots)}")
        node_type.check(settings, self.world.effects)
        if config.timing is not None and getattr(settings, "precise", True) is False:
            raise ParameterError("'timing' gives exact lengths: 'precise: false' does not go with it")
        one = dataclasses.replace(node, type=config.operation)
        return Configured(node=one, type=node_type, config=settings, slots=slots, inputs=())

    def _gives_list(self, node_id: str) -> bool:
        node_type = self.world.node_types.get(self._types.get(node_id, ""))
        return node_type is not None and node_type.gives_list

    def _refused(self, node: Node, error: ParameterError) -> None:
        found = error.problems or (Problem(message=error.message),)
        self.problems += [
            problem if problem.line else placed(self.recipe, node, _relative(node, problem)) for problem in found
        ]

    def _source(self, node: Node) -> SourceConfig:
        config = source_config(node)
        if config.asset is not None and fixed_digest(self.recipe, config, self.world) is None:
            known = {**self.recipe.assets, **self.world.assets}
            message = f"there is no asset {config.asset!r} here"
            problem = Problem(message=message, field="config.asset", hint=nearest(config.asset, known))
            raise ParameterError(message, problems=[problem])
        return config

    def _source_list(self, node: Node) -> Any:
        config = source_list_config(node)
        for position, reference in enumerate(config.assets or ()):
            if referred(self.recipe, reference, self.world) is None:
                known = {**self.recipe.assets, **self.world.assets}
                message = f"there is no asset {reference.asset!r} here"
                hint = nearest(str(reference.asset), known)
                field = f"config.assets.{position}"
                raise ParameterError(message, problems=[Problem(message=message, field=field, hint=hint)])
        return config

    def _sources(self, node: Node, ids: Iterable[str]) -> None:
        for slot, source in node.inputs:
            if source not in ids:
                field, message = f"{node.field}.inputs.{slot}", f"{node.id!r} takes {source!r}, which is no node"
                self.note(field, message, node=node.id, hint=nearest(source, ids))
        for source in node.binds:
            if source not in ids:
                message = f"{node.id!r} is bound to {source!r}, which is no node"
                self.note(f"{node.field}.config", message, node=node.id, hint=nearest(source, ids))
            elif self._types.get(source, "ANALYZE") != "ANALYZE":
                message = f"{node.id!r} is bound to {source!r}, which is no ANALYZE node"
                self.note(f"{node.field}.config", message, node=node.id)

    def _inputs(self, node: Node, slots: Slots) -> tuple[tuple[str, str], ...] | None:
        field, count, before = f"{node.field}.inputs", len(node.inputs), len(self.problems)
        # how many a list holds shows in the planner
        lists = not slots.names and any(self._gives_list(source) for _, source in node.inputs)
        if (count < slots.minimum and not lists) or (slots.maximum is not None and count > slots.maximum):
            wanted = _counted(slots)
            message = f"{node.type} {node.id!r} takes {wanted}, and is given {count or 'none'}"
            self.note(field, message, node=node.id, hint=f"slots: {', '.join(slots.names)}" if slots.names else None)
        bound: list[tuple[str, str]] = []
        for slot, source in node.inputs:
            if isinstance(slot, str) and slot not in slots.names and slots.names:
                self.note(
                    f"{field}.{slot}",
                    f"{node.type} has no slot {slot!r}",
                    node=node.id,
                    hint=nearest(slot, slots.names),
                )
            elif isinstance(slot, str) and not slots.names:
                self.note(f"{field}.{slot}", f"the inputs of {node.type} are a list, in order", node=node.id)
            bound.append((slot if isinstance(slot, str) else slots.name(slot), source))
        if len(self.problems) > before:
            return None
        if slots.names:
            bound.sort(key=lambda pair: slots.names.index(pair[0]))
        return tuple(bound)


def _written_ids(recipe: Recipe) -> Iterator[str]:
    """Yield the ids of all nodes, of those too that are written so wrongly that they are no nodes."""
    dag = recipe.document.value.get("dag")
    entries = dag.get("nodes") if isinstance(dag, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("id"), str):
            yield entry["id"]


def _is_declared(recipe: Recipe, param: object) -> bool:
    """Return whether *param* is declared, be it so wrongly that it is no param."""
    params = recipe.document.value.get("params")
    return isinstance(param, str) and isinstance(params, dict) and param in params


def _relative(node: Node, problem: Problem) -> Problem:
    """Return *problem* with its field told from the node, however it was told."""
    field = (problem.field or "").removeprefix(f"{node.field}.")
    return dataclasses.replace(problem, field=field or None)


def _counted(slots: Slots) -> str:
    if slots.minimum == slots.maximum:
        return "no inputs" if slots.minimum == 0 else f"{slots.minimum} input{'s' if slots.minimum > 1 else ''}"
    if slots.maximum is None:
        return f"{slots.minimum} or more inputs"
    return f"{slots.minimum} to {slots.maximum} inputs"


def _kind_problems(recipe: Recipe, nodes: Mapping[str, Configured]) -> list[Problem]:
    """Return where no kind that an input can give fits its slot."""
    gives: dict[str, frozenset[Kind]] = {}
    problems: list[Problem] = []
    for node_id, configured in nodes.items():
        if configured.node.type in ("SOURCE", "SOURCE_LIST"):
            accept = configured.config.accept
            gives[node_id] = frozenset(accept or (*ALL_KINDS, Kind.DATA))
            continue
        for position, (_, source) in enumerate(configured.inputs):
            given, accepted = gives.get(source), configured.slots.accepted(position)
            if given is not None and not given & set(accepted):
                problems.append(kind_problem(recipe, configured, position, given))
        first = gives.get(configured.inputs[0][1]) if configured.inputs else None
        does = configured.operation or configured
        if does.type.gives is not None:
            gives[node_id] = frozenset({does.type.gives})
        elif does.slots.gives is not None:
            gives[node_id] = frozenset(does.slots.gives)
        elif first is not None:
            gives[node_id] = first & set(does.slots.accepted(0))
    return problems


def kind_problem(
    recipe: Recipe, configured: Configured, position: int, given: Iterable[Kind], source: str = ""
) -> Problem:
    """Return what is wrong with the input at *position*, which is *source* where several come from one node."""
    node = configured.node
    source = source or configured.inputs[position][1]
    wanted = " or ".join(kind.value for kind in configured.slots.accepted(position))
    name = f"slot {configured.slots.name(position)!r}" if configured.slots.names else f"slot {position + 1}"
    have = " or ".join(sorted(kind.value for kind in given))
    message = f"{node.type} needs {wanted} in {name}; {source!r} gives {have}"
    return recipe.document.problem(f"{node.field}.inputs", message, node=node.id)
