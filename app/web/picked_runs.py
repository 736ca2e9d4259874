"""What several runs that were picked in the list are asked with, and what is answered: first what would be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.web.respond import Page, items_json

Deed = Literal["cancel", "discard"]

MOST_PICKED = 200
"""As many as a list shows at once."""


def as_list(value: Any) -> Any:
    """Return a list, of one where a form named one thing."""
    return [value] if isinstance(value, str) else value


class PickedRuns(BaseModel):
    """Several runs."""

    model_config = ConfigDict(extra="forbid")

    run: Annotated[list[UUID], BeforeValidator(as_list)] = Field(min_length=1, max_length=MOST_PICKED)

    @property
    def ids(self) -> list[str]:
        """Each once, in the order of picking."""
        return list(dict.fromkeys(str(one) for one in self.run))


def picked_in_address() -> PickedRuns:
    """Return the runs that the query string names. Raises pydantic.ValidationError."""
    return PickedRuns.model_validate({"run": request.args.getlist("run")})


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """A picked run, and what stands against the deed."""

    run_id: str
    name: str
    status: str | None
    """None where it is not here."""
    refused: str = ""
    """Why not, as a sentence without its end."""
    freed: int = 0
    """Bytes."""

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"run_id": self.run_id, "output_name": self.name, "status": self.status}
        return found | {"allowed": not self.refused, "reason": self.refused or None, "freed_bytes": self.freed}


@dataclass(frozen=True)
class PickedRunsPage(Page):
    """What would become of them, or what became."""

    template: ClassVar[str] = "runs/picked.html"

    deed: Deed
    runs: tuple[JudgedRun, ...]
    is_done: bool

    @property
    def taken(self) -> tuple[JudgedRun, ...]:
        return tuple(run for run in self.runs if not run.refused)

    @property
    def refused(self) -> tuple[JudgedRun, ...]:
        return tuple(run for run in self.runs if run.refused)

    @property
    def freed(self) -> int:
        return sum(run.freed for run in self.taken)

    def to_json(self) -> dict[str, Any]:
        return {**items_json([run.to_json() for run in self.runs], None, len(self.runs)), "done": self.is_done}
