"""A run moves forward only, and its record says all of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest

from artdag.errors import IllegalTransitionError
from artdag.run import NodeState, Progress, Run, RunState, rfc3339
from tests.builders import a_digest, a_run

LEGAL = {
    ("pending", "running"),
    ("pending", "completed"),
    ("pending", "failed"),
    ("pending", "cancelled"),
    ("running", "completed"),
    ("running", "failed"),
    ("running", "cancelled"),
}


@pytest.mark.parametrize(("old", "new"), list(product(RunState, RunState)), ids=str)
def test_a_run_goes_forward_only(old, new):
    run = a_run(state=old)
    if (old.value, new.value) in LEGAL:
        assert run.moved_to(new, output_name="x").state is new
    else:
        with pytest.raises(IllegalTransitionError, match=f"is {old.value}: it cannot become {new.value}"):
            run.moved_to(new)


def test_what_cannot_move_any_more_is_final():
    assert {state.value for state in RunState if state.is_final} == {"completed", "failed", "cancelled"}
    assert {state.value for state in NodeState if not state.is_final} == {"pending", "running", "joined"}


def test_the_record_survives_being_written_down():
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    run = a_run(
        state=RunState.COMPLETED,
        params={"chill": 0.4},
        started_at=noon,
        completed_at=noon + timedelta(seconds=1.5),
        outputs={"square": a_digest("s"), "whole": a_digest("w")},
        provenance=a_digest("p"),
        progress=Progress(nodes=3, cached=1, done=2, fraction=1.0),
        error={"code": "x", "message": "y"},
        published=({"l2": "https://art.example", "state": "queued"},),
        infrastructure={"software": {"name": "infra:artdag"}},
    )
    assert Run.from_json(json.loads(json.dumps(run.to_json()))) == run
    assert Run.from_json(json.loads(json.dumps(a_run().to_json()))).outputs == {}


def test_the_record_has_the_fields_of_the_contract():
    promised = (
        "run_id status recipe recipe_id inputs params output_name output_hash created_at started_at completed_at"
        " username plan_id progress error provenance_hash infrastructure published"
    )
    record = a_run(outputs={"a": a_digest("first"), "b": a_digest("second")}).to_json()
    assert set(promised.split()) <= set(record)
    assert record["output_hash"] == a_digest("first")
    assert set(record["progress"]) == {"nodes", "cached", "done", "running", "fraction", "eta_seconds"}


def test_times_are_told_in_utc_to_the_millisecond():
    berlin = datetime(2026, 11, 24, 13, 0, 0, 1500, tzinfo=timezone(timedelta(hours=1)))
    assert rfc3339(berlin) == "2026-11-24T12:00:00.001Z"
    assert rfc3339(None) is None
