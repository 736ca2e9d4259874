"""make_plan: recipe, inputs and params become steps with keys. Pure: nothing is read but what is handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from artdag.checker import Configured, configure, fixed_digest, kind_problem, placed
from artdag.codec.decode import shape_of
from artdag.codec.profile import profile_for
from artdag.dag import behind
from artdag.digest import Digest, StepKey
from artdag.errors import ArtDagError, InputError, ParameterError, Problem, RecipeError
from artdag.media import SAMPLE_RATE, Kind, MediaFacts, Shape, SoundShape
from artdag.node_type import step_code
from artdag.plan import ENCODE, SOURCE, Plan, Step
from artdag.recipe import Recipe, Reference, SourceConfig, variable_inputs
from artdag.world import World


def make_plan(
    recipe: Recipe, inputs: Mapping[str, Digest] | Sequence[Digest], params: Mapping[str, Any], world: World
) -> Plan:
    """Return the plan.

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


def inputs_by_node(recipe: Recipe, inputs: Mapping[str, Digest] | Sequence[Digest]) -> dict[str, Digest]:
    """Return *inputs* by node id. Raises InputError when there are more than the recipe has holes, or unknown ones."""
    holes = [hole.node for hole in variable_inputs(recipe)]
    if isinstance(inputs, Mapping):
        unknown = [name for name in inputs if name not in holes]
        if unknown:
            known = f"its inputs: {', '.join(holes)}" if holes else "it takes no inputs"
            problems = [
                Problem(message=f"{recipe.name} has no input {name!r}", field=f"inputs.{name}", hint=known)
                for name in unknown
            ]
            raise InputError(f"{problems[0].message}: {known}", problems=problems)
        return dict(inputs)
    if len(inputs) > len(holes):
        takes = "1 input" if len(holes) == 1 else f"{len(holes)} inputs"
        raise InputError(f"{recipe.name} takes {takes} ({', '.join(holes)}), not {len(inputs)}")
    return dict(zip(holes, inputs, strict=False))


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


class _Planner:
    def __init__(
        self,
        recipe: Recipe,
        inputs: Mapping[str, Digest] | Sequence[Digest],
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
        self.made: dict[str, _Made] = {}
        self.steps: dict[StepKey, Step] = {}
        self.problems: list[Problem] = []
        self.input_problems: list[Problem] = []

    def plan(self) -> Plan:
        for name, node in self.nodes.items():
            made = self._source(node) if node.node.type == SOURCE else self._work(node)
            if made is not None:
                self.made[name] = made
        if self.input_problems:
            raise InputError(
                "; ".join(problem.message for problem in self.input_problems[:3]), problems=self.input_problems
            )
        if self.problems:
            raise RecipeError.of(self.problems)
        outputs = self._outputs()
        whole = Plan(recipe_id=self.recipe.recipe_id, steps=tuple(self.steps.values()), nodes={}, outputs=outputs)
        kept = {step.key for step in whole.behind(*outputs.values())}
        return Plan(
            recipe_id=self.recipe.recipe_id,
            steps=tuple(step for step in whole.steps if step.key in kept),
            nodes={name: made.key for name, made in self.made.items() if made.key in kept},
            outputs=outputs,
        )

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
        if digest is None:
            return None
        facts = self.world.facts(digest)
        if facts is None:
            self._input_problem(field, f"{node.node.id!r} names {digest[:10]}…, and there are no such bytes here")
            return None
        if config.accept is not None and facts.kind not in config.accept:
            wanted = " or ".join(kind.value for kind in config.accept)
            self._input_problem(field, f"{node.node.id!r} takes {wanted}, and {digest[:10]}… is {facts.kind.value}")
            return None
        return self._bytes(digest, facts)

    def _digest(self, node: Configured, config: SourceConfig) -> tuple[Digest | None, str]:
        name = node.node.id
        if not config.input:
            return fixed_digest(self.recipe, config, self.world), f"{node.node.field}.config"
        if name in self.inputs:
            return self.inputs[name], f"inputs.{name}"
        default = self._default(config.default)
        if default is None:
            label = f" ({config.name})" if config.name else ""
            asset = f", and its default {config.default.asset!r} is not here" if config.default else ""
            self._input_problem(f"inputs.{name}", f"the input {name!r}{label} is needed{asset}")
        return default, f"inputs.{name}"

    def _default(self, default: Reference | None) -> Digest | None:
        if default is None:
            return None
        if default.asset is not None:
            return self.recipe.assets.get(default.asset) or self.world.assets.get(default.asset)
        return default.digest

    def _input_problem(self, field: str, message: str) -> None:
        self.input_problems.append(Problem(message=message, field=field))

    def _work(self, node: Configured) -> _Made | None:
        sources = [self.made.get(source) for _, source in [*node.inputs, *node.binds]]
        if any(source is None for source in sources):
            return None  # what is wrong there is already told
        known = [source for source in sources if source is not None]
        inputs, reports = known[: len(node.inputs)], known[len(node.inputs) :]
        for position, made in enumerate(inputs):
            if made.shape.kind not in node.slots.accepted(position):
                self.problems.append(kind_problem(self.recipe, node, position, {made.shape.kind}))
                return None
        try:
            shapes = tuple(made.shape for made in inputs)
            settled = node.type.settle(node.config, shapes, self.world.effects)
        except ArtDagError as error:
            found = error.problems or (Problem(message=error.message),)
            self.problems += [placed(self.recipe, node.node, problem) for problem in found]
            return None
        if settled.same_as is not None:
            return inputs[settled.same_as]
        if settled.same_as_asset is not None:
            return self._asset(node, settled.same_as_asset)
        extra = [self._asset(node, asset) for _, asset in settled.assets]
        if any(made is None for made in extra):
            return None
        slots = [slot for slot, _ in [*node.inputs, *settled.assets, *node.binds]]
        keys = [made.key for made in [*inputs, *extra, *reports] if made is not None]
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
            try:
                outputs[name] = self._output(self.made[node_id])
            except ParameterError as error:
                message = f"the output {node_id!r} cannot be written so: {error.message}"
                self.problems.append(self.recipe.document.problem("output.profile", message, node=node_id))
        if self.problems:
            raise RecipeError.of(self.problems)
        return outputs

    def _output(self, made: _Made) -> StepKey:
        if self.steps[made.key].type == SOURCE and (self.recipe.profile is None or made.shape.kind is Kind.DATA):
            return made.key  # the input's own bytes: nothing is encoded again
        profile = profile_for(made.shape.kind, self.recipe.profile)
        return self._add(
            Step(
                type=ENCODE,
                params={"profile": profile.name, "settings": profile.fitted(made.shape).settings()},
                inputs=(("input", made.key),),
                toolchain=self.world.toolchain,
                shape=made.shape,
            )
        ).key
