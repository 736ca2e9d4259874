"""/: what this is and how it stands; for people also the last renders, and where to begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, Response, url_for

from app.storage.recipe_index import RecipeEntry
from app.web.application import APP_NAME
from app.web.current import services, visitor
from app.web.openapi import api
from app.web.queue_state import QueueState, queue_state
from app.web.respond import Page, respond
from artdag import VERSION
from artdag.digest import Digest
from artdag.media import MediaFacts
from artdag.run import Run, RunState

bp = Blueprint("home", __name__)

_SHOWN_RUNS, _LOOKED_AT, _SHOWN_RECIPES = 8, 40, 6


@dataclass(frozen=True)
class HomePage(Page):
    """The front door."""

    template: ClassVar[str] = "home/index.html"
    fragments: ClassVar[tuple[str, ...]] = ("home_queue",)

    counts: Mapping[str, int]
    queue: QueueState
    effects: tuple[str, ...]
    renders: tuple[tuple[Run, MediaFacts | None], ...]
    """The visitor's last finished runs, one for each result."""
    recipes: tuple[RecipeEntry, ...]

    def to_json(self) -> dict[str, Any]:
        names = ("runs", "recipes", "media", "cache", "effects", "assets", "configs")
        return {
            "name": APP_NAME,
            "version": VERSION,
            "effects": list(self.effects),
            "counts": dict(self.counts),
            "queue": self.queue.to_json(),
            "links": {
                **{name: f"/{name}" for name in names},
                "docs": url_for("docs.index"),
                "openapi": url_for("docs.openapi"),
                "health": url_for("health.alive"),
                "ready": url_for("health.ready"),
                "metrics": url_for("health.metrics"),
            },
        }


@bp.get("/")
@api("Show what this server is and how it stands", tag="server")
def index() -> Response:
    found, who = services(), visitor()
    newest: dict[Digest | None, Run] = {}  # of equal results
    for run in found.runs.page(who, status=RunState.COMPLETED, limit=_LOOKED_AT).items if who else ():
        newest.setdefault(run.output, run)
    runs = tuple(newest.values())[:_SHOWN_RUNS]
    facts = found.media.facts_of([run.output for run in runs if run.output])
    by_state = found.runs.counts(who) if who else {}
    return respond(
        HomePage(
            counts={
                "runs": sum(by_state.values()),
                **{f"runs_{state.value}": count for state, count in by_state.items()},
                "recipes": found.recipes.count(),
                "media": found.media.count(who) if who else 0,
                "assets": len(found.assets.all()),
                "effects": len(found.effects),
            },
            queue=queue_state(found),
            effects=tuple(effect.name for effect in found.effects),
            renders=tuple((run, facts.get(run.output) if run.output else None) for run in runs),
            recipes=found.recipes.page(limit=_SHOWN_RECIPES).items,
        )
    )
