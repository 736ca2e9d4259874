"""A run as people see it: the state of each node with a reason in words, and one sentence of what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from app.library.node_names import list_of, shown_name
from app.runs.node_group import NodeGroup, grouped
from app.runs.planned import computed_in, nearest_run, read_plan
from app.services import Services
from app.storage.stage_record import NewStage, StageRecord, StageState
from artdag.animation import is_bind, rebound
from artdag.difference import Difference, Earlier, differences, told_change
from artdag.digest import Digest, StepKey
from artdag.explanation import done_before, given, to_be_made
from artdag.media import MediaFacts
from artdag.params import plain
from artdag.plan import ENCODE, SOURCE, Plan, Step
from artdag.result_cache import Result
from artdag.run import NodeState, Run, RunState
from artdag.value_words import format_value

_NAMED = 3
"""So many nodes are named in a sentence; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """A node of a run."""

    id: str
    type: str
    effect: str | None
    code: Digest | None
    state: NodeState
    reason: str
    step_key: StepKey
    params: Mapping[str, Any]
    inputs: tuple[tuple[str, str], ...]
    """(slot, node id)"""
    outputs: tuple[str, ...]
    """Names of the outputs that it gives."""
    content: Digest | None
    """Bytes of its own: a source's, or an output's."""
    facts: MediaFacts | None
    seconds: float | None
    difference: Difference | None = None
    """From the nearest earlier run; None where there is none."""

    @property
    def title(self) -> str:
        """What it does, in a word or two."""
        return self.effect or self.type.lower().replace("_", " ")

    @property
    def place(self) -> int:
        """Its place in its list; 0 where it is in none."""
        named = list_of(self.id)
        return named[1] if named else 0

    @property
    def word(self) -> str | None:
        """What people call its state, where not by its name: nobody says that an upload is reused."""
        return "given" if self.type == SOURCE else None

    @property
    def settings(self) -> Mapping[str, Any]:
        """What is set, as people see it: what follows a sound names the node that heard it."""
        follows = {slot: shown_name(source) for slot, source in self.inputs if is_bind(slot)}
        return cast("Mapping[str, Any]", rebound(self.params, follows))

    def to_json(self) -> dict[str, Any]:
        return {
            "node": self.id,
            "type": self.type,
            "effect": self.effect,
            "effect_hash": self.code,
            "state": self.state.value,
            "reason": self.reason,
            "difference": self.difference.to_json() if self.difference else None,
            "step_key": self.step_key,
            "params": plain(dict(self.params)),
            "inputs": [{"slot": slot, "node": node} for slot, node in self.inputs],
            "outputs": list(self.outputs),
            "content_hash": self.content,
            "seconds": self.seconds,
        }


