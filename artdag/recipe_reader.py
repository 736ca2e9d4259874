"""From text to a recipe: its structure checked, its meaning not yet."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast, get_args

from artdag.animation import is_animation
from artdag.digest import Digest, digest_bytes
from artdag.effect import Effect
from artdag.errors import InvalidDigestError, ParameterError, Problem, RecipeError
from artdag.params import Constant, ParamSpec, Parsed, Range, nearest, plain, settle, settled
from artdag.recipe import Node, ParamDecl, Recipe
from artdag.yaml_document import Document, read_yaml

MAX_NODES = 10_000
MAX_OUTPUTS = 100
_NUMBERS = ("float", "int")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)
_NODE_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)

ParamType = Literal["float", "int", "bool", "text", "enum", "color"]


def parse_recipe(text: bytes) -> Recipe:
    """Return the recipe in *text*; whether its nodes make sense is the checker's question.

    Raises:
        RecipeError: with everything that is wrong with its structure.
    """
    recipe, problems = read_recipe(text)
    if problems:
        raise RecipeError.of(problems)
    return recipe


def read_recipe(text: bytes) -> tuple[Recipe, tuple[Problem, ...]]:
    """Return what can be made out of *text* and what is wrong with its structure, so that both can be told at once.

    Raises:
        RecipeError: when it is no map in YAML, and there is nothing to make out.
    """
    reader = _Reader(read_yaml(text))
    recipe = reader.recipe(digest_bytes(text))
    if recipe is None:
        raise RecipeError.of(reader.problems)
    return recipe, tuple(reader.problems)


def recipe_for_effect(effect: Effect) -> bytes:
    """Return the text of the recipe that the bare name of an effect means: its inputs, and the effect."""
    lines = [f"name: {effect.name}", f'version: "{effect.version}"', f"description: {_flow(effect.summary)}"]
    settable = [spec for spec in effect.param_specs if _param_type(spec) is not None]
    if settable:
        lines.append("params:")
        lines += [f"  {spec.name}: {_flow(_declaration(spec))}" for spec in settable]
    lines += ["dag:", "  nodes:"]
    slots = [item.slot for item in effect.wired]
    for item in effect.wired:
        accept = ", ".join(kind.value for kind in item.kinds)
        lines.append(f"    - {{id: {item.slot}, type: SOURCE, config: {{input: true, accept: [{accept}]}}}}")
    params = ", ".join(f"{spec.name}: {{param: {spec.name}}}" for spec in settable)
    lines.append(
        f"    - {{id: result, type: EFFECT, config: {{effect: {effect.name}, params: {{{params}}}}},"
        f" inputs: [{', '.join(slots)}]}}"
    )
    lines.append("  output: result")
    return ("\n".join(lines) + "\n").encode()


def _param_type(spec: ParamSpec) -> str | None:
    """Return the type of param that a person can set this setting by, if there is one."""
    if spec.type in get_args(ParamType):
        return spec.type
    kinds = spec.parsed.schema.get("type", ()) if spec.parsed is not None else ()
    return "text" if "string" in ([kinds] if isinstance(kinds, str) else kinds) else None


def _declaration(spec: ParamSpec) -> dict[str, Any]:
    facts: dict[str, Any] = {"type": _param_type(spec)}
    if not spec.required:
        facts["default"] = plain(spec.default)
    if spec.low is not None and spec.type in _NUMBERS:
        facts |= {"min": spec.low, "max": spec.high}
    if spec.choices:
        facts["choices"] = list(spec.choices)
    if spec.unit:
        facts["unit"] = spec.unit
    if spec.doc:
        facts["description"] = spec.doc
    return facts


def _flow(value: Any) -> str:
    """Return *value* as one line of YAML: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)


def _version(raw: Any) -> str:
    if isinstance(raw, (str, int, float)) and not isinstance(raw, bool) and 0 < len(str(raw)) <= 50:
        return str(raw)
    raise ParameterError("'version' must be a short text such as \"1.0\"")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Top:
    name: Annotated[str, Range(1, 100)]
    version: Annotated[Any, Parsed(_version, {"type": "string"})] = "1.0"
    description: Annotated[str, Range(0, 5000)] = ""
    owner: Annotated[str | None, Range(0, 400)] = None
    registry: Annotated[Any, Parsed(lambda raw: raw, {"type": "object"})] = None
    params: Annotated[Any, Parsed(lambda raw: raw, {"type": "object"})] = None
    dag: Annotated[Any, Parsed(lambda raw: raw, {"type": "object"})]
    output: Annotated[Any, Parsed(lambda raw: raw, {"type": "object"})] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ParamFields:
    type: ParamType
    default: Annotated[Any, Parsed(lambda raw: raw, {})] = None
    min: Annotated[float | None, Constant("is a limit")] = None
    max: Annotated[float | None, Constant("is a limit")] = None
    choices: Annotated[Any, Parsed(lambda raw: raw, {"type": "array"})] = None
    unit: Annotated[str, Range(0, 20)] = ""
    description: Annotated[str, Range(0, 2000)] = ""


