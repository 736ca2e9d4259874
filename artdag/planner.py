"""make_plan: recipe, inputs and params become steps with keys. Pure: nothing is read but what is handed in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeVar

from artdag.checker import Configured, configure, fixed_digest, kind_problem, placed, referred
from artdag.codec.decode import shape_of
from artdag.codec.profile import profile_for
from artdag.dag import behind
from artdag.digest import Digest, StepKey
from artdag.errors import ArtDagError, InputError, ParameterError, Problem, RecipeError
from artdag.grouping import grouping_of
from artdag.key_frames import KeyFrames
from artdag.media import SAMPLE_RATE, STILL_RATE, Kind, MediaFacts, Shape, SoundShape
from artdag.node_type import step_code
from artdag.pieces import piece_counts
from artdag.plan import SOURCE, Plan, Step, encoding
from artdag.recipe import Recipe, SourceConfig, SourceListConfig, variable_inputs
from artdag.world import World

Word = TypeVar("Word", bound=str)
Inputs = Mapping[str, Digest | Sequence[Digest]] | Sequence[Digest]
"""A digest for each variable input, several for a list, by node id; or all in the order that the recipe declares."""


def make_plan(recipe: Recipe, inputs: Inputs, params: Mapping[str, Any], world: World) -> Plan:
    """Return the plan. Where the rest depends on what ANALYZE hears, it is only the first part: the analyses.

    Args:
        recipe: as parsed.
        inputs: a digest for each variable input, by node id, or in the order in which the recipe declares them.
        params: values for its params; defaults fill the rest.
        world: node types, effects, toolchain, assets and facts.

    Raises:
        ParameterError: when *params* do not fit.
        InputError: when *inputs* do not fit, or hold kinds that do not.
        RecipeError: when the recipe does not work with them; ``problems`` says where.
    """
    return _Planner(recipe, inputs, recipe.param_values(params), world).plan()


def inputs_by_node(recipe: Recipe, inputs: Inputs) -> dict[str, Digest | Sequence[Digest]]:
    """Return *inputs* by node id. Raises InputError when there are more than the recipe has holes, or unknown ones."""
    holes = variable_inputs(recipe)
    names = [hole.node for hole in holes]
    if isinstance(inputs, Mapping):
        inputs = _listed(inputs)
        unknown = [name for name in inputs if name not in names]
        if unknown:
            known = f"its inputs: {', '.join(names)}" if names else "it takes no inputs"
            problems = [
                Problem(message=f"{recipe.name} has no input {name!r}", field=f"inputs.{name}", hint=known)
                for name in unknown
            ]
            raise InputError(f"{problems[0].message}: {known}", problems=problems)
        return inputs
    left = list(inputs)
    found: dict[str, Digest | Sequence[Digest]] = {}
    for position, hole in enumerate(holes):
        count = max(0, len(left) - (len(holes) - position - 1)) if hole.many else 1
        taken, left = left[:count], left[count:]
        if taken:
            found[hole.node] = taken if hole.many else taken[0]
    if left:
        takes = "1 input" if len(holes) == 1 else f"{len(holes)} inputs"
        raise InputError(f"{recipe.name} takes {takes} ({', '.join(names)}), not {len(inputs)}")
    return found


def by_place(inputs: Mapping[str, Word | Sequence[Word]]) -> dict[str, Word]:
    """Return *inputs* with a line for each digest: those of a list as ``node[0]``, ``node[1]`` and so on."""
    found: dict[str, Word] = {}
    for name, given in inputs.items():
        if isinstance(given, str):
            found[name] = given
        else:
            found |= {f"{name}[{position}]": digest for position, digest in enumerate(given)}
    return found


def _listed(inputs: Mapping[str, Digest | Sequence[Digest]]) -> dict[str, Digest | Sequence[Digest]]:
    """Return *inputs* with lists in place of ``node[0]``, ``node[1]``, in their order."""
    found: dict[str, Digest | Sequence[Digest]] = {}
    places: dict[str, dict[int, Digest]] = {}
    for name, given in inputs.items():
        match = _PLACE.fullmatch(name)
        if match and isinstance(given, str):
            places.setdefault(match[1], {})[int(match[2])] = given
        else:
            found[name] = given
    return found | {name: [digest for _, digest in sorted(listed.items())] for name, listed in places.items()}


_PLACE = re.compile(r"(.+)\[([0-9]{1,4})\]", re.ASCII)


def source_shape(facts: MediaFacts) -> Shape:
    """Return what the bytes that *facts* tell of give when they are opened."""
    if facts.kind is Kind.DATA:
        return Shape(kind=Kind.DATA)
    video = shape_of(facts) if facts.picture is not None else None
    sound = None
    if facts.sound is not None:
        own = max(1, round(facts.sound.duration_s * SAMPLE_RATE))
        sound = SoundShape(sample_count=video.sample_count if video is not None else own)
    return Shape(kind=facts.kind, video=video, sound=sound)


@dataclass(frozen=True, slots=True)
class _Made:
    """What a node came to: the step that does its work, and its shape."""

    key: StepKey
    shape: Shape


@dataclass(frozen=True, slots=True)
class _List:
    """What a node that gives a list came to."""

    items: tuple[_Made, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    """One input, and the node that it comes from."""

    source: str
    made: _Made


def _rate_of(items: Sequence[_Given]) -> Fraction:
    """Return the frame rate of the first clip among *items*; that of stills where there is none."""
    shapes = (item.made.shape for item in items)
    return next((shape.video.frame_rate for shape in shapes if shape.kind is Kind.VIDEO and shape.video), STILL_RATE)


def _too_short(shape: Shape, config: Any, source: str, position: int) -> str | None:
    long = shape.video if shape.kind is Kind.VIDEO else shape.sound if shape.kind is Kind.AUDIO else None
    end_s = (config.offset or config.start or 0.0) + config.duration
    if long is None or long.duration_s + 0.05 >= end_s:
        return None
    return f"{source}[{position}] lasts {long.duration_s:g} s, and its piece needs {end_s:g} s: take a longer clip"


MAX_DURATION_S = 86_400
MAX_WIDTH, MAX_HEIGHT, MAX_STILL_PIXELS = 8192, 4320, 120_000_000
"""What a node may give: clips of a day, of 8K either way up; pictures of 120 megapixels."""


def _too_much(node: str, shape: Shape) -> str | None:
    """Return what is too much about *shape*, or None."""
    long_s = max(part.duration_s for part in (shape.video, shape.sound) if part) if shape.video or shape.sound else 0.0
    if shape.kind is not Kind.IMAGE and long_s > MAX_DURATION_S:
        return f"{node!r} would last {long_s / 3600:,.1f} hours; 24 are the most"
    video = shape.video
    if video is None:
        return None
    size = f"{node!r} would be {video.width} × {video.height}"
    if shape.kind is Kind.IMAGE:
        return f"{size}; 120 megapixels are the most" if video.width * video.height > MAX_STILL_PIXELS else None
    short, long = sorted((video.width, video.height))
    return f"{size}; {MAX_WIDTH} × {MAX_HEIGHT} is the most" if short > MAX_HEIGHT or long > MAX_WIDTH else None


class _Planner:
    def __init__(
        self,
        recipe: Recipe,
        inputs: Inputs,
        values: Mapping[str, Any],
        world: World,
    ) -> None:
        self.world = world
        checked = configure(recipe, values, world)
        if checked.problems:
            raise RecipeError.of(checked.problems)
        self.recipe = checked.recipe
        self.inputs = inputs_by_node(recipe, inputs)
        wired = {name: node.node.needs for name, node in checked.nodes.items()}
        needed = behind(wired, self.recipe.outputs.values())
        self.nodes = {name: node for name, node in checked.nodes.items() if name in needed}
        self.made: dict[str, _Made | _List] = {}
        self.steps: dict[StepKey, Step] = {}
        self.key_frames = KeyFrames(self.steps, world.node_types)
        self.problems: list[Problem] = []
        self.input_problems: list[Problem] = []
        self.unheard: dict[str, StepKey] = {}
        """ANALYZE nodes whose report has to be known before the rest can be planned, and the step that writes it."""

    def plan(self) -> Plan:
        for name, node in self.nodes.items():
            made = self._node(node)
            if made is not None:
                self.made[name] = made
        if self.input_problems:
            raise InputError(
                "; ".join(problem.message for problem in self.input_problems[:3]), problems=self.input_problems
            )
        if self.problems:
            raise RecipeError.of(self.problems)
        outputs = self.unheard or self._outputs()
        named = dict(self._named())
        whole = Plan(recipe_id=self.recipe.recipe_id, steps=tuple(self.steps.values()), nodes={}, outputs=outputs)
        kept = {step.key for step in whole.behind(*outputs.values())}
        if self.unheard:  # what the rest will need is held on to
            kept |= {step.key for step in self.steps.values() if step.type == SOURCE}
        return Plan(
            recipe_id=self.recipe.recipe_id,
            steps=tuple(step for step in whole.steps if step.key in kept),
            nodes={name: made.key for name, made in named.items() if made.key in kept},
            outputs=outputs,
            first_part=bool(self.unheard),
        )

    def _named(self) -> Iterator[tuple[str, _Made]]:
        for name, made in self.made.items():
            if isinstance(made, _Made):
                yield name, made
            else:
                yield from ((f"{name}[{position}]", one) for position, one in enumerate(made.items))

    def _node(self, node: Configured) -> _Made | _List | None:
        if node.node.type == SOURCE:
            return self._source(node)
        if node.node.type == "SOURCE_LIST":
            return self._source_list(node)
        sources = [self.made.get(source) for source in node.node.needs]
        if any(source is None for source in sources):
            return None  # what is wrong there is already told, or it is not yet known
        by_name = dict(zip(node.node.needs, sources, strict=True))
        given = [(source, by_name[source]) for _, source in node.inputs]
        reports = [made for _, source in node.binds if isinstance(made := by_name[source], _Made)]
        if node.operation is not None:
            return self._map(node, given, reports)
        inputs = self._unlisted(node, given)
        return self._step(node, inputs, reports) if inputs is not None else None

    def _unlisted(self, node: Configured, given: Sequence[tuple[str, _Made | _List | None]]) -> list[_Given] | None:
        """Return the inputs one by one, what lists hold in their place, if so many fit."""
        found: list[_Given] = []
        for source, made in given:
            if isinstance(made, _List) and node.slots.names:
                held = f"{source!r} is a list of {len(made.items)}"
                self._problem(node, f"{node.node.type} takes one thing in each slot, and {held}: a MAP does it to each")
                return None
            items = made.items if isinstance(made, _List) else (made,)
            found += [_Given(source, one) for one in items if one is not None]
        slots = node.slots
        if len(found) < slots.minimum or (slots.maximum is not None and len(found) > slots.maximum):
            most = f" to {slots.maximum}" if slots.maximum is not None else " or more"
            self._problem(node, f"{node.node.type} takes {slots.minimum}{most} inputs, and is given {len(found)}")
            return None
        return found

    def _problem(self, node: Configured, message: str) -> None:
        self.problems.append(placed(self.recipe, node.node, Problem(message=message, field="inputs")))

    def _map(
        self, node: Configured, given: Sequence[tuple[str, _Made | _List | None]], reports: Sequence[_Made]
    ) -> _List | None:
        source, listed = given[0]
        items = listed.items if isinstance(listed, _List) else (listed,)
        taken = [_Given(source, item) for item in items if item is not None]
        assert node.operation is not None
        if node.config.timing is None:
            made = [self._step(node.operation, [item], reports) for item in taken]
        else:
            analysis = given[1][1]
            assert isinstance(analysis, _Made)
            counts = self._pieces(node, taken, analysis)
            if counts is None:
                return None
            rate = _rate_of(taken)
            made = []
            for position, count in enumerate(counts):
                config = replace(node.operation.config, duration=float(count / rate))
                item = taken[position % len(taken)]
                if (problem := _too_short(item.made.shape, config, source, position % len(taken))) is not None:
                    self._problem(node, problem)
                    return None
                made.append(self._step(replace(node.operation, config=config), [item], reports))
        done = [one for one in made if one is not None]
        return _List(tuple(done)) if len(done) == len(made) else None

    def _pieces(self, node: Configured, items: Sequence[_Given], analysis: _Made) -> list[int] | None:
        """Return how many frames each piece of the sound lasts; None where its report is not there yet."""
        written = self._output(analysis)
        report = self.world.reports(written)
        if report is None:
            name = next(source for slot, source in node.inputs if slot == "timing")
            self.unheard[name] = written
            return None
        try:
            return piece_counts(report, node.config.timing, _rate_of(items))
        except ParameterError as error:
            self._problem(node, error.message)
            return None

    def _add(self, step: Step) -> _Made:
        self.steps.setdefault(step.key, step)
        return _Made(step.key, self.steps[step.key].shape)

    def _bytes(self, digest: Digest, facts: MediaFacts) -> _Made:
        shape = source_shape(facts)
        params = {"digest": digest, "facts": facts.to_json()}
        return self._add(Step(type=SOURCE, params=params, toolchain=self.world.toolchain, shape=shape))

    def _source(self, node: Configured) -> _Made | None:
        config: SourceConfig = node.config
        digest, field = self._digest(node, config)
        return self._opened(node, digest, field) if digest is not None else None

    def _source_list(self, node: Configured) -> _List | None:
        config: SourceListConfig = node.config
        name = node.node.id
        field = f"inputs.{name}" if config.input else f"{node.node.field}.config"
        given = self.inputs.get(name) if config.input else None
        digests = [given] if isinstance(given, str) else list(given or ())
        if not digests:
            named = [(one, referred(self.recipe, one, self.world)) for one in config.assets or config.defaults]
            digests = [digest for _, digest in named if digest is not None]
            if not named or len(digests) < len(named):
                away = ", ".join(repr(reference.asset) for reference, digest in named if digest is None)
                also = f", and of its default {away} is not here" if away else ""
                self._input_problem(field, f"the input {name!r} is needed: one or more media, in order{also}")
                return None
        made = [self._opened(node, digest, field) for digest in digests]
        done = [one for one in made if one is not None]
        return _List(tuple(done)) if len(done) == len(made) else None

    def _opened(self, node: Configured, digest: Digest, field: str) -> _Made | None:
        accept = node.config.accept
        facts = self.world.facts(digest)
        if facts is None:
            self._input_problem(field, f"{node.node.id!r} names {digest[:10]}…, and there are no such bytes here")
            return None
        if accept is not None and facts.kind not in accept:
            wanted = " or ".join(kind.value for kind in accept)
            self._input_problem(field, f"{node.node.id!r} takes {wanted}, and {digest[:10]}… is {facts.kind.value}")
            return None
        return self._bytes(digest, facts)

    def _digest(self, node: Configured, config: SourceConfig) -> tuple[Digest | None, str]:
        name = node.node.id
        if not config.input:
            return fixed_digest(self.recipe, config, self.world), f"{node.node.field}.config"
        given = self.inputs.get(name)
        if isinstance(given, str):
            return given, f"inputs.{name}"
        if given is not None:
            self._input_problem(f"inputs.{name}", f"the input {name!r} takes one medium, not a list")
            return None, f"inputs.{name}"
        default = referred(self.recipe, config.default, self.world) if config.default is not None else None
        if default is None:
            label = f" ({config.name})" if config.name else ""
            asset = f", and its default {config.default.asset!r} is not here" if config.default else ""
            self._input_problem(f"inputs.{name}", f"the input {name!r}{label} is needed{asset}")
        return default, f"inputs.{name}"

    def _input_problem(self, field: str, message: str) -> None:
        self.input_problems.append(Problem(message=message, field=field))

    def _step(self, node: Configured, inputs: Sequence[_Given], reports: Sequence[_Made]) -> _Made | None:
        for position, given in enumerate(inputs):
            if given.made.shape.kind not in node.slots.accepted(position):
                self.problems.append(
                    kind_problem(self.recipe, node, position, {given.made.shape.kind}, source=given.source)
                )
                return None
        try:
            shapes = tuple(given.made.shape for given in inputs)
            settled = node.type.settle(node.config, shapes, self.world.effects)
            settled = node.type.snapped(
                node.config,
                settled,
                shapes,
                lambda frame, within: self.key_frames.nearest(inputs[0].made.key, frame, within),
            )
        except ArtDagError as error:
            found = error.problems or (Problem(message=error.message),)
            self.problems += [placed(self.recipe, node.node, problem) for problem in found]
            return None
        if (problem := _too_much(node.node.id, settled.shape)) is not None:
            self.problems.append(placed(self.recipe, node.node, Problem(message=problem, field="config")))
            return None
        if settled.same_as is not None:
            return inputs[settled.same_as].made
        if settled.same_as_asset is not None:
            return self._asset(node, settled.same_as_asset)
        extra = [self._asset(node, asset) for _, asset in settled.assets]
        if any(made is None for made in extra):
            return None
        slots = [node.slots.name(position) for position in range(len(inputs))]
        slots += [slot for slot, _ in [*settled.assets, *node.binds]]
        keys = [made.key for made in [*(given.made for given in inputs), *extra, *reports] if made is not None]
        return self._add(
            Step(
                type=node.node.type,
                effect=settled.effect.name if settled.effect else None,
                code=step_code(node.type, settled.effect),
                params=settled.params,
                inputs=tuple(zip(slots, keys, strict=True)),
                toolchain=self.world.toolchain,
                shape=settled.shape,
            )
        )

    def _asset(self, node: Configured, name: str) -> _Made | None:
        digest = self.recipe.assets.get(name) or self.world.assets.get(name)
        facts = self.world.facts(digest) if digest is not None else None
        if digest is None or facts is None:
            message = f"{node.node.id!r} needs the asset {name!r}, which is not on this server"
            self.problems.append(self.recipe.document.problem(node.node.field, message, node=node.node.id))
            return None
        return self._bytes(digest, facts)

    def _outputs(self) -> dict[str, StepKey]:
        outputs: dict[str, StepKey] = {}
        for name, node_id in self.recipe.outputs.items():
            made = self.made[node_id]
            if isinstance(made, _List):
                message = f"the output {node_id!r} is a list of {len(made.items)}: put a SEQUENCE behind it"
                self.problems.append(self.recipe.document.problem("dag.output", message, node=node_id))
                continue
            try:
                outputs[name] = self._output(made)
            except ParameterError as error:
                message = f"the output {node_id!r} cannot be written so: {error.message}"
                self.problems.append(self.recipe.document.problem("output.profile", message, node=node_id))
        if self.problems:
            raise RecipeError.of(self.problems)
        return outputs

    def _output(self, made: _Made) -> StepKey:
        if self.steps[made.key].type == SOURCE and (self.recipe.profile is None or made.shape.kind is Kind.DATA):
            return made.key  # the input's own bytes: nothing is encoded again
        named = None if made.shape.kind is Kind.DATA else self.recipe.profile  # data is written in one way only
        step = encoding(made.key, made.shape, named, self.world.toolchain)
        fitted = profile_for(made.shape.kind, named).fitted(made.shape)
        grouping = grouping_of(self.steps, self.world.node_types, made.key, fitted)
        if grouping is not None:
            step = replace(step, params={**step.params, "groups": grouping.to_json()})
        return self._add(step).key
