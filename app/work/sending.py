"""Sending what has to reach another server: each delivery by itself, signed, with a time limit, tried again later."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from rq.timeouts import JobTimeoutException

from app.outgoing import AddressError, Reply, UnreachableError, post
from app.publishing.course import PUBLICATION
from app.publishing.sending import send_publication
from app.runs.announcing import WEBHOOK
from app.services import Services
from app.storage.deliveries import Delivery, NotDeliveredError
from app.storage.job_queue import DELIVER, enqueue_chore
from app.storage.webhooks import SECRET_PREFIX, endpoint_id
from app.work.jobs import worker_services
from artdag import VERSION

_log = logging.getLogger(__name__)

LONGEST_S = 30
"""One try takes no longer, however slowly the other side answers."""
_GONE, _TOO_MANY, _BUSY = 410, 429, 503


def hand_out(services: Services) -> int:
    """Ask the queue ``chores`` to send what is due, and return how much that was."""
    due = services.deliveries.get_many(services.deliveries.take_due())
    for delivery in due.values():
        enqueue_chore(
            services.redis,
            DELIVER,
            delivery.id,
            description=f"{delivery.kind} to {delivery.target} about {delivery.subject} for {delivery.owner}",
            timeout_s=LONGEST_S,
            job_id=delivery.id,
        )
    return len(due)


def deliver(delivery_id: str) -> str:
    """Try one delivery; return what came of it, for people."""
    return send(worker_services(), delivery_id)


def send(services: Services, delivery_id: str) -> str:
    """Try one delivery once, unless somebody else is at it or it is over."""
    attempt = services.deliveries.begin(delivery_id, within_s=2 * LONGEST_S)
    delivery = services.deliveries.get(delivery_id)
    if attempt is None or delivery is None:
        return "over, or somebody else's: nothing was done"
    try:
        answer = SENDERS[delivery.kind](services, delivery)
    except NotDeliveredError as error:
        services.deliveries.fail(delivery, attempt, str(error), for_good=error.for_good, after_s=error.after_s)
        _log.warning("%s %s, try %d: %s", delivery.kind, delivery.id, attempt, error)
        return f"try {attempt}: {error}"
    except JobTimeoutException:
        services.deliveries.fail(delivery, attempt, f"the other side took longer than {LONGEST_S} s")
        raise
    services.deliveries.succeed(delivery, attempt, answer)
    return f"delivered at try {attempt}"


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature header: Standard Webhooks, symmetric, version 1 (HMAC-SHA256 over id, time and body)."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def _send_webhook(services: Services, delivery: Delivery) -> Mapping[str, Any]:
    url, body, now = str(delivery.facts["url"]), str(delivery.facts["body"]).encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"ArtDAG/{VERSION}",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(services.webhooks.secret(delivery.owner), delivery.id, now, body),
    }
    try:
        reply = post(url, body, headers, private_hosts=services.settings.webhook_private_hosts)
    except AddressError as error:
        raise NotDeliveredError(error.message, for_good=True) from error
    except UnreachableError as error:
        raise NotDeliveredError(error.message) from error
    _check(services, delivery, url, reply)
    return {"status": reply.status}


def _check(services: Services, delivery: Delivery, url: str, reply: Reply) -> None:
    if 200 <= reply.status < 300:
        return
    said = f"it answered {reply.status}"
    if reply.status == _GONE:  # the other side's way to say that it wants no more of these
        known = {one.id for one in services.webhooks.endpoints(delivery.owner)}
        if (name := endpoint_id(delivery.owner, url)) in known:
            services.webhooks.remove(delivery.owner, name)
        raise NotDeliveredError(f"{said}: it wants no more messages", for_good=True)
    if 300 <= reply.status < 400:
        raise NotDeliveredError(f"{said}, which sends elsewhere: that is not followed")
    raise NotDeliveredError(said, after_s=reply.retry_after_s if reply.status in (_TOO_MANY, _BUSY) else None)


SENDERS: dict[str, Callable[[Services, Delivery], Mapping[str, Any]]] = {
    WEBHOOK: _send_webhook,
    PUBLICATION: send_publication,
}
