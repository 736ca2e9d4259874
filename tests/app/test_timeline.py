"""The timeline of a run: when each piece of its work waited and was done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.runs.timeline import Timeline, timeline
from app.services import Services
from artdag.digest import Digest
from artdag.run import RunState
from tests.app.conftest import Person


def started(client: FlaskClient, clip: Digest, effect: str = "invert") -> str:
    answer = client.post("/runs", json={"recipe": effect, "inputs": [clip]})
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["run_id"])


def test_work_waits_and_then_is_done(
    client: FlaskClient, person: Person, services: Services, clip: Digest, work: Callable[[], None]
) -> None:
    run_id = started(client, clip)
    (bar,) = client.get(f"/runs/{run_id}/timeline").get_json()["stages"]
    assert (bar["state"], bar["begin_seconds"], bar["end_seconds"]) == ("queued", None, None)
    assert 'hx-trigger="every 2s"' in person.get(f"/runs/{run_id}/timeline").text
    work()
    found = client.get(f"/runs/{run_id}/timeline").get_json()
    (bar,) = found["stages"]
    assert bar["state"] == "done"
    assert 0 < bar["begin_seconds"] < bar["end_seconds"] <= found["span_seconds"]
    assert bar["worker"]
    page = person.get(f"/runs/{run_id}/timeline").text
    assert "hx-trigger" not in page.partition('id="run_times"')[2].partition("</section>")[0]
    assert 'class="works" data-state="done"' in page


def test_what_was_here_needs_no_time(
    client: FlaskClient, person: Person, clip: Digest, work: Callable[[], None]
) -> None:
    started(client, clip)
    work()
    again = started(client, clip)
    assert client.get(f"/runs/{again}/timeline").get_json()["stages"] == []
    assert "all of it was here" in person.get(f"/runs/{again}/timeline").text


def test_work_that_two_wait_for_is_shared_and_begins_no_earlier_than_the_run(
    client: FlaskClient, clip: Digest, work: Callable[[], None]
) -> None:
    first, second = started(client, clip), started(client, clip)
    work()
    shared = [client.get(f"/runs/{run}/timeline").get_json()["stages"][0]["shared"] for run in (first, second)]
    assert shared == [False, True]


@pytest.mark.parametrize(
    ("span_s", "count", "step"), [(0.004, 5, 0.001), (9.0, 10, 1.0), (100.0, 11, 10.0), (3700.0, 8, 500.0)]
)
def test_lines_lie_at_round_moments(services: Services, span_s: float, count: int, step: float) -> None:
    ticks = Timeline(began_at=services.clock(), span_s=span_s, bars=(), more=0).ticks
    assert len(ticks) == count
    assert ticks[1] - ticks[0] == pytest.approx(step)


def test_a_cancelled_run_ends_its_timeline(client: FlaskClient, services: Services, clip: Digest) -> None:
    run_id = started(client, clip)
    client.post(f"/runs/{run_id}/cancel")
    run = services.runs.get(run_id)
    assert run.state is RunState.CANCELLED
    found = timeline(services, run)
    assert found.bars[0].state.value == "cancelled"
    assert run.completed_at is not None
    assert found.span_s == pytest.approx((run.completed_at - run.created_at) / timedelta(seconds=1))
