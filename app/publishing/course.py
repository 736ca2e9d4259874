"""The course of a publication: handed to what delivers, brought back where that was lost, told in its run's record.

What is to be public, and what that holds, stands in the publication store; how often it was tried, in the deliveries.
"""

from __future__ import annotations

from contextlib import suppress

from app.services import Services
from app.storage.deliveries import DeliveryState
from app.storage.publication_record import Publication, PublicationState
from app.storage.run_record import RunNotFoundError

PUBLICATION = "publication"
"""The kind of these deliveries."""


def delivery_of(one: Publication) -> str:
    return f"pub_{one.id[:32]}"


def hand_over(services: Services, one: Publication) -> None:
    """Have it delivered: now, where an earlier delivery had failed or waits for its next try."""
    added = services.deliveries.add(
        delivery_of(one),
        kind=PUBLICATION,
        subject=one.id,
        owner=one.owner,
        target=one.l2,
        facts={"name": one.name},
    )
    if not added:
        services.deliveries.try_now(delivery_of(one))


def see_to_publications(services: Services) -> None:
    """Bring back what was lost on its way, and leave alone what is over and told; for the dispatcher, each second."""
    for one in services.publications.open():
        delivery = services.deliveries.get(delivery_of(one))
        if not one.state.is_open:
            tell(services, one)
            services.publications.close(one.id)
        elif delivery is None:  # the server was stopped between writing it down and handing it over
            hand_over(services, one)
        elif delivery.state is DeliveryState.FAILED:
            _is(services, one, PublicationState.FAILED, delivery.error)
        elif delivery.state is DeliveryState.QUEUED and one.state is PublicationState.SENDING:
            _is(services, one, PublicationState.QUEUED, delivery.error)


def tell(services: Services, one: Publication) -> None:
    """Let the record of the run say how far it has come."""
    if one.kind == "run":
        with services.publications.deciding("run", one.subject):
            show_on_run(services, one.subject)


def show_on_run(services: Services, run_id: str) -> None:
    """Write into the run's record what the publication store says; for whoever keeps others out of it."""
    entries = tuple(one.entry() for one in services.publications.of("run", run_id))
    with suppress(RunNotFoundError):  # only a failed one's run can be discarded
        if services.runs.get(run_id).published != entries:
            services.runs.change(run_id, published=entries)


def _is(services: Services, one: Publication, state: PublicationState, error: str) -> None:
    changed = services.publications.change(one.id, state=state, error=error or one.error)
    if changed is not None:
        tell(services, changed)
