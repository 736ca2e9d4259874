"""/metrics: figures that Prometheus can read, of requests, runs, stages, queues and messages."""

from __future__ import annotations

import redis.exceptions
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app.runs.announcing import announce_ended
from app.storage.tallies import STAGES


def read(client: FlaskClient) -> dict[tuple[str, frozenset], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def figure(found: dict, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def test_requests_are_counted_by_route_and_never_by_address(client, clip):
    before = read(client).get(("artdag_http_request_seconds_count", frozenset()), 0)
    assert before == 0
    labels = {"method": "GET", "endpoint": "cache.show", "status": "200"}
    known = read(client).get(("artdag_http_request_seconds_count", frozenset(labels.items())), 0)
    for _ in range(3):
        client.get(f"/cache/{clip}").close()
    found = read(client)
    assert figure(found, "artdag_http_request_seconds_count", **labels) == known + 3
    assert not any(clip in str(key) for key in found)


def test_strange_methods_and_addresses_make_no_new_figures(client):
    read(client)
    for place in range(5):
        client.open(f"/no/such/{place}", method=f"ODD{place}")
    names = {dict(labels).get("method") for _, labels in read(client)}
    assert not any(str(name).startswith("ODD") for name in names)


def test_runs_and_stages_are_counted_when_they_end(client, clip, services, work):
    first = client.post("/runs", json={"recipe": "invert", "inputs": [clip]}).get_json()
    found = read(client)
    assert figure(found, "artdag_runs", state="pending") == 1
    assert figure(found, "artdag_redis_up") == 1
    client.post(f"/runs/{first['run_id']}/cancel")
    client.post("/runs", json={"recipe": "identity", "inputs": [clip]})
    announce_ended(services)
    services.tallies.observe(STAGES, "done", 2.5)
    services.tallies.observe(STAGES, "done", 9999.0)
    found = read(client)
    assert figure(found, "artdag_run_seconds_count", state="cancelled") == 1
    assert figure(found, "artdag_run_seconds_count", state="completed") == 1
    assert figure(found, "artdag_nodes_total", how="reused") == 2
    assert figure(found, "artdag_stage_seconds_bucket", outcome="done", le="1.0") == 0
    assert figure(found, "artdag_stage_seconds_bucket", outcome="done", le="3.0") == 1
    assert figure(found, "artdag_stage_seconds_bucket", outcome="done", le="+Inf") == 2
    assert figure(found, "artdag_stage_seconds_sum", outcome="done") == 10001.5


def test_without_redis_there_are_still_figures(client, services, monkeypatch):
    def away(*_: object) -> None:
        raise redis.exceptions.ConnectionError("away")

    monkeypatch.setattr("app.storage.run_store.RunStore.counts", away)
    found = read(client)
    assert figure(found, "artdag_redis_up") == 0
    assert ("artdag_workers", frozenset({("queue", "renders")})) not in found