class RunView:
    """Everything a page tells about a run, read when it is asked for."""

    def __init__(self, services: Services, run: Run) -> None:
        self.run = run
        self._services = services
        self._ahead: dict[StepKey, int] = {}

    @cached_property
    def plan(self) -> Plan:
        return read_plan(self._services, self.run.plan_id)

    @cached_property
    def missing(self) -> Mapping[StepKey, StageRecord | None]:
        """The work that was not done when the run was submitted, and where it stands."""
        stages = self._services.runs.stages_of(self.run.run_id)
        known = self._services.stages.get_many(stage.key for stage in stages)
        return {stage.key: known.get(stage.key) or _foremost(stage, known) for stage in stages}

    @cached_property
    def results(self) -> Mapping[StepKey, Result]:
        return self._services.results.get_many(self.plan.outputs.values())

    @cached_property
    def computed(self) -> frozenset[StepKey]:
        """The steps that were computed for this run, as far as its work is done; others were kept from earlier ones."""
        return computed_in(self._services, self.plan, self._services.runs.stages_of(self.run.run_id))

    @cached_property
    def joined(self) -> frozenset[StepKey]:
        return self._services.runs.joined_by(self.run.run_id)

    @cached_property
    def _near(self) -> tuple[Run, Earlier] | None:
        run = self.run
        return nearest_run(self._services, self.plan, run.owner, run.recipe, before=run.created_at)

    @property
    def previous(self) -> Run | None:
        """The run before this one that is nearest to it, of a recipe of the same name and by the same person."""
        return self._near[0] if self._near else None

    @cached_property
    def differences(self) -> Mapping[str, Difference]:
        """How each node differs from the same one in the run before; empty where there is none."""
        return differences(self.plan, self._near[1].plan) if self._near else {}

    @cached_property
    def nodes(self) -> tuple[NodeView, ...]:
        """The nodes that the outputs need, inputs before users."""
        plan = self.plan
        place = {step.key: position for position, step in enumerate(plan.steps)}
        in_order = sorted(plan.nodes.items(), key=lambda pair: place[pair[1]])  # as kept, they are sorted by name
        first_of = {key: node for node, key in reversed(in_order)}
        targets: dict[StepKey, list[StepKey]] = {}
        for key in dict.fromkeys(plan.outputs.values()):
            for step in plan.behind(key):
                targets.setdefault(step.key, []).append(key)
        gives: dict[StepKey, list[str]] = {}
        for name, key in plan.outputs.items():
            step = plan.by_key[key]
            gives.setdefault(step.inputs[0][1] if step.type == ENCODE else key, []).append(name)
        return tuple(
            self._node(node, plan.by_key[key], first_of, targets=targets.get(key, []), gives=gives.get(key, []))
            for node, key in in_order
        )

    @cached_property
    def groups(self) -> tuple[NodeGroup[NodeView], ...]:
        """The nodes, those of one list together."""
        return grouped(self.nodes)

    def _node(
        self,
        node: str,
        step: Step,
        first_of: Mapping[StepKey, str],
        *,
        targets: list[StepKey],
        gives: list[str],
    ) -> NodeView:
        """Return what there is to say of *node*.

        Args:
            node: its id.
            step: its work.
            first_of: step -> the node that is drawn for it.
            targets: the outputs' steps that need it.
            gives: names of the outputs that are its own.
        """
        is_source = step.type == SOURCE
        stages = [key for key in targets if key in self.missing]
        state = NodeState.CACHED if is_source or not stages else self._state(stages)
        if state is NodeState.DONE and step.key not in self.computed:
            state = NodeState.CACHED
        own = next((self.plan.outputs[name] for name in gives), None)
        result = self.results.get(own) if own is not None else None
        content = Digest(step.params["digest"]) if is_source else result.digest if result else None
        facts = MediaFacts.from_json(step.params["facts"]) if is_source else result.facts if result else None
        return NodeView(
            id=node,
            type=step.type,
            effect=step.effect,
            code=step.code,
            state=state,
            reason=self._reason(node, step, state, stages=stages, targets=targets),
            difference=self.differences.get(node),
            step_key=step.key,
            params={} if is_source else step.params,
            inputs=tuple((slot, first_of[key]) for slot, key in step.inputs if key in first_of),
            outputs=tuple(gives),
            content=content,
            facts=facts,
            seconds=result.seconds if result and state is NodeState.DONE else None,
        )

    def _state(self, keys: list[StepKey]) -> NodeState:
        states = [self._stage_state(key) for key in keys]
        order = (
            NodeState.FAILED,
            NodeState.RUNNING,
            NodeState.JOINED,
            NodeState.PENDING,
            NodeState.BLOCKED,
            NodeState.CANCELLED,
            NodeState.DONE,
        )
        return min(states, key=order.index)

    def _stage_state(self, key: StepKey) -> NodeState:
        if key in self.results:
            return NodeState.DONE
        record = self.missing[key]
        if record is not None and record.state is StageState.FAILED:
            return NodeState.FAILED
        if self.run.state is RunState.CANCELLED:
            return NodeState.CANCELLED
        if self.run.state.is_final:
            return NodeState.BLOCKED
        if record is not None and record.state is StageState.RUNNING:
            return NodeState.JOINED if key in self.joined else NodeState.RUNNING
        return NodeState.PENDING

    def _reason(self, node: str, step: Step, state: NodeState, *, stages: list[StepKey], targets: list[StepKey]) -> str:
        if step.type == SOURCE:
            return given(self.differences.get(node))
        if state is NodeState.CACHED and stages:
            return "its frames were kept when they were computed before"
        if state is NodeState.CACHED:
            return done_before(next((self.results[key] for key in targets if key in self.results), None))
        if state is NodeState.JOINED:
            return "another run is doing this very work: its result is shared"
        if state is NodeState.BLOCKED:
            return "could not be made, because the run ended before"
        if state is NodeState.CANCELLED:
            return "the run was cancelled"
        if state is NodeState.FAILED:
            error = self.run.error or {}
            if error.get("node") in (None, node):
                return str(error.get("message", "failed"))
            return f"made in one pass with `{shown_name(error['node'])}`, where it failed"
        if state is NodeState.PENDING:
            ahead = self._ahead_of(stages[0])
            return f"waits: {ahead} of yours are ahead" if ahead else "waits for a worker"
        verb = "runs" if state is NodeState.RUNNING else "ran"
        return f"{verb} because {to_be_made(self.differences.get(node), self._near[1] if self._near else None)}"

    def _ahead_of(self, key: StepKey) -> int:
        """Return how many stages come before this one; asked once, for all the nodes that it carries."""
        if key not in self._ahead:
            record = self.missing[key]
            waits = record is not None and record.state is StageState.WAITING
            self._ahead[key] = self._services.stages.ahead_of(record) if record is not None and waits else 0
        return self._ahead[key]

    # --- in short ---

    @cached_property
    def saved_s(self) -> float:
        """Seconds of rendering that were not needed, because somebody had done the work."""
        return sum(result.seconds for key, result in self.results.items() if key not in self.missing)

    @cached_property
    def changed_params(self) -> tuple[tuple[str, Any], ...]:
        """The settings that differ from the run before; all of them where there is none."""
        old = self.previous.params if self.previous else {}
        return tuple((name, value) for name, value in self.run.params.items() if name not in old or old[name] != value)

    @cached_property
    def story(self) -> str:
        """What happened, in a sentence or two."""
        work = [node for node in self.nodes if node.type != SOURCE]
        ran = [node for node in work if node.state is NodeState.DONE]
        reused = [node for node in work if node.state is NodeState.CACHED]
        match self.run.state:
            case RunState.PENDING:
                first = f", to listen to {self._heard()} first" if self.run.analysing else ""
                return f"Waiting for a worker{first}."
            case RunState.RUNNING if self.run.analysing:
                return f"Listening to {self._heard()}: what there is to render follows from its beats."
            case RunState.RUNNING:
                busy = grouped(node for node in work if node.state in (NodeState.RUNNING, NodeState.JOINED))
                return f"Rendering {_listed(busy)}." if busy else "Rendering."
            case RunState.CANCELLED:
                return f"Cancelled; {len(ran) + len(reused)} of {_counted(work)} had been done and stay in the cache."
            case RunState.FAILED:
                return str((self.run.error or {}).get("message", "It failed."))
            case RunState.COMPLETED:
                return self._ending(work, ran)

    def _heard(self) -> str:
        """Return the names of what is listened to before the rest is planned."""
        sounds = {source: None for node in self.nodes if node.outputs for _, source in node.inputs}
        return _listed(grouped(node for node in self.nodes if node.id in sounds)) if sounds else "the sound"

    def _ending(self, work: list[NodeView], ran: list[NodeView]) -> str:
        if not work:
            return "Nothing had to be made: the result is the input's own bytes."
        if not ran:
            saved = f" Reuse saved {_seconds(self.saved_s)}." if self.saved_s >= 0.05 else ""
            return f"Nothing had to run: this exact work was done before.{saved}"
        because = f" because {cause}" if (cause := self._main_cause(ran)) else ""
        saved = f"; reuse saved {_seconds(self.saved_s)}" if self.saved_s >= 0.05 else ""
        return f"{len(ran)} of {_counted(work)} ran{because}{saved}."

    def _main_cause(self, ran: list[NodeView]) -> str:
        """Return why anything ran: what the person changed, else what a node says."""
        if self.previous is not None:
            old = self.previous
            run = f"run {old.run_id[:8]}"
            if self.changed_params:
                return f"{_and([self._changed(name, value) for name, value in self.changed_params])} since {run}"
            if dict(old.inputs) != dict(self.run.inputs):
                return f"other media were given than in {run}"
        own = [node for node in ran if node.difference is None or node.difference.is_cause]
        return own[0].reason.partition(" because ")[2] if own else ""

    def _changed(self, name: str, value: Any) -> str:
        old = self.previous.params if self.previous else {}
        return f"`{name}` {told_change(old[name], value)}" if name in old else f"`{name}` {format_value(value)}"

    @property
    def counts(self) -> dict[str, int]:
        """How many nodes are in each state, sources aside, in the order in which they are told."""
        order = ("failed", "running", "joined", "pending", "done", "cached", "blocked", "cancelled")
        states = [node.state.value for node in self.nodes if node.type != SOURCE]
        return {state: states.count(state) for state in order if state in states}


def _counted(nodes: list[NodeView]) -> str:
    return f"{len(nodes)} step{'' if len(nodes) == 1 else 's'}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds // 60:.0f}m {seconds % 60:02.0f}s"


def _foremost(stage: NewStage, known: Mapping[StepKey, StageRecord]) -> StageRecord | None:
    """Return the stage that tells most of those that *stage* needs before it can begin."""
    order = (StageState.FAILED, StageState.RUNNING, StageState.QUEUED, StageState.WAITING)
    parts = [known[key] for key in stage.needs if key in known and known[key].state in order]
    return min(parts, key=lambda record: order.index(record.state), default=None)


def _listed(groups: Sequence[NodeGroup[NodeView]]) -> str:
    named, more = groups[:_NAMED], len(groups) - _NAMED
    names = [f"`{group.name}`" + (f" ({len(group.members)})" if group.is_list else "") for group in named]
    return _and([*names, f"{more} more"] if more > 0 else names)


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
