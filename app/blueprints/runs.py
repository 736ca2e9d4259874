"""/runs: start, watch, cancel, run again, discard; what was planned, and the signed receipt."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from pydantic import BaseModel, Field

from app.library.deletion import discard_run, run_impact
from app.library.lookup import raise_if_gone
from app.publishing.registries import asked_for
from app.runs.comparison import compare, side_of
from app.runs.submission import RunRequest, cancel_run, retry_run, submit_run
from app.runs.view import RunView
from app.storage.run_record import RunNotFoundError
from app.web.compare_page import ComparePage
from app.web.current import caller, is_admin, require_owner, services, visitor
from app.web.htmx import is_partial
from app.web.long_poll import wait_until
from app.web.openapi import api
from app.web.payload import MalformedRequestError, payload, query
from app.web.queue_state import queue_state
from app.web.receipt import read_receipt
from app.web.records import PlanRecord, RunList, RunRecord
from app.web.respond import go_to, respond, wants_page
from app.web.run_list import Row, RunFilter, RunsPage
from app.web.run_pages import (
    CommandsPage,
    DiscardedPage,
    DiscardPage,
    PlanPage,
    ProvenancePage,
    RunPage,
    TimelinePage,
)
from artdag.identity import Identity
from artdag.run import Run

bp = Blueprint("runs", __name__)


class Wait(BaseModel):
    """How long to wait for the end of the run."""

    wait: Annotated[float, Field(ge=0, le=30, description="Seconds to wait until the run is over.")] = 0.0


class Rendering(BaseModel):
    """Which form of the receipt is wanted."""

    format: str = Field("", description="`dsse` for the signed envelope.")


# --- routes -----------------------------------------------------------------------------------------------------------


@bp.post("/runs")
@api(
    "Start a run",
    tag="runs",
    description="A recipe by id, name or unique prefix, or one effect by name. `Idempotency-Key` is honoured.",
    body=RunRequest,
    answers={201: RunRecord},
    login=True,
)
def create() -> Response:
    owner = caller()
    key = request.headers.get("Idempotency-Key")
    wanted = payload()
    if isinstance(wanted.get("inputs"), str):  # a form with one input: a list in JSON, a single field there
        wanted["inputs"] = [wanted["inputs"]]
    run = submit_run(services(), RunRequest.model_validate(wanted), owner=owner, idempotency_key=key)
    return _started(run)


@bp.get("/runs")
@api("List runs, newest first", tag="runs", query=RunFilter, answers={200: RunList}, login=True)
def index() -> Response:
    wanted = query(RunFilter)
    found = services().runs.page(
        _whose(wanted),
        status=wanted.status,
        recipe=wanted.recipe or None,
        q=wanted.q,
        cursor=_checked_cursor(wanted.cursor),
        limit=wanted.limit,
    )
    outputs = [run.output for run in found.items if run.output]
    facts = services().media.facts_of(outputs)
    rows = tuple(
        Row(run=run, facts=facts.get(run.output) if run.output else None, chips=_chips(run, found.items[place + 1 :]))
        for place, run in enumerate(found.items)
    )
    state = queue_state(services())
    return respond(RunsPage(rows=rows, filter=wanted, next=found.next, total=found.total, queue=state))


@bp.get("/runs/<run:run_id>")
@bp.get("/run/<run_id>", endpoint="show_alias")
@api(
    "Show a run",
    tag="runs",
    description="`wait` holds the answer back until the run is over.",
    query=Wait,
    answers={200: RunRecord},
)
def show(run_id: str) -> Response:
    run = wait_until(services().redis, query(Wait).wait, lambda: _run(run_id), lambda found: found.state.is_final)
    return respond(RunPage(view=RunView(services(), run), may_change=_may_change(run)))


@bp.get("/runs/<run_id>/plan")
@api("Show the plan, with the state of each node and the reason", tag="runs", answers={200: PlanRecord})
def plan(run_id: str) -> Response:
    run = _run(run_id)
    return respond(PlanPage(view=RunView(services(), run), may_change=_may_change(run)))


@bp.get("/runs/<run_id>/provenance")
@api(
    "Show the receipt of a finished run",
    tag="runs",
    description="The plain record; as `application/vnd.in-toto+json`, or with `format=dsse`, the signed envelope.",
    query=Rendering,
    produces=("application/vnd.in-toto+json",),
)
def provenance(run_id: str) -> Response:
    run = _run(run_id)
    receipt = read_receipt(services(), run)
    if query(Rendering).format == "dsse" or "application/vnd.in-toto+json" in request.accept_mimetypes.values():
        return receipt.as_response(run)
    return respond(ProvenancePage(view=RunView(services(), run), may_change=_may_change(run), receipt=receipt))


@bp.get("/runs/<run_id>/timeline")
@api("Show when each piece of the work waited and was done", tag="runs")
def times(run_id: str) -> Response:
    run = _run(run_id)
    return respond(TimelinePage(view=RunView(services(), run), may_change=_may_change(run)))


@bp.get("/runs/<run_id>/commands")
@api("Show the commands that do the same", tag="runs")
def commands(run_id: str) -> Response:
    run = _run(run_id)
    base = request.host_url.rstrip("/")
    return respond(CommandsPage(view=RunView(services(), run), may_change=_may_change(run), base=base))


@bp.get("/runs/<run_id>/compare/<other_id>")
@api(
    "Compare two runs",
    tag="runs",
    description="What the second was asked for differently, at which nodes the work first parts, how alike they look.",
)
def compare_with(run_id: str, other_id: str) -> Response:
    found = compare(*(side_of(services(), _run(one)) for one in (run_id, other_id)))
    sees = not wants_page() or is_partial() or "see" in request.args
    return respond(ComparePage(found, sees_frames=sees))


@bp.post("/runs/<run_id>/cancel")
@api("Stop a run", tag="runs", answers={200: RunRecord}, login=True)
def cancel(run_id: str) -> Response:
    run = _run(run_id)
    require_owner(run.owner, "this run")
    run = cancel_run(services(), run_id)
    return _after(run)


@bp.post("/runs/<run_id>/retry")
@api(
    "Run again what is missing",
    tag="runs",
    description="A new run of the same recipe, inputs and params.",
    answers={201: RunRecord},
    login=True,
)
def retry(run_id: str) -> Response:
    run = _run(run_id)
    owner = require_owner(run.owner, "this run")
    return _started(retry_run(services(), run_id, owner=owner))


@bp.delete("/runs/<run:run_id>")
@api(
    "Discard a run",
    tag="runs",
    description="Its record, and intermediates that nothing else uses. Never uploads.",
    login=True,
)
def discard(run_id: str) -> Response:
    run = _run(run_id)
    require_owner(run.owner, "this run")
    impact = discard_run(services(), run_id, asked=asked_for(services(), run.owner))
    return respond(DiscardedPage(run_id=run_id, impact=impact))


@bp.get("/runs/<run_id>/discard")
@api("Show what discarding a run would do", tag="runs", login=True)
def show_discard(run_id: str) -> Response:
    run = _run(run_id)
    require_owner(run.owner, "this run")
    impact = run_impact(services(), run, asked=asked_for(services(), run.owner))
    return respond(DiscardPage(view=RunView(services(), run), may_change=True, impact=impact))


@bp.post("/runs/<run_id>/discard")
@api("Discard a run, from a form", tag="runs", answers={200: None, 303: None}, login=True)
def discard_by_form(run_id: str) -> Response:
    """Discard it, and go back to the list: browsers' forms know no DELETE."""
    answer = discard(run_id)
    return go_to(url_for("runs.index")) if wants_page() else answer


