"""What the views of /runs/<id> answer with: the pages of one run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from app.library.deletion import Impact
from app.library.node_names import by_input, list_of, shown_name
from app.library.recipe_shelf import read_recipe
from app.runs.dag_picture import DagPicture, draw
from app.runs.drawn import FOLLOWS, Drawn, is_timing
from app.runs.node_group import NodeGroup
from app.runs.timeline import Timeline, timeline
from app.runs.view import NodeView, RunView
from app.web.current import services, visitor
from app.web.publishing import Publishing, of_run, run_json
from app.web.queue_state import QueueState, queue_state
from app.web.receipt import Receipt
from app.web.respond import Page
from artdag.animation import is_bind
from artdag.digest import Digest
from artdag.errors import BrokenMediaError, LimitError, UnsupportedMediaError
from artdag.media import Kind, MediaFacts
from artdag.plan import SOURCE
from artdag.recipe import Recipe, variable_inputs
from artdag.run import Run, RunState
from artdag.value_words import as_argument

_NODES_SHOWN = 500
_PIECES_SHOWN = 50
_MEDIA_SHOWN = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenMedium:
    """A medium that a run was given."""

    name: str
    digest: Digest
    facts: MediaFacts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenInput:
    """What one input of the recipe was given."""

    node: str
    media: tuple[GivenMedium, ...]
    """Several where it takes a list, in its order."""
    is_list: bool

    @property
    def as_written(self) -> str | list[str]:
        """Return it as a request spells it."""
        digests: list[str] = [medium.digest for medium in self.media]
        return digests if self.is_list else digests[0]


@dataclass(frozen=True)
class RunPage(Page):
    """One run; the tab *result*."""

    template: ClassVar[str] = "runs/show.html"
    fragments: ClassVar[tuple[str, ...]] = ("run_live", "publishing")

    view: RunView
    may_change: bool
    tab: ClassVar[str] = "result"

    @property
    def run(self) -> Run:
        return self.view.run

    @property
    def title(self) -> str:
        """What the browser's tab says: state first, so that a glance is enough."""
        run = self.run
        if run.state is RunState.RUNNING:
            return f"{run.progress.fraction:.0%} {run.output_name} · Art DAG"
        sign = {RunState.COMPLETED: "✓", RunState.FAILED: "✗", RunState.CANCELLED: "⊘"}.get(run.state, "…")
        return f"{sign} {run.output_name} · Art DAG"

    @property
    def announcement(self) -> str:
        """What a screen reader hears: the start, the half, the end."""
        run = self.run
        if run.state is RunState.RUNNING:
            return "Half done" if run.progress.fraction >= 0.5 else "Rendering"
        return {"pending": "Waiting", "completed": "Done", "failed": "Failed"}.get(run.state.value, "Cancelled")

    @property
    def advice(self) -> str:
        """What to do about a failure."""
        if (self.run.error or {}).get("code") in (BrokenMediaError.code, LimitError.code, UnsupportedMediaError.code):
            return "Edit & rerun lets you choose another file or other settings: what was done stays done."
        return "Run again to try once more: what was done stays done."

    @property
    def shown_groups(self) -> tuple[NodeGroup[NodeView], ...]:
        """The nodes that the page lists: it is asked for each second, and a recipe may have ten thousand."""
        return self.view.groups[:_NODES_SHOWN]

    @property
    def most_pieces(self) -> int:
        """How many pieces of each list the page shows."""
        return _PIECES_SHOWN

    @property
    def most_media(self) -> int:
        """How many media of each input the page shows."""
        return _MEDIA_SHOWN

    @cached_property
    def outputs(self) -> tuple[tuple[str, str, MediaFacts | None], ...]:
        """(name, content hash, facts), the main one first."""
        known = services().media.facts_of(self.run.outputs.values())
        found = []
        for place, (name, digest) in enumerate(self.run.outputs.items()):
            facts = known.get(digest) or next(
                (node.facts for node in self.view.nodes if node.content == digest and node.facts), None
            )
            found.append((self.run.output_name if place == 0 else name, digest, facts))
        return tuple(found)

    @cached_property
    def inputs(self) -> tuple[GivenInput, ...]:
        """What was given, and what stands where nothing was, in the recipe's order."""
        given = {node: tuple(map(Digest, several)) for node, several in by_input(self.run.inputs).items()}
        holes = {hole.node: hole.many for hole in variable_inputs(self.recipe)} if self.recipe else {}
        digests = [digest for several in given.values() for digest in several]
        names = services().media.names(digests, visitor())
        assets = {digest: name for name, digest in services().assets.all().items()}
        known = services().media.facts_of(digests)
        return tuple(
            GivenInput(
                node=node,
                media=tuple(
                    GivenMedium(
                        name=names.get(digest) or assets.get(digest) or digest[:10],
                        digest=digest,
                        facts=known.get(digest),
                    )
                    for digest in given[node]
                ),
                is_list=holes.get(node, len(given[node]) > 1),
            )
            for node in [*(node for node in holes if node in given), *(node for node in given if node not in holes)]
        )

    @cached_property
    def recipe(self) -> Recipe | None:
        """What was carried out; None where its text is gone."""
        return read_recipe(services(), self.run.recipe_id) if services().content.has(self.run.recipe_id) else None

    @property
    def media(self) -> tuple[GivenMedium, ...]:
        """All that was given, one by one."""
        return tuple(medium for one in self.inputs for medium in one.media)

    def is_shown(self, node: NodeView) -> bool:
        """Whether its bytes can be looked at: outputs come into the library all together, at the end of the run."""
        return node.content is not None and (node.type == SOURCE or self.run.state is RunState.COMPLETED)

    @cached_property
    def picture(self) -> DagPicture:
        nodes = self.view.nodes
        return draw(
            [
                Drawn(
                    id=node.id,
                    title=shown_name(node.id),
                    subtitle=node.title,
                    state=node.state.value,
                    word=node.word,
                    inputs=(
                        *((FOLLOWS if is_bind(slot) else slot, source) for slot, source in node.inputs),
                        *((FOLLOWS, source) for source in self._timing.get((list_of(node.id) or ("",))[0], ())),
                    ),
                    href=f"/cache/{node.content}" if self.is_shown(node) else None,
                    picture=f"/cache/{node.content}/poster" if self.is_shown(node) and _has_looks(node.facts) else None,
                )
                for node in nodes
            ]
        )

    @cached_property
    def _timing(self) -> dict[str, list[str]]:
        """List -> what its pieces got their lengths from: decided while planning, and no input of theirs any more."""
        nodes = self.recipe.nodes if self.recipe else ()
        return {node.id: [source for slot, source in node.inputs if is_timing(node, slot)] for node in nodes}

    @property
    def queue(self) -> QueueState:
        return queue_state(services())

    @cached_property
    def publishing(self) -> Publishing:
        return of_run(services(), self.run)

    def to_json(self) -> dict[str, Any]:
        return run_json(self.run)