class _Reader:
    """Reads the parts of a document, noting every problem instead of stopping at the first."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []

    def note(self, field: str, message: str, *, node: str | None = None, hint: str | None = None) -> None:
        self.problems.append(self.document.problem(field, message, node=node, hint=hint))

    def recipe(self, recipe_id: Digest) -> Recipe | None:
        if not isinstance(self.document.value, dict):
            self.note("", "a recipe must be a map with 'name' and 'dag'")
            return None
        top = self._settled(_Top, self.document.value, "", "a recipe")
        raw = self.document.value
        if isinstance(raw.get("name"), str) and not _NAME.fullmatch(raw["name"]):
            self.note(
                "name", "a recipe's name has letters, digits, '.', '-' and '_', and begins with one of the first two"
            )
        registry = self._map(raw.get("registry"), "registry", ("assets", "effects"))
        nodes, outputs = self._dag(raw["dag"]) if "dag" in raw else ((), {})
        params = self._params(raw.get("params"))
        assets = self._pins(registry.get("assets"), "registry.assets")
        pins = self._pins(registry.get("effects"), "registry.effects")
        output = self._map(raw.get("output"), "output", ("profile",))
        readable = top if top is not None else _Top(name="unreadable", dag=None)
        return Recipe(
            recipe_id=recipe_id,
            name=readable.name,
            version=readable.version,
            description=readable.description,
            owner=readable.owner,
            params=params,
            assets=assets,
            effect_pins=pins,
            nodes=nodes,
            outputs=outputs,
            profile=self._profile(output.get("profile")),
            document=self.document,
        )

    def _profile(self, raw: Any) -> str | None:
        if raw is not None and not isinstance(raw, str):
            self.note("output.profile", "'profile' must be the name of a profile, such as web")
            return None
        return raw

    def _settled(self, declaration: type[Any], raw: Any, field: str, what: str) -> Any:
        try:
            return settle(declaration, raw, field=field, what=what)
        except ParameterError as error:
            for problem in error.problems:
                self.note(problem.field or field, problem.message, hint=problem.hint)
            return None

    def _map(self, raw: Any, field: str, known: tuple[str, ...] | None = None) -> dict[str, Any]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self.note(field, f"'{field}' must be a map")
            return {}
        for name in raw:
            if known is not None and name not in known:
                self.note(f"{field}.{name}", f"'{field}' has no setting {name!r}", hint=nearest(name, known))
        return cast("dict[str, Any]", raw)

    def _pins(self, raw: Any, field: str) -> dict[str, Digest]:
        pins: dict[str, Digest] = {}
        for name, entry in self._map(raw, field).items():
            facts = self._map(entry, f"{field}.{name}", ("hash",))
            try:
                if "hash" in facts:
                    pins[name] = Digest.parse(facts["hash"])
                else:
                    self.note(f"{field}.{name}", f"{name!r} must be pinned by {{hash: 64 hex characters}}")
            except InvalidDigestError as error:
                self.note(f"{field}.{name}.hash", error.message)
        return pins

    def _params(self, raw: Any) -> tuple[ParamDecl, ...]:
        found = []
        for name, entry in self._map(raw, "params").items():
            field = f"params.{name}"
            fields = self._settled(_ParamFields, entry, field, f"the param {name!r}")
            if not _NODE_ID.fullmatch(name):
                self.note(field, "a param's name has letters, digits, '-' and '_', and begins with a letter")
            if fields is not None and (decl := self._param(name, entry, fields, field)) is not None:
                found.append(decl)
        return tuple(found)

    def _param(self, name: str, entry: Mapping[str, Any], fields: Any, field: str) -> ParamDecl | None:
        choices = fields.choices
        if fields.type == "enum" and not (
            isinstance(choices, list) and choices and all(isinstance(choice, str) for choice in choices)
        ):
            self.note(field, f"the param {name!r} is an enum and needs 'choices', a list of words")
            return None
        bounded = fields.min is not None or fields.max is not None
        if bounded and fields.type not in _NUMBERS:
            self.note(field, "'min' and 'max' are for numbers")
            return None
        if choices is not None and fields.type != "enum":
            self.note(f"{field}.choices", "'choices' is for the type enum")
            return None
        low = fields.min if fields.min is not None else -1e9
        high = fields.max if fields.max is not None else 1e9
        if low > high:
            self.note(f"{field}.min", f"'min' {low:g} is above 'max' {high:g}")
            return None
        spec = ParamSpec(
            name=name,
            type=fields.type,
            required="default" not in entry,
            default=None,
            optional="default" in entry and entry["default"] is None,
            low=low if bounded else None,
            high=high if bounded else None,
            unit=fields.unit,
            choices=tuple(choices or ()),
            doc=fields.description,
        )
        if "default" in entry:
            try:
                if is_animation(entry["default"]):
                    raise ParameterError("'default' is one value: what changes over time stands where it is used")
                spec = dataclasses.replace(spec, default=settled(spec, entry["default"]))
            except ParameterError as error:
                self.note(f"{field}.default", error.message)
                return None
        return ParamDecl(name=name, spec=spec)

    def _dag(self, raw: Any) -> tuple[tuple[Node, ...], dict[str, str]]:
        dag = self._map(raw, "dag", ("nodes", "output", "outputs"))
        entries = dag.get("nodes")
        if not isinstance(entries, list) or not entries:
            self.note("dag.nodes" if "nodes" in dag else "dag", "'dag' needs 'nodes', a list of at least one node")
            return (), {}
        if len(entries) > MAX_NODES:
            self.note("dag.nodes", f"a recipe may have {MAX_NODES:,} nodes; this one has {len(entries):,}")
            return (), {}
        nodes: dict[str, Node] = {}
        for position, entry in enumerate(entries):
            node = self._node(entry, f"dag.nodes.{position}")
            if node is None:
                continue
            if node.id in nodes:
                first = self.document.marks[f"{nodes[node.id].field}.id"][0]
                self.note(f"{node.field}.id", f"the id {node.id!r} is taken by the node on line {first}", node=node.id)
            else:
                nodes[node.id] = node
        return tuple(nodes.values()), self._outputs(dag)

    def _node(self, entry: Any, field: str) -> Node | None:
        if not isinstance(entry, dict):
            self.note(field, "a node must be a map such as {id: cut, type: SEGMENT, inputs: [clip]}")
            return None
        node_id = entry.get("id")
        shown = node_id if isinstance(node_id, str) else None
        for name in entry:
            if name not in ("id", "type", "config", "inputs"):
                hint = nearest(name, ("id", "type", "config", "inputs"))
                self.note(f"{field}.{name}", f"a node has no setting {name!r}", node=shown, hint=hint)
        if not isinstance(node_id, str) or not _NODE_ID.fullmatch(node_id):
            what = "a node needs an 'id'" if node_id is None else f"{str(node_id)[:40]!r} is not a node id"
            self.note(f"{field}.id", f"{what}: letters, digits, '-' and '_', beginning with a letter, at most 64")
            return None
        if not isinstance(entry.get("type"), str):
            self.note(f"{field}.type", f"{node_id!r} needs a 'type' such as SOURCE or EFFECT", node=node_id)
            return None
        config = entry.get("config") if entry.get("config") is not None else {}
        if not isinstance(config, dict):
            self.note(f"{field}.config", f"'config' of {node_id!r} must be a map", node=node_id)
            return None
        inputs = self._inputs(entry.get("inputs"), node_id, f"{field}.inputs")
        return Node(id=node_id, type=entry["type"], config=config, inputs=inputs, field=field)

    def _inputs(self, raw: Any, node_id: str, field: str) -> tuple[tuple[str | int, str], ...]:
        pairs: list[tuple[str | int, Any]]
        if raw is None:
            return ()
        if isinstance(raw, str):
            pairs = [(0, raw)]
        elif isinstance(raw, list):
            pairs = list(enumerate(raw))
        elif isinstance(raw, dict):
            pairs = list(raw.items())
        else:
            pairs = [(0, None)]
        if any(not isinstance(source, str) for _, source in pairs):
            allowed = "a list of node ids, one id, or a map of slots to ids"
            self.note(field, f"'inputs' of {node_id!r} must be {allowed}", node=node_id)
            return ()
        return tuple(pairs)

    def _outputs(self, dag: Mapping[str, Any]) -> dict[str, str]:
        main, several = dag.get("output"), dag.get("outputs")
        outputs: dict[str, str] = {}
        if several is not None:
            named_nodes = self._map(several, "dag.outputs")
            if len(named_nodes) > MAX_OUTPUTS:
                self.note("dag.outputs", f"a recipe may have {MAX_OUTPUTS} outputs, no more")
                return {}
            for name, node_id in named_nodes.items():
                if not isinstance(node_id, str) or not _NAME.fullmatch(name):
                    self.note(f"dag.outputs.{name}", "'outputs' must map names to node ids")
                else:
                    outputs[name] = node_id
        if main is None and not outputs:
            self.note("dag", "'dag' needs 'output', the id of the node that is the result")
        elif main is not None and not isinstance(main, str):
            self.note("dag.output", "'output' must be the id of the node that is the result")
        elif main is not None:
            named = next((name for name, node_id in outputs.items() if node_id == main), main)
            outputs = {named: main, **outputs}
        return outputs
