"""What a plan comes to, node by node, in words: given, done before, or to be made, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from artdag.difference import Difference, Earlier, differences
from artdag.digest import StepKey
from artdag.plan import ENCODE, SOURCE, Plan
from artdag.result_cache import Result

GIVEN, CACHED, RUNS = "given", "cached", "runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One node, or one output in brackets, such as ``[result]``."""

    node: str
    type: str
    effect: str | None
    key: StepKey
    state: str
    """``given``, ``cached`` or ``runs``."""
    why: str
    """A clause for people."""
    difference: Difference | None
    """From the earlier plan that is nearest; None where there is none."""

    def to_json(self) -> dict[str, Any]:
        facts = {"node": self.node, "type": self.type, "effect": self.effect, "step_key": self.key}
        told = {"state": self.state, "reason": self.why}
        return facts | told | {"difference": self.difference.to_json() if self.difference else None}


def explain(
    plan: Plan, running: Collection[StepKey], results: Mapping[StepKey, Result], earlier: Earlier | None
) -> tuple[Explained, ...]:
    """Return what there is to say of each node, inputs before users, and then of each output.

    Args:
        plan: what would be carried out.
        running: the steps of it that would be computed.
        results: those of its outputs, and of steps that were kept, as far as they are there.
        earlier: the nearest plan that was carried out before, if there is one.
    """
    known = differences(plan, earlier.plan) if earlier is not None else {}
    place = {step.key: position for position, step in enumerate(plan.steps)}
    made = {step.key: result for key, result in results.items() for step in plan.behind(key)}
    found = []
    for node, key in sorted(plan.nodes.items(), key=lambda pair: place[pair[1]]):
        step = plan.by_key[key]
        state = GIVEN if step.type == SOURCE else RUNS if key in running else CACHED
        difference = known.get(node)
        if state is GIVEN:
            why = given(difference)
        elif state is CACHED:
            why = done_before(made.get(key))
        else:
            why = to_be_made(difference, earlier)
        found.append(_explained(node, plan, key, state, why, difference))
    for name, key in plan.outputs.items():
        if plan.by_key[key].type == ENCODE:
            difference = known.get(f"[{name}]")
            is_done = key not in running
            why = done_before(results.get(key)) if is_done else to_be_made(difference, earlier, is_output=True)
            found.append(_explained(f"[{name}]", plan, key, CACHED if is_done else RUNS, why, difference))
    return tuple(found)


def _explained(node: str, plan: Plan, key: StepKey, state: str, why: str, difference: Difference | None) -> Explained:
    step = plan.by_key[key]
    return Explained(
        node=node, type=step.type, effect=step.effect, key=key, state=state, why=why, difference=difference
    )


def given(difference: Difference | None) -> str:
    """Return why an input needs no work."""
    other = f", and {difference.words}" if difference is not None and difference.changes_input else ""
    return f"its bytes are here{other}"


def done_before(result: Result | None) -> str:
    """Return why a node needs no work, with the run that did it and when, where that is known."""
    if result is None:
        return "this exact work was done before"
    by = f" by run {result.run[:8]}" if result.run is not None else f" on {result.made_by}" if result.made_by else ""
    return f"this exact work was done before{by}, {moment(result.made_at)}"


def moment(made_at: str) -> str:
    """Return an RFC 3339 time in UTC to the minute, as ``on 2026-11-24 at 14:02 UTC``."""
    return f"on {made_at[:10]} at {made_at[11:16]} UTC"


def to_be_made(difference: Difference | None, earlier: Earlier | None, *, is_output: bool = False) -> str:
    """Return why a node has to be computed, or an output written."""
    if difference is None or earlier is None:
        return "nobody had asked for this work before"
    if not difference.is_same:
        return f"{difference.words} since {earlier.name}"
    if is_output:
        return f"it is the same as in {earlier.name}, and what that made is not here"
    return f"it is the same as in {earlier.name}, but not kept by itself"
