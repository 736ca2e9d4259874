"""What the views of /runs answer with: the list, and the pages of one run."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from flask import url_for
from pydantic import BaseModel, Field

from app.library.deletion import Impact
from app.runs.dag_picture import DagPicture, Drawn, draw
from app.runs.view import NodeView, RunView
from app.web.current import services, visitor
from app.web.filters import format_value
from app.web.queue_state import QueueState, queue_state
from app.web.receipt import Receipt
from app.web.respond import Page, items_json
from artdag.digest import Digest
from artdag.errors import BrokenMediaError, LimitError, UnsupportedMediaError
from artdag.media import Kind, MediaFacts
from artdag.plan import SOURCE
from artdag.run import Run, RunState

_PAGE = 50
_NODES_SHOWN = 500


class RunFilter(BaseModel):
    """Which runs to list."""

    status: RunState | None = None
    recipe: str = Field("", description="Name or id of a recipe.")
    owner: str = Field("", description="An actor; others than oneself are for admins.")
    q: str = Field("", max_length=200, description="Words to look for in recipe, output name, inputs, params and id.")
    cursor: str | None = Field(None, description="`next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=200)] = _PAGE


@dataclass(frozen=True)
class Row:
    """A run in the list."""

    run: Run
    facts: MediaFacts | None
    chips: tuple[tuple[str, Any], ...]
    """Settings that differ from the run of the same recipe before it; where there is none, the first ones."""

    @property
    def seconds(self) -> float | None:
        run = self.run
        return (run.completed_at - run.started_at).total_seconds() if run.started_at and run.completed_at else None


@dataclass(frozen=True)
class RunsPage(Page):
    """The list."""

    template: ClassVar[str] = "runs/index.html"
    fragments: ClassVar[tuple[str, ...]] = ("run_list",)

    rows: tuple[Row, ...]
    filter: RunFilter
    next: str | None
    total: int | None
    queue: QueueState

    @property
    def is_active(self) -> bool:
        return any(not row.run.state.is_final for row in self.rows)

    @property
    def is_filtered(self) -> bool:
        return any((self.filter.status, self.filter.recipe, self.filter.q, self.filter.owner))

    @property
    def here(self) -> str:
        return self._address(self.filter.cursor)

    @property
    def next_url(self) -> str | None:
        return self._address(self.next) if self.next else None

    def _address(self, cursor: str | None) -> str:
        filters = self.filter.model_dump(mode="json", exclude_defaults=True, exclude={"cursor"})
        wanted = {**filters, **({"cursor": cursor} if cursor else {})}
        return url_for("runs.index") + (f"?{urlencode(wanted)}" if wanted else "")

    def to_json(self) -> dict[str, Any]:
        return items_json([row.run.to_json() for row in self.rows], self.next, self.total)


@dataclass(frozen=True)
class RunPage(Page):
    """One run; the tab *result*."""

    template: ClassVar[str] = "runs/show.html"
    fragments: ClassVar[tuple[str, ...]] = ("run_live",)

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
    def shown_nodes(self) -> tuple[NodeView, ...]:
        """The nodes that the page lists: it is asked for each second, and a recipe may have ten thousand."""
        return self.view.nodes[:_NODES_SHOWN]

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
    def inputs(self) -> tuple[tuple[str, str, str, MediaFacts | None], ...]:
        """(node, name, content hash, facts)."""
        pairs = [
            (node, Digest(digest))
            for node, value in self.run.inputs.items()
            for digest in ([value] if isinstance(value, str) else value)
        ]
        names = services().media.names([digest for _, digest in pairs], visitor())
        assets = {digest: name for name, digest in services().assets.all().items()}
        known = services().media.facts_of([digest for _, digest in pairs])
        return tuple(
            (node, names.get(digest) or assets.get(digest) or digest[:10], digest, known.get(digest))
            for node, digest in pairs
        )

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
                    title=node.id,
                    subtitle=node.title,
                    state=node.state.value,
                    word=node.word,
                    inputs=node.inputs,
                    href=f"/cache/{node.content}" if self.is_shown(node) else None,
                    picture=f"/cache/{node.content}/poster" if self.is_shown(node) and _has_looks(node.facts) else None,
                )
                for node in nodes
            ]
        )

    @property
    def queue(self) -> QueueState:
        return queue_state(services())

    def to_json(self) -> dict[str, Any]:
        return self.run.to_json()


@dataclass(frozen=True)
class PlanPage(RunPage):
    """The plan with the state of each node."""

    template: ClassVar[str] = "runs/plan.html"
    fragments: ClassVar[tuple[str, ...]] = ("plan_nodes",)
    tab: ClassVar[str] = "plan"

    def to_json(self) -> dict[str, Any]:
        run, plan = self.run, self.view.plan
        return {
            "run_id": run.run_id,
            "status": run.state.value,
            "plan_id": run.plan_id,
            "recipe_id": run.recipe_id,
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
            "inputs": dict(run.inputs),
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
        params = [f"-p {name}={shlex.quote(format_value(value))}" for name, value in run.params.items()]
        inputs = [value if isinstance(value, str) else " ".join(value) for value in run.inputs.values()]
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


def _has_looks(facts: MediaFacts | None) -> bool:
    return facts is not None and facts.kind in (Kind.IMAGE, Kind.VIDEO)
