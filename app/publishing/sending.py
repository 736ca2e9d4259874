"""One try to make something public: sent to the registry of its owner, in the owner's name, signed by this server."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from app.publishing.asking import RECIPE_TYPE, NotPublishableError
from app.publishing.course import tell
from app.registry.client import assets_in
from app.registry.errors import RegistryAnswerError, RegistryAwayError, RegistryError, RegistryRefusedError
from app.services import Services
from app.storage.deliveries import PAUSES_S, Delivery, NotDeliveredError
from app.storage.publication_record import Publication, PublicationState
from artdag.digest import Digest
from artdag.errors import ArtDagError
from artdag.published import key_url, published_object

_log = logging.getLogger(__name__)

_TIMES = 4
"""So much more patience than with a question: the registry may call back for the run before it answers."""
_CONFLICT, _UNAUTHORIZED = 409, 401
_LONGEST_NAME, _LONGEST_ERROR = 2000, 600


def send_publication(services: Services, delivery: Delivery) -> Mapping[str, Any]:
    """Try once; return what the registry calls it. Doing it twice makes it public once.

    Raises:
        NotDeliveredError: when it did not get there, or nobody knows whether it did.
    """
    one = services.publications.get(Digest.parse(delivery.subject))
    if one is None:
        raise NotDeliveredError("it is not to be published any more", for_good=True)
    if one.state is PublicationState.PUBLISHED:  # known, and then we were interrupted
        return _answer(one)
    token = services.publications.token(one.id)
    if token is None:
        why = f"your login is kept for an hour at most, and {one.l2} did not take it in that time: publish it again"
        raise _failed(services, one, f"{one.error}; {why}" if one.error else why)
    _note(services, one, state=PublicationState.SENDING, uncertain=True)
    try:
        found = _sent(services, one, token)
    except RegistryError as error:
        raise _not_there(services, one, delivery, error) from error
    except ArtDagError as error:  # what it should send is gone: no later try would do better
        raise _failed(services, one, error.message) from error
    done = _note(services, one, state=PublicationState.PUBLISHED, error=None, at=services.clock(), **found)
    services.publications.close(one.id)
    _log.info("%s is published at %s", one.name, one.l2)
    return _answer(done)


def body_of(services: Services, one: Publication) -> dict[str, Any]:
    """Return what the registry is sent: the record of the contract, and the object that it can make public."""
    l1 = services.settings.public_url
    envelope = json.loads(services.content.read(one.receipt))
    facts = services.media.facts(one.digest) if one.kind != "recipe" else None
    found = published_object(
        name=one.name,
        digest=one.digest,
        media_type=RECIPE_TYPE if one.kind == "recipe" else facts.media_type if facts else "application/octet-stream",
        facts=facts,
        receipt=one.receipt,
        envelope=envelope,
        made_by=one.owner,
        l1=l1,
    )
    return {
        "kind": one.kind,
        "run_id": one.subject if one.kind == "run" else None,
        "l1_server": l1,
        "output_name": one.name,
        "output_hash": one.digest,
        "provenance": envelope,
        "provenance_hash": one.receipt,
        "object": found,
    }


def _sent(services: Services, one: Publication, token: str) -> dict[str, Any]:
    """Send it; return the registry's names for it. Raises RegistryError."""
    registry = services.vouching.clients.get(one.l2)
    if registry is None:
        raise NotPublishableError(f"{one.l2} is not among the registries of this server any more")
    client = registry.waiting(_TIMES)
    address = key_url(services.settings.public_url, services.signer.public.key_id)
    sign = partial(services.signer.sign_request, key_url=address, at=services.clock())
    record = client.record_run if one.kind == "run" else client.record_asset
    try:
        said = record(token, body_of(services, one), idempotency_key=one.id, sign=sign)
    except RegistryRefusedError as error:
        found = client.known(one.digest) if error.status == _CONFLICT else None
        if found is None:
            raise
        said = {"asset": _own_asset(one, found)}
        _log.info("%s was at %s already", one.name, one.l2)
    else:
        if said.get("content_hash", one.digest) != one.digest:
            raise RegistryAnswerError(f"{one.l2} says that it published other bytes")
        if not said.get("asset") and not said.get("activity_id"):
            raise RegistryAnswerError(f"{one.l2} does not say what it made public")
    return {"asset": _named(one, said.get("asset")), "activity_id": _named(one, said.get("activity_id"))}


def _own_asset(one: Publication, found: Mapping[str, Any]) -> Any:
    """Return the asset among those of the same bytes that is the owner's; None where none says so."""
    return next((asset for asset in assets_in(found) if asset.get("madeBy") == str(one.owner)), None)


def _named(one: Publication, said: Any) -> str | None:
    """Return a name that the registry gave: an address of its own, or a word; never an address elsewhere."""
    text = said.get("id") or said.get("name") if isinstance(said, dict) else said
    if text is None:
        return None
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_NAME or not text.isprintable():
        raise RegistryAnswerError(f"{one.l2} calls it what is no name")
    if ":" in text and not text.startswith(f"{one.l2}/"):
        raise RegistryAnswerError(f"{one.l2} says that it is at another place")
    return text


def _not_there(services: Services, one: Publication, delivery: Delivery, error: RegistryError) -> NotDeliveredError:
    """Write down why it is not there, as far as is known, and return what the delivery is told."""
    refused = error if isinstance(error, RegistryRefusedError) else None
    if refused is not None and refused.status == _UNAUTHORIZED:
        said = f"{one.l2} does not take your login any more: log in there and publish it again"
        return _failed(services, one, said)
    if refused is not None and not refused.passes:
        return _failed(services, one, error.message)
    knows = refused is not None or isinstance(error, RegistryAwayError)  # nothing of this try arrived
    uncertain = one.uncertain if knows else True
    pause = PAUSES_S[min(delivery.attempts, len(PAUSES_S)) - 1]
    if services.publications.token_s(one.id) < pause:
        said = f"{error.message}; your login is kept for an hour at most: publish it again"
        return _failed(services, replace(one, uncertain=uncertain), said)
    _note(services, one, state=PublicationState.QUEUED, uncertain=uncertain, error=error.message)
    return NotDeliveredError(error.message)


def _failed(services: Services, one: Publication, why: str) -> NotDeliveredError:
    _note(services, one, state=PublicationState.FAILED, uncertain=one.uncertain, error=why)
    services.publications.forget_token(one.id)
    return NotDeliveredError(why, for_good=True)


def _note(services: Services, one: Publication, **changes: Any) -> Publication:
    if changes.get("error"):
        changes["error"] = str(changes["error"])[:_LONGEST_ERROR]
    changed = services.publications.change(one.id, **changes) or services.publications.get(one.id) or one
    tell(services, changed)
    return changed


def _answer(one: Publication) -> dict[str, Any]:
    return {"asset": one.asset, "activity_id": one.activity_id}
