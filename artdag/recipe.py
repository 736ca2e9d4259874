"""What the author wrote: a recipe as a value. How its text is read: ``artdag.recipe_reader``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any

from artdag.animation import Bound, binds
from artdag.digest import Digest
from artdag.errors import InvalidDigestError, ParameterError, Problem
from artdag.media import Kind
from artdag.params import ParamSpec, Parsed, Range, Ungiven, nearest, settle, settled
from artdag.yaml_document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class ParamDecl:
    """A typed value that a person sets per run."""

    name: str
    spec: ParamSpec

    @property
    def type(self) -> str:
        return self.spec.type

    @property
    def description(self) -> str:
        return self.spec.doc

    def settled(self, value: Any) -> Any:
        """Return *value* checked and in its settled spelling. Raises ParameterError."""
        return settled(self.spec, value)

    @property
    def stand_in(self) -> Any:
        """What checks take before a run gives the real value: the default, else what fits by its type alone."""
        if not self.spec.required:
            return self.spec.default
        low = self.spec.low if self.spec.low is not None and self.spec.type in ("float", "int") else 0.0
        simple: dict[str, Any] = {"float": low, "int": int(low), "bool": False, "color": "#000000"}
        example = self.spec.choices[0] if self.spec.type == "enum" else simple.get(self.spec.type, "text")
        return Ungiven(self.spec.type, example)


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node as written."""

    id: str
    type: str
    config: Mapping[str, Any]
    inputs: tuple[tuple[str | int, str], ...]
    """(slot name or position, node id) in order: order is meaning."""
    field: str
    """Dotted path in the document, such as ``dag.nodes.3``."""
    inner: bool = False
    """True where it comes from a recipe inside the recipe; its field is then that of the RECIPE node."""

    @cached_property
    def binds(self) -> tuple[str, ...]:
        """The ANALYZE nodes that its settings follow, each once."""
        return binds(self.config)

    @property
    def needs(self) -> list[str]:
        """The nodes that must be known before this one: its inputs, and what its settings follow."""
        return [*(source for _, source in self.inputs), *self.binds]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A reusable DAG. Its id is the content hash of its text."""

    recipe_id: Digest
    name: str
    version: str
    description: str
    owner: str | None
    params: tuple[ParamDecl, ...]
    assets: Mapping[str, Digest]
    effect_pins: Mapping[str, Digest]
    nodes: tuple[Node, ...]
    outputs: Mapping[str, str]
    """Output name -> node id; the first one is the main output."""
    profile: str | None
    """Name of the profile that outputs are written in; None: by kind."""
    document: Document = field(compare=False)

    def node(self, node_id: str) -> Node:
        return next(node for node in self.nodes if node.id == node_id)

    def param_values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a settled value for every declared param.

        Raises:
            ParameterError: listing each one that is unknown, missing or does not fit.
        """
        declared = {decl.name: decl for decl in self.params}
        problems = [
            Problem(
                message=f"{self.name} has no param {name!r}",
                field=f"params.{name}",
                hint=nearest(name, declared) or "it has none",
            )
            for name in given
            if name not in declared
        ]
        values: dict[str, Any] = {}
        for name, decl in declared.items():
            if name not in given and decl.spec.required:
                problems.append(Problem(message=f"the param {name!r} is needed", field=f"params.{name}"))
                continue
            try:
                values[name] = decl.settled(given[name]) if name in given else decl.spec.default
                if isinstance(values[name], Bound):
                    raise ParameterError(_UNWIRED.format(name))
            except ParameterError as error:
                problems.append(Problem(message=error.message, field=f"params.{name}"))
        if problems:
            raise ParameterError("; ".join(problem.message for problem in problems[:3]), problems=problems)
        return values


_UNWIRED = (
    "the param {!r} cannot follow a sound: write the bond at the setting itself, in the recipe, where its ANALYZE node"
    " is wired; a param may stand in its 'range'"
)


def _hash(raw: Any) -> Digest:
    try:
        return Digest.parse(raw)
    except InvalidDigestError as error:
        raise ParameterError("'hash' takes a content hash of 64 lower-case hex characters") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Bytes named in a recipe: by content hash, or by the name of an asset."""

    digest: Digest | None = None
    asset: str | None = None

    @classmethod
    def parse(cls, raw: Any) -> Reference:
        """Return what ``{hash: …}``, ``{asset: …}``, a content hash or an asset's name refer to."""
        if isinstance(raw, Mapping) and len(raw) == 1:
            word, value = next(iter(raw.items()))
            if word == "hash" and value is not None:
                return cls(digest=_hash(value))
            if word == "asset" and isinstance(value, str):
                return cls(asset=value)
        if isinstance(raw, str):
            return cls(digest=Digest(raw)) if re.fullmatch("[0-9a-f]{64}", raw) else cls(asset=raw)
        raise ParameterError("write {asset: NAME} or {hash: 64 hex characters}")