@dataclass(frozen=True)
class TimelinePage(RunPage):
    """When each piece of its work was done."""

    template: ClassVar[str] = "runs/timeline.html"
    fragments: ClassVar[tuple[str, ...]] = ("run_times",)
    tab: ClassVar[str] = "timeline"

    @cached_property
    def times(self) -> Timeline:
        return timeline(services(), self.run)

    def to_json(self) -> dict[str, Any]:
        return self.times.to_json()


@dataclass(frozen=True)
class PlanPage(RunPage):
    """The plan with the state of each node."""

    template: ClassVar[str] = "runs/plan.html"
    fragments: ClassVar[tuple[str, ...]] = ("plan_nodes",)
    tab: ClassVar[str] = "plan"

    def wires(self, group: NodeGroup[NodeView]) -> Iterator[tuple[str, str]]:
        """Give (slots, node) for each node or list that comes in."""
        sources: dict[str, dict[str, None]] = {}
        for slot, source in dict.fromkeys(wire for node in group.members for wire in node.inputs):
            name = (list_of(source) or (source, 0))[0]
            sources.setdefault(name, {})[FOLLOWS if is_bind(slot) else slot] = None
        for name, slots in sources.items():
            first, *_, last = [*slots, *slots]
            yield first if len(slots) == 1 else f"{first} to {last}", shown_name(name)

    def shared_settings(self, group: NodeGroup[NodeView]) -> dict[str, Any]:
        """Return the settings that are the same for all in the group."""
        return {name: value for name, value in group.first.settings.items() if name in self._shared[group.id]}

    def own_settings(self, group: NodeGroup[NodeView], piece: NodeView) -> dict[str, Any]:
        """Return the settings of *piece* that not all in its list have."""
        return {name: value for name, value in piece.settings.items() if name not in self._shared[group.id]}

    @cached_property
    def _shared(self) -> dict[str, frozenset[str]]:
        """Group -> the names of the settings that are the same for all in it."""
        return {group.id: _in_all([node.params for node in group.members]) for group in self.shown_groups}

    def to_json(self) -> dict[str, Any]:
        run, plan = self.run, self.view.plan
        return {
            "run_id": run.run_id,
            "status": run.state.value,
            "plan_id": run.plan_id,
            "recipe_id": run.recipe_id,
            "compared_with": self.view.previous.run_id if self.view.previous else None,
            "nodes": [node.to_json() for node in self.view.nodes],
            "outputs": dict(plan.outputs),
            "plan": plan.to_json(),
        }


