"""Checking a published object with nothing but its addresses: the registry's, and that of the server that made it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from artdag.digest import Digest, digest_bytes, digest_chunks
from artdag.errors import ArtDagError, InputError, SignatureError
from artdag.fetching import Answer, FetchError, fetched, origin_of
from artdag.multibase import parse_key
from artdag.published import ACTIVITY_TYPE
from artdag.signing import ORIGIN_TYPE, PREDICATE_TYPE, PublicKey, verify_envelope

Fetch = Callable[..., AbstractContextManager[Answer]]

_MOST_JSON, _JSON_S = 4 << 20, 30.0
_MOST_BYTES, _BYTES_S = 100 << 30, 24 * 3600.0


class PublishedError(ArtDagError):
    """A published object is not what it says."""

    code = "published_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A published object that is what it says."""

    name: str
    digest: Digest
    size: int
    made_by: str
    l1: str
    l2: str
    key: PublicKey
    record: Mapping[str, Any]
    """The receipt."""


def is_published(document: Mapping[str, Any]) -> bool:
    """Tell whether *document* is a published object, or the activity that made one public."""
    inner = document.get("object")
    return "contentHash" in document or (isinstance(inner, dict) and "contentHash" in inner)


def read_published(url: str, fetch: Fetch = fetched) -> dict[str, Any]:
    """Return the document at *url*. Raises FetchError, PublishedError."""
    return _json(fetch, url)


def check_published(
    document: Mapping[str, Any], *, l1: str | None = None, l2: str | None = None, fetch: Fetch = fetched
) -> Iterator[str | Checked]:
    """Give a sentence for each thing that was found right, and in the end all of it.

    Args:
        document: the object, or the activity around it, wherever it was got from.
        l1: origin of the server that must have made it.
        l2: origin of the registry that must have made it public.
        fetch: how things are got.

    Raises:
        PublishedError, FetchError, SignatureError: at the first thing that is wrong.
    """
    held = _object(document)
    registry = _origin(held, "id")
    _same(registry, l2, "the registry")
    actor_url = _text(held, "attributedTo")
    if origin_of(actor_url) != registry:
        raise PublishedError(f"it names {actor_url} as its author, who is not of {registry}")
    public = _object(_json(fetch, _text(held, "id")))
    for field in ("id", "attributedTo", "contentHash", "madeBy", "url", "receipt", "generator"):
        if public.get(field) != held.get(field):
            raise PublishedError(f"{registry} publishes another {field!r} under this address")
    actor = _json(fetch, actor_url)
    made_by = f"@{_text(actor, 'preferredUsername')}@{registry.partition('://')[2]}"
    if actor.get("id") != actor_url or _text(held, "madeBy") != made_by:
        raise PublishedError(f"{actor_url} is {made_by}, and the object says it was made by {held.get('madeBy')!r}")
    yield f"{registry} publishes it, as {made_by}'s"

    receipt, link = _part(held, "receipt"), _link(held)
    server = _origin(_part(held, "generator"), "id")
    _same(server, l1, "the server that made it")
    if {_origin(receipt, "id"), _origin(link, "href")} != {server}:
        raise PublishedError(f"its bytes, its receipt and its maker {server} are not at one place")
    key = _key(_json(fetch, _text(_part(held, "generator"), "id")), _text(receipt, "signingKey"))
    record = _receipt(fetch, receipt, key)
    yield f"its receipt is signed with a key that {server} publishes"

    digest = Digest.parse(held.get("contentHash"))
    _agrees(record, digest, made_by)
    yield f"the receipt is about these very bytes, and names {made_by}"

    size = _same_bytes(fetch, link, digest)
    yield f"{server} gives the bytes, and their SHA3-256 is {digest}"
    yield Checked(
        name=_text(held, "name"),
        digest=digest,
        size=size,
        made_by=made_by,
        l1=server,
        l2=registry,
        key=key,
        record=record,
    )


def _object(document: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = document.get("object")
    found = inner if document.get("type") == "Create" and isinstance(inner, dict) else document
    if not is_published(found):
        raise InputError("this is no published object: it has no contentHash")
    return found


def _receipt(fetch: Fetch, receipt: Mapping[str, Any], key: PublicKey) -> Mapping[str, Any]:
    url = _text(receipt, "id")
    with fetch(url, accept="*/*", most_bytes=_MOST_JSON, within_s=_JSON_S) as answer:
        data = answer.whole()
    if digest_bytes(data) != receipt.get("contentHash"):
        raise PublishedError(f"the receipt at {url} is another than the published one")
    envelope = _parsed(data, url)
    record = verify_envelope(envelope, [key], predicates=(PREDICATE_TYPE, ORIGIN_TYPE))
    if receipt.get("signature") not in [entry.get("sig") for entry in envelope["signatures"]]:
        raise PublishedError("the published signature is not that of the receipt")
    return record


def _agrees(record: Mapping[str, Any], digest: Digest, made_by: str) -> None:
    listed = record.get("outputs")
    outputs = [record.get("output"), *(listed if isinstance(listed, list) else [])]
    if digest not in [one.get("content_hash") for one in outputs if isinstance(one, dict)]:
        raise PublishedError("its receipt is about other bytes")
    named = record.get("rendered_by") or record.get("held_by")
    if named != made_by:
        raise PublishedError(f"its receipt names {named}, not {made_by}")


def _same_bytes(fetch: Fetch, link: Mapping[str, Any], digest: Digest) -> int:
    url, size = _text(link, "href"), 0

    def counted(chunks: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            size += len(chunk)
            yield chunk

    with fetch(url, accept="*/*", most_bytes=_MOST_BYTES, within_s=_BYTES_S) as answer:
        if digest_chunks(counted(answer.chunks)) != digest:
            raise PublishedError(f"{url} gives other bytes than the published ones")
    return size


def _key(actor: Mapping[str, Any], wanted: str) -> PublicKey:
    """Return the key that the server's own document lists under the address *wanted*."""
    listed = actor.get("assertionMethod")
    for entry in listed if isinstance(listed, list) else [listed]:
        if isinstance(entry, dict) and entry.get("id") == wanted:
            return PublicKey(parse_key(entry.get("publicKeyMultibase")))
    raise SignatureError(f"{actor.get('id')} publishes no key {wanted}")


def _link(held: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = held.get("url")
    links = [one for one in (listed if isinstance(listed, list) else [listed]) if isinstance(one, dict)]
    if not links:
        raise PublishedError("it does not say where its bytes are")
    return links[0]


def _json(fetch: Fetch, url: str) -> dict[str, Any]:
    with fetch(url, accept=ACTIVITY_TYPE, most_bytes=_MOST_JSON, within_s=_JSON_S) as answer:
        data = answer.whole()
    return _parsed(data, url)


def _parsed(data: bytes, url: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FetchError(f"{url} gives no JSON") from error
    if not isinstance(found, dict):
        raise FetchError(f"{url} gives JSON that is no object")
    return found


def _part(document: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    found = document.get(field)
    if not isinstance(found, dict):
        raise PublishedError(f"it has no {field}")
    return found


def _text(document: Mapping[str, Any], field: str) -> str:
    found = document.get(field)
    if not isinstance(found, str):
        raise PublishedError(f"it has no {field}")
    return found


def _origin(document: Mapping[str, Any], field: str) -> str:
    return origin_of(_text(document, field))


def _same(found: str, wanted: str | None, what: str) -> None:
    if wanted is not None and found != origin_of(wanted):
        raise PublishedError(f"{what} is {found}, not {origin_of(wanted)}")
