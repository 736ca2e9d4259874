"""Early cut-off: what follows a report is the same work for the same report, whoever wrote it and from what.

A step's key names its inputs by *their* work. Where the bytes of an input are there, a second key can name them by what
they are. So a song that is encoded anew, or a part of it that nobody listens to, leaves the pictures that follow its
beats alone, once it was heard. Sources are named by their bytes anyway, and frames between steps are never whole files
that two kinds of work would have in common: that leaves the reports of ANALYZE nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from artdag.animation import is_bind
from artdag.digest import Digest, StepKey
from artdag.effect import Effect, EffectCatalog
from artdag.media import Kind, MediaFacts
from artdag.node_type import NodeType
from artdag.plan import ENCODE, SOURCE, Plan, Step, encoding
from artdag.timeslice import slices_of

REPORT = MediaFacts(kind=Kind.DATA, media_type="application/json", size=0)
_OURS = "artdag.effects."


def second_keys(
    plan: Plan,
    report: Callable[[StepKey], Digest | None],
    node_types: Mapping[str, NodeType],
    effects: EffectCatalog,
) -> dict[StepKey, StepKey]:
    """Return a second key for each output and slice of *plan* that follows a report whose bytes are there.

    Args:
        plan: the plan.
        report: the bytes of the report that is kept under a name; None where there is none.
        node_types: those that the plan was made with.
        effects: likewise.
    """
    found = _by_bytes(plan, report, effects)
    if found is None:
        return {}
    other, keys = found
    second = {}
    for key in dict.fromkeys(plan.outputs.values()):
        if plan.by_key[key].type == ENCODE and keys[key] != key:
            second[key] = keys[key]
            pairs = [slices_of(one, own, node_types, effects) for one, own in ((plan, key), (other, keys[key]))]
            second |= {part.key: twin.key for part, twin in zip(*pairs, strict=True) if part.key != twin.key}
    return second


def _by_bytes(
    plan: Plan, report: Callable[[StepKey], Digest | None], effects: EffectCatalog
) -> tuple[Plan, dict[StepKey, StepKey]] | None:
    """Return *plan* with the bytes of reports in place of the steps that write them, and each step's key there."""
    followed = {source for step in plan.steps for slot, source in step.inputs if is_bind(slot)}
    if not followed:
        return None
    steps: dict[StepKey, Step] = {}
    keys: dict[StepKey, StepKey] = {}
    for step in plan.steps:
        own = step
        written = encoding(step.key, step.shape, None, step.toolchain).key if step.key in followed else None
        if written is not None and (digest := report(written)) is not None:
            params = {"digest": digest, "facts": REPORT.to_json()}
            own = Step(type=SOURCE, params=params, toolchain=step.toolchain, shape=step.shape)
        elif any(keys[source] != source for _, source in step.inputs):
            if step.effect is not None and not _is_ours(effects.get(step.effect)):
                return None  # it may draw lots by its step's key, which is another one then
            own = replace(step, inputs=tuple((slot, keys[source]) for slot, source in step.inputs))
        keys[step.key] = own.key
        steps[own.key] = own
    if all(key == old for old, key in keys.items()):
        return None
    outputs = {name: keys[key] for name, key in plan.outputs.items()}
    nodes = {node: keys[key] for node, key in plan.nodes.items()}
    return replace(plan, steps=tuple(steps.values()), nodes=nodes, outputs=outputs), keys


def _is_ours(effect: Effect) -> bool:
    """Return whether an effect comes with the engine: those are seeded by their settings alone (a test sees to it)."""
    made_by = [effect.native, effect.frame, effect.sound, effect.streams]
    return all(getattr(one, "__module__", "").startswith(_OURS) for one in made_by if one is not None)
