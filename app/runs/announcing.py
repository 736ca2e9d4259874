"""Telling about runs that are over: for who wants to know a delivery is written down, once."""

from __future__ import annotations

import json
from collections.abc import Iterator

from app.outgoing import AddressError, place_of
from app.services import Services
from app.storage.tallies import NODES, RUNS
from artdag.digest import canonical_json, digest_bytes
from artdag.run import Run, RunState, rfc3339

WEBHOOK = "webhook"
"""The kind of these deliveries."""
_AT_ONCE = 200


def announce_ended(services: Services) -> int:
    """Write down what has to be told about the runs that ended, and return how many those were.

    Doing it twice does little harm: a delivery that is known is not written again, and a run is counted twice.
    """
    ended = services.runs.ended(_AT_ONCE)
    for run in services.runs.get_many(ended).values():
        _count(services, run)
        for url in _listeners(services, run):
            _write_down(services, run, url)
    services.runs.are_announced(ended)
    return len(ended)


def _count(services: Services, run: Run) -> None:
    ended = run.completed_at or run.created_at
    services.tallies.observe(RUNS, run.state.value, (ended - run.created_at).total_seconds())
    if run.state is RunState.COMPLETED:
        services.tallies.count(NODES, "reused", run.progress.cached)
        services.tallies.count(NODES, "rendered", run.progress.nodes - run.progress.cached)


def checked_url(services: Services, url: str) -> str:
    """Return *url*, which a message may be sent to as far as its text tells. Raises AddressError."""
    place_of(url, private_hosts=services.settings.webhook_private_hosts)
    return url


def message_of(run: Run) -> str:
    """Return the body of the message, as JSON."""
    message = {"type": f"run.{run.state.value}", "timestamp": rfc3339(run.completed_at), "data": run.to_json()}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _listeners(services: Services, run: Run) -> Iterator[str]:
    seen = set()
    callback = services.webhooks.callback_of(run.run_id)
    for url in [*([callback] if callback else []), *(one.url for one in services.webhooks.endpoints(run.owner))]:
        if url not in seen:
            seen.add(url)
            yield url


def _write_down(services: Services, run: Run, url: str) -> None:
    named = digest_bytes(canonical_json(["artdag/webhook/1", run.run_id, run.state.value, url]))
    services.deliveries.add(
        f"msg_{named[:32]}",
        kind=WEBHOOK,
        subject=run.run_id,
        owner=run.owner,
        target=_shown(services, url),
        facts={"url": url, "body": message_of(run)},
    )


def _shown(services: Services, url: str) -> str:
    """Return the address without its query, which may hold what others should not read over a shoulder."""
    try:
        place = place_of(url, private_hosts=services.settings.webhook_private_hosts)
    except AddressError:  # the operator took the host back since
        return url.partition("?")[0]
    return f"{'https' if place.is_secure else 'http'}://{place.netloc}{place.path.partition('?')[0]}"
