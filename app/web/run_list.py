"""What /runs answers with: the list of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from flask import url_for
from pydantic import BaseModel, Field

from app.web.payload import Cursor
from app.web.queue_state import QueueState
from app.web.respond import Page, items_json
from artdag.media import MediaFacts
from artdag.run import Run, RunState

_PAGE = 50


_OWNER = r"^([*]|@[A-Za-z0-9_.-]{1,64}@[A-Za-z0-9.:-]{1,255})?$"


class RunFilter(BaseModel):
    """Which runs to list."""

    status: RunState | None = None
    recipe: str = Field("", description="Name or id of a recipe.")
    owner: str = Field(
        "", description="An actor; others than oneself are for admins.", json_schema_extra={"pattern": _OWNER}
    )
    q: str = Field("", max_length=200, description="Words to look for in recipe, output name, inputs, params and id.")
    cursor: Cursor | None = None
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