@dataclass(frozen=True)
class ProvenancePage(RunPage):
    """The receipt, told as a story."""

    template: ClassVar[str] = "runs/provenance.html"
    fragments: ClassVar[tuple[str, ...]] = ()
    tab: ClassVar[str] = "provenance"

    receipt: Receipt

    def to_json(self) -> dict[str, Any]:
        return dict(self.receipt.record)


@dataclass(frozen=True)
class CommandsPage(RunPage):
    """The same run for programs: commands to copy."""

    template: ClassVar[str] = "runs/commands.html"
    fragments: ClassVar[tuple[str, ...]] = ()
    tab: ClassVar[str] = "commands"

    base: str

    @property
    def request_json(self) -> dict[str, Any]:
        run = self.run
        return {
            "recipe": run.recipe_id,
            "inputs": {one.node: one.as_written for one in self.inputs},
            "params": dict(run.params),
            "output_name": run.output_name,
        }

    @property
    def request_text(self) -> str:
        """The request as a shell's single-quoted word."""
        return json.dumps(self.request_json).replace("'", "'\\''")

    @property
    def command_line(self) -> str:
        run = self.run
        params = [f"-p {name}={shlex.quote(as_argument(value))}" for name, value in run.params.items()]
        inputs = [medium.digest for one in self.inputs for medium in one.media]
        return " ".join(["python render.py", shlex.quote(run.recipe), *inputs, *params])

    def to_json(self) -> dict[str, Any]:
        return {"base": self.base, "request": self.request_json, "command_line": self.command_line}


@dataclass(frozen=True)
class DiscardPage(RunPage):
    """What discarding would do, before it is done."""

    template: ClassVar[str] = "runs/discard.html"
    fragments: ClassVar[tuple[str, ...]] = ()

    impact: Impact

    def to_json(self) -> dict[str, Any]:
        return self.impact.to_json()


@dataclass(frozen=True)
class DiscardedPage(Page):
    """What went."""

    template: ClassVar[str] = "runs/discarded.html"

    run_id: str
    impact: Impact

    def to_json(self) -> dict[str, Any]:
        return {"run_id": self.run_id, "deleted": True, **self.impact.to_json()}


def _in_all(settings: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    first, *others = settings
    return frozenset(name for name, value in first.items() if all(name in one and one[name] == value for one in others))


def _has_looks(facts: MediaFacts | None) -> bool:
    return facts is not None and facts.kind in (Kind.IMAGE, Kind.VIDEO)
