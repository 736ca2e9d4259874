"""/workers: who renders here, what they do now, and which of them should take nothing new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, Response, url_for
from pydantic import BaseModel

from app.storage.worker_list import WorkerEntry, WorkerNotFoundError
from app.web.current import ForbiddenError, caller, is_admin, services
from app.web.openapi import api
from app.web.respond import Page, go_to, items_json, respond, wants_page

bp = Blueprint("workers", __name__, url_prefix="/workers")

_TAG = "server"


class WorkerRecord(BaseModel):
    """A worker process."""

    name: str
    host: str
    queue: str
    state: str
    job: str | None
    since: str


class WorkersRecord(BaseModel):
    """The workers, and what takes nothing new: names of workers and of machines."""

    items: list[WorkerRecord]
    next: str | None
    total: int | None
    drained: list[str]


@dataclass(frozen=True)
class WorkersPage(Page):
    """All workers."""

    template: ClassVar[str] = "workers/index.html"
    fragments: ClassVar[tuple[str, ...]] = ("worker_list",)

    workers: tuple[WorkerEntry, ...]
    drained: tuple[str, ...]
    """Names that take nothing new, whether they are here or not."""

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """What is drained and no worker of this list: machines, and workers that are gone."""
        here = {worker.name for worker in self.workers}
        return tuple(name for name in self.drained if name not in here)

    def to_json(self) -> dict[str, Any]:
        listed = items_json([worker.to_json() for worker in self.workers], None, len(self.workers))
        return listed | {"drained": list(self.drained)}


@bp.get("")
@api("List the workers", tag=_TAG, description="For admins.", answers={200: WorkersRecord}, login=True)
def index() -> Response:
    _admins_only()
    return respond(_page())


@bp.post("/<name>/drain")
@api(
    "Let a worker, or all of a machine, take nothing new",
    tag=_TAG,
    description="Jobs in hand are finished. For admins.",
    answers={200: WorkersRecord},
    login=True,
)
def drain(name: str) -> Response:
    _admins_only()
    found = services().workers
    if not any(name in (worker.name, worker.host) for worker in found.all()):
        raise WorkerNotFoundError(f"there is no worker and no machine {name[:80]!r} here")
    found.drain(name)
    return _shown()


@bp.post("/<name>/resume")
@api(
    "Let a drained worker or machine take work again",
    tag=_TAG,
    description="For admins.",
    answers={200: WorkersRecord},
    login=True,
)
def resume(name: str) -> Response:
    _admins_only()
    if not services().workers.resume(name):
        raise WorkerNotFoundError(f"nothing called {name[:80]!r} is drained")
    return _shown()


def _admins_only() -> None:
    if not is_admin(caller()):
        raise ForbiddenError("only admins look after the workers")


def _page() -> WorkersPage:
    found = services().workers
    return WorkersPage(found.all(), tuple(sorted(found.drained())))


def _shown() -> Response:
    return go_to(url_for("workers.index")) if wants_page() else respond(_page())
