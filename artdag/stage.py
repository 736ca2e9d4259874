"""Stages: the pieces of a plan that one streaming pass makes. Only what is missing becomes one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from artdag.costs import Costs, joining, work_of
from artdag.digest import StepKey
from artdag.plan import ENCODE, Plan, Step
from artdag.timeslice import Slice, grouping_in

Cut = Callable[[StepKey], Sequence[Slice]]

NOTHING_KNOWN = Costs()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One pass: each source decoded, the graph run frame by frame, one file encoded."""

    key: StepKey
    """Of the ENCODE step that it makes; work that two runs share has one key, hence one stage."""
    nodes: tuple[str, ...]
    """The recipe's nodes that this pass carries."""
    cost_s: float
    """Estimate of the seconds that it takes."""
    part: Slice | None = None
    """Set where it makes only a slice of the output; the key is then the slice's."""
    needs: tuple[StepKey, ...] = ()
    """Slices that it joins: it can be done when they are."""


def stages(
    plan: Plan,
    done: Collection[StepKey],
    cut: Cut = lambda _: (),
    *,
    costs: Costs = NOTHING_KNOWN,
    read: Callable[[Plan, StepKey, Slice | None], Collection[StepKey]] = lambda *_: (),
) -> tuple[Stage, ...]:
    """Return the stages for each output that is not *done*; an output that is an input's own bytes needs none.

    Args:
        plan: what is to be carried out.
        done: what is there: outputs, and slices of them.
        cut: which slices an output is made of, if any: they are stages of their own, and one that joins them.
        costs: what is known of how long work takes.
        read: steps whose frames a pass would read, not compute: that of an output, or of the slice of it.
    """
    found: dict[StepKey, Stage] = {}
    for key in plan.outputs.values():
        step = plan.by_key[key]
        if step.type == ENCODE and key not in done and key not in found:
            carried = {one.key for one in plan.behind(key)}
            nodes = tuple(node for node, own in plan.nodes.items() if own in carried)
            parts = cut(key)
            missing = [part for part in parts if part.key not in done]
            kept = (
                read(plan, key, missing[0] if missing else None) if missing or not parts else ()
            )  # one tells of the others
            computed = computed_steps(plan, [key], kept)
            frames = step.shape.video.frame_count if step.shape.video is not None else 1
            for part in missing:
                work = work_of(plan, key, computed, share=len(part.span) / frames, sound=False)
                part_s = costs.seconds(work)
                found.setdefault(part.key, Stage(key=part.key, nodes=nodes, cost_s=part_s, part=part))
            needs = tuple(dict.fromkeys(part.key for part in parts))
            whole = joining(plan, key) if parts else work_of(plan, key, computed, share=coded_share(step))
            found[key] = Stage(key=key, nodes=nodes, cost_s=costs.seconds(whole), needs=needs)
    return tuple(found.values())


def computed_steps(plan: Plan, targets: Iterable[StepKey], read: Iterable[StepKey]) -> tuple[StepKey, ...]:
    """Return the steps behind *targets* whose frames are computed where those of the steps *read* are not."""
    stop, needed, waiting = set(read), set[StepKey](), list(targets)
    while waiting:
        key = waiting.pop()
        if key not in needed and key not in stop:
            needed.add(key)
            waiting.extend(source for _, source in plan.by_key[key].inputs)
    return tuple(step.key for step in plan.steps if step.key in needed)


def coded_share(step: Step) -> float:
    """Return how much of the frames of an ENCODE step is coded, not copied."""
    grouping = grouping_in(step)
    if grouping is None:
        return 1.0
    return 1.0 - sum(run.count for run in grouping.copied) / max(1, grouping.count)
