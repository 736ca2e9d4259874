"""Is a request signed by the renderer that it names (RFC 9421), with a key that this renderer publishes?"""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import request
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from artdag.multibase import parse_key
from tests.l2dev.state import config


@dataclass
class Received:
    """The request under the name that it was sent to."""

    method: str
    url: str
    headers: dict[str, str]


class PublishedKeys(HTTPSignatureKeyResolver):  # type: ignore[misc]
    """Keys of one renderer, read from where it publishes them."""

    def __init__(self, renderer: str) -> None:
        self.renderer = renderer

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        place, _, _ = key_id.partition("#")
        if not place.startswith(f"{self.renderer}/"):
            return None
        asked = urllib.request.Request(place, headers={"Accept": "application/activity+json"})
        with urllib.request.urlopen(asked, timeout=5) as answer:
            listed: list[dict[str, Any]] = json.loads(answer.read(1 << 20))["assertionMethod"]
        found = next((one for one in listed if one["id"] == key_id), None)
        return Ed25519PublicKey.from_public_bytes(parse_key(found["publicKeyMultibase"])) if found else None


def unsigned(renderer: str) -> str | None:
    """Return what is wrong with the signature; None where it is right, or none is asked for and none came."""
    if "Signature-Input" not in request.headers and not config().wants_signatures:
        return None
    received = Received(request.method, f"{config().origin}{request.path}", dict(request.headers.items()))
    verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=PublishedKeys(renderer))
    try:
        verifier.verify(
            received,
            max_age=timedelta(minutes=5),
            require_components=("@method", "@target-uri", "content-digest"),
            body=request.get_data(),
        )
    except HTTPMessageSignaturesException as error:
        return f"the request is not signed by {renderer}: {error}"
    return None