def _kinds(raw: Any) -> tuple[Kind, ...]:
    names = [raw] if isinstance(raw, str) else raw
    known = [kind.value for kind in Kind]
    if not isinstance(names, list) or not names or any(name not in known for name in names):
        raise ParameterError(f"'accept' must be a list of {', '.join(known)}")
    return tuple(Kind(name) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """A hole for media: variable (given per run), or fixed by asset or hash."""

    input: Annotated[bool, "True: the value is given per run under this node's id."] = False
    name: Annotated[str | None, Range(1, 200), "What people see."] = None
    description: Annotated[str | None, Range(0, 2000), "What it is for."] = None
    accept: Annotated[tuple[Kind, ...] | None, Parsed(_kinds, {"type": "array"}), "Kinds that fit."] = None
    default: Annotated[Reference | None, Parsed(Reference.parse, {}), "Taken where a run gives nothing."] = None
    asset: Annotated[str | None, Range(1, 200), "Name of a fixed medium."] = None
    hash: Annotated[Digest | None, Parsed(_hash, {"type": "string"}), "Its bytes."] = None

    @property
    def defaults(self) -> tuple[Reference, ...]:
        return (self.default,) if self.default is not None else ()


def _references(raw: Any) -> tuple[Reference, ...]:
    if not isinstance(raw, list) or not raw or len(raw) > MAX_LISTED:
        raise ParameterError(f"write a list of 1 to {MAX_LISTED:,} assets or content hashes")
    return tuple(Reference.parse(entry) for entry in raw)


MAX_LISTED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceListConfig:
    """A hole for several media, or several that are fixed."""

    input: Annotated[bool, "True: the values are given per run under this node's id."] = False
    name: Annotated[str | None, Range(1, 200), "What people see."] = None
    description: Annotated[str | None, Range(0, 2000), "What they are for."] = None
    accept: Annotated[tuple[Kind, ...] | None, Parsed(_kinds, {"type": "array"}), "Kinds that fit."] = None
    default: Annotated[
        tuple[Reference, ...] | None, Parsed(_references, {"type": "array"}), "Taken where a run gives nothing."
    ] = None
    assets: Annotated[
        tuple[Reference, ...] | None, Parsed(_references, {"type": "array"}), "Names of fixed media, or their hashes."
    ] = None

    @property
    def defaults(self) -> tuple[Reference, ...]:
        return self.default or ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableInput:
    """A hole of a recipe, as its form shows it."""

    node: str
    name: str
    description: str
    accept: tuple[Kind, ...]
    defaults: tuple[Reference, ...]
    """What a run takes where it gives nothing; none where it must give something."""
    many: bool = False
    """Whether it takes several values, in order."""


def source_config(node: Node) -> SourceConfig:
    """Return the settings of a SOURCE node. Raises ParameterError."""
    config = settle(SourceConfig, node.config, field=f"{node.field}.config", what="SOURCE")
    if sum((config.input, config.asset is not None, config.hash is not None)) != 1:
        raise ParameterError(
            "SOURCE needs one of: 'input: true' (given per run), 'asset: NAME', 'hash: …'",
            problems=[
                Problem(
                    message=f"{node.id!r} must say exactly one of 'input: true', 'asset: NAME' and 'hash: …'",
                    field=f"{node.field}.config",
                )
            ],
        )
    return config


def source_list_config(node: Node) -> SourceListConfig:
    """Return the settings of a SOURCE_LIST node. Raises ParameterError."""
    config = settle(SourceListConfig, node.config, field=f"{node.field}.config", what="SOURCE_LIST")
    if config.input == (config.assets is not None):
        message = f"{node.id!r} must say exactly one of 'input: true' and 'assets: [NAME, …]'"
        raise ParameterError(message, problems=[Problem(message=message, field=f"{node.field}.config")])
    return config


def variable_inputs(recipe: Recipe) -> tuple[VariableInput, ...]:
    """Return the holes that a run fills, in the order written."""
    sources: list[tuple[Node, SourceConfig | SourceListConfig]] = []
    for node in recipe.nodes:
        if node.type == "SOURCE":
            sources.append((node, source_config(node)))
        elif node.type == "SOURCE_LIST":
            sources.append((node, source_list_config(node)))
    return tuple(
        VariableInput(
            node=node.id,
            name=config.name or node.id,
            description=config.description or "",
            accept=config.accept or (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO),
            defaults=config.defaults,
            many=isinstance(config, SourceListConfig),
        )
        for node, config in sources
        if config.input
    )
