"""What /runs/sheet answers with, and what a sweep is asked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlencode

from flask import url_for
from pydantic import Field

from app.runs.sheet import Sheet
from app.web.current import services, visitor
from app.web.publishing import run_json
from app.web.respond import Page
from app.web.run_request import RecipeRun
from artdag.digest import Digest
from artdag.media import MediaFacts
from artdag.run import Run


class RecipeSweep(RecipeRun):
    """Values for several runs of a recipe."""

    sweep: dict[str, str | list[Any]] = Field(
        description="param -> its values: a list, or a text such as `0.1, 0.2` or `0 to 1 in 5`"
    )


def sheet_url(run_ids: list[str]) -> str:
    return url_for("sweeps.sheet") + "?" + urlencode([("run", run_id) for run_id in run_ids])


@dataclass(frozen=True)
class SheetPage(Page):
    """Several runs side by side."""

    template: ClassVar[str] = "runs/sheet.html"
    fragments: ClassVar[tuple[str, ...]] = ("sheet",)

    content: Sheet
    missing: int
    """How many of those that were asked for are not here any more."""

    @property
    def here(self) -> str:
        return sheet_url([run.run_id for run in self.content.runs])

    @property
    def is_active(self) -> bool:
        return any(not run.state.is_final for run in self.content.runs)

    @cached_property
    def facts(self) -> Mapping[Digest, MediaFacts]:
        """Of each output that is here."""
        return services().media.facts_of(run.output for run in self.content.runs if run.output)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Of each medium that an axis names."""
        digests = {digest for run in self.content.runs for digest in run.inputs.values()}
        assets: dict[str, str] = {digest: name for name, digest in services().assets.all().items()}
        return assets | {**services().media.names(sorted(digests), visitor())}

    def shown(self, value: Any) -> Any:
        """Return a value of an axis as people know it: a medium by its name."""
        return self.names.get(value, value[:10] if len(value) == 64 else value) if isinstance(value, str) else value

    def values(self, run: Run) -> dict[str, Any]:
        return {name: self.shown(value) for name, value in self.content.values_of(run).items()}

    def to_json(self) -> dict[str, Any]:
        return {
            "items": [run_json(run) for run in self.content.runs],
            "axes": [{"name": axis.name, "values": list(axis.values)} for axis in self.content.axes],
            "sheet": self.here,
        }
