"""Stages: the pieces of a plan that one streaming pass makes. Only what is missing becomes one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from artdag.digest import StepKey
from artdag.media import Shape
from artdag.plan import ENCODE, Plan

_SOUND_FRAME_COST = 1e-7
_OVERHEAD_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One pass: each source decoded, the graph run frame by frame, one file encoded."""

    key: StepKey
    """Of the ENCODE step that it makes; work that two runs share has one key, hence one stage."""
    nodes: tuple[str, ...]
    """The recipe's nodes that this pass carries."""
    cost_s: float
    """Estimate of the processor seconds, before anything was measured."""


def stages(plan: Plan, done: Collection[StepKey]) -> tuple[Stage, ...]:
    """Return a stage for each output that is not *done*; an output that is an input's own bytes needs none."""
    found: dict[StepKey, Stage] = {}
    for key in plan.outputs.values():
        step = plan.by_key[key]
        if step.type == ENCODE and key not in done and key not in found:
            behind = plan.behind(key)
            carried = {one.key for one in behind}
            nodes = tuple(node for node, own in plan.nodes.items() if own in carried)
            found[key] = Stage(key=key, nodes=nodes, cost_s=_cost_s(step.shape, len(behind)))
    return tuple(found.values())


def _cost_s(shape: Shape, steps: int) -> float:
    """Return seconds at about 30 ms per 720p frame encoded and 4 ms per frame and step (measured; see docs)."""
    if shape.video is None:
        return _OVERHEAD_S + (shape.sound.sample_count * _SOUND_FRAME_COST if shape.sound else 0)
    size = shape.video.width * shape.video.height / (1280 * 720)
    return _OVERHEAD_S + shape.video.frame_count * size * (0.03 + 0.004 * steps)