# --- what they share --------------------------------------------------------------------------------------------------


def _run(run_id: str) -> Run:
    """Return the run. Raises RunNotFoundError, GoneError."""
    try:
        known = str(UUID(run_id))
    except ValueError:
        raise RunNotFoundError(f"{run_id[:80]!r} is not the id of a run") from None
    try:
        return services().runs.get(known)
    except RunNotFoundError:
        raise_if_gone(services(), "run", known)
        raise


def _whose(wanted: RunFilter) -> Identity | None:
    """Return whose runs to list: one's own; admins may ask for somebody else's, or with ``owner=*`` for all."""
    me = caller()
    if not wanted.owner or wanted.owner == str(me):
        return me
    if wanted.owner == "*":
        require_owner(Identity("nobody", "nowhere"), "the list of all runs")
        return None
    owner = Identity.parse(wanted.owner)
    require_owner(owner, "this list")
    return owner


def _checked_cursor(cursor: str | None) -> str | None:
    """Return *cursor*. Raises MalformedRequestError when its form is not one that was given out."""
    score, dot, name = ("0.x" if cursor is None else cursor).partition(".")
    if not (dot and name and score.isascii() and score.isdecimal()):
        raise MalformedRequestError("the cursor is not one that this list gave out")
    return cursor


def _chips(run: Run, older: tuple[Run, ...]) -> tuple[tuple[str, Any], ...]:
    before = next((other for other in older if other.recipe == run.recipe), None)
    old = before.params if before else {}
    return tuple((name, value) for name, value in run.params.items() if name not in old or old[name] != value)[:3]


def _may_change(run: Run) -> bool:
    me = visitor()
    return me is not None and (me == run.owner or is_admin(me))


def _started(run: Run) -> Response:
    location = url_for("runs.show", run_id=run.run_id)
    if wants_page():
        return go_to(location)
    return respond(RunPage(view=RunView(services(), run), may_change=True), 201, {"Location": location})


def _after(run: Run) -> Response:
    if wants_page():
        return go_to(url_for("runs.show", run_id=run.run_id))
    return respond(RunPage(view=RunView(services(), run), may_change=True))
