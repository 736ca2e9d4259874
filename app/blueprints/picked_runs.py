"""/runs/cancel, /runs/discard and /runs/compare: several runs at once, each allowed or refused for itself."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from app.library.deletion import RefusedError, discard_run, run_impact
from app.publishing.registries import asked_for
from app.runs.submission import cancel_run
from app.storage.run_record import RunActiveError, RunNotFoundError
from app.web.current import caller, is_admin, services
from app.web.openapi import api
from app.web.payload import payload
from app.web.picked_runs import Deed, JudgedRun, PickedRuns, PickedRunsPage, picked_in_address
from app.web.respond import go_to, respond
from artdag.errors import IllegalTransitionError, ParameterError
from artdag.identity import Identity
from artdag.run import Run

bp = Blueprint("picked_runs", __name__, url_prefix="/runs")

_EACH = "Each is allowed or refused for itself, and the answer tells which and why."


@bp.get("/cancel")
@api("Show what stopping several runs would do", tag="runs", description=_EACH, query=PickedRuns, login=True)
def ask_cancel() -> Response:
    return respond(_judged("cancel", caller()))


@bp.post("/cancel")
@api("Stop several runs", tag="runs", description=_EACH, body=PickedRuns, login=True)
def cancel() -> Response:
    return respond(_done("cancel", caller()))


@bp.get("/discard")
@api("Show what discarding several runs would do", tag="runs", description=_EACH, query=PickedRuns, login=True)
def ask_discard() -> Response:
    return respond(_judged("discard", caller()))


@bp.post("/discard")
@api("Discard several runs", tag="runs", description=_EACH, body=PickedRuns, login=True)
def discard() -> Response:
    return respond(_done("discard", caller()))


@bp.get("/compare")
@api("Go to the comparison of two runs", tag="runs", query=PickedRuns, answers={303: None})
def compare() -> Response:
    picked = picked_in_address().ids
    if len(picked) != 2:
        raise ParameterError(f"two runs are compared (run=…), and {len(picked)} were picked")
    return go_to(url_for("runs.compare_with", run_id=picked[0], other_id=picked[1]))


# --- what they share --------------------------------------------------------------------------------------------------


def _judged(deed: Deed, who: Identity) -> PickedRunsPage:
    run_ids = picked_in_address().ids
    found = services().runs.get_many(run_ids)
    return PickedRunsPage(deed, tuple(_judge(deed, one, found.get(one), who) for one in run_ids), is_done=False)


def _judge(deed: Deed, run_id: str, run: Run | None, who: Identity) -> JudgedRun:
    """Return what *deed* would do to a run, and why it would not be done."""
    if run is None:
        return JudgedRun(run_id=run_id, name=run_id[:8], status=None, refused="it is not here any more")
    refused, freed = "", 0
    if run.owner != who and not is_admin(who):
        refused = f"it belongs to {run.owner}"
    elif deed == "cancel":
        refused = f"it is {run.state} already" if run.state.is_final else ""
    else:
        impact = run_impact(services(), run, asked=asked_for(services(), run.owner))
        refused, freed = "; ".join(hold.message for hold in impact.holds), impact.freed
    return JudgedRun(run_id=run_id, name=run.output_name, status=str(run.state), refused=refused, freed=freed)


def _done(deed: Deed, who: Identity) -> PickedRunsPage:
    """Do it to each that it may be done to, and tell of each; what changed since it was shown is judged anew."""
    done = []
    for run_id in PickedRuns.model_validate(payload()).ids:
        run = services().runs.get_many([run_id]).get(run_id)
        judged = _judge(deed, run_id, run, who)
        done.append(_do(deed, judged, run) if run is not None and not judged.refused else judged)
    return PickedRunsPage(deed, tuple(done), is_done=True)


def _do(deed: Deed, judged: JudgedRun, run: Run) -> JudgedRun:
    refused, status, freed = "", judged.status, 0
    try:
        if deed == "cancel":
            status = str(cancel_run(services(), run.run_id).state)
        else:
            freed = discard_run(services(), run.run_id, asked=asked_for(services(), run.owner)).freed
            status = None
    except (RefusedError, IllegalTransitionError, RunActiveError, RunNotFoundError) as error:  # it moved meanwhile
        refused = error.message
    return JudgedRun(run_id=judged.run_id, name=judged.name, status=status, refused=refused, freed=freed)
