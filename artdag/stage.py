"""Stages: the pieces of a plan that one streaming pass makes. Only what is missing becomes one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from artdag.digest import StepKey
from artdag.media import Shape
from artdag.plan import ENCODE, Plan
from artdag.timeslice import Slice

Cut = Callable[[StepKey], Sequence[Slice]]

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
    part: Slice | None = None
    """Set where it makes only a slice of the output; the key is then the slice's."""
    needs: tuple[StepKey, ...] = ()
    """Slices that it joins: it can be done when they are."""


def stages(plan: Plan, done: Collection[StepKey], cut: Cut = lambda _: ()) -> tuple[Stage, ...]:
    """Return the stages for each output that is not *done*; an output that is an input's own bytes needs none.

    *cut* says which slices an output is made of, if any: they are stages of their own, and one that joins them.
    """
    found: dict[StepKey, Stage] = {}
    for key in plan.outputs.values():
        step = plan.by_key[key]
        if step.type == ENCODE and key not in done and key not in found:
            behind = plan.behind(key)
            carried = {one.key for one in behind}
            nodes = tuple(node for node, own in plan.nodes.items() if own in carried)
            cost_s = _cost_s(step.shape, len(behind))
            parts = cut(key)
            frames = sum(len(part.span) for part in parts)
            for part in parts:
                if part.key not in done:
                    share = cost_s * len(part.span) / frames
                    found.setdefault(part.key, Stage(key=part.key, nodes=nodes, cost_s=share, part=part))
            needs = tuple(dict.fromkeys(part.key for part in parts))
            found[key] = Stage(key=key, nodes=nodes, cost_s=_OVERHEAD_S if parts else cost_s, needs=needs)
    return tuple(found.values())


def _cost_s(shape: Shape, steps: int) -> float:
    """Return seconds at about 30 ms per 720p frame encoded and 4 ms per frame and step (measured; see docs)."""
    if shape.video is None:
        return _OVERHEAD_S + (shape.sound.sample_count * _SOUND_FRAME_COST if shape.sound else 0)
    size = shape.video.width * shape.video.height / (1280 * 720)
    return _OVERHEAD_S + shape.video.frame_count * size * (0.03 + 0.004 * steps)
