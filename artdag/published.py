"""What becomes public, in the words of the social web: an Activity Streams 2.0 object with digest, receipt and key.

Any ActivityPub server shows it as a picture, a clip, a sound or a document; whoever knows our words can check it. The
registry that makes it public adds what is its own to say: ``id``, ``attributedTo``, ``published``, ``to``.
Vocabulary: https://www.w3.org/TR/activitystreams-vocabulary/; ``digestMultibase``: https://w3id.org/security.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from artdag.digest import Digest
from artdag.identity import Identity
from artdag.media import Kind, MediaFacts
from artdag.multibase import digest_text, key_text
from artdag.signing import PAYLOAD_TYPE, PublicKey

ACTIVITY_TYPE = "application/activity+json"
ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"
TERMS: Mapping[str, Any] = {
    "artdag": "https://artdag.org/ns#",
    "sec": "https://w3id.org/security#",
    "digestMultibase": {"@id": "sec:digestMultibase", "@type": "sec:multibase"},
    "contentHash": "artdag:contentHash",
    "madeBy": "artdag:madeBy",
    "receipt": {"@id": "artdag:receipt", "@type": "@id"},
    "Receipt": "artdag:Receipt",
    "signingKey": {"@id": "artdag:signingKey", "@type": "@id"},
    "signature": "artdag:signature",
}
"""Our words. ``contentHash``: SHA3-256, 64 hex characters. ``signature``: Ed25519 over the receipt's DSSE body."""
KEY_TERMS: Mapping[str, Any] = {
    "sec": "https://w3id.org/security#",
    "assertionMethod": {"@id": "sec:assertionMethod", "@type": "@id", "@container": "@set"},
    "Multikey": "sec:Multikey",
    "controller": {"@id": "sec:controller", "@type": "@id"},
    "publicKeyMultibase": {"@id": "sec:publicKeyMultibase", "@type": "sec:multibase"},
}
ACTOR_PATH = "/actor"
_TYPES = {Kind.IMAGE: "Image", Kind.VIDEO: "Video", Kind.AUDIO: "Audio", Kind.DATA: "Document"}


def published_object(
    *,
    name: str,
    digest: Digest,
    media_type: str,
    facts: MediaFacts | None,
    receipt: Digest,
    envelope: Mapping[str, Any],
    made_by: Identity,
    l1: str,
) -> dict[str, Any]:
    """Return the object for a registry to make public.

    Args:
        name: what people call it.
        digest: the bytes.
        media_type: of the bytes.
        facts: what is in them, where they are media.
        receipt: the bytes of *envelope*, as they are kept.
        envelope: the signed record.
        made_by: whom the record names.
        l1: origin of the server that has all this.
    """
    link: dict[str, Any] = {
        "type": "Link",
        "href": bytes_url(l1, digest),
        "mediaType": media_type,
        "digestMultibase": digest_text(digest),
    }
    found: dict[str, Any] = {
        "@context": [ACTIVITY_STREAMS, dict(TERMS)],
        "type": _TYPES[facts.kind] if facts is not None else "Document",
        "name": name,
        "mediaType": media_type,
    }
    if facts is not None and facts.picture is not None:
        size = {"width": facts.picture.width, "height": facts.picture.height}
        link |= size
        found |= size
    if facts is not None and facts.duration_s is not None and facts.kind is not Kind.IMAGE:
        found["duration"] = f"PT{facts.duration_s:.3f}S"
    signature = envelope["signatures"][0]
    return found | {
        "url": [link],
        "contentHash": digest,
        "madeBy": str(made_by),
        "generator": {"type": "Application", "id": f"{l1}{ACTOR_PATH}", "name": "Art DAG"},
        "receipt": {
            "type": "Receipt",
            "id": bytes_url(l1, receipt),
            "mediaType": PAYLOAD_TYPE,
            "contentHash": receipt,
            "signingKey": key_url(l1, signature["keyid"]),
            "signature": signature["sig"],
        },
    }


def server_actor(l1: str, keys: tuple[PublicKey, ...], *, name: str) -> dict[str, Any]:
    """Return the document of the server itself, with the keys that it signs and signed with, today's first.

    The keys stand where FEP-521a has them, so that other servers find the key of an HTTP signature, too. It has no
    inbox: nobody can write to it.
    """
    actor = f"{l1}{ACTOR_PATH}"
    return {
        "@context": [ACTIVITY_STREAMS, dict(KEY_TERMS)],
        "id": actor,
        "type": "Application",
        "name": name,
        "preferredUsername": "artdag",
        "url": f"{l1}/",
        "assertionMethod": [
            {
                "id": key_url(l1, key.key_id),
                "type": "Multikey",
                "controller": actor,
                "publicKeyMultibase": key_text(key.raw),
            }
            for key in keys
        ],
    }


def bytes_url(l1: str, digest: Digest) -> str:
    return f"{l1}/cache/{digest}/raw"


def key_url(l1: str, key_id: str) -> str:
    return f"{l1}{ACTOR_PATH}#{key_id}"
