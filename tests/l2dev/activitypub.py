"""What other servers read: WebFinger, actors, outboxes, and Create activities (Activity Streams 2.0)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from flask import Blueprint, Response, jsonify, request

from artdag.published import TERMS
from tests.l2dev.state import config, problem, store, tokens

bp = Blueprint("activitypub", __name__)

ACTIVITY_JSON = "application/activity+json"
CONTEXT = ["https://www.w3.org/ns/activitystreams", dict(TERMS)]
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def create_activity(origin: str, kept: dict[str, Any]) -> dict[str, Any]:
    """Return the activity that published *kept*."""
    record, actor = kept["record"], f"{origin}/users/{kept['owner']}"
    moment = datetime.fromtimestamp(kept["at"], UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    said = record.get("object") or {"type": "Document", "name": record["output_name"], "url": _page(record)}
    thing = {name: value for name, value in said.items() if name != "@context"} | {
        "id": f"{origin}/objects/{kept['number']}",
        "attributedTo": actor,
        "published": moment,
        "to": [PUBLIC],
        "contentHash": kept["content_hash"],
    }
    return {
        "@context": CONTEXT,
        "id": f"{origin}/activities/{kept['number']}",
        "type": "Create",
        "actor": actor,
        "published": moment,
        "to": [PUBLIC],
        "object": thing,
    }


def _page(record: dict[str, Any]) -> str:
    return f"{record['l1_server']}/cache/{record['output_hash']}"


@bp.get("/.well-known/webfinger")
def webfinger() -> Any:
    name, at, host = request.args.get("resource", "").removeprefix("acct:").partition("@")
    if not at or host != config().host or not store().has(name):
        return problem(404, "nobody of that name is here")
    link = {"rel": "self", "type": ACTIVITY_JSON, "href": f"{config().origin}/users/{name}"}
    response = jsonify({"subject": f"acct:{name}@{host}", "links": [link]})
    response.mimetype = "application/jrd+json"
    return response


@bp.get("/users/<name>")
def actor(name: str) -> Any:
    if not store().has(name):
        return problem(404, "nobody of that name is here")
    me, public = f"{config().origin}/users/{name}", serialization.PublicFormat.SubjectPublicKeyInfo
    pem = tokens().key.public_key().public_bytes(serialization.Encoding.PEM, public).decode()
    return _activity(
        {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": me,
            "type": "Person",
            "preferredUsername": name,
            "inbox": f"{me}/inbox",
            "outbox": f"{me}/outbox",
            "publicKey": {"id": f"{me}#main-key", "owner": me, "publicKeyPem": pem},
        }
    )


@bp.get("/users/<name>/outbox")
def outbox(name: str) -> Any:
    if not store().has(name):
        return problem(404, "nobody of that name is here")
    items = [create_activity(config().origin, kept) for kept in store().outbox(name)]
    return _activity(
        {
            "@context": CONTEXT,
            "id": f"{config().origin}/users/{name}/outbox",
            "type": "OrderedCollection",
            "totalItems": len(items),
            "orderedItems": items,
        }
    )


@bp.get("/objects/<int:number>")
def thing(number: int) -> Any:
    kept = store().published(number)
    if kept is None:
        return problem(404, "nothing was published under this number")
    return _activity({"@context": CONTEXT, **create_activity(config().origin, kept)["object"]})


@bp.get("/activities/<int:number>")
def activity(number: int) -> Any:
    kept = store().published(number)
    if kept is None:
        return problem(404, "nothing was published under this number")
    return _activity(create_activity(config().origin, kept))


def _activity(record: dict[str, Any]) -> Response:
    response = jsonify(record)
    response.mimetype = ACTIVITY_JSON
    return response
